/* SPDX-License-Identifier: MIT */
/*
 * Monitors on threads of the process that starts the containers: the same as in a process of their
 * own, with a host of their own, at the same pipe. When this process dies, its compute systems go
 * with it, and the next who looks gives back the rest, as after any monitor's death.
 */
#include <wcow/container.h>

#include <stdlib.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/text.h"
#include "base/thread.h"
#include "engine/host/host.h"

/* For those whose container has ended: somebody may still read its output for as long as he likes,
 * and loses the rest of it then. */
#define END_MILLISECONDS 10000u

typedef struct within within;

typedef struct thread {
    struct thread *next;
    within *all;
    wcow_host *host; /* its own */
    char *id;
} thread;

/* The threads of one host; freed by who leaves last. */
struct within {
    pthread_mutex_t lock;
    condition changed;
    thread *running;
    bool left; /* by the host */
};

static void thread_free(thread *t)
{
    if (!t)
        return;
    wcow_host_free(t->host);
    free(t->id);
    free(t);
}

DEFINE_CLEANUP(thread, thread *, thread_free)

/* Lock held; lets go of it. */
static void leave(within *w)
{
    const bool last = w->left && !w->running;

    pthread_mutex_unlock(&w->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&w->lock);
    condition_free(&w->changed);
    free(w);
}

static void forget(thread *t)
{
    within *w = t->all;
    thread **where = &w->running;

    pthread_mutex_lock(&w->lock);
    while (*where != t)
        where = &(*where)->next;
    *where = t->next;
    condition_broadcast(&w->changed);
    leave(w);
}

/* What it has to say, it says to those who ask at its pipe. */
static void *thread_main(void *context)
{
    CLEANUP(thread) thread *t = context;

    ignore(wcow_monitor_run(t->host, t->id, NULL));
    wcow_host_free(TAKE(t->host));
    forget(t);
    return NULL;
}

static int32_t start(void *context, wcow_host *host, const char *id, machine_child **child)
{
    CLEANUP(thread) thread *t = calloc(1, sizeof *t);
    within *w = context;

    (void)child;
    if (!t || host_beside(host, &t->host, NULL))
        return HR_OUT_OF_MEMORY;
    t->all = w;
    t->id = text_copy(id);
    if (!t->id)
        return HR_OUT_OF_MEMORY;
    pthread_mutex_lock(&w->lock);
    t->next = w->running;
    w->running = t;
    pthread_mutex_unlock(&w->lock);
    if (!thread_start_detached(thread_main, t)) {
        forget(t);
        return HR_OUT_OF_MEMORY;
    }
    t = NULL;
    return HR_OK;
}

static bool runs(void *context, const char *id)
{
    within *w = context;
    const thread *t;

    pthread_mutex_lock(&w->lock);
    for (t = w->running; t && !text_equal(t->id, id); t = t->next)
        continue;
    pthread_mutex_unlock(&w->lock);
    return t != NULL;
}

static void end(void *context)
{
    within *w = context;
    const uint64_t give_up = ticks_after(END_MILLISECONDS);

    pthread_mutex_lock(&w->lock);
    while (w->running && condition_wait_until(&w->changed, &w->lock, give_up))
        continue;
    w->left = true;
    leave(w);
}

wcow_status wcow_monitor_within(wcow_host *host, wcow_error *err)
{
    within *w;

    if (host->end_monitors)
        return WCOW_OK;
    w = calloc(1, sizeof *w);
    if (!w || pthread_mutex_init(&w->lock, NULL) || !condition_init(&w->changed)) {
        free(w);
        return error_no_memory(err);
    }
    host->start_monitor = start;
    host->start_context = w;
    host->monitor_runs = runs;
    host->end_monitors = end;
    return WCOW_OK;
}
