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
} byte_source;

static inline wcow_status source_read(const byte_source *source, void *buffer, size_t size,
                                      size_t *got, wcow_error *err)
{
    return source->read(source->context, buffer, size, got, err);
}

#endif
