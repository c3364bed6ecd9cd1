/* SPDX-License-Identifier: MIT */
/* Taking what a container needs from the host, in order, and giving it back in reverse. */
#include "runtime/run.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "hcs/credential_guard.h"
#include "layer/store/scratch.h"
#include "network/endpoint.h"
#include "oci/runtime_spec.h"
#include "port/machine.h"
#include "runtime/run_network.h"

/* However busy a descendant of the dead init process writes on: after so many times the silence
 * that would count as its end the system is ended. */
#define DRAIN_PATIENCE 4u

/* The first build that knows TerminateOnLastHandleClosed; an older one refuses it. */
#define TERMINATES_SINCE 16299u

static compute_timeouts timeouts_of(const run *r)
{
    compute_timeouts timeouts = COMPUTE_TIMEOUTS_INIT;

    timeouts.exit = r->what.limits.terminate;
    return timeouts;
}

static bool is_mounted_by_us(const run *r)
{
    return !oci_config_is_hyperv(r->what.config); /* else the VM mounts it itself */
}

static bool has_console(const run *r)
{
    return json_bool(json_member(r->what.config, "process"), "terminal", false);
}

wcow_status run_init(run *r, wcow_error *err)
{
    *r = (run){.guard = guard_new()};
    return r->guard ? WCOW_OK : error_no_memory(err);
}

void run_free(run *r)
{
    run_taken_free(&r->taken);
    free(TAKE(r->volume));
    cJSON_Delete(TAKE(r->credentials));
    guard_drop(TAKE(r->guard));
}

/* It is done, unless it failed. Returns the status. */
static wcow_status told(const run *r, wcow_status status, const char *what)
{
    if (!status)
        step_done(r->what.steps, what);
    return status;
}

/* ---- taking ---- */

static wcow_status write_names(run *r, wcow_error *err)
{
    const run_networks *all = &r->what.networks;
    const char *gateway = r->taken.endpoints.count ? r->taken.endpoints.items[0].gateway : NULL;
    wcow_status status =
        hosts_write(r->what.layers.files, r->volume, all->names, all->name_count, gateway, err);

    /* That old names stay there is no reason not to start. */
    return told(r, all->name_count ? status : WCOW_OK, "its hosts file is written");
}

/* A VM mounts the scratch itself: before that it is mounted here for a moment, as for a copy into a
 * container that does not run. */
static wcow_status write_names_of_vm(run *r, wcow_error *err)
{
    const run_request *what = &r->what;
    wcow_status status;
    wcow_status unmounted;

    r->step = "ActivateLayer, PrepareLayer";
    status = scratch_mount(&what->layers, what->scratch, what->chain, &r->volume, err);
    if (status)
        return status;
    status = write_names(r, err);
    r->step = "UnprepareLayer, DeactivateLayer";
    unmounted = scratch_unmount(&what->layers, what->scratch, status ? NULL : err);
    free(TAKE(r->volume));
    r->taken.mounted = unmounted != WCOW_OK;
    return status ? status : unmounted;
}

static bool has_names(const run_networks *networks)
{
    return networks->name_count || networks->renames;
}

static wcow_status take_names(run *r, wcow_error *err)
{
    return is_mounted_by_us(r) ? write_names(r, err) : write_names_of_vm(r, err);
}

static wcow_status make_document(run *r, bool terminates, char **out, wcow_error *err)
{
    const run_request *what = &r->what;
    cleanup_free char *utility_vm = NULL;
    cleanup_json cJSON *document = NULL;
    system_facts facts = {.id = what->id,
                          .owner = what->owner,
                          .layers = what->chain->items,
                          .layer_count = what->chain->count,
                          .volume_path = r->volume,
                          .processors = what->processors,
                          .build = what->build,
                          .network_namespace = run_space(r),
                          .credential_guard = r->credentials,
                          .terminate_on_last_handle_closed = terminates};
    wcow_status status = WCOW_OK;

    if (!is_mounted_by_us(r))
        status = layer_chain_utility_vm(&what->layers, what->chain, &utility_vm, err);
    if (status)
        return status;
    facts.utility_vm = utility_vm;
    status = system_document_new(what->schema, what->config, &facts, &document, err);
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
    return compute_system_create(r->what.hcs, r->what.id, document, &timeouts, &r->system, err);
}

