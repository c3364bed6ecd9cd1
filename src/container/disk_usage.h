/* SPDX-License-Identifier: MIT */
/** What images take on the disk. */
#ifndef WCOW_CONTAINER_DISK_USAGE_H
#define WCOW_CONTAINER_DISK_USAGE_H

#include "container/catalog.h"

/** Bytes of blobs and imported layers, and those of them that containers need. */
WCOW_CHECKED wcow_status images_usage(wcow_host *host, const catalog *users, uint64_t *total,
                                      uint64_t *needed, wcow_error *err);

#endif
