/* SPDX-License-Identifier: MIT */
/** A whole root file system, from wherever, as the tar of a base layer: what import takes. */
#ifndef WCOW_LAYER_IMPORT_ROOTFS_H
#define WCOW_LAYER_IMPORT_ROOTFS_H

#include "base/sink.h"
#include "base/source.h"
#include "layer/hives/hive.h"

/**
 * Reads a tar (plain, gzip or zstd) to its end and writes the uncompressed tar of a base layer. One
 * that is of a base layer already (its first entry is Files, Hives or UtilityVM) comes out byte for
 * byte; of any other, everything is put below Files, with the folders that it leaves out.
 *
 * Registry hives that it lacks are added at its end, empty, with the folders above them: the
 * service makes a base layer's registry of all five.
 *
 * Every entry is checked as an import would. What no base layer can hold, and what is of no
 * Windows, is refused (WCOW_CORRUPT, naming the entry, or WCOW_INVALID).
 *
 * @param hives  asked for an empty hive if one is missing, once
 */
WCOW_CHECKED wcow_status rootfs_to_layer(const byte_source *blob, const hive_maker *hives,
                                         const byte_sink *to, wcow_error *err);

#endif
