/* SPDX-License-Identifier: MIT */
/**
 * A source that is read on a thread of its own, ahead of whoever reads from it: so reading,
 * decompressing, hashing and parsing a layer take place at the same time. Memory is bounded: a ring
 * of buffers.
 */
#ifndef WCOW_LAYER_IMPORT_READ_AHEAD_H
#define WCOW_LAYER_IMPORT_READ_AHEAD_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/source.h"
#include "port/hash.h"

typedef struct read_ahead read_ahead;

typedef struct read_ahead_options {
    size_t memory; /* of the ring, in bytes; at least 1 MiB */
    sha256 *hash;  /* hashes all that was read, on a second thread; borrowed, may be NULL */
    /* Reading costs more than what is done with it, so all else waits for it in the end: the thread
     * that reads runs before others of the process. */
    bool leads;
} read_ahead_options;

/** Starts reading. `from` is borrowed and belongs to that thread until read_ahead_free(). */
WCOW_CHECKED wcow_status read_ahead_new(const byte_source *from, const read_ahead_options *options,
                                        read_ahead **out, wcow_error *err);

/** What was read, then the end or the failure of `from`. To be read by one thread. */
const byte_source *read_ahead_source(read_ahead *ahead);

/** After the source's end was read: waits until the hash has all of it. */
void read_ahead_wait(read_ahead *ahead);

/** Ends the threads, wherever they are: a call of `from` that is under way is waited for. */
void read_ahead_free(read_ahead *ahead);

DEFINE_CLEANUP(read_ahead, read_ahead *, read_ahead_free)
#define cleanup_read_ahead CLEANUP(read_ahead)

#endif
