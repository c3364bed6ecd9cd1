/* SPDX-License-Identifier: MIT */
/* A container on a simulated host, without any of the engine. */
#include "tests/unit/runtime/scene.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "layer/store/scratch.h"
#include "network/namespace.h"
#include "oci/runtime_spec.h"
#include "port/clock.h"

static const run_network default_network[2];

/* ---- notes and output ---- */

static void tell(scene *s, const char *what, const run_taken *taken)
{
    text_addf(&s->story, "%s%s%s%s%s%s;", what, taken->system ? " system" : "",
              taken->mounted ? " scratch" : "", taken->networked ? " network" : "",
              taken->endpoints.count ? " endpoint" : "", taken->space ? " namespace" : "");
    run_taken_free(&s->noted);
    assert_true(run_taken_copy(taken, &s->noted));
}

static wcow_status begins(void *context, const run_taken *what, wcow_error *err)
{
    scene *s = context;

    if (s->refuse_begin)
        return error_set(err, s->refuse_begin, "no note can be written");
    s->calls = scene_calls(s, NULL);
    tell(s, "begin", what);
    return WCOW_OK;
}

static wcow_status runs(void *context, uint32_t pid, const run_taken *what, wcow_error *err)
{
    scene *s = context;

    if (s->refuse_running)
        return error_set(err, s->refuse_running, "no note can be written");
    tell(s, pid ? "running" : "running as nobody", what);
    return WCOW_OK;
}

static wcow_status is_released(void *context, const run_taken *left, wcow_error *err)
{
    (void)err;
    tell(context, "released", left);
    return WCOW_OK;
}

static void keep_output(void *context, bool is_error, const void *bytes, size_t length)
{
    scene *s = context;

    pthread_mutex_lock(&s->lock);
    text_add_bytes(is_error ? &s->errors : &s->output, bytes, length);
    pthread_mutex_unlock(&s->lock);
}

/* ---- the scene ---- */

void scene_configure(scene *s, const char *command, bool hyperv, bool console)
{
    const char *const folders[] = {s->layers[0].path, s->layers[1].path, s->scratch, NULL};
    const oci_config what = {
        .process = {.command_line = command, .cwd = "C:\\", .terminal = console},
        .hostname = SCENE_ID,
        .layer_folders = folders,
        .hyperv = hyperv};

    cJSON_Delete(s->config);
    s->config = NULL;
    assert_ok(&s->err, oci_config_new(&what, &s->config, &s->err));
    s->request.config = s->config;
}

static void describe_layers(scene *s)
{
    storage_port *storage = s->fake->storage;

    s->layers[0].path = s->fake->upper;
    s->layers[1].path = s->fake->base;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(
            storage->name_to_guid(storage, path_base_name(s->layers[i].path), &s->layers[i].id), 0);
    s->chain = (layer_chain){s->layers, 2};
}

void scene_open(scene *s, const char *command, const sim_options *options)
{
    *s = (scene){.output = TEXT_INIT, .errors = TEXT_INIT, .story = TEXT_INIT};
    pthread_mutex_init(&s->lock, NULL);
    s->fake = fake_host_new(options);
    assert_non_null(s->fake);
    s->hcs = fake_hcs_open(s->fake->sim);
    assert_int_equal(files_port_open(&s->files), 0);
    describe_layers(s);
    s->scratch = path_join(s->fake->folder, SCENE_ID);
    assert_int_equal(
        s->fake->storage->create_sandbox_layer(s->fake->storage, s->scratch, s->layers, 2), 0);
    s->request = (run_request){
        .id = SCENE_ID,
        .owner = "test",
        .hcs = s->hcs,
        .layers = {s->files, s->fake->storage, s->fake->folder},
        .chain = &s->chain,
        .scratch = s->scratch,
        .networks = {.items = default_network, .count = 1},
        .schema = SCHEMA_V1,
        .limits = {.drain = 200, .shutdown = 5000, .terminate = 2000},
        .notes = {.context = s, .begin = begins, .running = runs, .released = is_released},
        .sink = {.context = s, .output = keep_output}};
    scene_configure(s, command, false, false);
}

void scene_give_account(scene *s)
{
    cJSON *windows = cJSON_GetObjectItemCaseSensitive(s->config, "windows");

    s->request.schema = SCHEMA_V2;
    assert_true(json_add_text(windows, "credentialSpec", "{\"CmsPlugins\":[]}"));
}

void scene_close(scene *s)
{
    sim_faults_clear(s->fake->sim);
    assert_int_equal(fake_hcs_handles(s->hcs), s->may_leave);
    s->hcs->free(s->hcs);
    scene_assert_clean(s);
    assert_int_equal(fake_host_free(s->fake), s->may_leave);
    s->files->free(s->files);
    cJSON_Delete(s->config);
    run_taken_free(&s->noted);
    text_free(&s->output);
    text_free(&s->errors);
    text_free(&s->story);
    free(s->scratch);
    pthread_mutex_destroy(&s->lock);
}

wcow_status scene_end(scene *s, run *r, uint32_t *exit_code)
{
    wcow_status status = run_pass_on(r, &s->err);
    wcow_status ended;

    if (!status)
        status = run_wait(r, exit_code, &s->err);
    run_close(r);
    run_drain(r);
    ended = run_end(r, status ? NULL : &s->err);
    guard_set(r->guard, STAGE_ENDED);
    return status ? status : ended;
}

bool scene_live(scene *s, run *r, uint32_t *exit_code)
{
    wcow_status status = run_begin(r, &s->request, &s->err);

    if (!status)
        status = scene_end(s, r, exit_code);
    else
        guard_set(r->guard, STAGE_ENDED);
    return status == WCOW_OK;
}

void scene_fault(scene *s, const char *fault)
{
    assert_true(sim_fault(s->fake->sim, fault));
}

size_t scene_calls(scene *s, const char *name)
{
    cleanup_json cJSON *journal = sim_journal(s->fake->sim);
    const cJSON *item;
    size_t count = 0;

    cJSON_ArrayForEach (item, journal)
        count += !name || text_equal(json_text(item, "call", ""), name);
    return count;
}

/* ---- what is left ---- */

char *scene_left(scene *s)
{
    cleanup_json cJSON *left = sim_leftovers(s->fake->sim);
    cleanup_strings string_list spaces = STRING_LIST_INIT;
    text all = TEXT_INIT;

    text_add(&all, "");
    if (json_integer(left, "systems", -1))
        text_add(&all, "system ");
    if (json_integer(left, "processes", -1))
        text_add(&all, "process ");
    if (cJSON_GetArraySize(json_member(left, "mounted")))
        text_add(&all, "scratch ");
    if (json_integer(left, "endpoints", -1))
        text_add(&all, "endpoint ");
    if (!hns_namespaces(s->fake->hcs, &spaces, NULL) && spaces.count) /* an old build has none */
        text_add(&all, "namespace ");
    if (json_integer(left, "guards", -1))
        text_add(&all, "guard ");
    return text_take(&all);
}

void scene_assert_clean(scene *s)
{
    const uint64_t end = clock_ticks() + 5000;

    for (;;) {
        cleanup_free char *left = scene_left(s);

        if (!*left)
            return;
        if (clock_ticks() > end)
            fail_msg("left on the host: %s", left);
        clock_sleep(5);
    }
}

wcow_status scene_release(scene *s, released *report)
{
    const release_place place = {.id = SCENE_ID,
                                 .hcs = s->fake->hcs,
                                 .layers = s->request.layers,
                                 .scratch = s->scratch,
                                 .patience = s->request.limits.terminate};

    return run_release(&place, &s->noted, report, &s->err);
}
