/* SPDX-License-Identifier: MIT */
/* The ladder by which a run is ended. */
#include "runtime/stopping.h"

#include "base/error.h"
#include "runtime/errand.h"

#define SIGNAL_MILLISECONDS 5000u

/* Waits until it has got so far. True if so. */
static bool wait_for_stage(guard *g, stage wanted, uint64_t deadline)
{
    bool reached;

    pthread_mutex_lock(&g->lock);
    while (g->stage < wanted && guard_wait(g, deadline))
        continue;
    reached = g->stage >= wanted;
    pthread_mutex_unlock(&g->lock);
    return reached;
}

/* Starts a call and gives the process time to end by it; *err tells if the call itself failed. */
static bool try_errand(guard *g, errand_kind kind, const char *signal, uint64_t milliseconds,
                       wcow_error *err)
{
    const uint64_t deadline = ticks_now() + milliseconds;
    errand *e = NULL;
    bool failed = false;
    bool ended;
    wcow_status status = errand_start(g, kind, signal, &e, err);

    if (status)
        return status == WCOW_STOPPED;
    pthread_mutex_lock(&g->lock);
    while (g->stage < STAGE_ENDING && !failed && ticks_now() < deadline) {
        failed = errand_done(e, &status, err) && status;
        if (!failed)
            guard_wait(g, deadline);
    }
    ended = g->stage >= STAGE_ENDING;
    if (!ended && !failed && !errand_done(e, &status, NULL))
        error_set(err, WCOW_TIMEOUT, "%s has not returned for %llu s", errand_call(e),
                  (unsigned long long)milliseconds / 1000);
    pthread_mutex_unlock(&g->lock);
    errand_drop(e);
    return ended;
}

/* Waits for the teardown; names the call that is stuck if it takes too long. */
static wcow_status wait_for_rest(run *r, wcow_error *err)
{
    const run_limits *limits = &r->what.limits;
    const uint64_t patience = limits->shutdown + 2 * (uint64_t)limits->terminate;
    const char *step;

    if (wait_for_stage(r->guard, STAGE_ENDED, ticks_now() + patience))
        return WCOW_OK;
    step = r->step;
    return error_set(err, WCOW_TIMEOUT, "its process has ended, but %s has not returned",
                     step ? step : "the teardown");
}

/* Of what the service said the last counts: nothing, if it said that it did all. */
static wcow_status end_by_force(run *r, wcow_error *err)
{
    const uint32_t patience = r->what.limits.terminate;
    wcow_error problem = WCOW_ERROR_INIT;

    if (try_errand(r->guard, ERRAND_KILL, NULL, patience, &problem) ||
        try_errand(r->guard, ERRAND_TERMINATE, NULL, patience, &problem))
        return wait_for_rest(r, err);
    if (!problem.status)
        error_set(&problem, WCOW_TIMEOUT,
                  "it does not end, although the service says that it did all that was asked");
    return error_pass(err, problem.status, &problem);
}

static uint64_t what_is_left(uint64_t deadline)
{
    const uint64_t now = ticks_now();

    return now < deadline ? deadline - now : 0;
}

/* Before 17763 there are no signals: Docker asks the system to shut down instead. */
static bool end_by_signal(guard *g, const char *signal, uint64_t milliseconds)
{
    const uint64_t deadline = ticks_now() + milliseconds;
    wcow_error unheard = WCOW_ERROR_INIT;
    bool ended = try_errand(g, ERRAND_SIGNAL, signal, milliseconds, &unheard);

    if (!ended && unheard.status == WCOW_UNSUPPORTED)
        ended = try_errand(g, ERRAND_SHUTDOWN, NULL, what_is_left(deadline), NULL);
    return ended || wait_for_stage(g, STAGE_ENDING, deadline);
}

wcow_status run_stop(run *r, const char *signal, uint64_t milliseconds, wcow_error *err)
{
    if (signal && end_by_signal(r->guard, signal, milliseconds))
        return wait_for_rest(r, err);
    return end_by_force(r, err);
}

/*
 * Before 17763 there are no signals. dockerd sends none on any build: whatever the signal, it asks
 * the system to shut down, which ends the process as a Ctrl-C or its closed window would.
 */
wcow_status run_signal(run *r, const char *signal, wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = errand_try(r->guard, ERRAND_SIGNAL, signal, SIGNAL_MILLISECONDS, &problem);

    if (status == WCOW_UNSUPPORTED)
        return errand_try(r->guard, ERRAND_SHUTDOWN, NULL, SIGNAL_MILLISECONDS, err);
    return error_pass(err, status, &problem);
}
