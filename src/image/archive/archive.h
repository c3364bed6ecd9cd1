/* SPDX-License-Identifier: MIT */
/** Image archives: what `docker save` and `skopeo copy … oci-archive:` write, read in one pass. */
#ifndef WCOW_IMAGE_ARCHIVE_ARCHIVE_H
#define WCOW_IMAGE_ARCHIVE_ARCHIVE_H

#include "base/sink.h"
#include "base/source.h"
#include "image/store/image_store.h"
#include "image/store/lease.h"
#include "oci/choice.h"

/** One image that was loaded. */
typedef struct loaded_image {
    char id[DIGEST_SIZE];        /* the config's digest */
    image_descriptor descriptor; /* its manifest, in the store */
    string_list names;           /* familiar references; empty if the archive gives it none */
    bool added;                  /* the store did not have it before */
} loaded_image;

typedef struct loaded_images {
    loaded_image *items;
    size_t count;
} loaded_images;

#define LOADED_IMAGES_INIT                                                                         \
    {                                                                                              \
        NULL, 0                                                                                    \
    }

void loaded_images_free(loaded_images *images);
DEFINE_CLEANUP_VALUE(loaded_images, loaded_images, loaded_images_free)
#define cleanup_loaded_images CLEANUP(loaded_images)

/**
 * Loads every image of a docker-archive or OCI archive (plain or compressed) into the store: blobs
 * verified and put in place, index.json updated last. On failure the store is as it was.
 *
 * Of several builds, in an index or under one name, the one that fits best is loaded.
 *
 * @param archive     read once, to its end; progress and cancellation are the source's
 * @param choice      NULL: the first for Windows
 * @param[out] lease  NULL: they get their names at once. Else they have none yet, and this, until
 *                    it is ended, keeps them from prunes: the caller names them,
 * image_store_name(), or takes back what was added, image_store_drop()
 * @return WCOW_CORRUPT naming what is wrong, WCOW_UNSUPPORTED if an image in it is not for Windows,
 *         or none is for what was chosen
 */
WCOW_CHECKED wcow_status archive_load(const image_store *store, const byte_source *archive,
                                      const image_choice *choice, loaded_images *out,
                                      image_lease **lease, wcow_error *err);

/** Gives a loaded image the names that its archive has for it. */
WCOW_CHECKED wcow_status loaded_image_name(const image_store *store, const loaded_image *one,
                                           wcow_error *err);

/**
 * Writes images as `docker save` does since version 25: an OCI layout with a manifest.json beside
 * it, so that old and new readers take it. Blobs stand as they are in the store, each once.
 *
 * @param references  "repo:tag", "repo" (all of its tags), or an id (then it has no name there)
 */
WCOW_CHECKED wcow_status archive_save(const image_store *store, const char *const *references,
                                      size_t count, const byte_sink *sink, wcow_error *err);

#endif
