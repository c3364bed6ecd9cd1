/* SPDX-License-Identifier: MIT */
/** A layer tar, entry by entry, into a writer. */
#ifndef WCOW_LAYER_IMPORT_UNPACK_H
#define WCOW_LAYER_IMPORT_UNPACK_H

#include "base/source.h"
#include "layer/import/writer.h"

typedef struct layer_totals {
    uint64_t size;  /* bytes of the files' contents, without alternate streams */
    uint64_t files; /* entries */
    uint64_t end;   /* where in the tar they end: zeros follow */
} layer_totals;

/**
 * Reads an uncompressed layer tar to its end. Small files are written by several threads; a failure
 * is that of the first entry in the tar that fails. Does not call finish(). Errors name the entry.
 */
WCOW_CHECKED wcow_status layer_unpack(const byte_source *tar, layer_writer *writer,
                                      layer_totals *totals, wcow_error *err);

#endif
