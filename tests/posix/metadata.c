/* SPDX-License-Identifier: MIT */
/* Records in a hash table by file; chains are as short as the table is long. */
#include "metadata.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"

typedef struct node_record {
    metadata_record record;
    struct node_record *next;
} node_record;

struct metadata {
    pthread_mutex_t lock;
    node_record **chains;
    size_t count, capacity; /* the latter a power of two */
};

metadata *metadata_new(void)
{
    metadata *m = calloc(1, sizeof(*m));

    if (m)
        pthread_mutex_init(&m->lock, NULL);
    return m;
}

static void record_free(node_record *r)
{
    free(r->record.streams);
    free(r);
}

void metadata_free(metadata *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->capacity; i++) {
        while (m->chains[i]) {
            node_record *r = m->chains[i];

            m->chains[i] = r->next;
            record_free(r);
        }
    }
    free(m->chains);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

static node_record **chain_of(const metadata *m, dev_t device, ino_t inode)
{
    uint64_t hash = ((uint64_t)device * 31 + (uint64_t)inode) * 0x9E3779B97F4A7C15u;

    return &m->chains[(hash >> 32) & (m->capacity - 1)];
}

/* Where the record is linked; NULL if there is none. */
static node_record **link_find(const metadata *m, const struct stat *node)
{
    node_record **link = m->capacity ? chain_of(m, node->st_dev, node->st_ino) : NULL;

    while (link && *link) {
        if ((*link)->record.device == node->st_dev && (*link)->record.inode == node->st_ino)
            return link;
        link = &(*link)->next;
    }
    return NULL;
}

static metadata_record *record_find(const metadata *m, const struct stat *node)
{
    node_record **link = link_find(m, node);

    return link ? &(*link)->record : NULL;
}

static bool grow(metadata *m)
{
    metadata old = *m;

    m->capacity = old.capacity ? 2 * old.capacity : 64;
    m->chains = calloc(m->capacity, sizeof(node_record *));
    if (!m->chains) {
        m->capacity = old.capacity;
        m->chains = old.chains;
        return false;
    }
    for (size_t i = 0; i < old.capacity; i++) {
        while (old.chains[i]) {
            node_record *r = old.chains[i];
            node_record **chain = chain_of(m, r->record.device, r->record.inode);

            old.chains[i] = r->next;
            r->next = *chain;
            *chain = r;
        }
    }
    free(old.chains);
    return true;
}

static metadata_record *record_make(metadata *m, const struct stat *node)
{
    metadata_record *found = record_find(m, node);
    node_record **chain;
    node_record *r;

    if (found)
        return found;
    if (m->count == m->capacity && !grow(m))
        return NULL;
    r = calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    chain = chain_of(m, node->st_dev, node->st_ino);
    r->record = (metadata_record){.device = node->st_dev, .inode = node->st_ino};
    r->next = *chain;
    *chain = r;
    m->count++;
    return &r->record;
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
    node_record **link;

    pthread_mutex_lock(&m->lock);
    link = link_find(m, node);
    if (link) {
        node_record *r = *link;

        *link = r->next;
        record_free(r);
        m->count--;
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
