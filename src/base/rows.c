/* SPDX-License-Identifier: MIT */
/* Texts move while they are collected, so rows point into them only when all is there. */
#include "base/rows.h"

#include <string.h>

void rows_free(row_builder *b)
{
    text_free(&b->texts);
    text_free(&b->rows);
    text_free(&b->offsets);
}

void rows_add(row_builder *b, const void *row)
{
    text_add_bytes(&b->rows, row, b->row_size);
    b->count++;
}

void rows_begin_text(row_builder *b)
{
    text_add_bytes(&b->offsets, &b->texts.length, sizeof(b->texts.length));
}

void rows_add_text(row_builder *b, const char *value)
{
    rows_begin_text(b);
    text_add_bytes(&b->texts, value, strlen(value) + 1);
}

/* Points the members of a row to its texts. */
static void point(const row_builder *b, size_t row, char *block)
{
    for (size_t i = 0; i < b->member_count; i++) {
        const char *value = block + b->rows.length;
        size_t offset;

        memcpy(&offset, b->offsets.data + (row * b->member_count + i) * sizeof(offset),
               sizeof(offset));
        value += offset;
        memcpy(block + row * b->row_size + b->members[i], &value, sizeof(value));
    }
}

void *rows_take(row_builder *b)
{
    char *block = malloc(b->rows.length + b->texts.length + 1);

    if (!block || b->rows.failed || b->texts.failed || b->offsets.failed) {
        free(block);
        return NULL;
    }
    memcpy(block, text_get(&b->rows), b->rows.length);
    memcpy(block + b->rows.length, text_get(&b->texts), b->texts.length);
    for (size_t i = 0; i < b->count; i++)
        point(b, i, block);
    return block;
}
