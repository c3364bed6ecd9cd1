/* SPDX-License-Identifier: MIT */
/* The body of a monitor process. */
#include "monitor/monitor.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/container.h"
#include "engine/container/container_service.h"
#include "engine/container/reconcile.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "engine/host/windows_log.h"
#include "monitor/accept.h"
#include "monitor/background.h"
#include "monitor/boot.h"
#include "monitor/health.h"
#include "monitor/peer.h"
#include "monitor/record_run.h"
#include "port/clock.h"
#include "port/service_manager.h"

/* ---- being asked ---- */

static bool wait_to_be_asked(monitor *m)
{
    const uint64_t deadline = ticks_now() + m->host->limits.request;
    bool asked;

    monitor_lock(m);
    while (m->run.guard->stage == STAGE_IDLE && monitor_wait(m, deadline))
        ;
    asked = m->run.guard->stage == STAGE_STARTING;
    monitor_unlock(m);
    return asked;
}

/* Whoever asks for it at the same time is told as well. */
static bool wait_for_start(monitor *m)
{
    bool starts;

    if (!m->by_itself)
        return wait_to_be_asked(m);
    starts = boot_brings_back(m);
    monitor_lock(m);
    if (starts && m->run.guard->stage == STAGE_IDLE)
        m->run.guard->stage = STAGE_STARTING;
    starts = m->run.guard->stage == STAGE_STARTING;
    monitor_changed(m);
    monitor_unlock(m);
    return starts;
}

/* It is done, unless it failed. Returns the status. */
static wcow_status told(const monitor *m, wcow_status status, const char *what)
{
    if (!status)
        step_done(&m->sink, what);
    return status;
}

/* ---- the container's run ---- */

/* Docker's exit codes for what never ran: 127 not found, 126 cannot be run, 128 anything else. */
static uint32_t code_of_failure(wcow_status status)
{
    if (status == WCOW_COMMAND_NOT_FOUND)
        return 127;
    return status == WCOW_COMMAND_NOT_RUNNABLE ? 126 : 128;
}

static void announce(monitor *m)
{
    monitor_lock(m);
    peers_started(m, m->pid);
    monitor_unlock(m);
}

/* From here on nobody new may use the process. */
static void close_doors(monitor *m)
{
    run_close(&m->run);
    monitor_lock(m);
    m->unlimited = true;
    backgrounds_cancel(m);
    monitor_changed(m);
    monitor_unlock(m);
}

static void pass_output(void *context, bool is_error, const void *bytes, size_t length)
{
    monitor *m = context;
    bool first;

    monitor_lock(m);
    first = !m->spoken;
    m->spoken = true;
    monitor_unlock(m);
    if (first)
        step_done(&m->sink, "first output");
    log_write(m->log, is_error, bytes, length);
    peers_output(m, is_error, bytes, length);
}

/* Of all that goes wrong with one run the first counts. */
static void note_problem(monitor *m, wcow_status status, wcow_error *problem, const char *what)
{
    if (!status || m->result.problem.status)
        return;
    error_wrap(problem, status, "%s container '%s'", what, m->record->name);
    m->result.problem = *problem;
}

static void watch(monitor *m)
{
    run_result *how = &m->result;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = run_wait(&m->run, &how->exit_code, &problem);

    how->unknown = status != WCOW_OK;
    if (how->unknown) /* this matters more than anything before it */
        how->problem = (wcow_error)WCOW_ERROR_INIT;
    note_problem(m, status, &problem, "cannot learn the exit code of");
}

/* ---- what follows its end ---- */

/* on-failure:N, and N times were not enough. */
static void log_given_up(monitor *m, const restart_policy *policy, const restart_facts *how)
{
    cleanup_free char *words = NULL;

    if (policy->mode != RESTART_ON_FAILURE || how->stopped || !how->exit_code || !policy->maximum ||
        how->count < policy->maximum)
        return;
    words =
        text_format("container '%s' ended with %u and is not restarted again, after %u restart%s",
                    m->record->name, how->exit_code, (unsigned)how->count, text_plural(how->count));
    if (words)
        windows_log_note(m->host, WINDOWS_LOG_RESTART_FAILED, m->id, words);
}

/* Whether another run follows, which its state is to tell. */
static void decide_on_restart(monitor *m)
{
    const restart_policy policy = record_run_policy(m);
    restart_facts how = {.exit_code = m->result.unknown ? EXIT_CODE_LOST : m->result.exit_code,
                         .count = m->restarts};

    monitor_lock(m);
    how.stopped = m->stopped;
    m->restarting = !m->cancelled && !m->beset && restart_follows(&policy, &how);
    monitor_unlock(m);
    if (m->restarting)
        m->restarting = run_again(&m->run);
    if (!m->restarting) {
        log_given_up(m, &policy, &how);
        return;
    }
    m->restarts++;
    m->pause = restart_pause(m->pause, ticks_now() - m->began);
}

