/* SPDX-License-Identifier: MIT */
/** What an image has at a volume's path, copied into the volume: volume-nocopy=false of --mount. */
#ifndef WCOW_ENGINE_CONTAINER_VOLUME_COPY_H
#define WCOW_ENGINE_CONTAINER_VOLUME_COPY_H

#include "engine/container/record.h"
#include "engine/host/host_stores.h"

/**
 * Fills those volumes of a new container that are to get it and have nothing in them yet. Its
 * scratch is mounted for that; the caller owns the container.
 */
WCOW_CHECKED wcow_status volumes_fill(wcow_host *host, const record *r, const layer_store *layers,
                                      const layer_chain *chain, wcow_error *err);

#endif
