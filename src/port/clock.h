/* SPDX-License-Identifier: MIT */
/** Time. Link-time (win32/clock.c, tests/posix/clock.c). */
#ifndef WCOW_PORT_CLOCK_H
#define WCOW_PORT_CLOCK_H

#include <stdint.h>

/** Nanoseconds since 1970, UTC. */
int64_t clock_now(void);
/** Milliseconds of a clock that never goes back. */
uint64_t clock_ticks(void);
void clock_sleep(uint32_t milliseconds);

#endif
