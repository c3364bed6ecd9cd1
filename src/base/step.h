/* SPDX-License-Identifier: MIT */
/**
 * Where the time goes: whoever wants to know gets each step of a use case when it is done, with the
 * time. The clock is one for all processes of this machine, so what two of them did fits together.
 * Nobody asks, nobody pays: a sink that is not there costs a comparison.
 */
#ifndef WCOW_BASE_STEP_H
#define WCOW_BASE_STEP_H

#include <stdint.h>

typedef struct step_sink {
    /** `when` is by step_clock(). On any thread. */
    void (*done)(void *context, const char *what, uint64_t when);
    void *context;
} step_sink;

/** Microseconds of a clock that never goes back. */
uint64_t step_clock(void);

/** It is done, just now. A sink without a function, or NULL: nobody is told. */
void step_done(const step_sink *sink, const char *what);

#endif
