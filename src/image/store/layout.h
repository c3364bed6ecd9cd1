/* SPDX-License-Identifier: MIT */
/** The files of the OCI image layout at <root>/images. Private to src/image. */
#ifndef WCOW_IMAGE_STORE_LAYOUT_H
#define WCOW_IMAGE_STORE_LAYOUT_H

#include <cjson/cJSON.h>

#include "image/store/image_store.h"

/** <root>/images, or what is in it: parts joined, NULL-terminated; malloc'ed, NULL: out of memory.
 */
char *layout_path(const image_store *store, const char *const *parts);
/** images/blobs/sha256/<hex> of a valid digest. */
char *layout_blob_path(const image_store *store, const char *digest);

/** Makes the folders and oci-layout if they are not there. */
WCOW_CHECKED wcow_status layout_ensure(const image_store *store, wcow_error *err);

/** Locks images/index.lock; the layout must be there. */
WCOW_CHECKED wcow_status layout_lock(const image_store *store, file_lock **out, wcow_error *err);

/** Reads index.json; an empty one if it is not there. Its "manifests" is an array of objects. */
WCOW_CHECKED wcow_status layout_read_index(const image_store *store, cJSON **out, wcow_error *err);
WCOW_CHECKED wcow_status layout_write_index(const image_store *store, const cJSON *index,
                                            wcow_error *err);

/**
 * Keeps room for an index like the one that is there, if there is any; index.lock is held. A
 * written index has done so: it is for who has made room since.
 */
void layout_keep_reserve(const image_store *store);

#endif
