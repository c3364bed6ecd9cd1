/* SPDX-License-Identifier: MIT */
/** From a layer's tar to an imported layer. */
#ifndef WCOW_LAYER_IMPORT_LAYER_IMPORT_H
#define WCOW_LAYER_IMPORT_LAYER_IMPORT_H

#include "base/source.h"
#include "layer/store/layer.h"

/** What to import. */
typedef struct layer_import_request {
    const char *parent;      /* chain id of the imported parent; NULL: a base layer */
    const char *diff_id;     /* what the uncompressed tar must hash to */
    const byte_source *blob; /* the tar: plain, gzip or zstd (sniffed); read to its end,
                                by a thread of its own */
} layer_import_request;

/**
 * Imports a layer, or opens it if it is there already (then the blob is not read). On failure
 * nothing is left of it.
 *
 * @param[out] out  to be freed with layer_free()
 * @return WCOW_CORRUPT for a damaged or hostile tar (the message names the entry) or a wrong hash,
 *         WCOW_NOT_FOUND if the parent is not there
 */
WCOW_CHECKED wcow_status layer_import(const layer_store *store, const layer_import_request *request,
                                      layer **out, wcow_error *err);

#endif