/*
 * Whoever waits for its end is told that: a restart is another run. True: the pause is over; false:
 * somebody has ended it meanwhile, and is told when that is recorded.
 */
static bool pause_for_restart(monitor *m)
{
    const uint64_t deadline = ticks_after(m->pause);
    bool cancelled;

    monitor_lock(m);
    m->run.guard->stage = STAGE_PAUSE;
    if (!m->cancelled)
        peers_ended(m);
    monitor_changed(m);
    while (!m->cancelled && monitor_wait(m, deadline))
        ;
    cancelled = m->cancelled;
    if (!cancelled) {
        m->run.guard->stage = STAGE_STARTING;
        m->unlimited = false;
        m->result = (run_result){0};
        monitor_changed(m);
    }
    monitor_unlock(m);
    return !cancelled;
}

/* From the start of its process to the end of all that it took. */
static void live(monitor *m)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    m->began = ticks_now();
    announce(m);
    status = run_pass_on(&m->run, &problem);
    note_problem(m, status, &problem, "cannot pass on the output of");
    state_keep_room(m->host, m->id);
    health_begin(m);
    accept_while_it_runs(m);
    watch(m);
    m->beset = !health_end(m);
    close_doors(m);
    run_drain(&m->run);

    problem = (wcow_error)WCOW_ERROR_INIT;
    status = run_end(&m->run, &problem);
    note_problem(m, status, &problem, "cannot clean up after");
    log_flush(m->log);
    step_done(&m->sink, "its log is written");
    status = error_check(&problem, log_failure(m->log), "write");
    note_problem(m, status, &problem, "cannot keep the log of");
    decide_on_restart(m);
    ignore(told(m, record_run_end(m, NULL), "its end is recorded"));
}

/* *asked: somebody wanted it to be started. What that takes is read while he still connects. */
static wcow_status run_once(monitor *m, bool *asked, wcow_error *err)
{
    record_run files = {0};
    run_request request = {.sink = {.context = m, .output = pass_output}};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = told(m, record_run_open(&files, m, &request, &problem), "ready to start");

    *asked = wait_for_start(m);
    if (*asked) {
        step_done(&m->sink, "asked to start it");
        m->asked = clock_now();
        request.columns = m->columns;
        request.rows = m->rows;
        if (!status)
            status = run_begin(&m->run, &request, &problem);
        if (!status)
            live(m);
    }
    record_run_close(&files);
    return *asked ? error_pass(err, status, &problem) : WCOW_OK;
}

/* As Docker does: a restart that fails is not tried again. */
static wcow_status run_container(monitor *m, bool *asked, wcow_error *err)
{
    wcow_status status;

    if (m->by_itself && boot_brings_back(m))
        boot_await_services(m);
    status = run_once(m, asked, err);
    while (!status && m->restarting) {
        bool again;

        if (!pause_for_restart(m)) {
            m->restarting = false;
            ignore(record_run_end(m, NULL));
            break;
        }
        status = run_once(m, &again, err);
    }
    return status;
}

/* A command that is not there is its user's affair, and no administrator's. */
static void log_failed_start(monitor *m, wcow_status status, const wcow_error *err)
{
    if (status != WCOW_COMMAND_NOT_FOUND && status != WCOW_COMMAND_NOT_RUNNABLE)
        windows_log_note(m->host,
                         m->restarts ? WINDOWS_LOG_RESTART_FAILED : WINDOWS_LOG_START_FAILED, m->id,
                         err->message);
}

static void fail(monitor *m, wcow_status status, wcow_error *err)
{
    windows_log_explain(m->id, m->asked, err);
    error_wrap(err, status, "cannot start container '%s'", m->record->name);
    log_failed_start(m, status, err);
    m->result = (run_result){.exit_code = code_of_failure(status), .problem = *err};
    m->restarting = false;
    ignore(record_run_end(m, NULL));
    monitor_lock(m);
    m->failed = true;
    monitor_unlock(m);
}

/* ---- setting up and leaving ---- */

static wcow_status set_up(monitor *m, wcow_error *err)
{
    cleanup_log_config log_config config = {0};
    cleanup_free char *pipe = path_of_pipe(m->host, m->id);
    wcow_status status = record_read(m->host, m->id, &m->record, err);
    int32_t hr;

    if (status)
        return status;
    if (!pipe)
        return error_no_memory(err);
    status = log_config_load(m->host, m->record, &config, err);
    if (!status)
        status = log_open(m->host, m->id, &config, &m->log, err);
    if (status)
        return status;
    hr = pipe_listen(pipe, &m->server);
    return told(m, error_check(err, hr, "listen on the pipe"), "listening");
}

static void monitor_free(monitor *m)
{
    pipe_server_free(m->server);
    run_free(&m->run);
    run_taken_free(&m->left);
    log_close(m->log);
    record_free(m->record);
    free(m);
}

