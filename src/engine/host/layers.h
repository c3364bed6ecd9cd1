/* SPDX-License-Identifier: MIT */
/** A host's layers and images as the layers below want them, and a container's own. */
#ifndef WCOW_ENGINE_HOST_LAYERS_H
#define WCOW_ENGINE_HOST_LAYERS_H

#include <wcow/image.h>

#include "engine/host/host.h"
#include "image/store/blob.h"
#include "layer/store/scratch.h"

WCOW_CHECKED wcow_status host_layers(wcow_host *host, layer_store *out, wcow_error *err);
/** The same without the service: to look at layers, and to keep files beside them. */
WCOW_CHECKED wcow_status host_layer_files(wcow_host *host, layer_store *out, wcow_error *err);
WCOW_CHECKED wcow_status host_images(wcow_host *host, image_store *out, wcow_error *err);

/**
 * The scratch's folder: containers/<id>/scratch/<id>. The service makes ids of a folder's last
 * component, so "scratch" alone would be the same for all.
 */
char *path_of_scratch(const wcow_host *host, const char *id);

/** Chain id of an image's topmost layer. */
WCOW_CHECKED wcow_status image_chain(const image *i, layer_id out, wcow_error *err);

/** Bytes of its files where its layers are imported, of the compressed blobs where they are not. */
uint64_t image_size(const layer_store *layers, const image *i);

/**
 * Imports a layer from its blob, or finds it imported.
 *
 * @param parent    chain id; NULL: a base layer
 * @param digest    of the blob; told to `progress`, which may be NULL
 */
WCOW_CHECKED wcow_status layer_import_blob(const layer_store *layers, const char *parent,
                                           const char *diff_id, const char *digest,
                                           blob_reader *blob, wcow_progress_fn *progress,
                                           void *context, wcow_error *err);

/**
 * Imports those layers of an image that are not there yet, base first.
 *
 * @param progress  may be NULL
 */
WCOW_CHECKED wcow_status image_unpack(wcow_host *host, const image *i, wcow_progress_fn *progress,
                                      void *context, wcow_error *err);

/** Tells that somebody removed the image of that id between its coming and its unpacking. */
wcow_status image_was_removed(const char *id, wcow_error *err);

/** Releases and destroys a container's scratch; one that is not there is no failure. */
WCOW_CHECKED wcow_status container_scratch_destroy(wcow_host *host, const char *id,
                                                   wcow_error *err);

#endif
