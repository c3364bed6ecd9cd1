/* SPDX-License-Identifier: MIT */
/** Points in time as text: RFC 3339 as Docker writes it, and "5 minutes" as people say it. */
#ifndef WCOW_CONTAINER_TIMES_H
#define WCOW_CONTAINER_TIMES_H

#include <stdbool.h>
#include <stdint.h>

#define TIME_TEXT_SIZE 40

/** "2026-11-23T17:33:43.12Z": Go's RFC3339Nano, trailing zeros cut. 0 is Docker's
 * "0001-01-01T00:00:00Z". */
void time_print(int64_t nanoseconds, char text[TIME_TEXT_SIZE]);
/** The same with all nine digits of the fraction (docker logs --timestamps). */
void time_print_fixed(int64_t nanoseconds, char text[TIME_TEXT_SIZE]);
/** Nanoseconds since 1970; 0 for Docker's zero time. Accepts an offset. False if malformed. */
bool time_parse(const char *text, int64_t *out);
/** "Less than a second", "5 minutes", "About an hour", "3 weeks" (docker/go-units HumanDuration).
 */
void time_print_duration(int64_t nanoseconds, char text[TIME_TEXT_SIZE]);

#endif
