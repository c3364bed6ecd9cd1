/* SPDX-License-Identifier: MIT */
/**
 * Threads for calls that may take time. There are as many as have something to do, up to a limit:
 * one that finds nothing for a while ends. One whose call never returns is lost, and when all are
 * that, nothing more is done: so calls that may hang, and those that must not wait for them, have
 * workers each.
 */
#ifndef WCOW_SHIM_TTRPC_WORKERS_H
#define WCOW_SHIM_TTRPC_WORKERS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/condition.h"

#define WORKERS_MOST         8
#define WORKERS_MOST_WAITING 256
#define WORKERS_IDLE         5000u /* ms until one that has nothing to do ends */

typedef struct worker_task {
    struct worker_task *next;
    void *what;
} worker_task;

/** Must stay where it is. */
typedef struct workers {
    void (*run)(void *what);
    void (*drop)(void *what); /* of what waited when it was stopped */
    pthread_mutex_t lock;     /* guards the following */
    condition changed;
    worker_task *first, **last;
    size_t waiting, threads, idle;
    bool stopping;
} workers;

/** False: out of memory. */
bool workers_init(workers *w, void (*run)(void *what), void (*drop)(void *what));
/** Drops what waits, and returns when what runs is done. */
void workers_stop(workers *w);
/** False: too much is waiting already, or there is no memory; then `what` stays the caller's. */
bool workers_add(workers *w, void *what);

#endif
