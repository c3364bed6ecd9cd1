/* SPDX-License-Identifier: MIT */
/** What is mounted into a container at the end: of -v, --mount, --volumes-from and the image. */
#ifndef WCOW_ENGINE_CONTAINER_MOUNT_POINTS_H
#define WCOW_ENGINE_CONTAINER_MOUNT_POINTS_H

#include "engine/container/mount_spec.h"
#include "engine/host/host.h"

/**
 * Puts together what is asked for, names volumes that have no name, and says where each is on the
 * host. Nothing is made, and nothing looked at but other containers.
 *
 * As dockerd does: two of the user's for one destination are refused; one of the user's takes the
 * place of another container's, and both that of a VOLUME. Those that are nearer to the root come
 * first, so that what is mounted into another mount is seen.
 *
 * @param given   of the user; what becomes part of `out` is taken out of it
 * @param image   paths of the image's VOLUME
 */
WCOW_CHECKED wcow_status mount_points_settle(wcow_host *host, const wcow_container_spec *spec,
                                             mount_list *given, const string_list *image,
                                             mount_list *out, wcow_error *err);

#endif
