/* SPDX-License-Identifier: MIT */
/**
 * UTF-8 and UTF-16. Unpaired surrogates are legal in Windows names; they travel as WTF-8 (three
 * bytes each), so that every Windows name survives the round trip.
 */
#ifndef WCOW_BASE_UTF_H
#define WCOW_BASE_UTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** UTF-8 → NUL-terminated UTF-16 (malloc); *length in units without the NUL, may be NULL. */
uint16_t *utf16_from_utf8(const char *utf8, size_t bytes, size_t *length);
/** UTF-16 of `units` units → NUL-terminated UTF-8 (malloc). NULL only when out of memory. */
char *utf8_from_utf16(const uint16_t *utf16, size_t units);
/** Whether it is well-formed UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF). */
bool utf8_valid(const char *bytes, size_t length);
/** A copy (malloc) in which U+FFFD stands for each byte that is not part of well-formed UTF-8. */
char *utf8_mended(const char *bytes, size_t length);

#endif
