/* SPDX-License-Identifier: MIT */
/** What a copy of files leaves out, and how much it copies. */
#ifndef WCOW_LAYER_COPY_COPY_NOTES_H
#define WCOW_LAYER_COPY_COPY_NOTES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

typedef struct copy_notes {
    /** Told of each thing that is not copied, in a line; NULL: nobody is. */
    void (*left_out)(void *context, const char *line);
    void *context;
    size_t count;     /* of them */
    size_t unread;    /* those of them that should have been copied, and could not be read */
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

/** The same of one that should have been copied. */
static inline void copy_leave_unread(copy_notes *notes, char *line)
{
    notes->unread++;
    copy_leave_out(notes, line);
}

/** At the end: whether there was any. All others are copied then, so the copy fails, and says that.
 */
static inline WCOW_CHECKED wcow_status copy_check_all_read(const copy_notes *notes, wcow_error *err)
{
    if (!notes->unread)
        return WCOW_OK;
    return error_set(err, WCOW_FAILED, "%zu of the files could not be read; all others are copied",
                     notes->unread);
}

#endif
