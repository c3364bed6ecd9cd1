/* SPDX-License-Identifier: MIT */
/**
 * The storage port as a list, of which its fakes are made: what each function is called on the
 * other side, and which parameters it has. A function that the list lacks does not compile.
 */
#ifndef TESTS_SUPPORT_STORAGE_CALLS_H
#define TESTS_SUPPORT_STORAGE_CALLS_H

#include <stddef.h>

#include "port/storage.h"

/* X(member, export): of a layer, by its path alone. */
#define STORAGE_LAYER_CALLS(X)                                                                     \
    X(activate_layer, "ActivateLayer")                                                             \
    X(deactivate_layer, "DeactivateLayer")                                                         \
    X(unprepare_layer, "UnprepareLayer")                                                           \
    X(destroy_layer, "DestroyLayer")

/* The same, and its parents. */
#define STORAGE_PARENT_CALLS(X)                                                                    \
    X(create_sandbox_layer, "CreateSandboxLayer")                                                  \
    X(prepare_layer, "PrepareLayer")

/* The same, and a folder in the transport format. */
#define STORAGE_FOLDER_CALLS(X)                                                                    \
    X(import_layer, "ImportLayer")                                                                 \
    X(export_layer, "ExportLayer")

/* Of what lies at a path, which is no layer (yet). */
#define STORAGE_PATH_CALLS(X)                                                                      \
    X(process_base_image, "ProcessBaseImage")                                                      \
    X(process_utility_image, "ProcessUtilityImage")                                                \
    X(detach_disk, "DetachVirtualDisk")

/* Each with parameters of its own. */
#define STORAGE_OTHER_CALLS(X)                                                                     \
    X(name_to_guid, "NameToGuid")                                                                  \
    X(expand_sandbox_size, "ExpandSandboxSize")                                                    \
    X(get_layer_mount_path, "GetLayerMountPath")                                                   \
    X(layer_exists, "LayerExists")

/* All of them, but for `free`. */
#define STORAGE_CALLS(X)                                                                           \
    STORAGE_LAYER_CALLS(X)                                                                         \
    STORAGE_PARENT_CALLS(X)                                                                        \
    STORAGE_FOLDER_CALLS(X)                                                                        \
    STORAGE_PATH_CALLS(X)                                                                          \
    STORAGE_OTHER_CALLS(X)

#define STORAGE_COUNT(member, call) +1
_Static_assert(sizeof(storage_port) ==
                   (1 STORAGE_CALLS(STORAGE_COUNT)) * sizeof(((storage_port *)NULL)->free),
               "a function of the port is not in the list");

/** Members of a table whose functions are called as the port's: {STORAGE_CALLS(STORAGE_MEMBER)}. */
#define STORAGE_MEMBER(member, call) .member = member,

#endif