static wcow_status take_guard(run *r, wcow_error *err)
{
    const char *spec = credential_guard_spec(r->what.schema, r->what.config);

    if (!spec)
        return WCOW_OK;
    cJSON_Delete(TAKE(r->credentials));
    r->step = "HcsModifyServiceSettings";
    return told(r, credential_guard_add(r->what.hcs, r->what.id, spec, &r->credentials, err),
                "the credential guard knows its account");
}

/*
 * TerminateOnLastHandleClosed ends the container with an owner that dies. Where the service does
 * not know it, whoever looks at the container next ends it, a little later.
 */
static wcow_status take_system(run *r, wcow_error *err)
{
    const uint32_t build = r->what.build;
    const bool terminates = !build || build >= TERMINATES_SINCE; /* 0: not Windows, a test */
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = create_system(r, terminates, &problem);

    /* Of two refusals the first counts: then it was not about that member. */
    if (status && terminates && problem.hresult == HCS_INVALID_JSON &&
        !create_system(r, false, NULL))
        status = WCOW_OK;
    if (status)
        return error_pass(err, status, &problem);
    step_done(r->what.steps, "the system is created");
    return WCOW_OK;
}

static wcow_status start_system(run *r, wcow_error *err)
{
    r->step = "HcsStartComputeSystem";
    return told(r, compute_system_start(r->system, err), "the system is started");
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
    cJSON *process = cJSON_GetObjectItemCaseSensitive(r->what.config, "process");
    hcs_process_io io = {0, NULL, NULL, NULL};
    cleanup_json cJSON *document = NULL;
    cleanup_free char *printed = NULL;
    wcow_status status;

    if (has_console(r) && !set_console_size(process, r->what.columns, r->what.rows))
        return error_no_memory(err);
    status = process_document_new(r->what.schema, process, r->what.pipes, &document, err);
    if (status)
        return status;
    printed = json_print(document);
    r->streams = streams_new();
    if (!printed || !r->streams)
        return error_no_memory(err);
    r->step = "HcsCreateProcess";
    status = told(r, compute_process_create(r->system, printed, &io, &r->process, err),
                  "the process is created");
    if (!status)
        streams_attach(r->streams, r->process, &io);
    if (status == WCOW_COMMAND_NOT_FOUND || status == WCOW_COMMAND_NOT_RUNNABLE)
        error_wrap(err, status, "cannot run '%s'", json_text(document, "CommandLine", ""));
    return status;
}

static wcow_status take_all(run *r, wcow_error *err)
{
    const run_request *what = &r->what;
    wcow_status status = WCOW_OK;

    if (is_mounted_by_us(r)) {
        r->step = "ActivateLayer, PrepareLayer";
        status = told(r, scratch_mount(&what->layers, what->scratch, what->chain, &r->volume, err),
                      "its scratch layer is mounted");
    }
    if (!status)
        status = run_take_networks(r, err);
    if (!status && has_names(&what->networks))
        status = take_names(r, err);
    if (!status)
        status = take_guard(r, err);
    if (!status)
        status = take_system(r, err);
    cJSON_Delete(TAKE(r->credentials)); /* the cookie in it is for the document alone */
    r->step = NULL;
    return status;
}

static wcow_status start_all(run *r, wcow_error *err)
{
    const run_notes *notes = &r->what.notes;
    wcow_status status = start_system(r, err);

    if (!status)
        status = start_process(r, err);
    if (!status && notes->running)
        status =
            told(r, notes->running(notes->context, compute_process_id(r->process), &r->taken, err),
                 "that it runs is noted");
    r->step = NULL;
    return status;
}

/* ---- giving back ---- */

static wcow_status note_released(const run *r, const run_taken *left, wcow_error *err)
{
    const run_notes *notes = &r->what.notes;

    return notes->released ? notes->released(notes->context, left, err) : WCOW_OK;
}

/* Keeps the first failure; the others are of less use. */
static wcow_status keep_first(wcow_status first, wcow_status next)
{
    return first ? first : next;
}

static release_place place_of(const run *r)
{
    const run_request *what = &r->what;

    return (release_place){.id = what->id,
                           .hcs = what->hcs,
                           .layers = what->layers,
                           .scratch = what->scratch,
                           .patience = what->limits.terminate};
}

/*
 * Releases what is noted, whether it is taken or not: after a crash or a failure nobody can know
 * how far a call got.
 */
static wcow_status release_noted(run *r, run_taken *noted, wcow_error *err)
{
    const release_place place = place_of(r);
    wcow_status status = run_release(&place, noted, NULL, err);
    wcow_status told = note_released(r, noted, status ? NULL : err);

    return keep_first(status, told);
}

