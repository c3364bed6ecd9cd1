/* SPDX-License-Identifier: MIT */
/** A new image: another one, and a layer over it. */
#ifndef WCOW_IMAGE_COMMIT_H
#define WCOW_IMAGE_COMMIT_H

#include <cjson/cJSON.h>

#include "base/sink.h"
#include "image/store.h"

typedef struct commit_request {
    const image *base;
    /** Writes the uncompressed tar of the new layer. */
    wcow_status (*produce)(void *context, const byte_sink *sink, wcow_error *err);
    void *context;
    const cJSON *config;    /* the new image's "config" object */
    const char *created;    /* RFC 3339 */
    const char *created_by; /* the command that made the layer */
    const char *author;     /* NULL: none, as the comment */
    const char *comment;
    const image_reference *reference; /* with a tag; NULL: no name */
} commit_request;

/** Makes it; on failure the store is as it was. `id` is the new image's. */
WCOW_CHECKED wcow_status image_commit(const image_store *store, const commit_request *request,
                                      char id[DIGEST_SIZE], wcow_error *err);

#endif
