/* SPDX-License-Identifier: MIT */
/** Times as users of `docker logs --since` write them (moby api/types/time). */
#ifndef WCOW_CLI_MOMENT_H
#define WCOW_CLI_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * "42m" (before now), "2026-11-23T17:33:42Z", the same without a zone (local time), without
 * seconds, a date alone, or seconds since 1970 with a fraction → nanoseconds since 1970.
 */
bool moment_parse(const char *string, int64_t now, int64_t *out);

#endif
