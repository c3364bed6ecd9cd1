/* SPDX-License-Identifier: MIT */
/**
 * What a layer tar says, entry by entry, without writing any of it: attributes, times, and the
 * backup stream that an import would restore. Names are told as they stand, even those that an
 * import refuses: whoever asks wants to see them.
 */
#ifndef WCOW_LAYER_IMPORT_LAYER_LISTING_H
#define WCOW_LAYER_IMPORT_LAYER_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

#include "base/source.h"
#include "port/files.h"
#include "port/hash.h"

/** One file, folder, link or whiteout; a file's alternate streams belong to it. */
typedef struct listed_entry {
    const char *name;
    const char *hard_link; /* what it links to; NULL for others */
    const char *target;    /* of a symbolic link or junction; NULL for others */
    bool whiteout;
    bool junction;
    bool security;          /* carries a security descriptor */
    size_t attribute_count; /* of extended attributes */
    size_t stream_count;    /* of alternate streams */
    uint64_t size;
    basic_info info; /* zeros for hard links and whiteouts, as all that follows */
    uint64_t stream_length;
    char stream_sha256[SHA256_HEX_SIZE]; /* "" where there is no stream */
} listed_entry;

typedef wcow_status listed_entry_fn(void *context, const listed_entry *entry, wcow_error *err);

/**
 * Reads a layer tar (plain, gzip or zstd) to its end and calls `each` for its entries, in order.
 * What `each` gets is valid during the call. WCOW_CORRUPT names the entry that is malformed.
 */
WCOW_CHECKED wcow_status layer_list_entries(const byte_source *blob, listed_entry_fn *each,
                                            void *context, wcow_error *err);

#endif
