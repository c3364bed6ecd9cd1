/* SPDX-License-Identifier: MIT */
/** A tar that somebody else made, as one of ours: checked, plain, its top called otherwise. */
#ifndef WCOW_LAYER_COPY_TAR_REBASE_H
#define WCOW_LAYER_COPY_TAR_REBASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sink.h"
#include "base/source.h"
#include "layer/copy/copy_notes.h"

/** What the entries of a tar may be called, and shall be. */
typedef struct tar_names {
    const char *only; /* the first component that all must have; NULL: any, "." is the top */
    const char *as;   /* what takes its place; NULL: "." */
    bool volume;      /* the top is a volume's root: what is the volume's own there is left out */
    uint64_t tail;    /* how many bytes may follow its end; 0: all that come */
} tar_names;

/**
 * Passes a tar on, entry by entry: names as archive_name() takes them, contents, times, permissions
 * and links; nothing else of what extended headers say. Devices are left out, and told.
 *
 * @return WCOW_CORRUPT for an archive that is damaged, or has what was not asked for
 */
WCOW_CHECKED wcow_status tar_rebase(const byte_source *from, const tar_names *names,
                                    const byte_sink *to, copy_notes *notes, wcow_error *err);

#endif
