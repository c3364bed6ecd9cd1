/* SPDX-License-Identifier: MIT */
/** What each image, container and volume takes on the disk. */
#ifndef WCOW_ENGINE_SYSTEM_DISK_USAGE_ITEMS_H
#define WCOW_ENGINE_SYSTEM_DISK_USAGE_ITEMS_H

#include <cjson/cJSON.h>

#include "engine/container/catalog.h"

/** An array of objects with Id, SharedSize, UniqueSize (bytes of its layers) and Containers. */
WCOW_CHECKED wcow_status image_usage_items(wcow_host *host, const catalog *users, cJSON **out,
                                           wcow_error *err);

/** Bytes of a container's scratch. */
uint64_t container_scratch_size(const wcow_host *host, files_port *files, const char *id);

/** An array of objects with Id and Size. */
WCOW_CHECKED wcow_status container_usage_items(wcow_host *host, const catalog *users, cJSON **out,
                                               wcow_error *err);

/** An array of objects with Name, Links (containers that mount it) and Size. */
WCOW_CHECKED wcow_status volume_usage_items(wcow_host *host, cJSON **out, wcow_error *err);

#endif
