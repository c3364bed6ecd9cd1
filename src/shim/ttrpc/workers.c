/* SPDX-License-Identifier: MIT */
#include "shim/ttrpc/workers.h"

#include <stdlib.h>

#include "base/thread.h"

bool workers_init(workers *w, void (*run)(void *what), void (*drop)(void *what))
{
    *w = (workers){.run = run, .drop = drop};
    w->last = &w->first;
    if (!condition_init(&w->changed))
        return false;
    if (pthread_mutex_init(&w->lock, NULL)) {
        condition_free(&w->changed);
        return false;
    }
    return true;
}

/* Under the lock. */
static worker_task *take_first(workers *w)
{
    worker_task *task = w->first;

    if (!task)
        return NULL;
    w->first = task->next;
    if (!w->first)
        w->last = &w->first;
    w->waiting--;
    return task;
}

/* Under the lock: the next task, if one comes while this thread may wait for it. */
static worker_task *next_task(workers *w)
{
    const uint64_t deadline = ticks_after(WORKERS_IDLE);
    worker_task *task;

    w->idle++;
    while (!(task = take_first(w)) && !w->stopping) {
        if (!condition_wait_until(&w->changed, &w->lock, deadline))
            break;
    }
    w->idle--;
    return task;
}

static void *work(void *context)
{
    workers *w = context;
    worker_task *task;

    pthread_mutex_lock(&w->lock);
    while ((task = next_task(w))) {
        pthread_mutex_unlock(&w->lock);
        w->run(task->what);
        free(task);
        pthread_mutex_lock(&w->lock);
    }
    w->threads--;
    condition_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* Under the lock: whether somebody will look after one task more. */
static bool somebody_comes(workers *w)
{
    if (w->idle > w->waiting || w->threads == WORKERS_MOST)
        return true;
    if (thread_start_detached(work, w))
        w->threads++;
    return w->threads > 0;
}

bool workers_add(workers *w, void *what)
{
    worker_task *task = malloc(sizeof(*task));
    bool taken;

    if (!task)
        return false;
    *task = (worker_task){.what = what};
    pthread_mutex_lock(&w->lock);
    taken = !w->stopping && w->waiting < WORKERS_MOST_WAITING && somebody_comes(w);
    if (taken) {
        *w->last = task;
        w->last = &task->next;
        w->waiting++;
        condition_broadcast(&w->changed);
    }
    pthread_mutex_unlock(&w->lock);
    if (!taken)
        free(task);
    return taken;
}

void workers_stop(workers *w)
{
    worker_task *task;

    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    while ((task = take_first(w))) {
        w->drop(task->what);
        free(task);
    }
    condition_broadcast(&w->changed);
    while (w->threads > 0)
        condition_wait(&w->changed, &w->lock);
    pthread_mutex_unlock(&w->lock);
    pthread_mutex_destroy(&w->lock);
    condition_free(&w->changed);
}
