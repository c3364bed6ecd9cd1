/* SPDX-License-Identifier: MIT */
/** The utility VM of a diff layer: a whole one, cloned from the parent and changed. */
#ifndef WCOW_LAYER_IMPORT_UTILITY_VM_H
#define WCOW_LAYER_IMPORT_UTILITY_VM_H

#include "layer/import/tree_writer.h"
#include "port/files.h"

/**
 * Clones UtilityVM of the topmost parent that has one into the layer's folder: files as hard links,
 * folders, reparse points and the boot files (which processing changes) as copies.
 */
WCOW_CHECKED wcow_status utility_vm_clone(tree_writer *to, const layer_chain *parents,
                                          wcow_error *err);

/** Begins an entry of it, which replaces what the clone has there unless both are plain folders. */
WCOW_CHECKED wcow_status utility_vm_begin(tree_writer *w, const layer_entry *entry,
                                          layer_output *out, wcow_error *err);

/** Removes what a whiteout names; it must be there. */
WCOW_CHECKED wcow_status utility_vm_remove(tree_writer *w, const char *name, wcow_error *err);

#endif
