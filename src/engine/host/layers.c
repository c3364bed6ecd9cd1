/* SPDX-License-Identifier: MIT */
/* From a host to its stores, and from an image to its imported layers. */
#include "engine/host/layers.h"

#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "image/store/blob.h"

#define UNPACK_TRIES 3

wcow_status host_layer_files(wcow_host *host, layer_store *out, wcow_error *err)
{
    layer_store store = {.root = host->root};
    wcow_status status = host_files(host, &store.files, err);

    if (!status)
        *out = store;
    return status;
}

wcow_status host_layers(wcow_host *host, layer_store *out, wcow_error *err)
{
    layer_store store = {.root = NULL};
    wcow_status status = host_layer_files(host, &store, err);

    if (!status)
        status = host_storage(host, &store.storage, err);
    if (!status)
        *out = store;
    return status;
}

wcow_status host_images(wcow_host *host, image_store *out, wcow_error *err)
{
    image_store store = {.root = host->root};
    wcow_status status = host_files(host, &store.files, err);

    if (!status)
        *out = store;
    return status;
}

char *path_of_scratch(const wcow_host *host, const char *id)
{
    cleanup_free char *folder = path_in_container(host, id, FILE_SCRATCH);

    return folder ? path_join(folder, id) : NULL;
}

wcow_status image_chain(const image *i, layer_id out, wcow_error *err)
{
    const string_list *diffs = &i->config->diff_ids;
    layer_id chain;
    wcow_status status = WCOW_OK;

    if (!diffs->count)
        return error_set(err, WCOW_UNSUPPORTED, "the image has no layers");
    for (size_t n = 0; n < diffs->count && !status; n++) {
        layer_id next;

        status = layer_chain_id(n ? chain : NULL, diffs->items[n], next, err);
        if (!status)
            memcpy(chain, next, sizeof chain);
    }
    if (!status)
        memcpy(out, chain, sizeof chain);
    return status;
}

/* Passes a blob on and tells how far it is. */
typedef struct watched {
    const byte_source *inner;
    blob_reader *reader;
    const char *what;
    wcow_progress_fn *progress;
    void *context;
} watched;

static wcow_status watched_read(void *context, void *buffer, size_t size, size_t *got,
                                wcow_error *err)
{
    watched *w = context;

    if (w->progress &&
        !w->progress(w->context, w->what, blob_position(w->reader), blob_size(w->reader)))
        return error_set(err, WCOW_CANCELLED, "cancelled");
    return w->inner->read(w->inner->context, buffer, size, got, err);
}

wcow_status layer_import_blob(const layer_store *layers, const char *parent, const char *diff_id,
                              const char *digest, blob_reader *blob, wcow_progress_fn *progress,
                              void *context, wcow_error *err)
{
    cleanup_layer layer *imported = NULL;
    watched w = {blob_source(blob), blob, digest, progress, context};
    const byte_source source = {.read = watched_read, .context = &w};
    const layer_import_request request = {.parent = parent, .diff_id = diff_id, .blob = &source};

    return layer_import(layers, &request, &imported, err);
}

static wcow_status import_one(wcow_host *host, const layer_store *layers, const char *parent,
                              const char *diff_id, const char *digest, wcow_progress_fn *progress,
                              void *context, wcow_error *err)
{
    cleanup_blob_reader blob_reader *reader = NULL;
    image_store images;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = blob_open(&images, digest, &reader, err);
    return status
               ? status
               : layer_import_blob(layers, parent, diff_id, digest, reader, progress, context, err);
}

wcow_status image_was_removed(const char *id, wcow_error *err)
{
    return error_set(err, WCOW_CONFLICT,
                     "image %.12s was removed while its layers were being imported",
                     id + strlen("sha256:"));
}

/* Whoever removes an image may take its layers away from under an import: then that is the story.
 */
static wcow_status tell_of_removal(wcow_host *host, const image *i, wcow_status status,
                                   wcow_error *err)
{
    cleanup_image image *again = NULL;
    image_store images;

    if (host_images(host, &images, NULL) ||
        image_store_open(&images, i->record.id, &again, NULL) != WCOW_NOT_FOUND)
        return status;
    return image_was_removed(i->record.id, err);
}

static wcow_status unpack(wcow_host *host, const image *i, wcow_progress_fn *progress,
                          void *context, wcow_error *err)
{
    const string_list *diffs = &i->config->diff_ids;
    layer_store layers;
    layer_id parent;
    wcow_status status = host_layers(host, &layers, err);

    if (!status && diffs->count != i->manifest->count)
        status = error_set(err, WCOW_CORRUPT, "the image's manifest and config do not agree");
    for (size_t n = 0; !status && n < diffs->count; n++) {
        cleanup_layer layer *present = NULL;
        layer_id chain;

        status = layer_chain_id(n ? parent : NULL, diffs->items[n], chain, err);
        if (status)
            return status;
        if (layer_open_settled(&layers, chain, &present, NULL))
            status = import_one(host, &layers, n ? parent : NULL, diffs->items[n],
                                i->manifest->items[n].digest, progress, context, err);
        memcpy(parent, chain, sizeof parent);
    }
    return status;
}

/* Removed and brought again meanwhile, perhaps by an archive of another kind, it has other blobs:
 * and since it is needed now, nobody takes its layers away any more. */
wcow_status image_unpack(wcow_host *host, const image *i, wcow_progress_fn *progress, void *context,
                         wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = unpack(host, i, progress, context, &problem);

    for (int tries = 0; status == WCOW_NOT_FOUND && tries < UNPACK_TRIES; tries++) {
        cleanup_image image *again = NULL;
        image_store images;

        if (host_images(host, &images, NULL) ||
            image_store_open(&images, i->record.id, &again, NULL))
            break;
        status = unpack(host, again, progress, context, &problem);
    }
    if (!status)
        return WCOW_OK;
    (void)error_pass(err, status, &problem);
    return tell_of_removal(host, i, status, err);
}

wcow_status container_scratch_destroy(wcow_host *host, const char *id, wcow_error *err)
{
    cleanup_free char *path = path_of_scratch(host, id);
    cleanup_free char *folder = path_in_container(host, id, FILE_SCRATCH);
    layer_store layers;
    wcow_status status;

    if (!path || !folder)
        return error_no_memory(err);
    if (!store_exists(host, folder))
        return WCOW_OK;
    status = host_layers(host, &layers, err);
    return status ? status : scratch_destroy(&layers, path, err);
}
