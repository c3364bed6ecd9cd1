/* SPDX-License-Identifier: MIT */
/** What a copy of files leaves out, and how much it copies. */
#ifndef WCOW_LAYER_COPY_COPY_NOTES_H
#define WCOW_LAYER_COPY_COPY_NOTES_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

typedef struct copy_notes {
    /** Told of each thing that is not copied, in a line; NULL: nobody is. */
    void (*left_out)(void *context, const char *line);
    void *context;
    size_t count;     /* of them */
    uint64_t content; /* bytes of files */
} copy_notes;

/** Tells of one; takes the line, which may be NULL for lack of memory. */
static inline void copy_leave_out(copy_notes *notes, char *line)
{
    notes->count++;
    if (notes->left_out && line)
        notes->left_out(notes->context, line);
    free(line);
}

#endif
