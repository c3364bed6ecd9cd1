/* SPDX-License-Identifier: MIT */
#include "tests/unit/shim/container/shim_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "port/clock.h"

/* ---- what is told ---- */

static void note_event(void *context, const task_event *e)
{
    static const char *const names[] = {
        [TASK_EVENT_CREATE] = "create",    [TASK_EVENT_START] = "start",
        [TASK_EVENT_EXIT] = "exit",        [TASK_EVENT_DELETE] = "delete",
        [TASK_EVENT_EXEC_ADDED] = "added", [TASK_EVENT_EXEC_STARTED] = "started"};
    shim_scene *s = context;

    pthread_mutex_lock(&s->lock);
    text_addf(&s->events, "%s %s%s%s", names[e->kind], e->id, *e->exec_id ? "/" : "", e->exec_id);
    if (e->kind == TASK_EVENT_EXIT || e->kind == TASK_EVENT_DELETE)
        text_addf(&s->events, " %u", e->exit_status);
    text_add_char(&s->events, '|');
    pthread_mutex_unlock(&s->lock);
}

static void note_end(void *context)
{
    shim_scene *s = context;

    pthread_mutex_lock(&s->lock);
    s->shut_down = true;
    condition_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void note_remark(void *context, const char *id, const char *words, const char *what)
{
    shim_scene *s = context;

    pthread_mutex_lock(&s->lock);
    text_addf(&s->remarks, "%s: %s%s|", id, words, what);
    pthread_mutex_unlock(&s->lock);
}

static void note_problem(void *context, const char *id, const wcow_error *problem)
{
    shim_scene *s = context;

    pthread_mutex_lock(&s->lock);
    text_addf(&s->problems, "%s: %s|", id, problem->message);
    pthread_mutex_unlock(&s->lock);
}

/* ---- the scene ---- */

static void serve(shim_scene *s)
{
    s->shut_down = false;
    s->hcs = fake_hcs_open(s->fake->sim);
    s->host.hcs = s->hcs;
    assert_ok(&s->err, container_backend_new(&s->host, &s->owner, &s->backend, &s->err));
    s->pod = task_pod_new(s->owner.id, s->owner.is_pod, container_backend_table(s->backend));
    assert_non_null(s->pod);
}

void shim_scene_open(shim_scene *s, const char *id, bool is_pod, const sim_options *options)
{
    *s = (shim_scene){.events = TEXT_INIT, .problems = TEXT_INIT, .remarks = TEXT_INIT};
    fake_stdio_reset();
    pthread_mutex_init(&s->lock, NULL);
    assert_true(condition_init(&s->changed));
    s->fake = fake_host_new(options);
    assert_non_null(s->fake);
    assert_int_equal(files_port_open(&s->files), 0);
    mortal_files_init(&s->mortal, s->files);
    s->host = (container_host){.layers = {&s->mortal.port, s->fake->storage, s->fake->folder},
                               .program = SCENE_PROGRAM,
                               .schema = SCHEMA_V2,
                               .build = options && options->build ? options->build : 20348,
                               .processors = 4};
    s->owner = (container_owner){.context = s,
                                 .id = id,
                                 .is_pod = is_pod,
                                 .space = "k8s.io",
                                 .event = note_event,
                                 .shut_down = note_end,
                                 .problem = note_problem,
                                 .remark = note_remark};
    serve(s);
}

static void await_end(shim_scene *s)
{
    const uint64_t deadline = ticks_after(60000);

    pthread_mutex_lock(&s->lock);
    while (!s->shut_down && condition_wait_until(&s->changed, &s->lock, deadline))
        continue;
    assert_true(s->shut_down);
    pthread_mutex_unlock(&s->lock);
}

void shim_scene_end(shim_scene *s)
{
    if (s->shut_down)
        return;
    task_shut_down(s->pod, s->owner.id);
    await_end(s);
}

static void end_server(shim_scene *s)
{
    shim_scene_end(s);
    task_pod_free(s->pod);
    container_backend_free(s->backend);
}

void shim_scene_bury(shim_scene *s)
{
    end_server(s);
    s->buried = fake_hcs_handles(s->hcs);
    s->hcs->free(s->hcs);
    sim_faults_clear(s->fake->sim);
    mortal_files_init(&s->mortal, s->files);
    serve(s);
}

void shim_scene_close(shim_scene *s)
{
    size_t leaks;

    sim_faults_clear(s->fake->sim);
    end_server(s);
    shim_scene_assert_clean(s, NULL);
    assert_int_equal(fake_stdio_count(), 0);
    leaks = fake_hcs_handles(s->hcs);
    s->hcs->free(s->hcs);
    leaks += fake_host_free(s->fake);
    if (!s->may_leave)
        assert_int_equal(leaks, 0);
    s->files->free(s->files);
    free(s->prepared);
    text_free(&s->events);
    text_free(&s->problems);
    text_free(&s->remarks);
    condition_free(&s->changed);
    pthread_mutex_destroy(&s->lock);
    fake_stdio_reset();
}

/* ---- bundles ---- */

char *shim_scene_bundle(const shim_scene *s, const char *id)
{
    cleanup_free char *name = text_format("bundle-%s", id);

    return path_join(s->fake->folder, name);
}

static char *config_text(const scene_wish *w)
{
    cleanup_json cJSON *command = cJSON_CreateString(w->command ? w->command : "exit 0");
    cleanup_free char *quoted = json_print(command);

    if (w->config)
        return text_copy(w->config);
    return text_format(
        "{\"ociVersion\":\"1.3.0\",\"process\":{\"commandLine\":%s,\"cwd\":\"C:\\\\\","
        "\"user\":{\"username\":\"ContainerUser\"},\"env\":[\"A=b\"]},"
        "\"root\":{\"path\":\"\"},\"annotations\":%s,"
        "\"windows\":{\"layerFolders\":null%s%s}%s%s}",
        quoted, w->annotations ? w->annotations : "{}", w->windows ? "," : "",
        w->windows ? w->windows : "", w->more ? "," : "", w->more ? w->more : "");
}

static void write_bundle(shim_scene *s, const scene_wish *w)
{
    cleanup_free char *bundle = shim_scene_bundle(s, w->id);
    cleanup_free char *config = path_join(bundle, "config.json");
    cleanup_free char *words = config_text(w);

    (void)s->files->make_directory(s->files, bundle);
    assert_int_equal(s->files->replace(s->files, config, words, strlen(words)), 0);
}

static char *make_snapshot(shim_scene *s)
{
    char name[32];
    char *path;
    layer_descriptor parents[] = {{.path = s->fake->upper}, {.path = s->fake->base}};
    storage_port *storage = s->fake->storage;

    snprintf(name, sizeof name, "snapshot-%zu", ++s->snapshots);
    path = path_join(s->fake->folder, name);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(
            storage->name_to_guid(storage, path_base_name(parents[i].path), &parents[i].id), 0);
    assert_int_equal(storage->create_sandbox_layer(storage, path, parents, 2), 0);
    return path;
}

void shim_scene_prepare(shim_scene *s)
{
    s->prepared = make_snapshot(s);
}

/* ---- calls ---- */

static void encode_mount(shim_scene *s, const scene_wish *w, const char *snapshot, text *out)
{
    cleanup_free char *parents =
        text_format("parentLayerPaths=[\"%s\",\"%s\"]", s->fake->upper, s->fake->base);
    task_mount mount = {.type = wire_text(w->layer_type ? w->layer_type : "windows-layer"),
                        .source = wire_text(snapshot),
                        .options = {.count = 2, .entries = {wire_text("rw"), wire_text(parents)}}};

    if (w->option)
        mount.options.entries[mount.options.count++] = wire_text(w->option);
    assert_ok(&s->err, wire_encode(task_mount_fields, &mount, out, &s->err));
}

void shim_scene_encode(shim_scene *s, const scene_wish *w, const task_create_request *plain,
                       text *out)
{
    cleanup_free char *bundle = shim_scene_bundle(s, w->id);
    cleanup_free char *snapshot = make_snapshot(s);
    cleanup_text text mount = TEXT_INIT;
    task_create_request request = *plain;

    write_bundle(s, w);
    encode_mount(s, w, snapshot, &mount);
    request.bundle = wire_text(bundle);
    request.rootfs.count = 1;
    request.rootfs.entries[0] = wire_of(&mount);
    assert_ok(&s->err, wire_encode(task_create_request_fields, &request, out, &s->err));
}

wcow_status shim_scene_create(shim_scene *s, const scene_wish *w)
{
    cleanup_free char *bundle = shim_scene_bundle(s, w->id);
    cleanup_free char *snapshot = s->prepared ? TAKE(s->prepared) : make_snapshot(s);
    cleanup_free char *output = text_format("%s-out", w->id);
    cleanup_text text mount = TEXT_INIT;
    task_create_request request = {.id = wire_text(w->id)};
    const task_wish wish = {.id = w->id,
                            .exec_id = "",
                            .bundle = bundle,
                            .terminal = w->terminal,
                            .input = w->input                     ? w->input
                                     : w->streams && !w->no_input ? "in"
                                                                  : "",
                            .output = w->output    ? w->output
                                      : w->streams ? output
                                                   : "",
                            .error_output = w->streams && !w->terminal ? "err" : "",
                            .details = &request};

    write_bundle(s, w);
    encode_mount(s, w, snapshot, &mount);
    request.rootfs.count = w->no_mount ? 0 : w->mounts ? w->mounts : 1;
    for (size_t i = 0; i < request.rootfs.count; i++)
        request.rootfs.entries[i] = wire_of(&mount);
    request.has_options = w->options_type != NULL;
    request.options = (common_any){wire_text(w->options_type), w->options};
    return task_create(s->pod, &wish, &s->err);
}

wcow_status shim_scene_start(shim_scene *s, const char *id, const char *exec_id)
{
    uint32_t pid = 0;
    wcow_status status = task_start(s->pod, id, exec_id, &pid, &s->err);

    assert_int_equal(status == WCOW_OK, pid != 0);
    return status;
}

uint32_t shim_scene_run(shim_scene *s, const char *id, const char *command)
{
    const scene_wish wish = {.id = id, .command = command};
    uint32_t pid = 0;

    assert_ok(&s->err, shim_scene_create(s, &wish));
    assert_ok(&s->err, task_start(s->pod, id, "", &pid, &s->err));
    return pid;
}

wcow_status shim_scene_exec(shim_scene *s, const char *id, const char *exec_id, const char *process)
{
    cleanup_free char *output = text_format("%s-out", exec_id);
    const task_exec_request request = {
        .id = wire_text(id),
        .exec_id = wire_text(exec_id),
        .has_spec = true,
        .spec = {wire_text("types.containerd.io/opencontainers/runtime-spec/1/Process"),
                 wire_text(process)}};
    const task_wish wish = {.id = id,
                            .exec_id = exec_id,
                            .bundle = "",
                            .input = "in",
                            .output = output,
                            .error_output = "err",
                            .details = &request};

    return task_create(s->pod, &wish, &s->err);
}

/* Somebody who waits. */
typedef struct listener {
    pthread_mutex_t lock;
    condition changed;
    bool told;
    task_end end;
} listener;

static void tell(void *context, const task_end *end)
{
    listener *l = context;

    pthread_mutex_lock(&l->lock);
    l->told = true;
    l->end = *end;
    condition_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
}

static void drop(void *context)
{
    (void)context;
    fail_msg("a wait was dropped");
}

uint32_t shim_scene_wait(shim_scene *s, const char *id, const char *exec_id)
{
    listener l = {.told = false};
    const task_waiter waiter = {&l, tell, drop};
    const uint64_t deadline = ticks_after(60000);

    pthread_mutex_init(&l.lock, NULL);
    assert_true(condition_init(&l.changed));
    assert_ok(&s->err, task_wait(s->pod, id, exec_id, 1, &waiter, &s->err));
    pthread_mutex_lock(&l.lock);
    while (!l.told && condition_wait_until(&l.changed, &l.lock, deadline))
        continue;
    if (!l.told)
        fail_msg("%s %s does not end", id, exec_id);
    pthread_mutex_unlock(&l.lock);
    condition_free(&l.changed);
    pthread_mutex_destroy(&l.lock);
    return l.end.exit_status;
}

void shim_scene_delete(shim_scene *s, const char *id, const char *exec_id)
{
    task_end end;

    assert_ok(&s->err, task_delete(s->pod, id, exec_id, &end, &s->err));
}

/* ---- the host ---- */

void shim_scene_fault(shim_scene *s, const char *fault)
{
    assert_true(sim_fault(s->fake->sim, fault));
}

size_t shim_scene_calls(shim_scene *s, const char *name)
{
    return sim_calls(s->fake->sim, name);
}

cJSON *shim_scene_last(shim_scene *s, const char *call, const char *member)
{
    cleanup_json cJSON *journal = sim_journal(s->fake->sim);
    const cJSON *item, *last = NULL;

    cJSON_ArrayForEach (item, journal) {
        if (text_equal(json_text(item, "call", ""), call))
            last = json_member(item, member);
    }
    if (!last)
        return NULL;
    if (cJSON_IsString(last)) /* a document as it came */
        return cJSON_Parse(last->valuestring);
    return cJSON_Duplicate(last, true);
}

char *shim_scene_left(shim_scene *s)
{
    cleanup_json cJSON *left = sim_leftovers(s->fake->sim);
    text all = TEXT_INIT;

    text_add(&all, "");
    if (json_integer(left, "systems", -1))
        text_add(&all, "system ");
    if (json_integer(left, "processes", -1))
        text_add(&all, "process ");
    if (cJSON_GetArraySize(json_member(left, "mounted")))
        text_add(&all, "scratch ");
    if (json_integer(left, "namespaces", 0))
        text_add(&all, "namespace ");
    if (json_integer(left, "guards", -1))
        text_add(&all, "guard ");
    return text_take(&all);
}

static bool has_note(shim_scene *s, const char *id)
{
    cleanup_free char *bundle = shim_scene_bundle(s, id);
    cleanup_taken_note taken t = {0};

    return taken_read(s->files, bundle, &t, NULL) == WCOW_OK;
}

void shim_scene_assert_clean(shim_scene *s, const char *id)
{
    const uint64_t end = clock_ticks() + 20000;

    for (;;) {
        cleanup_free char *left = shim_scene_left(s);

        if (!*left)
            break;
        if (clock_ticks() > end)
            fail_msg("left on the host: %s", left);
        clock_sleep(5);
    }
    if (id)
        assert_false(has_note(s, id));
}
