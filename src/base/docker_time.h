/* SPDX-License-Identifier: MIT */
/** Points in time as Docker writes them: Go's, whose zero is the year 1. */
#ifndef WCOW_BASE_DOCKER_TIME_H
#define WCOW_BASE_DOCKER_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/number.h"

/** RFC 3339 without trailing zeros; 0, which means never, is "0001-01-01T00:00:00Z". */
void docker_time_print(int64_t nanoseconds, char words[TIME_TEXT_SIZE]);
/** The inverse: 0 for the year 1. False if malformed. */
bool docker_time_parse(const char *words, int64_t *out);

#endif
