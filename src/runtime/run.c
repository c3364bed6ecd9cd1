/* SPDX-License-Identifier: MIT */
/* Taking what a container needs from the host, in order, and giving it back in reverse. */
#include "runtime/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/reconcile.h"
#include "engine/host/layers.h"
#include "engine/host/paths.h"
#include "hcs/document.h"
#include "network/network.h"
#include "oci/runtime_spec.h"
#include "port/clock.h"

#define OWNER "wcow"

static compute_timeouts timeouts_of(const run *r)
{
    compute_timeouts timeouts = COMPUTE_TIMEOUTS_INIT;

    timeouts.exit = r->host->limits.terminate;
    return timeouts;
}

void run_clear(run *r)
{
    cJSON_Delete(r->config);
    layer_chain_free(&r->chain);
    free(r->scratch);
    free(r->volume);
    hns_endpoint_free(&r->endpoint);
    r->config = NULL;
    r->scratch = NULL;
    r->volume = NULL;
}

/* ---- notes in state.json ---- */

/* Before anything is taken: all that a run may take. Giving back what was not taken does no harm.
 */
static wcow_status note_begin(void *context, state *s, wcow_error *err)
{
    run *r = context;

    if (s->phase != PHASE_CREATED && s->phase != PHASE_EXITED)
        return error_set(err, WCOW_CONFLICT, "it is %s", phase_name(s->phase));
    s->phase = PHASE_STARTING;
    s->monitor_pid = machine_process_id();
    s->system = true;
    s->mounted = r->record->isolation == WCOW_ISOLATION_PROCESS;
    s->networked = !text_equal(r->record->network, "none");
    s->lost = false;
    s->unknown = false;
    return oci_config_set_first_start(r->config, !s->booted, err);
}

static wcow_status note_running(void *context, state *s, wcow_error *err)
{
    run *r = context;

    s->phase = PHASE_RUNNING;
    s->pid = compute_process_id(r->process);
    s->started = clock_now();
    s->finished = 0;
    s->exit_code = 0;
    s->booted = true;
    if (!text_replace(&s->error, NULL) || !text_replace(&s->endpoint, r->endpoint.id))
        return error_no_memory(err);
    return WCOW_OK;
}

/* What was given back, and what was not. */
typedef struct ending {
    bool system, mounted, networked;
} ending;

static wcow_status note_released(void *context, state *s, wcow_error *err)
{
    const ending *left = context;

    (void)err;
    s->system = left->system;
    s->mounted = left->mounted;
    s->networked = left->networked;
    if (!left->networked)
        text_replace(&s->endpoint, NULL);
    return WCOW_OK;
}

static wcow_status note_end(void *context, state *s, wcow_error *err)
{
    const run_result *how = context;
    const bool failed = how->problem.status != WCOW_OK;

    if (!state_is_active(s) && s->phase != PHASE_CREATED && s->phase != PHASE_EXITED)
        return WCOW_OK; /* it was never ours to run: being made, being removed */
    s->phase = failed && !s->started ? PHASE_CREATED : PHASE_EXITED;
    s->exit_code = how->unknown ? EXIT_CODE_LOST : how->exit_code;
    s->unknown = how->unknown;
    s->pid = 0;
    s->monitor_pid = 0;
    if (s->started)
        s->finished = clock_now();
    if (!text_replace(&s->error, failed ? how->problem.message : NULL))
        return error_no_memory(err);
    return WCOW_OK;
}

wcow_status run_record_end(run *r, const run_result *how, wcow_error *err)
{
    run_result copy = *how;

    return state_change(r->host, r->id, note_end, &copy, err);
}

/* ---- taking ---- */

static wcow_status open_parts(run *r, wcow_error *err)
{
    cleanup_free char *path = path_in_container(r->host, r->id, FILE_CONFIG);
    wcow_status status;

    r->scratch = path_of_scratch(r->host, r->id);
    if (!path || !r->scratch)
        return error_no_memory(err);
    status = store_read(r->host, path, &r->config, err);
    if (!status)
        status = host_hcs(r->host, &r->hcs, err);
    if (!status)
        status = host_layers(r->host, &r->layers, err);
    if (!status)
        status = layer_chain_open(&r->layers, r->record->chain, &r->chain, err);
    return status;
}