/* After a failure: ends the system at once, then releases by what is noted. */
static void undo(run *r)
{
    streams_free(TAKE(r->streams));
    compute_process_close(TAKE(r->process));
    if (r->system)
        ignore(compute_system_stop(r->system, 0, NULL));
    compute_system_close(TAKE(r->system));
    /* What stays, stays noted: for the next start, rm or prune. */
    ignore(release_noted(r, &r->taken, NULL));
    r->step = NULL;
}

/* What another run left is nobody's: it is given back before its note is written over. */
static wcow_status release_earlier(run *r, wcow_error *err)
{
    run_taken *earlier = r->what.earlier;

    return earlier && run_taken_anything(earlier) ? release_noted(r, earlier, err) : WCOW_OK;
}

wcow_status run_create(run *r, const run_request *request, wcow_error *err)
{
    char *space = NULL;
    wcow_status status;

    r->what = *request;
    r->is_down = false;
    status = release_earlier(r, err);
    if (!status)
        status = run_choose_space(request, &space, err);
    if (status)
        return status;
    r->taken =
        (run_taken){.system = true,
                    .mounted = is_mounted_by_us(r) || has_names(&request->networks),
                    .networked = request->networks.count > 0,
                    .guarded = credential_guard_spec(request->schema, request->config) != NULL,
                    .space = space};
    status = told(r, request->notes.begin(request->notes.context, &r->taken, err),
                  "what it may take is noted");
    if (status)
        return status;
    status = take_all(r, err);
    if (status)
        undo(r);
    return status;
}

wcow_status run_start(run *r, wcow_error *err)
{
    wcow_status status = start_all(r, err);

    if (status)
        undo(r);
    else
        guard_open(r->guard, r->system, r->process);
    return status;
}

wcow_status run_begin(run *r, const run_request *request, wcow_error *err)
{
    wcow_status status = run_create(r, request, err);

    return status ? status : run_start(r, err);
}

void run_discard(run *r)
{
    undo(r);
}

/* ---- while it runs ---- */

wcow_status run_pass_on(run *r, wcow_error *err)
{
    wcow_status status = streams_begin(r->streams, &r->what.sink, err);

    if (status)
        ignore(compute_process_kill(r->process, NULL));
    else if (!r->what.keep_input && !has_console(r))
        streams_close_input(r->streams); /* a console's program would end with 0xC000013A */
    return status;
}

wcow_status run_wait(run *r, uint32_t *exit_code, wcow_error *err)
{
    return told(r, compute_process_wait(r->process, COMPUTE_FOREVER, exit_code, err),
                "the process has ended");
}

void run_close(run *r)
{
    guard_set(r->guard, STAGE_ENDING);
    streams_cancel_input(r->streams);
}

wcow_status run_stop_system(run *r, wcow_error *err)
{
    wcow_status status;

    if (r->is_down)
        return WCOW_OK;
    r->step = "HcsShutdownComputeSystem";
    status = compute_system_stop(r->system, r->what.limits.shutdown, err);
    r->is_down = status == WCOW_OK;
    return status;
}

/* A silence is waited for in any case: ending the system may have taken all of the time. */
static uint64_t silence_or(const run *r, uint64_t deadline)
{
    const uint64_t silence = ticks_after(r->what.limits.drain);

    return silence < deadline ? deadline : silence;
}

bool run_drain(run *r)
{
    const run_limits *limits = &r->what.limits;
    const uint64_t give_up = ticks_now() + (uint64_t)limits->drain * DRAIN_PATIENCE;
    const uint64_t last = limits->sink ? ticks_after(limits->sink) : TICKS_NEVER;
    bool finished;

    if (!streams_drain(r->streams, limits->drain, give_up)) {
        ignore(run_stop_system(r, NULL));
        ignore(streams_drain(r->streams, limits->drain, silence_or(r, last)));
    }
    finished = streams_finish_within(r->streams, silence_or(r, last));
    step_done(r->what.steps, "its output is read");
    return finished;
}

/* ---- the end ---- */

/* What cannot be closed for as long as this process lives. */
typedef struct left_behind {
    struct left_behind *next;
    guard *guard;
    compute_system *system;
    compute_process *process;
    streams *streams;
} left_behind;

