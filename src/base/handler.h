/* SPDX-License-Identifier: MIT */
/** A function that threads of others call, and that can be taken away from them. */
#ifndef WCOW_BASE_HANDLER_H
#define WCOW_BASE_HANDLER_H

#include "base/condition.h"

typedef struct handler {
    pthread_mutex_t lock;                   /* guards the rest; not held while the function runs */
    condition changed;                      /* once `ready` */
    bool ready;                             /* a function was set */
    void (*call)(void *context, int event); /* NULL: none */
    void *context;
    unsigned running; /* calls that have not returned */
} handler;

#define HANDLER_INIT                                                                               \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                          \
    }

/** False, and nothing is set: there is no memory. */
bool handler_set(handler *h, void (*call)(void *context, int event), void *context);

/** Calls it, on any thread, several at once perhaps. False if there is none. */
bool handler_call(handler *h, int event);

/**
 * Takes the function away and waits until it runs no more, so that its context can be freed. From
 * within a call this does not wait: it would be for itself.
 *
 * @param milliseconds  to wait at most: a call may itself wait for ever
 * @return false if a call still runs
 */
bool handler_clear(handler *h, uint32_t milliseconds);

#endif
