/* SPDX-License-Identifier: MIT */
/**
 * The writable layer of a container: a folder with sandbox.vhdx, made by the storage service.
 *
 * `path` is the scratch's folder, absolute; its parent folder must exist. The service derives ids
 * from a folder's last component (NameToGuid), so that component should be unique on the host.
 */
#ifndef WCOW_LAYER_STORE_SCRATCH_H
#define WCOW_LAYER_STORE_SCRATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "layer/store/layer.h"

/** What Docker's containers get: 127 GB, counted as it does. */
#define SCRATCH_SIZE (UINT64_C(127) << 30)

/**
 * Creates it (CreateSandboxLayer, and ExpandSandboxSize if `size` is not 0). Nothing is left on
 * failure.
 *
 * @param size  bytes the disk may grow to; 0: the service's own default
 */
WCOW_CHECKED wcow_status scratch_create(const layer_store *store, const char *path,
                                        const layer_chain *parents, uint64_t size, wcow_error *err);

/** Activate, Prepare, with the same retries: what is done to it before it is exported. */
WCOW_CHECKED wcow_status scratch_prepare(const layer_store *store, const char *path,
                                         const layer_chain *parents, wcow_error *err);

/**
 * Mounts it for process isolation: Activate, Prepare, GetLayerMountPath. Not-ready and
 * not-connected are retried, as the field does; on failure it is unmounted again.
 *
 * @param[out] volume  `\\?\Volume{…}\`, malloc'ed
 */
WCOW_CHECKED wcow_status scratch_mount(const layer_store *store, const char *path,
                                       const layer_chain *parents, char **volume, wcow_error *err);

/** The volume of one that somebody has mounted. */
WCOW_CHECKED wcow_status scratch_volume(const layer_store *store, const char *path, char **volume,
                                        wcow_error *err);

/** Whether it is active: only then it has a volume. What is not may have its own folder for a mount
 * path, as read-only layers do (hcsshim, getlayermountpath.go). */
bool scratch_is_mounted(const layer_store *store, const char *path);

/** Unprepare, Deactivate. Both are always tried; the first failure is reported. */
WCOW_CHECKED wcow_status scratch_unmount(const layer_store *store, const char *path,
                                         wcow_error *err);

/**
 * Releases a scratch that a crash may have left mounted in any state: Unprepare, Deactivate, detach
 * its disk, all of which may fail because there is nothing to do. Tells nothing: scratch_destroy()
 * and the next scratch_mount() find out.
 */
void scratch_release(const layer_store *store, const char *path);

/**
 * Destroys it: renames it to "<path>-removing" (which fails while it is mounted: then it is
 * released and the rename tried again), DestroyLayer. One that is not there is no failure; one that
 * an earlier call left as "<path>-removing" is finished.
 */
WCOW_CHECKED wcow_status scratch_destroy(const layer_store *store, const char *path,
                                         wcow_error *err);

/** The same under the name that it has: for one that a removal has renamed already. */
WCOW_CHECKED wcow_status scratch_destroy_in_place(const layer_store *store, const char *path,
                                                  wcow_error *err);

#endif
