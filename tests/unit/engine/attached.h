/* SPDX-License-Identifier: MIT */
/** Runs whose streams a test stands behind. */
#ifndef TESTS_UNIT_ENGINE_ATTACHED_H
#define TESTS_UNIT_ENGINE_ATTACHED_H

#include "tests/unit/engine/fixture.h"

/** What one attached run printed. */
typedef struct attached_result {
    wcow_status status;
    wcow_outcome outcome;
    char *out, *err;
} attached_result;

void attached_free(attached_result *r);

/** Creates a container without a name that runs this. */
wcow_container *attached_create(fixture *f, const char *const *command, bool open_stdin);

/** Starts it attached, with `input` on standard input, which then ends; NULL: none. */
attached_result attached_run(fixture *f, wcow_container *container, const char *input,
                             size_t length);

#endif
