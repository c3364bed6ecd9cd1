/* SPDX-License-Identifier: MIT */
/** layer.json: what makes a folder a layer. Private to src/layer. */
#ifndef WCOW_LAYER_STORE_LAYER_RECORD_H
#define WCOW_LAYER_STORE_LAYER_RECORD_H

#include "layer/store/layer.h"

/** Reads the layer of that (checked) id; WCOW_NOT_FOUND if it is not there or only half made. */
WCOW_CHECKED wcow_status layer_record_read(const layer_store *store, const char *id, layer **out,
                                           wcow_error *err);
/** Writes it, atomically: from then on the folder is a layer. */
WCOW_CHECKED wcow_status layer_record_write(const layer_store *store, const layer *l,
                                            wcow_error *err);

/** Checks an id and drops its "sha256:"; WCOW_INVALID. */
WCOW_CHECKED wcow_status layer_id_parse(const char *id_text, layer_id out, wcow_error *err);

#endif
