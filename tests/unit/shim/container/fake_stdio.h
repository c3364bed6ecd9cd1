/* SPDX-License-Identifier: MIT */
/** Streams of shim/stdio without pipes: what processes write is kept, what they read is given. */
#ifndef WCOW_TESTS_UNIT_SHIM_CONTAINER_FAKE_STDIO_H
#define WCOW_TESTS_UNIT_SHIM_CONTAINER_FAKE_STDIO_H

#include "shim/stdio/stdio.h"

/** Everything as at the beginning. */
void fake_stdio_reset(void);
/** What was written to an output of that name, as far as it is there; to be freed. */
char *fake_stdio_written(const char *name);
/** What every process that has an input reads from now on; borrowed. */
void fake_stdio_type(const char *words);
/** From now on nothing can be opened. */
void fake_stdio_refuse(wcow_status status);
/** From now on it takes so many milliseconds to finish one, as with a logger that ends slowly. */
void fake_stdio_linger(uint32_t milliseconds);
/** Those that are open: 0 when nothing was left behind. */
size_t fake_stdio_count(void);

#endif
