/* SPDX-License-Identifier: MIT */
/**
 * Bytes from one thread to another: a sink that one writes to, a source that the other reads from,
 * and so much memory between them. Who is faster waits.
 */
#ifndef WCOW_BASE_CHANNEL_H
#define WCOW_BASE_CHANNEL_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/condition.h"
#include "base/sink.h"
#include "base/source.h"

/** Must stay where it is. */
typedef struct channel {
    byte_sink sink;
    byte_source source;
    pthread_mutex_t lock; /* guards the following */
    condition changed;
    char *bytes;
    size_t capacity, first, used;
    /* Milliseconds that who reads waits for bytes, and who writes for room: then it fails with
     * WCOW_TIMEOUT. 0: for ever. Set before anybody does. */
    uint32_t source_patience, sink_patience;
    bool ended;     /* nothing more is written… */
    bool abandoned; /* …or read */
    wcow_status status;
    wcow_error why; /* …of the writer's failure */
} channel;

WCOW_CHECKED wcow_status channel_open(channel *c, size_t capacity, wcow_error *err);
/** Nobody writes or reads any more. */
void channel_close(channel *c);
/** The writer is done. A failure of his becomes the reader's, once he has read what came before. */
void channel_end(channel *c, wcow_status status, const wcow_error *why);
/** Waits for that: from then on no writer touches it. */
void channel_await_end(channel *c);
/** The reader wants no more: writes fail with WCOW_CANCELLED. */
void channel_abandon(channel *c);

#endif
