/* SPDX-License-Identifier: MIT */
/* The body of a monitor process. */
#include "monitor/monitor.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/container.h"
#include "engine/container/reconcile.h"
#include "engine/host/paths.h"
#include "port/clock.h"

/* Between a failed accept and the next. */
#define ACCEPT_PAUSE 100u

bool monitor_wait(monitor *m, uint64_t deadline)
{
    return condition_wait_until(&m->changed, &m->lock, deadline);
}

bool monitor_enter(monitor *m)
{
    bool allowed;

    pthread_mutex_lock(&m->lock);
    allowed = m->stage == STAGE_RUNNING;
    if (allowed)
        m->users++;
    pthread_mutex_unlock(&m->lock);
    return allowed;
}

void monitor_leave(monitor *m)
{
    pthread_mutex_lock(&m->lock);
    m->users--;
    condition_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
}

/*
 * A failed accept is a shortage of the moment (of memory, of handles): whoever connects next must
 * be heard all the same, since a monitor that nobody can talk to cannot be told to stop. Ends with
 * pipe_server_cancel() only.
 */
static void *accept_main(void *context)
{
    monitor *m = context;

    for (;;) {
        stream *s = NULL;
        int32_t hr = pipe_accept(m->server, &s);

        peers_reap(m);
        if (hr == HR_OPERATION_ABORTED)
            return NULL;
        if (HR_FAILED(hr))
            clock_sleep(ACCEPT_PAUSE);
        else
            (void)!peer_new(m, s, NULL);
    }
}

static void set_stage(monitor *m, stage next)
{
    pthread_mutex_lock(&m->lock);
    m->stage = next;
    condition_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
}

static bool wait_for_start(monitor *m)
{
    const uint64_t deadline = ticks_now() + m->host->limits.request;
    bool asked;

    pthread_mutex_lock(&m->lock);
    while (m->stage == STAGE_IDLE && monitor_wait(m, deadline))
        ;
    asked = m->stage == STAGE_STARTING;
    pthread_mutex_unlock(&m->lock);
    return asked;
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
    pthread_mutex_lock(&m->lock);
    m->stage = STAGE_RUNNING;
    peers_started(m, compute_process_id(m->run.process));
    condition_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
}

/* From here on nobody new may use the process. */
static void close_doors(monitor *m)
{
    pthread_mutex_lock(&m->lock);
    m->stage = STAGE_ENDING;
    if (m->run.io.in)
        stream_cancel(m->run.io.in); /* a writer may be blocked in it */
    backgrounds_cancel(m);
    condition_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
}

/* Those who still use it get a while to come back. */
static bool retire_users(monitor *m)
{
    const uint64_t deadline = ticks_now() + m->host->limits.terminate;
    bool retired;

    pthread_mutex_lock(&m->lock);
    while (m->users && monitor_wait(m, deadline))
        ;
    retired = !m->users;
    pthread_mutex_unlock(&m->lock);
    return retired;
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
    wcow_status status =
        compute_process_wait(m->run.process, COMPUTE_FOREVER, &how->exit_code, &problem);

    how->unknown = status != WCOW_OK;
    if (how->unknown) /* this matters more than anything before it */
        how->problem = (wcow_error)WCOW_ERROR_INIT;
    note_problem(m, status, &problem, "cannot learn the exit code of");
}

static wcow_status tear_down(monitor *m, wcow_error *err)
{
    if (!retire_users(m)) {
        /*
         * A call to the service has not returned: what it uses cannot be closed. The death of this
         * process closes it, and whoever looks at the container next releases the rest.
         */
        m->run.process = NULL;
        m->run.system = NULL;
        return error_set(err, WCOW_TIMEOUT, "a call to the service has not returned");
    }
    return run_end(&m->run, err);
}

static wcow_status run_container(monitor *m, wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = run_begin(&m->run, err);

    if (status)
        return status;
    announce(m);
    status = pumps_start(m, &problem);
    if (status)
        (void)!compute_process_kill(m->run.process, NULL);
    else if (!m->record->open_stdin && !m->record->tty)
        input_close(m); /* never a console's: its program would end with 0xC000013A */
    note_problem(m, status, &problem, "cannot pass on the output of");
    watch(m);
    close_doors(m);
    pumps_drain(m);

    problem = (wcow_error)WCOW_ERROR_INIT;
    status = tear_down(m, &problem);
    note_problem(m, status, &problem, "cannot clean up after");
    log_flush(m->log);
    status = error_check(&problem, log_failure(m->log), "write");
    note_problem(m, status, &problem, "cannot keep the log of");
    (void)!run_record_end(&m->run, &m->result, NULL);
    return WCOW_OK;
}

