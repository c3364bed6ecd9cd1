/* SPDX-License-Identifier: MIT */
/**
 * Small files of a layer, gathered in one block of memory that then becomes a piece of work for a
 * thread that writes. To hand over files one by one would cost a wake-up each, and threads that
 * write into the same folder would wait for each other.
 */
#ifndef WCOW_LAYER_FILE_BATCH_H
#define WCOW_LAYER_FILE_BATCH_H

#include "layer/work_queue.h"
#include "layer/writer.h"

typedef struct file_batch file_batch;

/** Where the stream of a file is gathered. */
typedef struct file_room {
    char *bytes;
    size_t size;
} file_room;

/** NULL without memory. The writer is borrowed. To be freed by free(), as any work. */
file_batch *file_batch_new(layer_writer *writer);
bool file_batch_is_empty(const file_batch *batch);

/**
 * Begins a file, copying its names; one that was begun and not added is forgotten.
 *
 * @param raw_name  as the tar has it, for errors
 * @return false if the files that are there leave too little room; never for an empty batch
 */
bool file_batch_begin(file_batch *batch, const layer_entry *entry, const char *raw_name,
                      file_room *out);
/** The file that was begun is complete: so much of its room is its stream. */
void file_batch_add(file_batch *batch, size_t stream_size);

/** What writes the files, in order, up to one that fails. */
work *file_batch_work(file_batch *batch);

#endif
