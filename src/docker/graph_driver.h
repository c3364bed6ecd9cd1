/* SPDX-License-Identifier: MIT */
/** Where the layers of a container or an image are, as Docker shows it. */
#ifndef WCOW_DOCKER_GRAPH_DRIVER_H
#define WCOW_DOCKER_GRAPH_DRIVER_H

#include "base/fields.h"

/** What Docker calls the layers that Windows itself manages. */
#define GRAPH_DRIVER "windowsfilter"

/** Members of "GraphDriver", of one fact: the folder (const char *), NULL if there is none. */
extern const field graph_driver_fields[];

#endif
