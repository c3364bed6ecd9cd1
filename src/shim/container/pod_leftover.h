/* SPDX-License-Identifier: MIT */
/**
 * What a whole pod whose server is gone has left on the host: leftover.h, of each of its bundles,
 * which lie beside each other. containerd writes the sandbox's id into those of its containers, in
 * a file `sandbox`.
 */
#ifndef WCOW_SHIM_CONTAINER_POD_LEFTOVER_H
#define WCOW_SHIM_CONTAINER_POD_LEFTOVER_H

#include "shim/container/container_backend.h"

/**
 * leftover_release() of a pod's sandbox, and before it of all its containers: for those of version
 * 3 containerd calls no `delete`, unless it was restarted since they were made.
 */
WCOW_CHECKED wcow_status leftover_release_pod(const container_host *host, const char *bundle,
                                              const char *id, uint32_t milliseconds, bool *kept,
                                              wcow_error *err);
/** container_keep() of all of them. */
WCOW_CHECKED wcow_status container_keep_pod(const container_host *host, const char *bundle,
                                            const char *id, const char *server, wcow_error *err);

#endif
