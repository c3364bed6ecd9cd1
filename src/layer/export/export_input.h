/* SPDX-License-Identifier: MIT */
/** What an exported file is read from, as a source; private to src/layer. */
#ifndef WCOW_LAYER_EXPORT_EXPORT_INPUT_H
#define WCOW_LAYER_EXPORT_EXPORT_INPUT_H

#include "base/source.h"
#include "layer/export/export_file.h"

/** Bytes that are kept: most files of a layer are smaller, with all their streams. */
#define EXPORT_PIECE_SIZE (256u * 1024)

/** A plain value: set `from` and `head` (and what is open already), and start it. */
typedef struct export_input {
    byte_source source;
    const exported_file *from;
    file *file;
    tree_backup *backup; /* instead */
    size_t head;         /* what is before the stream */
    char *piece;         /* the one at hand; only the last is not full */
    size_t size, at;     /* of it */
    bool whole;          /* it is all there is */
} export_input;

/** To the beginning of the stream. */
WCOW_CHECKED wcow_status export_input_start(export_input *in, wcow_error *err);
/** The same, again: what fits into one piece is neither opened nor read a second time. */
WCOW_CHECKED wcow_status export_input_restart(export_input *in, wcow_error *err);
/** The source's function. */
WCOW_CHECKED wcow_status export_input_read(void *input, void *buffer, size_t size, size_t *got,
                                           wcow_error *err);
/** Closes what is open. */
void export_input_clear(export_input *in);
DEFINE_CLEANUP_VALUE(export_input, export_input, export_input_clear)

#endif
