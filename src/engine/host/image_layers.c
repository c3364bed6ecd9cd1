/* SPDX-License-Identifier: MIT */
/* From an image to its imported layers. */
#include "engine/host/image_layers.h"

#include <string.h>

#include "base/error.h"
#include "layer/import/layer_import.h"

/* How often an image that was removed and brought again is begun anew. */
#define UNPACK_TRIES 3

wcow_status image_chain(const image *i, layer_id out, wcow_error *err)
{
    cleanup_strings string_list chains = STRING_LIST_INIT;
    wcow_status status = layer_chain_ids(&i->config->diff_ids, &chains, err);

    if (!status && !chains.count)
        status = error_set(err, WCOW_UNSUPPORTED, "the image has no layers");
    if (!status)
        memcpy(out, chains.items[chains.count - 1], sizeof(layer_id));
    return status;
}

/* ---- what they take ---- */

uint64_t image_layer_size(const layer_store *layers, const image *i, const string_list *chains,
                          size_t n)
{
    cleanup_layer layer *imported = NULL;

    if (layer_open(layers, chains->items[n], &imported, NULL))
        return i->manifest->items[n].size;
    return imported->size;
}

uint64_t image_size(const layer_store *layers, const image *i)
{
    cleanup_strings string_list chains = STRING_LIST_INIT;
    uint64_t size = 0;

    if (layer_chain_ids(&i->config->diff_ids, &chains, NULL))
        return 0;
    for (size_t n = 0; n < chains.count && n < i->manifest->count; n++)
        size += image_layer_size(layers, i, &chains, n);
    return size;
}

/* ---- importing ---- */

wcow_status layer_import_blob(const layer_store *layers, const char *parent, const char *diff_id,
                              blob_reader *blob, progress_sink *progress, wcow_error *err)
{
    const layer_import_request request = {
        .parent = parent, .diff_id = diff_id, .blob = blob_source(blob)};
    cleanup_layer layer *imported = NULL;

    blob_report(blob, progress, "Extracting");
    return layer_import(layers, &request, &imported, err);
}

static wcow_status import_missing(wcow_host *host, const image *i, progress_sink *progress,
                                  wcow_error *err)
{
    const string_list *diff_ids = &i->config->diff_ids;
    cleanup_strings string_list chains = STRING_LIST_INIT;
    layer_store layers;
    image_store images;
    wcow_status status = host_layers(host, &layers, err);

    if (!status)
        status = host_images(host, &images, err);
    if (!status && diff_ids->count != i->manifest->count)
        status = error_set(err, WCOW_CORRUPT, "the image's manifest and config do not agree");
    if (!status)
        status = layer_chain_ids(diff_ids, &chains, err);
    for (size_t n = 0; n < chains.count && !status; n++) {
        cleanup_layer layer *present = NULL;
        cleanup_blob_reader blob_reader *blob = NULL;

        if (!layer_open_settled(&layers, chains.items[n], &present, NULL))
            continue;
        status = blob_open(&images, i->manifest->items[n].digest, &blob, err);
        if (!status)
            status = layer_import_blob(&layers, n ? chains.items[n - 1] : NULL, diff_ids->items[n],
                                       blob, progress, err);
    }
    return status;
}

wcow_status image_was_removed(const char *id, wcow_error *err)
{
    return error_set(err, WCOW_CONFLICT,
                     "image %.12s was removed while its layers were being imported",
                     id + strlen("sha256:"));
}

/*
 * Whoever removes the image meanwhile takes blobs and layers from under the import, which then
 * fails with WCOW_NOT_FOUND. If somebody has brought the image again, perhaps by an archive of
 * another kind and so with other blobs, those are imported; if not, the removal is what is told,
 * whatever it made fail.
 */
wcow_status image_unpack(wcow_host *host, const image *i, progress_sink *progress, wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    image_store images;
    wcow_status status = import_missing(host, i, progress, &problem);

    for (int tries = 0; status && !host_images(host, &images, NULL); tries++) {
        cleanup_image image *again = NULL;
        const wcow_status found = image_store_open(&images, i->record.id, &again, NULL);

        if (found == WCOW_NOT_FOUND)
            return image_was_removed(i->record.id, err);
        if (found || status != WCOW_NOT_FOUND || tries == UNPACK_TRIES)
            break;
        status = import_missing(host, again, progress, &problem);
    }
    return error_pass(err, status, &problem);
}
