/* SPDX-License-Identifier: MIT */
/**
 * Waiting for a change, with a deadline by a clock that never goes back. Every timed wait of ours
 * is one of these: pthread_cond_timedwait() goes by the wall clock unless told otherwise, which an
 * administrator, or a virtual machine that wakes up, may set back by an hour in the middle of it.
 */
#ifndef WCOW_BASE_CONDITION_H
#define WCOW_BASE_CONDITION_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/** A type of its own, so that no condition variable that goes by another clock gets here. */
typedef struct condition {
    pthread_cond_t variable;
} condition;

/** No point in time: the wait has no end. */
#define TICKS_NEVER UINT64_MAX

/** Milliseconds of the clock that never goes back; the same one as clock_ticks() of the port. */
uint64_t ticks_now(void);
/** So many milliseconds from now; UINT32_MAX: TICKS_NEVER. */
uint64_t ticks_after(uint32_t milliseconds);
/** Milliseconds until then, for a call that takes so many: 0 if it is over, of TICKS_NEVER
 * UINT32_MAX, and of nothing else. */
uint32_t ticks_left(uint64_t deadline);

/** False: there is no memory for one. */
bool condition_init(condition *c);
void condition_free(condition *c);
/** Wakes all who wait. */
void condition_broadcast(condition *c);
/** Waits for a change; may return without one. `lock` is held, but for the wait. */
void condition_wait(condition *c, pthread_mutex_t *lock);
/**
 * Waits for a change, at most until `deadline`; may return without either, so callers look again.
 *
 * @return false, without a wait, if the deadline is over: who sees that has looked after it
 */
bool condition_wait_until(condition *c, pthread_mutex_t *lock, uint64_t deadline);

#endif
