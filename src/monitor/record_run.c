/* SPDX-License-Identifier: MIT */
/* A run in the words of state.json, and the other way round. */
#include "monitor/record_run.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/configuration.h"
#include "engine/container/container_event.h"
#include "engine/container/container_service.h"
#include "engine/container/peer_names.h"
#include "engine/container/reconcile.h"
#include "engine/container/run_request.h"
#include "engine/container/volumes.h"
#include "engine/host/host_stores.h"
#include "engine/host/paths.h"
#include "engine/host/windows_log.h"
#include "engine/network/left_spaces.h"
#include "oci/runtime_spec.h"
#include "port/clock.h"

/* ---- what becomes of it ---- */

/* A note on its way into the state. */
typedef struct note {
    record_run *run;
    const run_taken *what;
    uint32_t pid;
    run_taken *learnt; /* the other way round */
} note;

static wcow_status write_down(record_run *r, state_change_fn *change, const run_taken *what,
                              uint32_t pid, wcow_error *err)
{
    note n = {.run = r, .what = what, .pid = pid};

    return state_change(r->monitor->host, r->monitor->id, change, &n, err);
}

static wcow_status to_starting(void *context, state *s, wcow_error *err)
{
    const note *n = context;
    const bool again = n->run->monitor->restarting;

    if (!again && s->phase != PHASE_CREATED && s->phase != PHASE_EXITED)
        return error_set(err, WCOW_CONFLICT, "it is %s", phase_name(s->phase));
    if (!again) { /* else it stays "restarting" until it runs, and is a running one meanwhile */
        s->phase = PHASE_STARTING;
        s->restarting = false;
        s->restart_count = 0;
        s->stopped = false;
    }
    s->monitor_pid = machine_process_id();
    s->lost = false;
    s->unknown = false;
    s->named |= n->run->wiring.name_count > 0;
    if (!state_note(s, n->what) || !text_replace(&s->shared_space, n->run->wiring.shared_space))
        return error_no_memory(err);
    return oci_config_set_first_start(n->run->config, !s->booted, err);
}

static wcow_status begins(void *context, const run_taken *what, wcow_error *err)
{
    monitor *m = ((record_run *)context)->monitor;
    /* What an earlier run left is written over: but for what is noted nowhere else. */
    wcow_status status = m->released ? left_spaces_take(m->host, &m->left.space, err) : WCOW_OK;

    if (status)
        return status;
    m->released = false;
    return write_down(context, to_starting, what, 0, err);
}

static wcow_status to_running(void *context, state *s, wcow_error *err)
{
    const note *n = context;

    s->phase = PHASE_RUNNING;
    s->restarting = false;
    s->pid = n->pid;
    s->health = health_is_checked(&n->run->monitor->record->health) ? HEALTH_STARTING : HEALTH_NONE;
    s->health_streak = 0;
    s->started = clock_now();
    s->exit_code = 0;
    s->booted = true;
    s->named &= n->run->wiring.name_count > 0;
    s->joined = n->run->wiring.joined;
    if (!text_replace(&s->error, NULL) || !state_note(s, n->what))
        return error_no_memory(err);
    return WCOW_OK;
}

static wcow_status runs(void *context, uint32_t pid, const run_taken *what, wcow_error *err)
{
    record_run *r = context;
    monitor *m = r->monitor;
    wcow_status status;

    m->pid = pid;
    status = write_down(r, to_running, what, pid, err);
    if (status)
        return status;
    m->born = clock_now();
    container_event_networks(m->host, m->id, &what->endpoints, "connect");
    container_event_volumes(m->host, m->record, true);
    container_event(m->host, m->record, "start", NULL, 0);
    peer_names_spread(m->host, m->id, &r->record->networks);
    return WCOW_OK;
}

/* Commands that have connected it to a network meanwhile, or disconnected it, have noted that. */
static wcow_status see_endpoints(void *context, state *s, wcow_error *err)
{
    const note *n = context;
    run_taken *out = n->learnt;
    hns_endpoint_list noted = {NULL, 0};

    if (!hns_endpoint_list_add_all(&noted, &s->endpoints)) {
        hns_endpoint_list_free(&noted);
        return error_no_memory(err);
    }
    hns_endpoint_list_free(&out->endpoints);
    out->endpoints = noted;
    out->networked |= noted.count > 0;
    return WCOW_OK;
}

