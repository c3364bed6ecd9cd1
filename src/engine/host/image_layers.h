/* SPDX-License-Identifier: MIT */
/** The layers of an image on this host: which they are, what they take, and their import. */
#ifndef WCOW_ENGINE_HOST_IMAGE_LAYERS_H
#define WCOW_ENGINE_HOST_IMAGE_LAYERS_H

#include "base/progress.h"
#include "engine/host/host_stores.h"
#include "image/store/blob.h"

/** Chain id of an image's topmost layer. */
WCOW_CHECKED wcow_status image_chain(const image *i, layer_id out, wcow_error *err);

/**
 * Bytes of the files of its nth layer where that is imported, of its blob where it is not.
 *
 * @param chains  from layer_chain_ids()
 */
uint64_t image_layer_size(const layer_store *layers, const image *i, const string_list *chains,
                          size_t n);
/** That of all of them. */
uint64_t image_size(const layer_store *layers, const image *i);

/**
 * Imports a layer from its blob, or finds it imported.
 *
 * @param parent  chain id; NULL: a base layer
 */
WCOW_CHECKED wcow_status layer_import_blob(const layer_store *layers, const char *parent,
                                           const char *diff_id, blob_reader *blob,
                                           progress_sink *progress, wcow_error *err);

/** Imports those layers of an image in the store that are not there yet, base first. */
WCOW_CHECKED wcow_status image_unpack(wcow_host *host, const image *i, progress_sink *progress,
                                      wcow_error *err);

/** Tells that somebody removed the image of that id between its coming and its unpacking. */
wcow_status image_was_removed(const char *id, wcow_error *err);

#endif
