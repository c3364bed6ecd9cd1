/* SPDX-License-Identifier: MIT */
/* Results of health checks in Docker's shape. */
#include "docker/health_result.h"

#include <stddef.h>

#define AT(name) offsetof(health_result, name)

const field health_result_fields[] = {
    {"Start", FIELD_TIME, .at = AT(start)},
    {"End", FIELD_TIME, .at = AT(end)},
    {"ExitCode", FIELD_INT, .at = AT(exit_code)},
    {"Output", FIELD_TEXT, .at = AT(output), .text = ""},
    FIELDS_END,
};