static wcow_status ends(void *context, run_taken *what, wcow_error *err)
{
    record_run *r = context;
    note n = {.run = r, .learnt = what};

    peer_names_keep_out(r->monitor->host, r->monitor->id, &r->drive);
    return state_look_at(r->monitor->host, r->monitor->id, see_endpoints, &n, err);
}

/*
 * Not written by itself: the next note has it, in a moment, and a file less is flushed. Who dies
 * before that leaves a state that says more than is there, and releasing that again does no harm.
 * With it the last container may have left the namespace that it shared, which HNS would not delete
 * before; or that of its own since another left it at this very moment, and found it noted nowhere.
 */
static wcow_status is_released(void *context, const run_taken *left, wcow_error *err)
{
    record_run *r = context;
    monitor *m = r->monitor;
    cleanup_free char *inside = NULL;

    m->released = run_taken_copy(left, &m->left);
    if (!m->released)
        return error_no_memory(err);
    if (m->left.system || r->record->schema != 2)
        return WCOW_OK;
    inside = text_copy(m->left.space ? m->left.space : r->wiring.shared_space);
    ignore(left_spaces_take(m->host, &m->left.space, NULL)); /* else it is noted in its state */
    left_spaces_retry_one(m->host, inside);
    return WCOW_OK;
}

static const uint32_t *code_of(const run_result *how)
{
    static const uint32_t unknown = EXIT_CODE_LOST;

    return how->unknown ? &unknown : &how->exit_code;
}

static wcow_status to_end(void *context, state *s, wcow_error *err)
{
    const monitor *m = context;
    const run_result *how = &m->result;
    const bool failed = how->problem.status != WCOW_OK;

    if (!state_is_active(s) && s->phase != PHASE_CREATED && s->phase != PHASE_EXITED)
        return WCOW_OK; /* it was never ours to run: being made, being removed */
    s->phase = m->restarting ? PHASE_RUNNING : failed && !s->started ? PHASE_CREATED : PHASE_EXITED;
    s->restarting = m->restarting;
    s->restart_count += m->restarting;
    s->stopped |= m->stopped;
    s->service &= !m->unserved;
    s->exit_code = *code_of(how);
    s->unknown = how->unknown;
    if (s->health)
        s->health = HEALTH_UNHEALTHY; /* as in Docker, for whoever asks how it is */
    s->pid = 0;
    if (!m->restarting)
        s->monitor_pid = 0;
    if (s->started)
        s->finished = clock_now();
    if (!text_replace(&s->error, failed ? how->problem.message : NULL) ||
        (m->released && !state_note(s, &m->left)))
        return error_no_memory(err);
    if (m->released && !m->left.system)
        text_replace(&s->shared_space, NULL);
    return WCOW_OK;
}

/* Before its end is recorded, so that who learns of that finds no service any more. */
static void settle_service(monitor *m)
{
    cleanup_record record *now = NULL;
    cleanup_state state *s = NULL;

    if (m->restarting || state_read(m->host, m->id, &s, NULL) || !s->service)
        return;
    s->exit_code = *code_of(&m->result);
    s->stopped |= m->stopped;
    ignore(record_read(m->host, m->id, &now, NULL));
    if (!now && !m->record) /* it cannot be read: whoever removes it removes its service */
        return;
    container_service_settle(m->host, now ? now : m->record, s);
    m->unserved = !s->service;
}

/* @param before  its state until now, whose endpoints are those of the run; NULL: nobody knows */
static void tell_end(monitor *m, const state *before)
{
    if (before)
        container_event_networks(m->host, m->id, &before->endpoints, "disconnect");
    container_event_volumes(m->host, m->record, false);
    container_event_end(m->host, m->id, *code_of(&m->result), m->born);
}

/* One that could not be recorded, and is the last: the next who looks takes the monitor for lost,
 * and tells of an end, as does who removes it. */
static bool is_told_by_others(const monitor *m, const state *before)
{
    return !m->restarting && before && state_is_active(before);
}

/* Of those who have run; nobody is to look for one that is gone. */
static void tell_peers(const monitor *m)
{
    cleanup_record record *now = NULL;

    if (m->born && !record_read(m->host, m->id, &now, NULL))
        peer_names_spread(m->host, m->id, &now->networks);
}

