/* SPDX-License-Identifier: MIT */
/* Small files that are written together. */
#include "layer/import/file_batch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define BATCH_SIZE (256u * 1024)
#define FILE_LIMIT 16u
/* What a file's names leave of an empty batch, at least: its stream goes through it, piece by
 * piece. Two names of the greatest length that a tar reader gives leave 64 KiB. */
#define LEAST_ROOM (32u * 1024)

typedef struct small_file {
    layer_entry entry;
    const char *raw_name;
    const char *stream;
    size_t size;
} small_file;

struct file_batch {
    work base;
    file_batch_pool *pool;
    size_t count;
    size_t used; /* of the bytes, by that many files */
    small_file files[FILE_LIMIT];
    char bytes[BATCH_SIZE];
};

struct file_batch_pool {
    layer_writer *writer;
    pthread_mutex_t lock; /* guards: */
    work *spare;
};

static wcow_status write_files(work *base, wcow_error *err)
{
    const file_batch *batch = (const file_batch *)base;

    for (size_t i = 0; i < batch->count; i++) {
        const small_file *small = &batch->files[i];
        wcow_status status =
            layer_write_entry(batch->pool->writer, &small->entry, small->stream, small->size, err);

        if (status)
            return error_wrap(err, status, "entry '%s'", small->raw_name);
    }
    return WCOW_OK;
}

static void give_back(work *base)
{
    file_batch_pool *pool = ((file_batch *)base)->pool;

    pthread_mutex_lock(&pool->lock);
    base->next = pool->spare;
    pool->spare = base;
    pthread_mutex_unlock(&pool->lock);
}

static file_batch *take_spare(file_batch_pool *pool)
{
    work *spare;

    pthread_mutex_lock(&pool->lock);
    spare = pool->spare;
    if (spare)
        pool->spare = spare->next;
    pthread_mutex_unlock(&pool->lock);
    return (file_batch *)spare;
}

file_batch_pool *file_batch_pool_new(layer_writer *writer)
{
    file_batch_pool *pool = malloc(sizeof(*pool));

    if (!pool)
        return NULL;
    *pool = (file_batch_pool){.writer = writer};
    pthread_mutex_init(&pool->lock, NULL);
    return pool;
}

void file_batch_pool_free(file_batch_pool *pool)
{
    file_batch *spare;

    if (!pool)
        return;
    while ((spare = take_spare(pool)) != NULL)
        free(spare);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

file_batch *file_batch_new(file_batch_pool *pool)
{
    file_batch *batch = take_spare(pool);

    if (!batch)
        batch = malloc(sizeof(*batch));
    if (!batch)
        return NULL;
    batch->base = (work){.run = write_files, .release = give_back, .size = sizeof(*batch)};
    batch->pool = pool;
    batch->count = 0;
    batch->used = 0;
    return batch;
}

void file_batch_free(file_batch *batch)
{
    give_back(&batch->base);
}

bool file_batch_is_empty(const file_batch *batch)
{
    return batch->count == 0;
}

wcow_status file_batch_begin(file_batch *batch, const layer_entry *entry, const char *raw_name,
                             file_room *out, wcow_error *err)
{
    size_t name_size = strlen(entry->name) + 1;
    size_t raw_size = strlen(raw_name) + 1;
    char *at = batch->bytes + batch->used;
    small_file *small = &batch->files[batch->count];

    if (name_size > BATCH_SIZE - LEAST_ROOM || raw_size > BATCH_SIZE - LEAST_ROOM - name_size)
        return error_set(err, WCOW_CORRUPT, "its name of %zu bytes is too long", raw_size - 1);
    if (batch->count == FILE_LIMIT ||
        (batch->count > 0 && batch->used + name_size + raw_size > BATCH_SIZE / 2)) {
        *out = (file_room){NULL, 0};
        return WCOW_OK;
    }
    memcpy(at, entry->name, name_size);
    memcpy(at + name_size, raw_name, raw_size);
    small->entry = *entry;
    small->entry.name = at;
    small->raw_name = at + name_size;
    small->stream = small->raw_name + raw_size;
    small->size = 0;
    out->bytes = at + name_size + raw_size;
    out->size = BATCH_SIZE - batch->used - name_size - raw_size;
    return WCOW_OK;
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