/* Somebody uses it still: it stays as it is. */
static void leave_behind(run *r)
{
    static _Atomic(left_behind *) all;
    left_behind *left = malloc(sizeof *left);

    if (left) { /* else it is merely not remembered */
        *left = (left_behind){atomic_load(&all), guard_hold(r->guard), r->system, r->process,
                              r->streams};
        while (!atomic_compare_exchange_weak(&all, &left->next, left))
            continue;
    }
    r->system = NULL;
    r->process = NULL;
    r->streams = NULL;
}

static wcow_status end_system(run *r, wcow_error *err)
{
    wcow_status status;

    streams_free(TAKE(r->streams));
    compute_process_close(TAKE(r->process));
    status = told(r, run_stop_system(r, err), "the system is shut down");
    r->taken.system = status != WCOW_OK;
    compute_system_close(TAKE(r->system));
    return status;
}

static wcow_status unmount(run *r, wcow_error *err)
{
    wcow_status status;

    if (!r->volume || r->taken.system) /* not from under a live system */
        return WCOW_OK;
    r->step = "UnprepareLayer, DeactivateLayer";
    status = told(r, scratch_unmount(&r->what.layers, r->what.scratch, err),
                  "its scratch layer is unmounted");
    r->taken.mounted = status != WCOW_OK;
    return status;
}

/* One that was being made while it ran has no id in the note: it is looked for by name. */
static bool are_all_known(const hns_endpoint_list *endpoints)
{
    for (size_t i = 0; i < endpoints->count; i++) {
        if (!*endpoints->items[i].id)
            return false;
    }
    return true;
}

static wcow_status delete_known(run *r, wcow_error *err)
{
    hns_endpoint_list *endpoints = &r->taken.endpoints;
    wcow_status first = WCOW_OK;

    for (size_t i = 0; i < endpoints->count; i++) {
        wcow_status status =
            told(r, hns_endpoint_delete(r->what.hcs, endpoints->items[i].id, first ? NULL : err),
                 "the endpoint is deleted");

        first = keep_first(first, status);
    }
    return first;
}

static wcow_status disconnect(run *r, wcow_error *err)
{
    hns_endpoint_list *endpoints = &r->taken.endpoints;
    const release_place place = place_of(r);
    run_taken named = {.networked = true, .endpoints = *endpoints};
    wcow_status status;

    r->step = "HNSCall";
    if (are_all_known(endpoints)) {
        status = delete_known(r, err);
        r->taken.networked = status != WCOW_OK;
        if (!status)
            hns_endpoint_list_free(endpoints);
        return status;
    }
    status = run_release(&place, &named, NULL, err);
    r->taken.networked = named.networked;
    *endpoints = named.endpoints;
    return status;
}

static wcow_status leave_guard(run *r, wcow_error *err)
{
    if (!r->taken.guarded)
        return WCOW_OK;
    r->step = "HcsModifyServiceSettings";
    return told(r, run_release_guard(r->what.hcs, r->what.id, &r->taken, err),
                "the credential guard has forgotten its account");
}

static void leave_space(run *r)
{
    if (!r->taken.space || r->taken.system) /* not from under a live system */
        return;
    r->step = "HNSCall";
    run_release_space(r->what.hcs, &r->taken);
    if (!r->taken.space)
        step_done(r->what.steps, "the network namespace is deleted");
}

/* Who connected it to another network while it ran has noted that, and is done with it: its system
 * is gone. */
static wcow_status take_note(run *r, wcow_error *err)
{
    const run_notes *notes = &r->what.notes;

    return notes->ending ? notes->ending(notes->context, &r->taken, err) : WCOW_OK;
}

wcow_status run_end(run *r, wcow_error *err)
{
    wcow_status status;

    if (!guard_retire(r->guard, r->what.limits.terminate)) {
        leave_behind(r);
        return error_set(err, WCOW_TIMEOUT, "a call to the service has not returned");
    }
    status = end_system(r, err);
    status = keep_first(status, take_note(r, status ? NULL : err));
    status = keep_first(status, unmount(r, status ? NULL : err));
    status = keep_first(status, leave_guard(r, status ? NULL : err));
    leave_space(r);
    status = keep_first(status, disconnect(r, status ? NULL : err));
    r->step = NULL;
    return keep_first(status, note_released(r, &r->taken, status ? NULL : err));
}

bool run_again(run *r)
{
    if (!guard_retire(r->guard, 0))
        return false;
    run_taken_free(&r->taken);
    free(TAKE(r->volume));
    return true;
}
