/* SPDX-License-Identifier: MIT */
/** A whole file system, as it is mounted, as the tar of a base layer. */
#ifndef WCOW_LAYER_EXPORT_EXPORT_TREE_H
#define WCOW_LAYER_EXPORT_EXPORT_TREE_H

#include "base/sink.h"
#include "port/files.h"

/** What goes into it; a plain value, everything borrowed. */
typedef struct tree_parts {
    const char *volume; /* what is below its root becomes Files/… */
    const char *hives; /* a folder of hives (SAM…) that take the place of the volume's; or NULL */
    const char *utility_vm; /* a layer's folder whose utility VM becomes UtilityVM/…; or NULL */
} tree_parts;

/**
 * Writes them, with security, streams and hard links, in an order that depends on names alone. What
 * Windows keeps on a volume for itself is left out.
 */
WCOW_CHECKED wcow_status tree_write_tar(files_port *files, const tree_parts *parts,
                                        const byte_sink *sink, wcow_error *err);

#endif
