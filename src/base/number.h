/* SPDX-License-Identifier: MIT */
/** Numbers as users and files write them: whole numbers, sizes, durations, times. */
#ifndef WCOW_BASE_NUMBER_H
#define WCOW_BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/** Decimal digits and nothing else. False, and *out untouched, if malformed or above `most`. */
bool number_parse(const char *string, uint64_t most, uint64_t *out);
/** The same with an optional '-'. */
bool number_parse_signed(const char *string, int64_t *out);

/** "512m", "1.5g", "64KiB", "1024": bytes, as docker reads them (all units are powers of 1024). */
bool size_parse(const char *string, uint64_t *out);
/** The same where docker counts as disks are sold ("10m" is 10,000,000): all are powers of 1000. */
bool size_parse_decimal(const char *string, uint64_t *out);

/** "1.5", ".5", "2": billionths. False for more than nine decimals, unless they are zeros. */
bool billionths_parse(const char *string, uint64_t *out);

/** "1h30m", "1.5s", "500ms", "0": nanoseconds, as Go reads durations. */
bool duration_parse(const char *string, int64_t *out);

#define TIME_TEXT_SIZE 36

/** Nanoseconds since 1970 → "2026-11-23T17:33:42.1234Z" (RFC 3339, no trailing zeros). */
void time_print(int64_t nanoseconds, char string[TIME_TEXT_SIZE]);
/** The same with all nine digits, as in `docker logs --timestamps`. */
void time_print_fixed(int64_t nanoseconds, char string[TIME_TEXT_SIZE]);
/** RFC 3339 with any fraction and offset → nanoseconds since 1970; false if malformed. */
bool time_parse(const char *string, int64_t *out);

#endif
