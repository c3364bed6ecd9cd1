/* SPDX-License-Identifier: MIT */
/* Small files that are written together. */
#include "layer/file_batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* Two names of the greatest length leave room for a stream. */
#define BATCH_SIZE (256u * 1024)
#define FILE_LIMIT 16u

typedef struct small_file {
    layer_entry entry;
    const char *raw_name;
    const char *stream;
    size_t size;
} small_file;

struct file_batch {
    work base;
    layer_writer *writer;
    size_t count;
    size_t used; /* of the bytes, by that many files */
    small_file files[FILE_LIMIT];
    char bytes[BATCH_SIZE];
};

static wcow_status write_files(work *base, wcow_error *err)
{
    const file_batch *batch = (const file_batch *)base;

    for (size_t i = 0; i < batch->count; i++) {
        const small_file *small = &batch->files[i];
        wcow_status status =
            layer_write_entry(batch->writer, &small->entry, small->stream, small->size, err);

        if (status)
            return error_wrap(err, status, "entry '%s'", small->raw_name);
    }
    return WCOW_OK;
}

file_batch *file_batch_new(layer_writer *writer)
{
    file_batch *batch = malloc(sizeof(*batch));

    if (!batch)
        return NULL;
    batch->base = (work){.run = write_files, .size = sizeof(*batch)};
    batch->writer = writer;
    batch->count = 0;
    batch->used = 0;
    return batch;
}

bool file_batch_is_empty(const file_batch *batch)
{
    return batch->count == 0;
}

bool file_batch_begin(file_batch *batch, const layer_entry *entry, const char *raw_name,
                      file_room *out)
{
    size_t name_size = strlen(entry->name) + 1;
    size_t raw_size = strlen(raw_name) + 1;
    char *at = batch->bytes + batch->used;
    small_file *small = &batch->files[batch->count];

    if (batch->count == FILE_LIMIT ||
        (batch->count > 0 && batch->used + name_size + raw_size > BATCH_SIZE / 2))
        return false;
    memcpy(at, entry->name, name_size);
    memcpy(at + name_size, raw_name, raw_size);
    small->entry = *entry;
    small->entry.name = at;
    small->raw_name = at + name_size;
    small->stream = small->raw_name + raw_size;
    small->size = 0;
    out->bytes = at + name_size + raw_size;
    out->size = BATCH_SIZE - batch->used - name_size - raw_size;
    return true;
}

void file_batch_add(file_batch *batch, size_t stream_size)
{
    small_file *small = &batch->files[batch->count++];

    small->size = stream_size;
    batch->used = (size_t)(small->stream - batch->bytes) + stream_size;
}

work *file_batch_work(file_batch *batch)
{
    return &batch->base;
}
