/* SPDX-License-Identifier: MIT */
/**
 * Small files of a layer, gathered in one block of memory that then becomes a piece of work for a
 * thread that writes. To hand over files one by one would cost a wake-up each, and threads that
 * write into the same folder would wait for each other.
 *
 * A pool keeps the blocks that are written and gives them out again. Blocks of this size that are
 * allocated on one thread and freed on others split the process's heap: without a pool, an import
 * took more memory the larger the layer was, and a page fault for every 4 KiB written.
 */
#ifndef WCOW_LAYER_IMPORT_FILE_BATCH_H
#define WCOW_LAYER_IMPORT_FILE_BATCH_H

#include "layer/import/work_queue.h"
#include "layer/import/writer.h"

typedef struct file_batch file_batch;
typedef struct file_batch_pool file_batch_pool;

/** Where the stream of a file is gathered. */
typedef struct file_room {
    char *bytes;
    size_t size;
} file_room;

/** NULL without memory. What its batches are written by is borrowed. */
file_batch_pool *file_batch_pool_new(layer_writer *writer);
/** To be freed when all its batches were released. */
void file_batch_pool_free(file_batch_pool *pool);

DEFINE_CLEANUP(file_batch_pool, file_batch_pool *, file_batch_pool_free)
#define cleanup_file_batch_pool CLEANUP(file_batch_pool)

/** An empty one; NULL without memory. To be released, as any work. */
file_batch *file_batch_new(file_batch_pool *pool);
/** One that becomes no work. */
void file_batch_free(file_batch *batch);
bool file_batch_is_empty(const file_batch *batch);

/**
 * Begins a file, copying its names; one that was begun and not added is forgotten.
 *
 * @param raw_name  as the tar has it, for errors
 * @param[out] out  no room at all if the files that are there leave too little: an empty batch has
 *                  some for whatever this does not refuse
 * @return WCOW_CORRUPT for names that are too long for any batch
 */
WCOW_CHECKED wcow_status file_batch_begin(file_batch *batch, const layer_entry *entry,
                                          const char *raw_name, file_room *out, wcow_error *err);
/** The file that was begun is complete: so much of its room is its stream. */
void file_batch_add(file_batch *batch, size_t stream_size);

/** What writes the files, in order, up to one that fails. */
work *file_batch_work(file_batch *batch);

#endif
