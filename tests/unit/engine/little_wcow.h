/* SPDX-License-Identifier: MIT */
/** A wcow that can do what some of the self-test's steps ask for, in this process. What it cannot
 * do fails at once, as do the steps that ask for it. */
#ifndef TESTS_UNIT_ENGINE_LITTLE_WCOW_H
#define TESTS_UNIT_ENGINE_LITTLE_WCOW_H

#include "engine/self_test/self_test.h"
#include "tests/unit/engine/fixture.h"

typedef struct little_options {
    fixture *f;
    const char *names; /* of the containers that it starts */
    const char *fault; /* from each one's start to its end; NULL: none */
} little_options;

extern little_options little;

self_test_program little_wcow;

/** A host of another root on the fixture's service. */
wcow_host *little_open(fixture *f, const char *root);

#endif
