/* SPDX-License-Identifier: MIT */
/* Words that are near to each other: a few letters added, lost, changed or swapped. */
#include "cli/similar.h"

#include <string.h>

enum { WORD_LIMIT = 40 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits that make one word of another (optimal string alignment), row by row. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][WORD_LIMIT + 1];
    size_t *before = rows[0];
    size_t *last = rows[1];
    size_t *now = rows[2];

    for (size_t j = 0; j <= b_length; j++)
        last[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *oldest = before;

        now[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            now[j] = least(last[j - 1] + (a[i - 1] != b[j - 1]), least(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
        before = last;
        last = now;
        now = oldest;
    }
    return last[b_length];
}

void similar_consider(struct similar *found, const char *word, size_t length, const char *candidate)
{
    const size_t other = strlen(candidate);
    size_t edits;

    if (length < 2 || length > WORD_LIMIT || other > WORD_LIMIT)
        return;
    edits = distance(word, length, candidate, other);
    /* One edit in three letters; the rest is another word. */
    if (edits > (length + 2) / 3 || edits >= other || edits > 3)
        return;
    if (!found->best || edits < found->distance) {
        found->best = candidate;
        found->distance = edits;
    }
}
