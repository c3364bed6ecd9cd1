/* SPDX-License-Identifier: MIT */
/**
 * Whose task it is: containers of a pod share one shim, which containerd's CRI plugin tells by
 * annotations of their specifications.
 */
#ifndef WCOW_SHIM_HOST_GROUPING_H
#define WCOW_SHIM_HOST_GROUPING_H

#include <wcow/error.h>

#include "base/json.h"

typedef enum shim_role {
    SHIM_ALONE,     /* of no pod: a shim of its own */
    SHIM_SANDBOX,   /* the pod's first: a shim that takes the others, too */
    SHIM_CONTAINER, /* of a pod, whose shim is there already */
} shim_role;

typedef struct shim_group {
    shim_role role;
    const char *sandbox; /* the pod's id: the specification's, or `id` */
} shim_group;

/**
 * @param specification  the bundle's config.json
 * @param id  the task's
 * @return WCOW_INVALID if the annotations contradict each other or the id; WCOW_UNSUPPORTED for
 *         HostProcess containers, with the way out
 */
WCOW_CHECKED wcow_status shim_group_read(const cJSON *specification, const char *id,
                                         shim_group *out, wcow_error *err);

#endif
