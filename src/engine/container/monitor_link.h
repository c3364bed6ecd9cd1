/* SPDX-License-Identifier: MIT */
/** Reaching the monitor of a container: one that runs, or one that is started for it. */
#ifndef WCOW_ENGINE_CONTAINER_MONITOR_LINK_H
#define WCOW_ENGINE_CONTAINER_MONITOR_LINK_H

#include "engine/container/container.h"
#include "link/connection.h"

/** Connects to a running monitor; WCOW_NOT_FOUND if none listens within the time. */
WCOW_CHECKED wcow_status monitor_connect(const wcow_container *container, uint32_t milliseconds,
                                         connection *out, wcow_error *err);

/**
 * Starts the container's monitor and connects to it.
 *
 * @param[out] warning  that the job of this process holds the monitor, too, and may end it; or
 *                      WCOW_OK
 */
WCOW_CHECKED wcow_status monitor_start(wcow_container *container, connection *out,
                                       wcow_error *warning, wcow_error *err);

#endif
