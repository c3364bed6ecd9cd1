/* SPDX-License-Identifier: MIT */
/*
 * A container's statistics, again and again, by a thread of its own: it asks, and whoever looks
 * finds the latest answer, or that none came. A call that never returns keeps its thread for ever.
 * Whoever frees such a watch leaves it behind with all that it uses: its own memory, and the host,
 * which is told (host_stray()).
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/thread.h"
#include "engine/container/stats.h"
#include "engine/host/host.h"

#define PAUSE 1000u /* ms between two samples: Docker's */
#define STALE                                                                                      \
    2000u /* ms that a sample may take before the one before it is out of date: Docker's */

struct wcow_stats_watch {
    wcow_container *container; /* its thread's */
    wcow_host *host;
    uint32_t patience; /* ms that an answer is waited for in the end */
    pthread_mutex_t lock;
    condition changed;
    atomic_uint holders; /* its thread and its owner; the last one destroys the lock */
    bool alive;          /* its thread */
    bool left;           /* its owner has gone, and counted it with the host's strays */
    bool stop;
    uint64_t asked; /* ticks; 0: no question is under way */
    unsigned samples;
    wcow_stats latest;
    wcow_status status; /* of the last try */
    wcow_error problem;
};

static void let_go(wcow_stats_watch *w)
{
    if (atomic_fetch_sub(&w->holders, 1) > 1)
        return;
    condition_free(&w->changed);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

/* The lock is held. */
static void keep(wcow_stats_watch *w, const wcow_stats *sample)
{
    const wcow_stats before = w->latest;

    w->latest = *sample;
    if (w->samples)
        w->latest.cpu_percent = wcow_stats_cpu_percent(&before, sample);
    w->samples++;
}

/* One try; the lock is held, but for the question. */
static void take(wcow_stats_watch *w)
{
    wcow_stats sample = {0};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    w->asked = ticks_now() | 1; /* never 0 */
    pthread_mutex_unlock(&w->lock);
    status = stats_take(w->container, &sample, &problem);
    pthread_mutex_lock(&w->lock);
    w->asked = 0;
    w->status = status;
    w->problem = problem;
    if (!status)
        keep(w, &sample);
    condition_broadcast(&w->changed);
}

/* It has ended, or was removed. Another run of it is another watch's. */
static bool is_over(wcow_status status)
{
    return status == WCOW_CONFLICT || status == WCOW_NOT_FOUND;
}

static void *watch_main(void *context)
{
    wcow_stats_watch *w = context;
    wcow_host *host = w->host;
    bool left;

    pthread_mutex_lock(&w->lock);
    while (!w->stop && !is_over(w->status)) {
        const uint64_t next = ticks_after(PAUSE);

        take(w);
        while (!w->stop && !is_over(w->status) && condition_wait_until(&w->changed, &w->lock, next))
            ;
    }
    w->alive = false;
    left = w->left;
    condition_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    wcow_container_free(w->container);
    let_go(w);
    if (left)
        host_stray(host, -1);
    return NULL;
}

static wcow_stats_watch *watch_new(const wcow_container *container)
{
    wcow_stats_watch *w = calloc(1, sizeof *w);

    if (!w)
        return NULL;
    w->container = container_new(container->host, container->id, container->name);
    if (!w->container || pthread_mutex_init(&w->lock, NULL)) {
        wcow_container_free(w->container);
        free(w);
        return NULL;
    }
    if (!condition_init(&w->changed)) {
        pthread_mutex_destroy(&w->lock);
        wcow_container_free(w->container);
        free(w);
        return NULL;
    }
    w->host = container->host;
    w->patience = container->host->limits.answer;
    atomic_init(&w->holders, 1);
    return w;
}

wcow_status wcow_stats_watch_start(wcow_container *container, wcow_stats_watch **out,
                                   wcow_error *err)
{
    wcow_stats_watch *w = watch_new(container);

    if (!w)
        return error_no_memory(err);
    atomic_store(&w->holders, 2);
    w->alive = true;
    if (!thread_start_detached(watch_main, w)) {
        wcow_container_free(w->container);
        w->alive = false;
        atomic_store(&w->holders, 1);
        let_go(w);
        return error_set(err, WCOW_NO_MEMORY, "cannot start a thread");
    }
    *out = w;
    return WCOW_OK;
}

static wcow_status no_answer(wcow_error *err)
{
    error_set(err, WCOW_TIMEOUT, "the Host Compute Service has not told its statistics in time");
    error_hint(err,
               "the service may be stuck: Restart-Service vmcompute -Force (it ends all containers "
               "of this host), then: wcow system prune");
    return WCOW_TIMEOUT;
}

/* Whether there is something to tell: what was waited for, or that it will not come. */
static bool is_settled(const wcow_stats_watch *w, unsigned samples)
{
    return w->samples >= samples || w->status || !w->alive;
}

wcow_status wcow_stats_watch_latest(wcow_stats_watch *w, unsigned samples, uint32_t milliseconds,
                                    wcow_stats **out, wcow_error *err)
{
    const uint64_t deadline = ticks_after(milliseconds);
    wcow_stats *copy = calloc(1, sizeof *copy);
    wcow_status status = copy ? WCOW_OK : error_no_memory(err);

    if (status)
        return status;
    pthread_mutex_lock(&w->lock);
    while (!is_settled(w, samples) && condition_wait_until(&w->changed, &w->lock, deadline))
        ;
    if (w->status)
        status = error_pass(err, w->status, &w->problem);
    else if (w->samples < samples || !w->samples || (w->asked && ticks_now() - w->asked > STALE))
        status = no_answer(err);
    else
        *copy = w->latest;
    pthread_mutex_unlock(&w->lock);
    if (status)
        free(copy);
    else
        *out = copy;
    return status;
}

void wcow_stats_watch_free(wcow_stats_watch *w)
{
    uint64_t give_up;

    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    condition_broadcast(&w->changed);
    give_up = (w->asked ? w->asked : ticks_now()) + w->patience;
    while (w->alive && condition_wait_until(&w->changed, &w->lock, give_up))
        ;
    if (w->alive) {
        w->left = true;
        host_stray(w->host, 1);
    }
    pthread_mutex_unlock(&w->lock);
    let_go(w);
}

wcow_status wcow_container_stats(wcow_container *container, wcow_stats **out, wcow_error *err)
{
    wcow_stats_watch *w = NULL;
    wcow_status status = wcow_stats_watch_start(container, &w, err);

    if (status)
        return status;
    status = wcow_stats_watch_latest(w, 1, w->patience, out, err);
    wcow_stats_watch_free(w);
    return status;
}
