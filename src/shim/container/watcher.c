/* SPDX-License-Identifier: MIT */
#include "shim/container/watcher.h"

#include "base/error.h"
#include "base/thread.h"

#define PAUSE 100u /* ms until a thread that could not be started is tried again */

bool watcher_init(watcher *w, const watcher_owner *owner)
{
    w->owner = *owner;
    w->list = NULL;
    w->woken = false;
    w->works = false;
    if (pthread_mutex_init(&w->lock, NULL))
        return false;
    if (condition_init(&w->changed))
        return true;
    pthread_mutex_destroy(&w->lock);
    return false;
}

void watcher_free(watcher *w)
{
    condition_free(&w->changed);
    pthread_mutex_destroy(&w->lock);
}

/* A board of notices has changed, and is locked. */
static void wake(void *context)
{
    watcher *w = context;

    pthread_mutex_lock(&w->lock);
    w->woken = true;
    condition_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

static void put_in(watcher *w, watched *what)
{
    what->next = w->list;
    w->list = what;
    w->woken = true;
    condition_broadcast(&w->changed);
}

static void take_out(watcher *w, const watched *what)
{
    watched **at = &w->list;

    while (*at != what)
        at = &(*at)->next;
    *at = what->next;
}

/* From the start of its thread on it is its owner's to free. */
static bool let_end(watcher *w, watched *what)
{
    pthread_mutex_lock(&w->lock);
    take_out(w, what);
    pthread_mutex_unlock(&w->lock);
    if (thread_start_detached(what->ended, what->context))
        return true;
    pthread_mutex_lock(&w->lock);
    put_in(w, what);
    w->woken = false;
    pthread_mutex_unlock(&w->lock);
    return false;
}

/* Without the lock, since the boards are locked for it: others only put something before the list's
 * first. False: one could not be let go. */
static bool let_all_end(watcher *w, watched *first)
{
    bool all = true;

    while (first) {
        watched *next = first->next;

        if (compute_process_ends_within(first->process, 0) && !let_end(w, first))
            all = false;
        first = next;
    }
    return all;
}

static void *watch_all(void *context)
{
    watcher *w = context;
    const watcher_owner owner = w->owner;
    uint64_t again = TICKS_NEVER;

    pthread_mutex_lock(&w->lock);
    while (w->list) {
        watched *first = w->list;

        if (!w->woken && condition_wait_until(&w->changed, &w->lock, again))
            continue;
        w->woken = false;
        pthread_mutex_unlock(&w->lock);
        again = let_all_end(w, first) ? TICKS_NEVER : ticks_after(PAUSE);
        pthread_mutex_lock(&w->lock);
    }
    w->works = false;
    pthread_mutex_unlock(&w->lock);
    owner.drop(owner.context);
    return NULL;
}

/* Under the lock. */
static bool start(watcher *w)
{
    if (w->works)
        return true;
    w->owner.hold(w->owner.context);
    w->works = thread_start_detached(watch_all, w);
    if (!w->works)
        w->owner.drop(w->owner.context);
    return w->works;
}

wcow_status watcher_add(watcher *w, watched *what, wcow_error *err)
{
    bool started;

    compute_process_wake_also(what->process, wake, w);
    pthread_mutex_lock(&w->lock);
    put_in(w, what);
    started = start(w);
    if (!started)
        take_out(w, what);
    pthread_mutex_unlock(&w->lock);
    return started ? WCOW_OK : error_set(err, WCOW_NO_MEMORY, "cannot start a thread");
}
