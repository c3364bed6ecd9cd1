/* SPDX-License-Identifier: MIT */
#include "shim/container/container_run.h"

#include "base/error.h"
#include "base/guid.h"
#include "base/text.h"
#include "base/thread.h"
#include "hcs/credential_guard.h"
#include "layer/store/scratch.h"
#include "network/namespace.h"
#include "oci/runtime_spec.h"
#include "port/clock.h"
#include "port/hash.h"
#include "runtime/run.h"
#include "shim/container/leftover.h"
#include "shim/container/program_note.h"
#include "shim/container/taken.h"
#include "shim/task/pod.h"

#define SYSTEM_OWNER "containerd-shim-wcow-v1"

typedef struct container_run {
    container_process base;
    char *bundle;
    bundle_config config;
    taken taken; /* as it is noted */
    bool noted;
    bool kept; /* in the host's root, too, since it is not given back */
    run run;
    bool discarded; /* under the guard's lock */
} container_run;

static container_run *run_of(container_process *p)
{
    return (container_run *)(void *)p;
}

const bundle_config *container_run_config(const container_process *p)
{
    return &((const container_run *)(const void *)p)->config;
}

void container_run_free(container_process *p)
{
    container_run *c = run_of(p);

    stdio_free(p->io);
    run_free(&c->run);
    bundle_config_free(&c->config);
    taken_free(&c->taken);
    free(c->bundle);
    free(p->id);
    container_backend_free(p->backend);
    free(c);
}

/* ---- notes ---- */

static wcow_status note(container_run *c, wcow_error *err)
{
    return taken_write(c->base.backend->host.layers.files, c->bundle, &c->taken, err);
}

/* All at once, before anything is taken. */
static wcow_status begins(void *context, const run_taken *what, wcow_error *err)
{
    container_run *c = context;
    wcow_status status;

    if (c->noted)
        return WCOW_OK;
    c->taken.system = what->system;
    c->taken.mounted = what->mounted;
    c->taken.guarded = what->guarded;
    status = note(c, err);
    c->noted = status == WCOW_OK;
    return status;
}

/* Not from under a live system. A namespace keeps nobody's end waiting: HNS is another service, and
 * one that hangs there would keep all the rest noted, too, which is given back. */
static wcow_status drop_namespace(container_run *c, wcow_error *err)
{
    taken alone = {.id = c->taken.id, .network_namespace = c->taken.network_namespace};
    wcow_status status;

    if (c->taken.system || !c->taken.network_namespace)
        return WCOW_OK;
    status = taken_give_back(&c->base.backend->host, &alone, ticks_after(NAMESPACE_PATIENCE), 0,
                             NULL, err);
    c->taken.network_namespace = alone.network_namespace;
    /* Of run_end() a timeout says that a call still uses the system, see end_run(). */
    return status == WCOW_TIMEOUT ? error_kind(err, WCOW_UNAVAILABLE) : status;
}

/*
 * When a container is deleted containerd removes its bundle, and asks nobody, mostly, to give back
 * what that notes; so it is kept in the host's root, too. A system is this server's as long as it
 * lives. A scratch and a system stay noted in the bundle as well: `delete`, if it comes, is quicker
 * than a helper.
 */
static void keep_rest(container_run *c)
{
    const container_backend *backend = c->base.backend;
    taken *t = &c->taken;
    const bool whole = t->system || t->mounted;
    wcow_status status;

    if (!c->kept && !taken_is_anything(t))
        return;
    if (t->system && !text_replace(&t->server, backend->owner.pipe))
        return;
    status = leftover_keep(&backend->host, t, NULL);
    free(TAKE(t->server));
    if (status)
        return;
    c->kept = whole;
    if (whole)
        return;
    t->guarded = false;
    free(TAKE(t->network_namespace));
}

static wcow_status is_released(void *context, const run_taken *left, wcow_error *err)
{
    container_run *c = context;
    wcow_status status, noted;

    c->taken.system = left->system;
    c->taken.mounted = left->mounted;
    c->taken.guarded = left->guarded;
    status = drop_namespace(c, err);
    keep_rest(c);
    noted = note(c, status ? NULL : err);
    return status ? status : noted;
}

/* After a failure, or of what was only created: run_release() does not tell whether the service let
 * go of the scratch. What is still mounted stays noted. */
static void see_scratch(container_run *c)
{
    if (c->taken.mounted || !scratch_is_mounted(&c->base.backend->host.layers, c->config.scratch))
        return;
    c->taken.mounted = true;
    keep_rest(c);
    ignore(note(c, NULL));
}

/* ---- creating ---- */

/*
 * A container that wants a network and is in no namespace gets one of its own, as
 * containerd-shim-runhcs-v1 does: without --cni an empty one. With Hyper-V isolation there is none.
 */
static bool wants_namespace(const container_run *c)
{
    const cJSON *network = json_path(c->config.config, "windows.network");

    return c->config.schema != SCHEMA_V1 && cJSON_IsObject(network) &&
           !*json_text(network, "networkNamespace", "");
}

