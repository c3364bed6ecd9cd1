/* SPDX-License-Identifier: MIT */
/*
 * Waits that go by the monotonic clock.
 *
 * Where there is pthread_cond_timedwait_relative_np() (winpthreads, macOS), no point in time is
 * named at all: what is left is handed on as it is. winpthreads refuses
 * pthread_condattr_setclock(CLOCK_MONOTONIC) (10.0, src/cond.c: any clock but 0 is EINVAL), and its
 * relative wait ends in WaitForMultipleObjects() with that number of milliseconds, which the wall
 * clock does not touch. Elsewhere (glibc) the condition variable is made for the monotonic clock.
 */
#include "base/condition.h"

#include <time.h>

/* A number that every platform's conversions can hold; callers look again and wait again. */
#define LONGEST_WAIT (UINT64_C(24) * 3600 * 1000)

uint64_t ticks_now(void)
{
    struct timespec now = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t ticks_after(uint32_t milliseconds)
{
    return milliseconds == UINT32_MAX ? TICKS_NEVER : ticks_now() + milliseconds;
}

uint32_t ticks_left(uint64_t deadline)
{
    const uint64_t now = ticks_now();

    if (deadline == TICKS_NEVER)
        return UINT32_MAX;
    if (now >= deadline)
        return 0;
    return deadline - now < UINT32_MAX ? (uint32_t)(deadline - now) : UINT32_MAX - 1;
}

static struct timespec time_of(uint64_t milliseconds)
{
    return (struct timespec){.tv_sec = (time_t)(milliseconds / 1000),
                             .tv_nsec = (long)(milliseconds % 1000) * 1000000L};
}

/* The variants are within the functions: coverage joins what two builds say of a line. */
static bool init(pthread_cond_t *variable)
{
#ifdef WCOW_RELATIVE_WAIT
    return !pthread_cond_init(variable, NULL);
#else
    pthread_condattr_t attributes;
    bool made;

    if (pthread_condattr_init(&attributes))
        return false;
    made = !pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) &&
           !pthread_cond_init(variable, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    return made;
#endif
}

static void wait_for(pthread_cond_t *variable, pthread_mutex_t *lock, uint64_t milliseconds)
{
#ifdef WCOW_RELATIVE_WAIT
    const struct timespec length = time_of(milliseconds);

    (void)pthread_cond_timedwait_relative_np(variable, lock, &length);
#else
    const struct timespec until = time_of(ticks_now() + milliseconds);

    (void)pthread_cond_timedwait(variable, lock, &until);
#endif
}

bool condition_init(condition *c)
{
    return init(&c->variable);
}

void condition_free(condition *c)
{
    (void)pthread_cond_destroy(&c->variable);
}

void condition_broadcast(condition *c)
{
    (void)pthread_cond_broadcast(&c->variable);
}

void condition_wait(condition *c, pthread_mutex_t *lock)
{
    (void)pthread_cond_wait(&c->variable, lock);
}

bool condition_wait_until(condition *c, pthread_mutex_t *lock, uint64_t deadline)
{
    uint64_t now;

    if (deadline == TICKS_NEVER) {
        condition_wait(c, lock);
        return true;
    }
    now = ticks_now();
    if (now >= deadline)
        return false;
    wait_for(&c->variable, lock, deadline - now < LONGEST_WAIT ? deadline - now : LONGEST_WAIT);
    return true;
}
