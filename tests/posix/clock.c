/* SPDX-License-Identifier: MIT */
/* Time on Linux. */
#include "port/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <time.h>

#include "wall_clock.h"

static _Atomic(int64_t) lie;

void wall_clock_lie(int64_t nanoseconds)
{
    atomic_store(&lie, nanoseconds);
}

int64_t clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec + atomic_load(&lie);
}

uint64_t clock_ticks(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void clock_sleep(uint32_t milliseconds)
{
    struct timespec left = {(time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000};

    while (nanosleep(&left, &left) && errno == EINTR)
        continue;
}
