/* SPDX-License-Identifier: MIT */
/** A Host Network Service that follows a script: what it is asked must be what comes next. */
#ifndef WCOW_TESTS_UNIT_NETWORK_SCRIPT_H
#define WCOW_TESTS_UNIT_NETWORK_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "port/hcs.h"

typedef struct script_step {
    const char *method, *path, *body;
    const char *response; /* NULL: none */
    int32_t hr;
} script_step;

/** Begins a script; returns the port to give to the functions under test. */
hcs_port *script_begin(const script_step *steps, size_t count);
/** Fails the test if not all of it was asked for, or something else. */
void script_end(void);

#endif
