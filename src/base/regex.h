/* SPDX-License-Identifier: MIT */
/**
 * Regular expressions as Go's regexp (RE2) reads them, for --filter name=… and --log-opt
 * labels-regex=…: whether a text has a match anywhere. Nothing can be made to take long: a pattern
 * becomes a bounded list of instructions, and a text is read once, all of them side by side.
 *
 * Not there: classes of Unicode by name (\pL, \p{Greek}), and case folding beyond ASCII.
 */
#ifndef WCOW_BASE_REGEX_H
#define WCOW_BASE_REGEX_H

#include <stdbool.h>

#include <wcow/error.h>

typedef struct regex regex;

/** @return WCOW_INVALID, in Go's words: "missing closing ): `(a`" */
WCOW_CHECKED wcow_status regex_new(const char *pattern, regex **out, wcow_error *err);
void regex_free(regex *r);

/** False also when memory runs out; `*failed` tells. */
bool regex_matches(const regex *r, const char *string, bool *failed);

#endif
