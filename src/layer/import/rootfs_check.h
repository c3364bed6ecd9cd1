/* SPDX-License-Identifier: MIT */
/** Whether a tar can be a base layer, and what it lacks for that. Private to src/layer. */
#ifndef WCOW_LAYER_IMPORT_ROOTFS_CHECK_H
#define WCOW_LAYER_IMPORT_ROOTFS_CHECK_H

#include "base/sink.h"
#include "layer/hives/hive.h"
#include "layer/import/writer.h"

typedef struct rootfs_check rootfs_check;

/** NULL when out of memory. */
rootfs_check *rootfs_check_new(void);
/** A writer that writes nothing and refuses what a base layer's would. */
layer_writer *rootfs_check_writer(rootfs_check *check);
void rootfs_check_free(rootfs_check *check);

DEFINE_CLEANUP(rootfs_check, rootfs_check *, rootfs_check_free)
#define cleanup_rootfs_check CLEANUP(rootfs_check)

/**
 * After the last entry.
 *
 * @param[out] missing  the first hive that it lacks; NULL: none
 * @return WCOW_INVALID if it is of no Windows, or can have no hives
 */
WCOW_CHECKED wcow_status rootfs_check_end(const rootfs_check *check, const char **missing,
                                          wcow_error *err);

/** Writes entries for the hives that are missing, and for the folders above them. */
WCOW_CHECKED wcow_status rootfs_check_complete(const rootfs_check *check, const hive_maker *maker,
                                               const byte_sink *to, wcow_error *err);

#endif
