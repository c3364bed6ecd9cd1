/* SPDX-License-Identifier: MIT */
/**
 * A container's registry as whole hives: those of its base layer, with the changes that each layer
 * above and the scratch make to what is below them. Layers carry these as Hives/<name>_Delta.
 *
 * They are merged one after the other, as hcsshim makes each layer's own base hives when it imports
 * it into a CIM: that of the parent and the layer's delta, through ORMergeHives.
 */
#ifndef WCOW_LAYER_EXPORT_HIVE_STACK_H
#define WCOW_LAYER_EXPORT_HIVE_STACK_H

#include "base/source.h"
#include "layer/hives/hive.h"
#include "layer/store/working_folder.h"

/** A plain value, to be closed. */
typedef struct hive_stack {
    const layer_store *store;
    hives_port *hives;
    machine_version version;
    working_folder folder;
    file_tree *tree; /* that folder */
} hive_stack;

#define HIVE_STACK_INIT                                                                            \
    {                                                                                              \
        .store = NULL                                                                              \
    }

/**
 * Begins with the hives of a base layer, which are copied. Hives that it has not, or that are empty
 * files, are merged as hives with nothing in them.
 *
 * @param base  the base layer's folder
 */
WCOW_CHECKED wcow_status hive_stack_open(const layer_store *store, hives_port *hives,
                                         const machine_version *version, const char *base,
                                         hive_stack *out, wcow_error *err);

/**
 * Puts what a layer's tar (plain, gzip or zstd; read to its end) changes on top.
 *
 * @return WCOW_UNSUPPORTED where the library cannot merge
 */
WCOW_CHECKED wcow_status hive_stack_add_layer(hive_stack *stack, const byte_source *blob,
                                              wcow_error *err);

/** The same for a scratch, which must not be mounted; `parents` are the layers that it stands on.
 */
WCOW_CHECKED wcow_status hive_stack_add_scratch(hive_stack *stack, const char *scratch,
                                                const layer_chain *parents, wcow_error *err);

/** The folder where the hives are, by their names (SAM…): those that were changed. NULL: not open.
 */
const char *hive_stack_folder(const hive_stack *stack);

/** Removes them; nothing to do for one that was not opened. */
void hive_stack_close(hive_stack *stack);

#endif
