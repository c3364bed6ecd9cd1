/* SPDX-License-Identifier: MIT */
/**
 * Lists as libwcow hands them out: an array of rows and, in the same block behind it, the texts
 * that they point to. One free() ends it all.
 */
#ifndef WCOW_BASE_ROWS_H
#define WCOW_BASE_ROWS_H

#include "base/text.h"

typedef struct row_builder {
    size_t row_size;
    const size_t *members; /* where a row's `const char *` are, in the order they are given */
    size_t member_count;
    size_t count;
    text texts;   /* of all rows, behind each other */
    text rows;    /* without their texts */
    text offsets; /* a size_t for each text given: where it begins */
} row_builder;

void rows_free(row_builder *b);
DEFINE_CLEANUP_VALUE(rows, row_builder, rows_free)
#define cleanup_rows CLEANUP(rows)

/** Adds a row; its texts are left out and follow by as many calls as it has. */
void rows_add(row_builder *b, const void *row);
void rows_add_text(row_builder *b, const char *value);
/** The same for what is added to b->texts next, with its NUL. */
void rows_begin_text(row_builder *b);

/** The block; NULL when out of memory, then or before. */
void *rows_take(row_builder *b);

#endif
