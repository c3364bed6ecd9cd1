/* SPDX-License-Identifier: MIT */
/* stop and kill, as the monitor carries them out. */
#include "runtime/stopping.h"

#include "base/error.h"
#include "hcs/signals.h"

/* A signal that is not delivered by then is delivered in its own time: nobody waits for it. */
#define SIGNAL_MILLISECONDS 5000u

/* Waits until the init process has ended. True if so. */
static bool wait_for_exit(monitor *m, uint64_t milliseconds)
{
    const uint64_t deadline = ticks_now() + milliseconds;
    bool ended;

    pthread_mutex_lock(&m->lock);
    while (m->stage < STAGE_ENDING && ticks_now() < deadline)
        monitor_wait(m, deadline);
    ended = m->stage >= STAGE_ENDING;
    pthread_mutex_unlock(&m->lock);
    return ended;
}

/* Starts a call and gives the container time to end by it; *err tells if the call itself failed. */
static bool try_errand(monitor *m, errand_kind kind, const char *signal, uint64_t milliseconds,
                       wcow_error *err)
{
    const uint64_t deadline = ticks_now() + milliseconds;
    errand *e = NULL;
    bool failed = false;
    bool ended;
    wcow_status status = errand_start(m, kind, signal, &e, err);

    if (status)
        return status == WCOW_STOPPED;
    pthread_mutex_lock(&m->lock);
    while (m->stage < STAGE_ENDING && !failed && ticks_now() < deadline) {
        failed = errand_done(e, &status, err) && status;
        if (!failed)
            monitor_wait(m, deadline);
    }
    ended = m->stage >= STAGE_ENDING;
    if (!ended && !failed && !errand_done(e, &status, NULL))
        error_set(err, WCOW_TIMEOUT, "%s has not returned for %llu s", errand_call(e),
                  (unsigned long long)milliseconds / 1000);
    pthread_mutex_unlock(&m->lock);
    errand_drop(e);
    return ended;
}

/* Waits for the teardown; names the call that is stuck if it takes too long. */
static bool wait_for_rest(monitor *m, wcow_error *err)
{
    const host_limits *limits = &m->host->limits;
    const uint64_t deadline = ticks_now() + limits->shutdown + 2 * (uint64_t)limits->terminate;
    const char *step;
    bool ended;

    pthread_mutex_lock(&m->lock);
    while (m->stage < STAGE_ENDED && ticks_now() < deadline)
        monitor_wait(m, deadline);
    ended = m->stage == STAGE_ENDED;
    step = m->run.step;
    pthread_mutex_unlock(&m->lock);
    if (!ended)
        error_set(err, WCOW_TIMEOUT, "its process has ended, but %s has not returned",
                  step ? step : "the teardown");
    return ended;
}

static void tell_failure(peer *p, wcow_error *error)
{
    monitor *m = peer_monitor(p);

    if (!error->status)
        error_set(error, WCOW_TIMEOUT,
                  "it does not end, although the service says that it did all "
                  "that was asked");
    error_wrap(error, error->status, "cannot stop container '%s'", m->record->name);
    error_hint(error,
               "the Host Compute Service may be stuck: restart it (Restart-Service vmcompute), "
               "then: wcow rm -f %s",
               m->record->name);
    pthread_mutex_lock(&m->lock);
    if (peer_wishes(p)->done) { /* else it ended just now and the peer knows */
        *peer_wishes(p) = (peer_wish){0};
        peer_send_error(p, error);
    }
    pthread_mutex_unlock(&m->lock);
}

static void end_by_force(peer *p)
{
    monitor *m = peer_monitor(p);
    const uint32_t patience = m->host->limits.terminate;
    wcow_error error = WCOW_ERROR_INIT;

    if (!try_errand(m, ERRAND_KILL, NULL, patience, &error) &&
        !try_errand(m, ERRAND_TERMINATE, NULL, patience, &error))
        tell_failure(p, &error);
    else if (!wait_for_rest(m, &error))
        tell_failure(p, &error);
}

/* Registers that the peer is to be told of the end. False if there is nothing to end. */
static bool expect_end(peer *p)
{
    monitor *m = peer_monitor(p);
    bool runs;

    pthread_mutex_lock(&m->lock);
    while (m->stage == STAGE_STARTING)
        monitor_wait(m, TICKS_NEVER);
    runs = m->stage == STAGE_RUNNING || m->stage == STAGE_ENDING;
    *peer_wishes(p) = (peer_wish){.end = runs, .done = runs};
    pthread_mutex_unlock(&m->lock);
    return runs;
}

