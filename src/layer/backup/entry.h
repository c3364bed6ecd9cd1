/* SPDX-License-Identifier: MIT */
/** What a tar entry says about a Windows file: attributes and the four times. */
#ifndef WCOW_LAYER_BACKUP_ENTRY_H
#define WCOW_LAYER_BACKUP_ENTRY_H

#include <wcow/error.h>

#include "layer/tar/tar.h"
#include "port/files.h"

/**
 * Attributes (MSWINDOWS.fileattr, else what the type implies) and times as FILETIMEs.
 *
 * A time that the entry does not give becomes 48491090211286549, as every importer in the field
 * makes it: the year 1 in nanoseconds, wrapped around 64 bits, as are all times that do not fit.
 * Layers must compare equal, so we do the same.
 */
WCOW_CHECKED wcow_status entry_basic_info(const tar_entry *entry, basic_info *out, wcow_error *err);

/** A reparse point: a symbolic link of either kind, or a junction. */
bool entry_is_reparse(const tar_entry *entry);
/** Whether it is one that is a junction. */
bool entry_is_junction(const tar_entry *entry);

#endif
