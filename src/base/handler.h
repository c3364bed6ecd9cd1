/* SPDX-License-Identifier: MIT */
/** A function that threads of others call, and that can be taken away from them. */
#ifndef WCOW_BASE_HANDLER_H
#define WCOW_BASE_HANDLER_H

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

typedef struct handler {
    pthread_mutex_t lock; /* guards the rest; not held while the function runs */
    pthread_cond_t changed;
    void (*call)(void *context, int event); /* NULL: none */
    void *context;
    unsigned running; /* calls that have not returned */
} handler;

#define HANDLER_INIT                                                                               \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, NULL, 0                         \
    }

void handler_set(handler *h, void (*call)(void *context, int event), void *context);

/** Calls it, on any thread, several at once perhaps. False if there is none. */
bool handler_call(handler *h, int event);

/**
 * Takes the function away and waits until it runs no more, so that its context can be freed. From
 * within a call this does not wait: it would be for itself.
 *
 * @param until  when to give up, by the real-time clock: a call may itself wait for ever
 * @return false if a call still runs
 */
bool handler_clear(handler *h, const struct timespec *until);

#endif
