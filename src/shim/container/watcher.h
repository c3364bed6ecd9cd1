/* SPDX-License-Identifier: MIT */
/**
 * Waiting for the ends of all processes of a backend, by one thread that is there while any runs:
 * what only waits needs no stack of its own. A process that has ended gets a thread for what its
 * end takes; while there is no memory for one, it is tried again.
 */
#ifndef WCOW_SHIM_CONTAINER_WATCHER_H
#define WCOW_SHIM_CONTAINER_WATCHER_H

#include "base/condition.h"
#include "hcs/process.h"

/** What is waited for; its owner's, who keeps it until `ended` runs. */
typedef struct watched {
    struct watched *next;
    compute_process *process;
    void *(*ended)(void *context); /* on a thread of its own */
    void *context;
} watched;

/** Where the thread's memory is: held for as long as it runs. */
typedef struct watcher_owner {
    void *context;
    void (*hold)(void *context);
    void (*drop)(void *context); /* may free the watcher */
} watcher_owner;

typedef struct watcher {
    watcher_owner owner;
    pthread_mutex_t lock; /* guards the following; taken while a board of notices is locked */
    condition changed;
    watched *list;
    bool woken; /* since the list was looked through */
    bool works; /* its thread is there */
} watcher;

/** False: there is no memory for it. */
bool watcher_init(watcher *w, const watcher_owner *owner);
/** Nothing is waited for. */
void watcher_free(watcher *w);

/** From now on the end of the process is waited for; it may come before this returns. On failure
 * it never is. */
WCOW_CHECKED wcow_status watcher_add(watcher *w, watched *what, wcow_error *err);

#endif
