/* SPDX-License-Identifier: MIT */
/** The object behind wcow_container: a host, an id, a name. All else is read anew from the store.
 */
#ifndef WCOW_CONTAINER_CONTAINER_H
#define WCOW_CONTAINER_CONTAINER_H

#include <wcow/container.h>

#include "base/cleanup.h"

struct wcow_container {
    wcow_host *host;
    char *id;
    char *name;
};

/** Copies both texts; NULL when out of memory. */
wcow_container *container_new(wcow_host *host, const char *id, const char *name);

DEFINE_CLEANUP(container, wcow_container *, wcow_container_free)
#define cleanup_container CLEANUP(container)

#endif
