/* SPDX-License-Identifier: MIT */
/** Blobs of the store: content found by its digest. */
#ifndef WCOW_IMAGE_STORE_BLOB_H
#define WCOW_IMAGE_STORE_BLOB_H

#include "base/progress.h"
#include "base/source.h"
#include "image/store/image_store.h"

/** Whether the store has it. */
bool blob_exists(const image_store *store, const char *digest);

/** Removes a manifest or config that does not hash to its name, so that it can come anew. */
void blob_discard_damaged(const image_store *store, const char *digest);

/** Reads a small blob whole (malloc, NUL-terminated) and verifies its digest. */
WCOW_CHECKED wcow_status blob_read(const image_store *store, const char *digest, size_t limit,
                                   char **out, size_t *size, wcow_error *err);

/** A blob being read as a source. Its end is the end only if the digest fits: else WCOW_CORRUPT. */
typedef struct blob_reader blob_reader;

WCOW_CHECKED wcow_status blob_open(const image_store *store, const char *digest, blob_reader **out,
                                   wcow_error *err);
/** The same of a file that is not among the blobs (yet). */
WCOW_CHECKED wcow_status blob_open_file(const image_store *store, const char *path,
                                        const char *digest, blob_reader **out, wcow_error *err);
/** The source to read from; lives as long as the reader. */
const byte_source *blob_source(blob_reader *reader);
uint64_t blob_size(const blob_reader *reader);
/** Tells from now on, before each read, how far it is: of its digest, in those (lasting) words. */
void blob_report(blob_reader *reader, progress_sink *progress, const char *doing);
/** How many bytes were read so far. */
uint64_t blob_position(const blob_reader *reader);
void blob_close(blob_reader *reader);

DEFINE_CLEANUP(blob_reader, blob_reader *, blob_close)
#define cleanup_blob_reader CLEANUP(blob_reader)

#endif
