/* SPDX-License-Identifier: MIT */
/** Where bytes go: a file, a standard stream, a hash. The counterpart of base/source.h. */
#ifndef WCOW_BASE_SINK_H
#define WCOW_BASE_SINK_H

#include <stddef.h>

#include <wcow/error.h>

/** Takes all of the bytes, or fails; after a failure nothing more is written. */
typedef struct byte_sink {
    wcow_status (*write)(void *context, const void *bytes, size_t size, wcow_error *err);
    void *context;
} byte_sink;

static inline wcow_status sink_write(const byte_sink *sink, const void *bytes, size_t size,
                                     wcow_error *err)
{
    return sink->write(sink->context, bytes, size, err);
}

#endif