static bool wants_guard(const container_run *c)
{
    return credential_guard_spec(c->config.schema, c->config.config) != NULL;
}

static wcow_status note_namespace(container_run *c, wcow_error *err)
{
    char printed[GUID_TEXT_SIZE];
    guid id;
    wcow_status status = error_check(err, random_bytes(&id, sizeof id), "make an id");

    if (status)
        return status;
    guid_print(&id, printed);
    c->taken.network_namespace = text_copy(printed);
    c->taken.system = true;
    c->taken.mounted = true;
    c->taken.guarded = wants_guard(c);
    if (!c->taken.network_namespace)
        return error_no_memory(err);
    status = note(c, err);
    c->noted = status == WCOW_OK;
    return status;
}

static wcow_status fill_namespace(container_run *c, wcow_error *err)
{
    cJSON *network = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(c->config.config, "windows"), "network");
    const char *id = c->taken.network_namespace;
    cleanup_strings string_list endpoints = STRING_LIST_INIT;
    wcow_status status = WCOW_OK;

    if (!json_strings(network, "endpointList", &endpoints))
        return error_set(err, WCOW_INVALID,
                         "config.json: windows.network.endpointList is not a list of ids");
    for (size_t i = 0; i < endpoints.count && !status; i++)
        status = hns_namespace_add(c->base.backend->host.hcs, id, endpoints.items[i], err);
    if (status)
        return status;
    cJSON_DeleteItemFromObjectCaseSensitive(network, "networkNamespace");
    return json_add_text(network, "networkNamespace", id) ? WCOW_OK : error_no_memory(err);
}

static wcow_status take_namespace(container_run *c, wcow_error *err)
{
    cleanup_free char *made = NULL;
    wcow_status status;

    if (!wants_namespace(c))
        return WCOW_OK;
    status = note_namespace(c, err);
    if (!status)
        status =
            hns_namespace_create(c->base.backend->host.hcs, c->taken.network_namespace, &made, err);
    if (!status && !text_equal(made, c->taken.network_namespace)) {
        free(c->taken.network_namespace);
        c->taken.network_namespace = TAKE(made);
        status = note(c, err);
    }
    return status ? status : fill_namespace(c, err);
}

static run_request request_of(container_run *c)
{
    const container_host *host = &c->base.backend->host;

    return (run_request){.id = c->base.id,
                         .owner = SYSTEM_OWNER,
                         .config = c->config.config,
                         .hcs = host->hcs,
                         .layers = host->layers,
                         .chain = &c->config.chain,
                         .scratch = c->config.scratch,
                         .networks = {.as_configured = true},
                         .pipes = &c->base.pipes,
                         .keep_input = true,
                         .schema = c->config.schema,
                         .build = host->build,
                         .processors = host->processors,
                         .limits = {.drain = SILENCE,
                                    .shutdown = SHUTDOWN_PATIENCE,
                                    .terminate = TERMINATE_PATIENCE,
                                    .sink = SINK_PATIENCE},
                         .notes = {.context = c, .begin = begins, .released = is_released},
                         .sink = stdio_sink(c->base.io)};
}

/* What was noted before the run began is given back here. */
static void give_up(container_run *c)
{
    const run_taken nothing = RUN_TAKEN_INIT;

    if (c->taken.network_namespace && !run_taken_anything(&c->run.taken))
        ignore(is_released(c, &nothing, NULL));
}

/*
 * A namespace that its maker has deleted, or that went with a restart of Windows: the service's own
 * words do not say which it misses, so the host's networks are asked, after the failure.
 */
static void tell_lost_namespace(const container_run *c, wcow_status status, wcow_error *err)
{
    const char *id =
        json_text(json_path(c->config.config, "windows.network"), "networkNamespace", "");
    cleanup_strings string_list endpoints = STRING_LIST_INIT;

    if (!*id || c->taken.network_namespace ||
        hns_namespace_endpoints(c->base.backend->host.hcs, id, &endpoints, NULL) != WCOW_NOT_FOUND)
        return;
    ignore(error_wrap(err, status, "the network namespace %s is not there any more", id));
    error_hint(err, "it does not come back: remove the pod and make it anew, as kubelet does "
                    "(crictl stopp, crictl rmp)");
}

static wcow_status take(container_run *c, wcow_error *err)
{
    run_request request = request_of(c);
    wcow_status status = take_namespace(c, err);

    if (!status)
        status = run_create(&c->run, &request, err);
    if (status) {
        tell_lost_namespace(c, status, err);
        give_up(c);
        see_scratch(c);
    }
    return status;
}

