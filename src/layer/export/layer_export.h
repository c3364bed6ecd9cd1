/* SPDX-License-Identifier: MIT */
/** A transport folder, as ExportLayer makes it, into a layer tar: the inverse of an import. */
#ifndef WCOW_LAYER_EXPORT_LAYER_EXPORT_H
#define WCOW_LAYER_EXPORT_LAYER_EXPORT_H

#include "base/sink.h"
#include "layer/store/layer.h"

/**
 * Writes what a scratch changes of its parents as a layer tar. The scratch must not be mounted; it
 * is activated and prepared once, since only then the service has written everything to its disk.
 * Without parents it is a base layer, which is read as it lies there.
 */
WCOW_CHECKED wcow_status layer_export(const layer_store *store, const char *path,
                                      const layer_chain *parents, const byte_sink *sink,
                                      wcow_error *err);

/** Writes a base layer's folder as a layer tar: Files, and the utility VM if there is one. */
WCOW_CHECKED wcow_status base_write_tar(files_port *files, const char *folder,
                                        const byte_sink *sink, wcow_error *err);

/** Writes the entries of a layer's utility VM: UtilityVM, UtilityVM/Files and what is below. */
WCOW_CHECKED wcow_status utility_vm_write(files_port *files, const char *folder,
                                          const byte_sink *sink, wcow_error *err);

/**
 * Has the service export what a scratch changes of its parents into an empty folder, in the
 * transport format. The scratch must not be mounted, and is not afterwards.
 */
WCOW_CHECKED wcow_status scratch_export(const layer_store *store, const char *path,
                                        const layer_chain *parents, const char *folder,
                                        wcow_error *err);

/** Writes a transport folder as a layer tar. */
WCOW_CHECKED wcow_status transport_write_tar(files_port *files, const char *folder,
                                             const byte_sink *sink, wcow_error *err);

#endif
