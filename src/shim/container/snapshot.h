/* SPDX-License-Identifier: MIT */
/** A snapshot of containerd's: the folder of a scratch, and those of the layers it stands on. */
#ifndef WCOW_SHIM_CONTAINER_SNAPSHOT_H
#define WCOW_SHIM_CONTAINER_SNAPSHOT_H

#include "base/json.h"
#include "shim/wire/message.h"

typedef struct snapshot {
    char *folder;
    string_list parents; /* topmost first */
} snapshot;

void snapshot_free(snapshot *s);
DEFINE_CLEANUP_VALUE(snapshot, snapshot, snapshot_free)
#define cleanup_snapshot CLEANUP(snapshot)

/**
 * Of Create's mounts, or of windows.layerFolders.
 *
 * @return WCOW_UNSUPPORTED for one of another kind, WCOW_INVALID
 */
WCOW_CHECKED wcow_status snapshot_read(const cJSON *config, const wire_list *rootfs, snapshot *out,
                                       wcow_error *err);

#endif
