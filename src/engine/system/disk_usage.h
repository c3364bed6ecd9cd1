/* SPDX-License-Identifier: MIT */
/** What images take on the disk. */
#ifndef WCOW_ENGINE_SYSTEM_DISK_USAGE_H
#define WCOW_ENGINE_SYSTEM_DISK_USAGE_H

#include "engine/container/catalog.h"

/** Bytes of blobs, downloads and layers, whole and half-made. */
WCOW_CHECKED wcow_status images_usage(wcow_host *host, const catalog *users, uint64_t *total,
                                      wcow_error *err);

/** All of these bytes, and those of containers' scratch layers, as far as they can be told. */
uint64_t disk_total(wcow_host *host);

#endif
