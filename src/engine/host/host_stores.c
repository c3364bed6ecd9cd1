/* SPDX-License-Identifier: MIT */
/* A host's ports and root folder, put together. */
#include "engine/host/host_stores.h"

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