static void fail(monitor *m, wcow_status status, wcow_error *err)
{
    error_wrap(err, status, "cannot start container '%s'", m->record->name);
    m->result = (run_result){.exit_code = code_of_failure(status), .problem = *err};
    (void)!run_record_end(&m->run, &m->result, NULL);
    pthread_mutex_lock(&m->lock);
    m->failed = true;
    pthread_mutex_unlock(&m->lock);
}

/* ---- setting up and leaving ---- */

static wcow_status set_up(monitor *m, wcow_error *err)
{
    cleanup_free char *pipe = path_of_pipe(m->host, m->id);
    wcow_status status = record_read(m->host, m->id, &m->record, err);
    int32_t hr;

    if (status)
        return status;
    m->run.record = m->record;
    if (!pipe)
        return error_no_memory(err);
    status = log_open(m->host, m->id, &m->log, err);
    if (status)
        return status;
    hr = pipe_listen(pipe, &m->server);
    return error_check(err, hr, "listen on the pipe");
}

static void clear(monitor *m)
{
    run_clear(&m->run);
    log_close(m->log);
    record_free(m->record);
    pthread_mutex_destroy(&m->lock);
    pthread_mutex_destroy(&m->input_lock);
    condition_free(&m->changed);
}

/* The name is free for the next monitor before anybody can learn that this one is done. */
static void stop_listening(monitor *m, pthread_t accepter)
{
    pipe_server_cancel(m->server);
    pthread_join(accepter, NULL);
    pipe_server_free(TAKE(m->server));
}

/* All that a run is, from the start request to the last word to every peer. */
static wcow_status serve(monitor *m, store_lock *owner, wcow_error *err)
{
    wcow_container *self = NULL;
    wcow_status status = WCOW_OK;
    pthread_t accepter;
    bool asked;

    if (pthread_create(&accepter, NULL, accept_main, m))
        return error_set(err, WCOW_NO_MEMORY, "cannot start a thread");
    asked = wait_for_start(m);
    if (asked)
        status = run_container(m, err);
    if (status)
        fail(m, status, err);
    stop_listening(m, accepter);
    log_close(TAKE(m->log));
    store_lock_release(owner);
    if (asked && m->record->auto_remove) {
        self = container_new(m->host, m->id, m->record->name);
        if (self)
            (void)!wcow_container_remove(self, true, NULL);
        wcow_container_free(self);
    }
    set_stage(m, STAGE_ENDED);
    pthread_mutex_lock(&m->lock);
    peers_ended(m);
    pthread_mutex_unlock(&m->lock);
    peers_finish(m);
    return status;
}

static wcow_status run_monitor(monitor *m, store_lock *owner, wcow_error *err)
{
    wcow_status status = set_up(m, err);

    if (status) { /* nobody listens to us, but the one who started us looks there */
        m->result = (run_result){.exit_code = code_of_failure(status), .problem = *err};
        (void)!run_record_end(&m->run, &m->result, NULL);
    } else {
        status = serve(m, owner, err);
    }
    pipe_server_free(m->server);
    clear(m);
    return status;
}

wcow_status wcow_monitor_run(wcow_host *host, const char *id, wcow_error *err)
{
    cleanup_lock store_lock owner = STORE_LOCK_INIT;
    monitor m = {.host = host, .id = id, .run = {.host = host, .id = id}};
    wcow_error problem = WCOW_ERROR_INIT; /* peers are told, whether our caller cares or not */
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
    if (status)
        return status;
    if (pthread_mutex_init(&m.lock, NULL) || pthread_mutex_init(&m.input_lock, NULL) ||
        !condition_init(&m.changed))
        return error_no_memory(err);
    status = run_monitor(&m, &owner, &problem);
    if (status && err)
        *err = problem;
    return status;
}