static void log_forgone_restart(const monitor *m)
{
    cleanup_free char *words = text_format(
        "container '%s' ended with %u and is not restarted: there is no room to note its next run",
        m->record->name, *code_of(&m->result));

    if (words)
        windows_log_note(m->host, WINDOWS_LOG_RESTART_FAILED, m->id, words);
}

/*
 * The room that is kept is for the last end alone: a run that follows could not be noted on a disk
 * that is full, and its failure would need that room. So there the end becomes the last one.
 */
static wcow_status write_end(monitor *m, wcow_error *err)
{
    if (m->restarting) {
        wcow_error problem = WCOW_ERROR_INIT;
        const wcow_status status = state_change(m->host, m->id, to_end, m, &problem);

        if (!status || problem.hresult != HR_DISK_FULL)
            return error_pass(err, status, &problem);
        m->restarting = false;
        log_forgone_restart(m);
    }
    return state_change_last(m->host, m->id, to_end, m, err);
}

wcow_status record_run_end(monitor *m, wcow_error *err)
{
    cleanup_state state *before = NULL;
    wcow_status status;

    settle_service(m);
    if (m->born)
        ignore(state_read(m->host, m->id, &before, NULL));
    status = write_end(m, err);
    if (m->born && status && is_told_by_others(m, before))
        m->untold = code_of(&m->result);
    else if (m->born)
        tell_end(m, before);
    tell_peers(m);
    m->born = 0; /* one that cannot be started again has not ended twice */
    return status;
}

/* ---- what goes into it ---- */

restart_policy record_run_policy(const monitor *m)
{
    cleanup_record record *now = NULL;

    return record_restart(record_read(m->host, m->id, &now, NULL) ? m->record : now);
}

static wcow_status read_earlier(record_run *r, wcow_error *err)
{
    cleanup_state state *s = NULL;
    wcow_status status = state_read(r->monitor->host, r->monitor->id, &s, err);

    if (status)
        return status;
    /* While it ran others may have written names, where they reach it. */
    r->renames = s->named || (s->booted && r->monitor->record->isolation == WCOW_ISOLATION_PROCESS);
    return state_taken(s, &r->earlier) ? WCOW_OK : error_no_memory(err);
}

static wcow_status read_files(record_run *r, layer_store *layers, wcow_error *err)
{
    wcow_host *host = r->monitor->host;
    cleanup_record record *now = NULL; /* its limits may have been changed since the last run */
    wcow_status status;

    r->scratch = path_of_scratch(host, r->monitor->id);
    if (!r->scratch)
        return error_no_memory(err);
    status = record_read(host, r->monitor->id, &now, err);
    if (!status)
        status = configuration_read(host, now, &r->config, err);
    if (!status)
        status = host_layers(host, layers, err);
    if (!status)
        status = layer_chain_open(layers, r->monitor->record->chain, &r->chain, err);
    return status ? status : read_earlier(r, err);
}

wcow_status record_run_open(record_run *r, monitor *m, run_request *request, wcow_error *err)
{
    wcow_status status;

    r->monitor = m;
    status = host_hcs(m->host, &request->hcs, err);
    if (!status)
        status = read_files(r, &request->layers, err);
    if (status)
        return status;
    run_request_fill(request, m->host, m->record);
    status = record_read(m->host, m->id, &r->record, err);
    if (!status)
        status = volumes_check(m->host, r->record, err);
    if (!status)
        status = run_wiring_make(m->host, r->record, &r->wiring, &request->networks, err);
    if (status)
        return status;
    r->wiring.id = m->id;
    request->networks.renames = r->renames;
    request->networks.port_owner = m->host->port_owner;
    request->config = r->config;
    request->earlier = &r->earlier;
    request->chain = &r->chain;
    request->scratch = r->scratch;
    request->notes = (run_notes){
        .context = r, .begin = begins, .running = runs, .ending = ends, .released = is_released};
    request->steps = &m->sink;
    return WCOW_OK;
}

void record_run_close(record_run *r)
{
    cJSON_Delete(r->config);
    layer_chain_free(&r->chain);
    free(r->scratch);
    run_taken_free(&r->earlier);
    run_wiring_free(&r->wiring);
    record_free(r->record);
    store_lock_release(&r->drive);
    *r = (record_run){0};
}
