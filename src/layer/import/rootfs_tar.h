/* SPDX-License-Identifier: MIT */
/** A tar with its names put straight, and perhaps moved below Files. Private to src/layer. */
#ifndef WCOW_LAYER_IMPORT_ROOTFS_TAR_H
#define WCOW_LAYER_IMPORT_ROOTFS_TAR_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/source.h"

typedef struct rootfs_tar rootfs_tar;

/**
 * NULL when out of memory. The source, an uncompressed tar, is borrowed.
 *
 * @param below_files  it is a plain root file system; else it is a layer already
 */
rootfs_tar *rootfs_tar_new(const byte_source *tar, bool below_files);
/** The tar that comes out; lives as long as the object. */
const byte_source *rootfs_tar_source(rootfs_tar *r);
/** Read to its end: whether the tar that went in had no end. */
bool rootfs_tar_is_cut(const rootfs_tar *r);
void rootfs_tar_free(rootfs_tar *r);

DEFINE_CLEANUP(rootfs_tar, rootfs_tar *, rootfs_tar_free)
#define cleanup_rootfs_tar CLEANUP(rootfs_tar)

/** The name of an entry without "./" and '/' before it: "" is the root itself. */
const char *rootfs_name(const char *name);

#endif
