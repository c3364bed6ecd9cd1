/* SPDX-License-Identifier: MIT */
/* Calls to the service on threads of their own. */
#include "runtime/errand.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/thread.h"

struct errand {
    guard *guard; /* held by its thread; who started it has it anyway */
    errand_kind kind;
    const char *signal;
    unsigned holders; /* its thread and who started it; under the guard's lock, as all below */
    bool done;
    wcow_status status;
    wcow_error err;
};

static const char *const calls[] = {
    [ERRAND_SIGNAL] = "HcsSignalProcess",
    [ERRAND_KILL] = "HcsTerminateProcess",
    [ERRAND_KILL_ALONE] = "HcsTerminateProcess",
    [ERRAND_SHUTDOWN] = "HcsShutdownComputeSystem",
    [ERRAND_TERMINATE] = "HcsTerminateComputeSystem",
};

const char *errand_call(const errand *e)
{
    return calls[e->kind];
}

static wcow_status carry_out(const errand *e, wcow_error *err)
{
    const guard *g = e->guard;

    switch (e->kind) {
    case ERRAND_SIGNAL:
        return compute_process_signal(g->process, e->signal, NULL, err);
    case ERRAND_KILL:
        return compute_process_kill(g->process, err);
    case ERRAND_KILL_ALONE:
        return compute_process_kill_alone(g->process, err);
    case ERRAND_SHUTDOWN:
        return compute_system_shutdown(g->system, err);
    case ERRAND_TERMINATE:
        return compute_system_terminate(g->system, err);
    }
    return error_set(err, WCOW_INVALID, "no such errand");
}

/* One of the two lets go; the last one frees it. */
static void let_go(errand *e)
{
    guard *g = e->guard;
    bool last;

    pthread_mutex_lock(&g->lock);
    last = !--e->holders;
    pthread_mutex_unlock(&g->lock);
    if (last)
        free(e);
}

static void *errand_main(void *context)
{
    errand *e = context;
    guard *g = e->guard;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = carry_out(e, &problem);

    pthread_mutex_lock(&g->lock);
    e->status = status;
    e->err = problem;
    e->done = true;
    pthread_mutex_unlock(&g->lock);
    guard_leave(g);
    let_go(e);
    guard_drop(g);
    return NULL;
}

wcow_status errand_start(guard *g, errand_kind kind, const char *signal, errand **out,
                         wcow_error *err)
{
    errand *e = calloc(1, sizeof *e);

    if (!e)
        return error_no_memory(err);
    *e = (errand){.kind = kind, .signal = signal, .holders = 2};
    if (!guard_enter(g)) {
        free(e);
        return error_set(err, WCOW_STOPPED, "it has ended");
    }
    e->guard = guard_hold(g);
    if (!thread_start_detached(errand_main, e)) {
        guard_leave(g);
        guard_drop(g);
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
    if (e)
        let_go(e);
}

wcow_status errand_try(guard *g, errand_kind kind, const char *signal, uint32_t milliseconds,
                       wcow_error *err)
{
    const uint64_t deadline = ticks_after(milliseconds);
    errand *e = NULL;
    wcow_status result = WCOW_OK;
    wcow_status status = errand_start(g, kind, signal, &e, err);

    if (status)
        return status;
    pthread_mutex_lock(&g->lock);
    while (g->stage == STAGE_RUNNING && !errand_done(e, &result, err) && guard_wait(g, deadline))
        continue;
    pthread_mutex_unlock(&g->lock);
    errand_drop(e);
    return result;
}
