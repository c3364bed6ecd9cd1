/* SPDX-License-Identifier: MIT */
/**
 * Windows layers: the storage ("graph driver") exports of vmcompute.dll, one function an export.
 * Paths are absolute layer folders, passed as layer id with DRIVER_INFO {1, L""} as hcsshim does
 * (hcsshim internal/wclayer). HRESULTs pass through untouched.
 */
#ifndef WCOW_PORT_STORAGE_H
#define WCOW_PORT_STORAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/guid.h"

typedef struct storage_port storage_port;

/** WC_LAYER_DESCRIPTOR of a parent. Lists go topmost parent first, base last. */
typedef struct layer_descriptor {
    guid id; /* NameToGuid of the folder's name */
    const char *path;
} layer_descriptor;

struct storage_port {
    int32_t (*name_to_guid)(storage_port *port, const char *name, guid *out);
    int32_t (*create_sandbox_layer)(storage_port *port, const char *path,
                                    const layer_descriptor *parents, size_t count);
    int32_t (*expand_sandbox_size)(storage_port *port, const char *path, uint64_t bytes);
    int32_t (*activate_layer)(storage_port *port, const char *path);
    int32_t (*deactivate_layer)(storage_port *port, const char *path);
    int32_t (*prepare_layer)(storage_port *port, const char *path, const layer_descriptor *parents,
                             size_t count);
    int32_t (*unprepare_layer)(storage_port *port, const char *path);
    /** The mount path (`\\?\Volume{…}\`), malloc'ed; the two-call pattern is the port's business.
     */
    int32_t (*get_layer_mount_path)(storage_port *port, const char *path, char **out);
    int32_t (*import_layer)(storage_port *port, const char *path, const char *folder,
                            const layer_descriptor *parents, size_t count);
    int32_t (*export_layer)(storage_port *port, const char *path, const char *folder,
                            const layer_descriptor *parents, size_t count);
    int32_t (*destroy_layer)(storage_port *port, const char *path);
    int32_t (*layer_exists)(storage_port *port, const char *path, bool *exists);
    int32_t (*process_base_image)(storage_port *port, const char *path);
    int32_t (*process_utility_image)(storage_port *port, const char *path);
    /** virtdisk: detaches a sandbox.vhdx that a crash left attached; not-attached is a failure. */
    int32_t (*detach_disk)(storage_port *port, const char *vhdx);
    void (*free)(storage_port *port);
};

/** Opens the platform's storage calls; HR_NOT_SUPPORTED on Linux. */
int32_t storage_port_open(storage_port **out);

#endif
