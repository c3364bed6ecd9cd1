/* SPDX-License-Identifier: MIT */
/**
 * A thread that is there only while there is something to do, and a few seconds longer: who has
 * little to do for hours, as a server's writers, does not keep a stack for it.
 *
 * Its owner has a lock and a list of what is to be done. Under the lock he adds to the list and
 * calls the thread; the thread takes from it, and leaves under the lock when nothing came for
 * PART_TIME_IDLE: so nothing is left lying between the two.
 */
#ifndef WCOW_BASE_PART_TIME_H
#define WCOW_BASE_PART_TIME_H

#include <pthread.h>
#include <stdbool.h>

/** How long a thread waits for more, in milliseconds. */
#define PART_TIME_IDLE 3000u

/** Zero-initialise. Guarded by its owner's lock. */
typedef struct part_time {
    pthread_t thread;
    bool works;   /* and will look once more, under the lock, before it leaves */
    bool started; /* it is to be joined */
} part_time;

/** Under the lock: sees to it that the thread is there. False: there is no memory for one. */
bool part_time_call(part_time *p, void *(*run)(void *), void *context);
/** Under the lock, by the thread: it gives the lock back, touches nothing any more, and returns. */
void part_time_leave(part_time *p);
/** Without the lock: waits for its end. Nobody calls it any more. */
void part_time_join(part_time *p);

#endif
