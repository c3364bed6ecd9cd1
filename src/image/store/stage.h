/* SPDX-License-Identifier: MIT */
/**
 * Blobs on their way in: files in images/ingest/<random>/, hashed while written, which become blobs
 * by a rename. The folder's lock file is held as long as its owner lives; without that, a sweep
 * removes it. What the owner relies on besides is noted there, too: image/store/lease.h. Private to
 * src/image.
 */
#ifndef WCOW_IMAGE_STORE_STAGE_H
#define WCOW_IMAGE_STORE_STAGE_H

#include "base/sink.h"
#include "base/source.h"
#include "image/store/image_store.h"

typedef struct blob_stage blob_stage;

#define STAGE_NOTE "lease.json"

/** A file of the stage. */
typedef struct staged_blob {
    char digest[DIGEST_SIZE];
    uint64_t size;
    size_t number; /* its file's name */
} staged_blob;

/** Opens a stage; makes the store's folders if need be. */
WCOW_CHECKED wcow_status stage_open(const image_store *store, blob_stage **out, wcow_error *err);
/** Removes what was not published. */
void stage_close(blob_stage *stage);
DEFINE_CLEANUP(blob_stage, blob_stage *, stage_close)
#define cleanup_stage CLEANUP(blob_stage)

/** Writes all of a source into a new file. */
WCOW_CHECKED wcow_status stage_add(blob_stage *stage, const byte_source *source, staged_blob *out,
                                   wcow_error *err);
WCOW_CHECKED wcow_status stage_add_bytes(blob_stage *stage, const void *bytes, size_t size,
                                         staged_blob *out, wcow_error *err);

/** Writes a blob to a sink. */
typedef wcow_status blob_producer(void *context, const byte_sink *sink, wcow_error *err);

/** Writes what `produce` writes into a new file. */
WCOW_CHECKED wcow_status stage_add_produced(blob_stage *stage, blob_producer *produce,
                                            void *context, staged_blob *out, wcow_error *err);

/** Reads a staged file back, or its first bytes only (*size tells how many). */
WCOW_CHECKED wcow_status stage_read(blob_stage *stage, const staged_blob *blob, size_t limit,
                                    char **out, size_t *size, wcow_error *err);
WCOW_CHECKED wcow_status stage_read_start(blob_stage *stage, const staged_blob *blob, void *buffer,
                                          size_t size, size_t *got, wcow_error *err);

/** Moves it among the blobs, unless it is there. The store must be locked. Can be called twice. */
WCOW_CHECKED wcow_status stage_publish(blob_stage *stage, const staged_blob *blob, wcow_error *err);

/** Replaces what STAGE_NOTE holds. */
WCOW_CHECKED wcow_status stage_note(blob_stage *stage, const void *bytes, size_t size,
                                    wcow_error *err);

/** The folders of all stages, dead ones, too. */
WCOW_CHECKED wcow_status stages_list(const image_store *store, string_list *out, wcow_error *err);
/** Whether somebody has the stage of that folder; true where it cannot be told. */
bool stage_lives(const image_store *store, const char *folder);
/** Removes stages whose owners are gone. */
WCOW_CHECKED wcow_status stage_sweep(const image_store *store, wcow_error *err);

#endif