static uint64_t what_is_left(uint64_t deadline)
{
    const uint64_t now = ticks_now();

    return now < deadline ? deadline - now : 0;
}

bool stop_gently(peer *p, const char *signal, int64_t seconds)
{
    monitor *m = peer_monitor(p);
    const uint64_t patience = seconds > 0 ? (uint64_t)seconds * 1000 : 0;
    const uint64_t deadline = ticks_now() + patience;
    wcow_error unheard = WCOW_ERROR_INIT;
    wcow_error error = WCOW_ERROR_INIT;
    const char *how = "CtrlShutdown"; /* NULL: KILL, which is not gentle at all */
    bool ended;

    /* The peer knows signals by name as well as we do. */
    if (signal && signal_find(signal, &how, NULL))
        how = "CtrlShutdown";
    if (!expect_end(p))
        return false;
    if (!how) {
        end_by_force(p);
        return true;
    }
    ended = try_errand(m, ERRAND_SIGNAL, how, patience, &unheard);
    /* Before 17763 there are no signals: Docker asks the system to shut down instead. */
    if (!ended && unheard.status == WCOW_UNSUPPORTED)
        ended = try_errand(m, ERRAND_SHUTDOWN, NULL, what_is_left(deadline), &unheard);
    if (!ended && !wait_for_exit(m, what_is_left(deadline)))
        end_by_force(p);
    else if (!wait_for_rest(m, &error))
        tell_failure(p, &error);
    return true;
}

/*
 * Starts a call that may take as long as the process lives, and waits a moment for its result.
 * WCOW_STOPPED: there is no process any more.
 */
static wcow_status call_for_a_moment(monitor *m, errand_kind kind, const char *signal,
                                     wcow_error *err)
{
    const uint64_t deadline = ticks_now() + SIGNAL_MILLISECONDS;
    errand *e = NULL;
    wcow_status result = WCOW_OK;
    wcow_status status = errand_start(m, kind, signal, &e, err);

    if (status)
        return status;
    pthread_mutex_lock(&m->lock);
    while (m->stage == STAGE_RUNNING && !errand_done(e, &result, err) && monitor_wait(m, deadline))
        continue;
    pthread_mutex_unlock(&m->lock);
    errand_drop(e);
    return result;
}

/* It has ended. One who is attached is told so in time; another asks state.json. */
static bool nothing_to_signal(peer *p)
{
    monitor *m = peer_monitor(p);
    bool attached;

    pthread_mutex_lock(&m->lock);
    attached = peer_wishes(p)->end;
    pthread_mutex_unlock(&m->lock);
    return attached;
}

/*
 * Before 17763 there are no signals. dockerd sends none on any build: whatever the signal, it asks
 * the system to shut down, which ends the process as a Ctrl-C or its closed window would.
 */
static bool send_signal(peer *p, const char *signal)
{
    monitor *m = peer_monitor(p);
    wcow_error error = WCOW_ERROR_INIT;
    wcow_status status = call_for_a_moment(m, ERRAND_SIGNAL, signal, &error);

    if (status == WCOW_UNSUPPORTED) {
        error = (wcow_error)WCOW_ERROR_INIT;
        status = call_for_a_moment(m, ERRAND_SHUTDOWN, NULL, &error);
    }
    if (status == WCOW_STOPPED)
        return nothing_to_signal(p);
    pthread_mutex_lock(&m->lock);
    if (status) {
        error_wrap(&error, status, "cannot kill container '%s'", m->record->name);
        peer_send_error(p, &error);
    } else {
        peer_send(p, FRAME_DONE, NULL, 0);
    }
    pthread_mutex_unlock(&m->lock);
    return true;
}

bool stop_by_signal(peer *p, const char *name)
{
    monitor *m = peer_monitor(p);
    wcow_error error = WCOW_ERROR_INIT;
    const char *signal = NULL;

    if (signal_find(name, &signal, &error)) {
        pthread_mutex_lock(&m->lock);
        peer_send_error(p, &error);
        pthread_mutex_unlock(&m->lock);
        return true;
    }
    if (signal)
        return send_signal(p, signal);
    if (!expect_end(p))
        return false;
    end_by_force(p);
    return true;
}