/* Somebody uses it for as long as this process lives. */
static void leave_behind(monitor *m)
{
    static _Atomic(monitor *) last; /* not lost: only never given back */

    atomic_store(&last, m);
}

/* The name is free for the next monitor before anybody can learn that this one is done. */
static void stop_listening(monitor *m)
{
    accept_end(m);
    pipe_server_free(TAKE(m->server));
}

/* As with docker, one that runs with --rm is gone before anybody learns that it has ended. */
static void remove_self(monitor *m)
{
    cleanup_container wcow_container *self = container_new(m->host, m->id, m->record->name);
    wcow_container_remove_options whole = WCOW_CONTAINER_REMOVE_OPTIONS_INIT;

    whole.force = true;
    whole.volumes = true;
    if (!self)
        return;
    self->ended = m->untold;
    ignore(told(m, wcow_container_remove_with(self, &whole, NULL), "removed"));
}

/* Who restarts it says so before it has ended. His reader carries out the stop at this moment: that
 * he has gone since then it cannot know yet. */
static bool is_kept(monitor *m)
{
    bool kept;

    monitor_lock(m);
    kept = m->keeper && !peer_is_gone(m->keeper);
    monitor_unlock(m);
    return kept;
}

/* All that a run is, from the start request to the last word to every peer. *over: they are gone.
 */
static wcow_status serve(monitor *m, store_lock *owner, bool *over, wcow_error *err)
{
    wcow_status status;
    bool asked = false;

    if (!accept_begin(m))
        return error_set(err, WCOW_NO_MEMORY, "cannot start a thread");
    status = run_container(m, &asked, err);
    if (status)
        fail(m, status, err);
    if (!asked) /* of whoever wanted it, nothing came */
        container_service_leave(m->host, m->id);
    stop_listening(m);
    service_process_ending(); /* as long as somebody reads: another start takes another service */
    log_close(TAKE(m->log));
    store_lock_release(owner);
    if (asked && m->record->auto_remove && !is_kept(m))
        remove_self(m);
    guard_set(m->run.guard, STAGE_ENDED);
    monitor_lock(m);
    peers_ended(m);
    monitor_unlock(m);
    *over = peers_finish(m) && !m->beset;
    return status;
}

static wcow_status run_monitor(monitor *m, store_lock *owner, bool *over, wcow_error *err)
{
    wcow_status status = set_up(m, err);

    if (!status)
        return serve(m, owner, over, err);
    /* nobody listens to us, but the one who started us looks there */
    m->result = (run_result){.exit_code = code_of_failure(status), .problem = *err};
    ignore(record_run_end(m, NULL));
    return status;
}

/* With its lock held: what it answers for is there, and nobody else's. */
static wcow_status watch_container(wcow_host *host, const char *id, bool by_itself,
                                   store_lock *owner, wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT; /* peers are told, whether our caller cares or not */
    bool over = true;
    monitor *m = calloc(1, sizeof *m);
    wcow_status status;

    if (!m)
        return error_no_memory(err);
    m->host = host;
    m->id = id;
    m->by_itself = by_itself;
    status = run_init(&m->run, &problem);
    if (!status) {
        m->sink = step_log_sink(m);
        step_done(&m->sink, "owns the container");
        status = run_monitor(m, owner, &over, &problem);
    }
    if (over)
        monitor_free(m);
    else
        leave_behind(m);
    return error_pass(err, status, &problem);
}

/* One whose creator died while we waited for his lock is dead now: nobody will ask for its start.
 */
static wcow_status check_alive(wcow_host *host, const char *id, wcow_error *err)
{
    cleanup_state state *s = NULL;
    wcow_status status = state_read(host, id, &s, err);

    if (!status && s->phase == PHASE_DEAD)
        status = error_set(err, WCOW_CONFLICT, "container '%s' is dead", id);
    return status;
}

static wcow_status monitor_run(wcow_host *host, const char *id, bool by_itself, wcow_error *err)
{
    cleanup_lock store_lock owner = STORE_LOCK_INIT;
    cleanup_free char *path = path_in_container(host, id, FILE_RECORD);
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    /* One that was removed before we came has a folder for a moment only, and wants no lock in it.
     */
    if (store_absent(host, path))
        return error_set(err, WCOW_NOT_FOUND, "container '%s' was removed", id);
    status = container_own(host, id, host->limits.owner, &owner, err);
    /* Another monitor may have died since we were sent for: as long as we have the lock, nobody
     * else can find that out. */
    if (!status)
        status = container_inherit(host, id, err);
    if (!status)
        status = check_alive(host, id, err);
    return status ? status : watch_container(host, id, by_itself, &owner, err);
}

wcow_status wcow_monitor_run(wcow_host *host, const char *id, wcow_error *err)
{
    return monitor_run(host, id, false, err);
}

wcow_status wcow_monitor_run_at_boot(wcow_host *host, const char *id, wcow_error *err)
{
    return monitor_run(host, id, true, err);
}
