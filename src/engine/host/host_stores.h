/* SPDX-License-Identifier: MIT */
/** A host's stores, as the layers below want them; plain values, borrowed from the host. */
#ifndef WCOW_ENGINE_HOST_HOST_STORES_H
#define WCOW_ENGINE_HOST_HOST_STORES_H

#include "engine/host/host.h"
#include "image/store/image_store.h"
#include "layer/store/layer.h"

WCOW_CHECKED wcow_status host_layers(wcow_host *host, layer_store *out, wcow_error *err);
/** The same without the service: to look at layers, and to keep files beside them. */
WCOW_CHECKED wcow_status host_layer_files(wcow_host *host, layer_store *out, wcow_error *err);
WCOW_CHECKED wcow_status host_images(wcow_host *host, image_store *out, wcow_error *err);

#endif
