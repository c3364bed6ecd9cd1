/* SPDX-License-Identifier: MIT */
/** What printed JSON shows, for whoever prints it. */
#ifndef TESTS_UNIT_DOCKER_SHOWS_H
#define TESTS_UNIT_DOCKER_SHOWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json.h"

/** The value at a path is, printed, that; "<missing>": there is none. */
static inline void shows(const char *json, const char *path, const char *value)
{
    cleanup_json cJSON *all = cJSON_Parse(json);
    const cJSON *at = json_path(all, path);
    cleanup_free char *printed = at ? json_print(at) : NULL;

    assert_non_null(all);
    assert_string_equal(printed ? printed : "<missing>", value);
}

#endif
