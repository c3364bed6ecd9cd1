/* SPDX-License-Identifier: MIT */
/** Documents that the reference clients sent (data/README.md), to compare ours with. */
#ifndef WCOW_TESTS_UNIT_HCS_CAPTURED_H
#define WCOW_TESTS_UNIT_HCS_CAPTURED_H

#include "tests/unit/status.h"

#include "base/json.h"

/** JSON text → value; fails the test if it is none. */
cJSON *parsed(const char *json);

/** data/RUN.WHAT.json */
cJSON *load(const char *run, const char *what);

/** The same members, in any order. */
void assert_same(const cJSON *made, const cJSON *expected, const char *run);

#endif
