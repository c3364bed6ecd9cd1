/* SPDX-License-Identifier: MIT */
/*
 * Calls to the service that may block for long: Server Core does not return from HcsSignalProcess
 * before the process has ended (hcsshim exec_hcs.go), and a stuck service returns from nothing.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/thread.h"
#include "monitor/monitor.h"

struct errand {
    monitor *monitor;
    errand_kind kind;
    const char *signal;
    unsigned holders; /* its thread and who started it; under the monitor's lock */
    bool done;
    wcow_status status;
    wcow_error err;
};

static const char *const calls[] = {
    [ERRAND_SIGNAL] = "HcsSignalProcess",
    [ERRAND_KILL] = "HcsTerminateProcess",
    [ERRAND_SHUTDOWN] = "HcsShutdownComputeSystem",
    [ERRAND_TERMINATE] = "HcsTerminateComputeSystem",
};

const char *errand_call(const errand *e)
{
    return calls[e->kind];
}

static wcow_status carry_out(errand *e)
{
    run *r = &e->monitor->run;

    switch (e->kind) {
    case ERRAND_SIGNAL:
        return compute_process_signal(r->process, e->signal, NULL, &e->err);
    case ERRAND_KILL:
        return compute_process_kill(r->process, &e->err);
    case ERRAND_SHUTDOWN:
        return compute_system_shutdown(r->system, &e->err);
    case ERRAND_TERMINATE:
        return compute_system_terminate(r->system, &e->err);
    }
    return error_set(&e->err, WCOW_INVALID, "no such errand");
}

/* Lock held; the last one frees it. */
static void let_go(errand *e)
{
    if (!--e->holders)
        free(e);
}

static void *errand_main(void *context)
{
    errand *e = context;
    monitor *m = e->monitor;
    wcow_status status = carry_out(e);

    pthread_mutex_lock(&m->lock);
    e->status = status;
    e->done = true;
    m->users--;
    let_go(e);
    condition_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
    return NULL;
}

wcow_status errand_start(monitor *m, errand_kind kind, const char *signal, errand **out,
                         wcow_error *err)
{
    errand *e = calloc(1, sizeof *e);

    if (!e)
        return error_no_memory(err);
    *e = (errand){.monitor = m, .kind = kind, .signal = signal, .holders = 2};
    if (!monitor_enter(m)) {
        free(e);
        return error_set(err, WCOW_STOPPED, "it has ended");
    }
    if (!thread_start_detached(errand_main, e)) {
        monitor_leave(m);
        free(e);
        return error_set(err, WCOW_NO_MEMORY, "cannot start a thread");
    }
    *out = e;
    return WCOW_OK;
}

bool errand_done(const errand *e, wcow_status *status, wcow_error *err)
{
    if (!e->done)
        return false;
    *status = e->status;
    if (e->status && err)
        *err = e->err;
    return true;
}

void errand_drop(errand *e)
{
    monitor *m;

    if (!e)
        return;
    m = e->monitor;
    pthread_mutex_lock(&m->lock);
    let_go(e);
    pthread_mutex_unlock(&m->lock);
}
