/* SPDX-License-Identifier: MIT */
/** A whole file system, as it is mounted, as the tar of a base layer. */
#ifndef WCOW_LAYER_EXPORT_TREE_H
#define WCOW_LAYER_EXPORT_TREE_H

#include "base/sink.h"
#include "port/files.h"

/**
 * Writes everything below a volume's root as Files/…, with security, streams and hard links, in an
 * order that depends on names alone. What Windows keeps on a volume for itself is left out.
 */
WCOW_CHECKED wcow_status tree_write_tar(files_port *files, const char *root, const byte_sink *sink,
                                        wcow_error *err);

#endif