static wcow_status take_network(run *r, wcow_error *err)
{
    cleanup_network hns_network network = HNS_NETWORK_INIT;
    const char *endpoints[] = {NULL, NULL};
    wcow_status status;

    if (text_equal(r->record->network, "none"))
        return WCOW_OK;
    r->step = "HNSCall";
    status = hns_network_default(r->hcs, &network, err);
    if (!status)
        status = hns_endpoint_create(r->hcs, network.id, r->id, &r->endpoint, err);
    if (status)
        return status;
    endpoints[0] = r->endpoint.id;
    return oci_config_set_endpoints(r->config, endpoints, true, err);
}

/* The first build that knows TerminateOnLastHandleClosed; an older one refuses what it knows not.
 */
#define TERMINATES_SINCE 16299u

static wcow_status make_document(run *r, bool terminates, char **out, wcow_error *err)
{
    cleanup_free char *utility_vm = NULL;
    cleanup_json cJSON *document = NULL;
    system_facts facts = {.id = r->id,
                          .owner = OWNER,
                          .layers = r->chain.items,
                          .layer_count = r->chain.count,
                          .volume_path = r->volume,
                          .processors = machine_processors(),
                          .terminate_on_last_handle_closed = terminates};
    wcow_status status = WCOW_OK;

    if (r->record->isolation == WCOW_ISOLATION_HYPERV)
        status = layer_chain_utility_vm(&r->layers, &r->chain, &utility_vm, err);
    if (status)
        return status;
    facts.utility_vm = utility_vm;
    status = system_document_new(SCHEMA_V1, r->config, &facts, &document, err);
    if (status)
        return status;
    *out = json_print(document);
    return *out ? WCOW_OK : error_no_memory(err);
}

static wcow_status create_system(run *r, bool terminates, wcow_error *err)
{
    const compute_timeouts timeouts = timeouts_of(r);
    cleanup_free char *document = NULL;
    wcow_status status = make_document(r, terminates, &document, err);

    if (status)
        return status;
    r->step = "HcsCreateComputeSystem";
    return compute_system_create(r->hcs, r->id, document, &timeouts, &r->system, err);
}

/*
 * TerminateOnLastHandleClosed ends the container with a monitor that dies. Where the service does
 * not know it, whoever looks at the container next ends it (reconcile.c), a little later.
 */
static wcow_status take_system(run *r, wcow_error *err)
{
    const uint32_t build = r->host->version.build;
    const bool terminates = !build || build >= TERMINATES_SINCE; /* 0: not Windows, a test */
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = create_system(r, terminates, &problem);

    /* Of two refusals the first counts: then it was not about that member. */
    if (status && terminates && problem.hresult == HCS_INVALID_JSON &&
        !create_system(r, false, NULL))
        status = WCOW_OK;
    if (status) {
        if (err)
            *err = problem;
        return status;
    }
    r->step = "HcsStartComputeSystem";
    return compute_system_start(r->system, err);
}

