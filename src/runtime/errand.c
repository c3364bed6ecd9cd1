/* SPDX-License-Identifier: MIT */
/* Calls to the service on threads of their own. */
#include "runtime/errand.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "base/thread.h"

struct errand {
    guard *guard; /* held by its thread; who started it has it anyway */
    errand_kind kind;
    const char *signal;
    errand *next;     /* of those under way; under the guard's lock, as all below */
    unsigned holders; /* its thread and those who wait for it */
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

/* One of them lets go; the last one frees it. */
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

/* It is under way no more; whoever waits for it sees how it went. */
static void conclude(errand *e, wcow_status status, const wcow_error *problem)
{
    guard *g = e->guard;
    errand **at;

    pthread_mutex_lock(&g->lock);
    for (at = &g->errands; *at != e; at = &(*at)->next)
        continue;
    *at = e->next;
    e->status = status;
    e->err = *problem;
    e->done = true;
    pthread_mutex_unlock(&g->lock);
    guard_leave(g);
    let_go(e);
    guard_drop(g);
}

static void *errand_main(void *context)
{
    errand *e = context;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = carry_out(e, &problem);

    conclude(e, status, &problem);
    return NULL;
}

/* The lock is held: the call under way that does the same; NULL: one more may be made. */
static errand *find_same(const guard *g, const errand *wanted)
{
    unsigned left = wanted->kind == ERRAND_SIGNAL ? ERRAND_MOST_SIGNALS : 1;

    for (errand *e = g->errands; e; e = e->next) {
        if (e->kind == wanted->kind && text_equal(e->signal, wanted->signal) && --left == 0)
            return e;
    }
    return NULL;
}

/* The lock is held. Enters the guard for its thread. */
static void put_under_way(guard *g, errand *e)
{
    e->guard = guard_hold(g);
    e->next = g->errands;
    g->errands = e;
    g->users++;
}

/* What is under way already, or else the new one, which is from now on; NULL: it does not run. */
static errand *share(guard *g, errand *made)
{
    errand *e = NULL;

    pthread_mutex_lock(&g->lock);
    if (g->stage == STAGE_RUNNING) {
        e = find_same(g, made);
        if (e)
            e->holders++;
        else
            put_under_way(g, made);
        e = e ? e : made;
    }
    pthread_mutex_unlock(&g->lock);
    return e;
}

wcow_status errand_start(guard *g, errand_kind kind, const char *signal, errand **out,
                         wcow_error *err)
{
    errand *made = calloc(1, sizeof *made);
    wcow_error problem = WCOW_ERROR_INIT;
    errand *e;

    if (!made)
        return error_no_memory(err);
    *made = (errand){.kind = kind, .signal = signal, .holders = 2};
    e = share(g, made);
    if (e != made)
        free(made);
    if (!e)
        return error_set(err, WCOW_STOPPED, "it has ended");
    if (e == made && !thread_start_detached(errand_main, e)) {
        error_set(&problem, WCOW_NO_MEMORY, "cannot start a thread");
        conclude(e, WCOW_NO_MEMORY, &problem); /* somebody may share it already */
        errand_drop(e);
        return error_pass(err, WCOW_NO_MEMORY, &problem);
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