/* `p` is its caller's to drop, whatever comes of it. */
static wcow_status open_run(container_run *c, const task_wish *wish, wcow_error *err)
{
    const container_backend *backend = c->base.backend;
    wcow_status status = run_init(&c->run, err);

    if (status)
        return status;
    c->base.guard = c->run.guard;
    c->base.id = text_copy(wish->id);
    c->bundle = text_copy(wish->bundle);
    c->taken.id = text_copy(wish->id);
    if (!c->base.id || !c->bundle || !c->taken.id)
        return error_no_memory(err);
    status = bundle_config_read(&backend->host, &backend->owner, wish, &c->config, err);
    if (!status && !text_replace(&c->taken.scratch, c->config.scratch))
        status = error_no_memory(err);
    if (!status && backend->host.program)
        status =
            program_note_write(backend->host.layers.files, c->bundle, backend->host.program, err);
    if (!status)
        status = leftover_release_earlier(&backend->host, wish->id, wants_guard(c),
                                          backend->owner.pipe, EARLIER_PATIENCE, err);
    return status ? status : container_process_open(&c->base, wish, c->config.retry, err);
}

wcow_status container_run_create(container_backend *backend, const task_wish *wish,
                                 task_process *task, container_process **out, wcow_error *err)
{
    container_run *c = calloc(1, sizeof *c);
    wcow_status status;

    if (!c)
        return error_no_memory(err);
    atomic_init(&c->base.holders, 1);
    c->base.backend = container_backend_hold(backend);
    c->base.task = task;
    status = open_run(c, wish, err);
    if (!status)
        status = take(c, err);
    if (status) {
        container_process_close(&c->base);
        container_process_drop(&c->base);
        return status;
    }
    *out = &c->base;
    return WCOW_OK;
}

/* ---- its end ---- */

/*
 * Output first, then the client's streams, then the system – with it whatever else runs there –,
 * then the layers. Of what cannot be given back the note tells `delete`.
 */
static void end_run(container_run *c)
{
    wcow_error problem = WCOW_ERROR_INIT;
    bool drained;
    wcow_status status;

    stdio_last_words(c->base.io, LAST_WORDS);
    run_close(&c->run);
    drained = run_drain(&c->run);
    /* Who stands in its streams for ever uses them: they stay, and so does the system. Who stands
     * in the write of a log uses nothing of the service's. */
    if (container_process_finish(&c->base, LAST_WORDS, drained ? NULL : &c->run.streams))
        guard_leave(c->run.guard);
    ignore(run_stop_system(&c->run, NULL));
    status = run_end(&c->run, &problem);
    if (status)
        container_process_problem(&c->base, &problem);
    if (status == WCOW_TIMEOUT) { /* what a call still uses was left behind, and nothing told */
        container_process_leave_behind(&c->base);
        keep_rest(c);
    }
    guard_set(c->run.guard, STAGE_ENDED);
}

static void *end(void *context)
{
    container_run *c = context;
    task_process *task = c->base.task;
    wcow_error problem = WCOW_ERROR_INIT;
    uint32_t code = EXIT_UNKNOWN;

    if (run_wait(&c->run, &code, &problem))
        container_process_problem(&c->base, &problem);
    task_process_ended(task, code, clock_now());
    end_run(c);
    container_process_drop(&c->base); /* the pod has it still */
    task_process_finished(task);
    return NULL;
}

/* ---- starting ---- */

/* Of the configuration nothing is asked any more but how it is isolated. */
static void forget_wishes(container_run *c)
{
    static const char *const members[] = {"process", "mounts", "annotations"};

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        cJSON_DeleteItemFromObjectCaseSensitive(c->config.config, members[i]);
}

static wcow_status begin(container_run *c, wcow_error *err)
{
    wcow_status status = run_pass_on(&c->run, err);

    forget_wishes(c);
    if (!status)
        status = stdio_begin_input(c->base.io, c->run.streams, err);
    if (status)
        return status;
    return container_process_watch(&c->base, c->run.process, end, err);
}

wcow_status container_run_start(container_process *p, uint32_t *pid, wcow_error *err)
{
    container_run *c = run_of(p);
    wcow_status status = run_start(&c->run, err);
    uint32_t started;

    if (status) {
        see_scratch(c);
        container_process_close(p);
        return status;
    }
    started = compute_process_id(c->run.process);
    (void)guard_enter(c->run.guard); /* for its streams, see end_run() */
    status = begin(c, err);
    if (status) {
        ignore(compute_process_kill(c->run.process, NULL));
        end_run(c);
        return status;
    }
    *pid = started;
    return WCOW_OK;
}

/* ---- giving back what was only created ---- */

static void *discard(void *context)
{
    container_run *c = context;

    container_process_close(&c->base);
    run_discard(&c->run);
    see_scratch(c);
    pthread_mutex_lock(&c->run.guard->lock);
    c->discarded = true;
    condition_broadcast(&c->run.guard->changed);
    pthread_mutex_unlock(&c->run.guard->lock);
    container_process_drop(&c->base);
    return NULL;
}

void container_run_discard(container_process *p)
{
    container_run *c = run_of(p);
    const uint64_t deadline = ticks_after(DISCARD_PATIENCE);

    container_process_hold(p);
    if (!thread_start_detached(discard, c))
        discard(c);
    pthread_mutex_lock(&c->run.guard->lock);
    while (!c->discarded && guard_wait(c->run.guard, deadline))
        continue;
    if (!c->discarded)
        container_host_hangs(&p->backend->host);
    pthread_mutex_unlock(&c->run.guard->lock);
}