static bool set_console_size(cJSON *process, uint16_t columns, uint16_t rows)
{
    cJSON *box = cJSON_CreateObject();

    if (!columns || !rows) {
        cJSON_Delete(box);
        return true;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(process, "consoleSize");
    return box && json_add_integer(box, "height", rows) &&
           json_add_integer(box, "width", columns) && json_add(process, "consoleSize", box);
}

static wcow_status start_process(run *r, wcow_error *err)
{
    cJSON *process = cJSON_GetObjectItemCaseSensitive(r->config, "process");
    cleanup_json cJSON *document = NULL;
    cleanup_free char *printed = NULL;
    wcow_status status;

    if (r->record->tty && process && !set_console_size(process, r->columns, r->rows))
        return error_no_memory(err);
    status = process_document_new(SCHEMA_V1, process, &document, err);
    if (status)
        return status;
    printed = json_print(document);
    if (!printed)
        return error_no_memory(err);
    r->step = "HcsCreateProcess";
    status = compute_process_create(r->system, printed, &r->io, &r->process, err);
    if (status == WCOW_COMMAND_NOT_FOUND || status == WCOW_COMMAND_NOT_RUNNABLE)
        error_wrap(err, status, "cannot run '%s'", json_text(document, "CommandLine", ""));
    return status;
}

static wcow_status take_all(run *r, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    if (r->record->isolation == WCOW_ISOLATION_PROCESS) {
        r->step = "ActivateLayer, PrepareLayer";
        status = scratch_mount(&r->layers, r->scratch, &r->chain, &r->volume, err);
    }
    if (!status)
        status = take_network(r, err);
    if (!status)
        status = take_system(r, err);
    if (!status)
        status = start_process(r, err);
    if (!status)
        status = state_change(r->host, r->id, note_running, r, err);
    r->step = NULL;
    return status;
}

/* ---- giving back ---- */

/*
 * Releases what state.json says is taken, whether it is or not: after a crash or a failure nobody
 * can know how far a call got. Outside the lock, which is for moments; the owner alone changes
 * this.
 */
static wcow_status release_noted(run *r, wcow_error *err)
{
    cleanup_state state *s = NULL;
    wcow_status status = state_read(r->host, r->id, &s, err);

    if (status || (!s->system && !s->mounted && !s->networked))
        return status;
    status = run_release(r->host, r->id, s, NULL, err);

    ending left = {s->system, s->mounted, s->networked};
    wcow_status noted = state_change(r->host, r->id, note_released, &left, status ? NULL : err);

    return status ? status : noted;
}

static void close_streams(run *r)
{
    stream_free(r->io.in);
    stream_free(r->io.out);
    stream_free(r->io.err);
    r->io = (hcs_process_io){0};
}

/* Keeps the first failure; the others are of less use. */
static wcow_status keep_first(wcow_status first, wcow_status next)
{
    return first ? first : next;
}

wcow_status run_end(run *r, wcow_error *err)
{
    ending left = {0};
    wcow_status status = WCOW_OK;

    close_streams(r);
    compute_process_close(TAKE(r->process));
    if (r->system) {
        r->step = "HcsShutdownComputeSystem";
        status = compute_system_stop(r->system, r->host->limits.shutdown, err);
        left.system = status != WCOW_OK;
        compute_system_close(TAKE(r->system));
    }
    if (r->volume && !left.system) {
        r->step = "UnprepareLayer, DeactivateLayer";
        wcow_status next = scratch_unmount(&r->layers, r->scratch, status ? NULL : err);

        left.mounted = next != WCOW_OK;
        status = keep_first(status, next);
    } else {
        left.mounted = r->volume != NULL;
    }
    if (r->endpoint.id) {
        r->step = "HNSCall";
        wcow_status next = hns_endpoint_delete(r->hcs, r->endpoint.id, status ? NULL : err);

        left.networked = next != WCOW_OK;
        status = keep_first(status, next);
    }
    r->step = NULL;

    wcow_status noted = state_change(r->host, r->id, note_released, &left, status ? NULL : err);

    return keep_first(status, noted);
}

/* After a failure: ends the system at once, then releases by what is noted. */
static void undo(run *r)
{
    close_streams(r);
    compute_process_close(TAKE(r->process));
    if (r->system)
        (void)!compute_system_stop(r->system, 0, NULL);
    compute_system_close(TAKE(r->system));
    (void)!release_noted(r, NULL); /* what stays, stays noted: for the next start, rm or prune */
    r->step = NULL;
}

wcow_status run_begin(run *r, wcow_error *err)
{
    wcow_status status = open_parts(r, err);

    if (!status)
        status = release_noted(r, err);
    if (!status)
        status = state_change(r->host, r->id, note_begin, r, err);
    if (status)
        return status;
    status = take_all(r, err);
    if (status)
        undo(r);
    return status;
}
