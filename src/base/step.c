/* SPDX-License-Identifier: MIT */
#include "base/step.h"

#include <time.h>

/* CLOCK_MONOTONIC counts from the start of the machine: winpthreads asks QueryPerformanceCounter.
 */
uint64_t step_clock(void)
{
    struct timespec now = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void step_done(const step_sink *sink, const char *what)
{
    if (sink && sink->done)
        sink->done(sink->context, what, step_clock());
}
