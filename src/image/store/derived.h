/* SPDX-License-Identifier: MIT */
/** New images: another one and a layer over it, or one of a single base layer. */
#ifndef WCOW_IMAGE_STORE_DERIVED_H
#define WCOW_IMAGE_STORE_DERIVED_H

#include <cjson/cJSON.h>

#include "base/sink.h"
#include "image/store/image_store.h"
#include "image/store/lease.h"

typedef struct derivation {
    const image *base; /* NULL: none, and the two below say what the image is for */
    const char *architecture;
    const char *os_version; /* NULL: it does not say */
    /** Writes the new layer's blob, a gzipped tar, and then tells the digest of the tar in it. */
    wcow_status (*produce)(void *context, const byte_sink *sink, char diff_id[DIGEST_SIZE],
                           wcow_error *err);
    void *context;
    const cJSON *config;    /* the new image's "config" object */
    const char *created;    /* RFC 3339 */
    const char *created_by; /* the command that made the layer; NULL: none, as what follows */
    const char *author;
    const char *comment;
} derivation;

/**
 * Makes it, without a name; on failure the store is as it was. `id` is the new image's.
 *
 * @param[out] lease  keeps prunes, which remove nameless images, from it until it has a name
 * @return WCOW_NOT_FOUND if somebody removes the base meanwhile
 */
WCOW_CHECKED wcow_status image_derive(const image_store *store, const derivation *request,
                                      char id[DIGEST_SIZE], image_lease **lease, wcow_error *err);

#endif
