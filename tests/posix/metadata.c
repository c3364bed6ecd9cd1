/* SPDX-License-Identifier: MIT */
/* A list of records: few files, and the last written are asked for most. */
#include "metadata.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"

struct metadata {
    pthread_mutex_t lock;
    metadata_record *records;
    size_t count, capacity;
};

metadata *metadata_new(void)
{
    metadata *m = calloc(1, sizeof(*m));

    if (m)
        pthread_mutex_init(&m->lock, NULL);
    return m;
}

void metadata_free(metadata *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->count; i++)
        free(m->records[i].streams);
    free(m->records);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

static metadata_record *record_find(const metadata *m, const struct stat *node)
{
    for (size_t i = m->count; i > 0; i--) {
        metadata_record *record = &m->records[i - 1];

        if (record->device == node->st_dev && record->inode == node->st_ino)
            return record;
    }
    return NULL;
}

static metadata_record *record_make(metadata *m, const struct stat *node)
{
    metadata_record *record = record_find(m, node);

    if (record)
        return record;
    if (m->count == m->capacity) {
        size_t capacity = m->capacity ? 2 * m->capacity : 64;
        metadata_record *grown = realloc(m->records, capacity * sizeof(*grown));

        if (!grown)
            return NULL;
        m->records = grown;
        m->capacity = capacity;
    }
    record = &m->records[m->count++];
    *record = (metadata_record){.device = node->st_dev, .inode = node->st_ino};
    return record;
}

bool metadata_put(metadata *m, const struct stat *node, const basic_info *info,
                  const uint8_t *streams, size_t size)
{
    uint8_t *copy = malloc(size + 1);
    metadata_record *record;

    if (!copy)
        return false;
    if (size)
        memcpy(copy, streams, size);
    pthread_mutex_lock(&m->lock);
    record = record_make(m, node);
    if (record) {
        free(record->streams);
        record->info = *info;
        record->streams = copy;
        record->size = size;
    }
    pthread_mutex_unlock(&m->lock);
    if (!record)
        free(copy);
    return record != NULL;
}

bool metadata_set_info(metadata *m, const struct stat *node, const basic_info *info)
{
    metadata_record *record;

    pthread_mutex_lock(&m->lock);
    record = record_make(m, node);
    if (record)
        record->info = *info;
    pthread_mutex_unlock(&m->lock);
    return record != NULL;
}

void metadata_forget(metadata *m, const struct stat *node)
{
    metadata_record *record;

    pthread_mutex_lock(&m->lock);
    record = record_find(m, node);
    if (record) {
        free(record->streams);
        *record = m->records[--m->count];
    }
    pthread_mutex_unlock(&m->lock);
}

bool metadata_get(metadata *m, const struct stat *node, metadata_record *out)
{
    const metadata_record *record;
    bool found = false;

    pthread_mutex_lock(&m->lock);
    record = record_find(m, node);
    if (record) {
        uint8_t *copy = malloc(record->size + 1);

        if (copy) {
            if (record->size)
                memcpy(copy, record->streams, record->size);
            *out = *record;
            out->streams = copy;
            found = true;
        }
    }
    pthread_mutex_unlock(&m->lock);
    return found;
}

bool posix_files_metadata(files_port *port, const char *path, metadata_record *out)
{
    struct stat node;

    return lstat(path, &node) == 0 && metadata_get(((posix_files *)port)->metadata, &node, out);
}
