/* SPDX-License-Identifier: MIT */
/** What a probe of a health check said, in Docker's shape: for `inspect`, and for the store. */
#ifndef WCOW_DOCKER_HEALTH_RESULT_H
#define WCOW_DOCKER_HEALTH_RESULT_H

#include "base/fields.h"

typedef struct health_result {
    int64_t start; /* nanoseconds since 1970 */
    int64_t end;
    int exit_code;
    char *output; /* UTF-8 */
} health_result;

extern const field health_result_fields[];

#endif
