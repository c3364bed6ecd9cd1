/* SPDX-License-Identifier: MIT */
/**
 * Where bytes come from: a blob, a decompressor, memory. The seam between layers that must not know
 * each other: src/image hands out blobs as sources, src/layer imports from them.
 */
#ifndef WCOW_BASE_SOURCE_H
#define WCOW_BASE_SOURCE_H

#include <stddef.h>

#include <wcow/error.h>

/**
 * Reads at least one byte, at most `size`; *got == 0 is the end, and stays the end. Progress and
 * cancellation are the source's business, too: it sees every byte, and its failure ends the work.
 */
typedef struct byte_source {
    wcow_status (*read)(void *context, void *buffer, size_t size, size_t *got, wcow_error *err);
    void *context;
    /* Optional, for a source that has its bytes in memory: the next ones, which count as read. They
     * stay until the next call. *size == 0 is the end. */
    wcow_status (*lend)(void *context, const void **bytes, size_t *size, wcow_error *err);
} byte_source;

static inline wcow_status source_read(const byte_source *source, void *buffer, size_t size,
                                      size_t *got, wcow_error *err)
{
    return source->read(source->context, buffer, size, got, err);
}

/** Memory as a source. */
typedef struct memory_bytes {
    byte_source source;
    const char *next;
    size_t left;
} memory_bytes;

/** The bytes are borrowed; `self` must stay where it is. */
void memory_bytes_init(memory_bytes *self, const void *bytes, size_t size);

/** The next bytes in the source's own memory if it lends, or else in `buffer`. */
static inline wcow_status source_next(const byte_source *source, void *buffer, size_t size,
                                      const void **bytes, size_t *got, wcow_error *err)
{
    if (source->lend)
        return source->lend(source->context, bytes, got, err);
    *bytes = buffer;
    return source->read(source->context, buffer, size, got, err);
}

#endif
