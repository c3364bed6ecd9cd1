/* SPDX-License-Identifier: MIT */
/** A wall clock that lies, so that a test can "set" it without being root. */
#ifndef WCOW_TESTS_POSIX_WALL_CLOCK_H
#define WCOW_TESTS_POSIX_WALL_CLOCK_H

#include <stdint.h>

/** clock_now() tells so many nanoseconds more than there are; 0: the truth. */
void wall_clock_lie(int64_t nanoseconds);

#endif
