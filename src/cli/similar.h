/* SPDX-License-Identifier: MIT */
/** "did you mean": which of some words was probably meant by one that nobody knows. */
#ifndef WCOW_CLI_SIMILAR_H
#define WCOW_CLI_SIMILAR_H

#include <stddef.h>

/* The best word so far. Starts with all zero. */
struct similar {
    const char *best;
    size_t distance;
};

/** Looks at one more candidate for `word` (of `length`): keeps it if it is near, and nearer. */
void similar_consider(struct similar *found, const char *word, size_t length,
                      const char *candidate);

#endif
