/* SPDX-License-Identifier: MIT */
/** Reaching the monitor of a container: one that runs, or one that is started for it. */
#ifndef WCOW_ENGINE_CONTAINER_MONITOR_LINK_H
#define WCOW_ENGINE_CONTAINER_MONITOR_LINK_H

#include "engine/container/container.h"
#include "engine/container/record.h"
#include "link/connection.h"

/** Connects to a running monitor; WCOW_NOT_FOUND if none listens within the time. */
WCOW_CHECKED wcow_status monitor_connect(const wcow_container *container, uint32_t milliseconds,
                                         connection *out, wcow_error *err);

/**
 * Connects to the monitor of a container that was found running. One that ends meanwhile takes its
 * pipe away before anybody can know why: so its state is looked at between the attempts.
 *
 * @param[out] over  it runs no more, and `out` is not open: its state tells how it ended
 */
WCOW_CHECKED wcow_status monitor_reach(wcow_container *container, connection *out, bool *over,
                                       wcow_error *err);

/** Sends a monitor away that was never asked for the start, and waits for nothing. */
void monitor_send_away(const wcow_container *container);

/**
 * Starts the process of the monitor of a container that is still being made, and about to be
 * started: it waits for the owner's lock, and then for who asks. It takes as long to come as a
 * container to be made. If it cannot be started, or dies, monitor_start() starts another.
 */
void monitor_start_ahead(wcow_container *container, const record *r);

/**
 * Starts the container's monitor, unless that was done ahead, and connects to it: as a service
 * (container_service.h) where this process's session or job could end it, and of what comes back
 * with the host; else as a child. WCOW_MONITOR ("service", "direct") says which, for tests.
 *
 * @param[out] warning  that the session or the job of this process may end the monitor, too; or
 *                      WCOW_OK
 */
WCOW_CHECKED wcow_status monitor_start(wcow_container *container, connection *out,
                                       wcow_error *warning, wcow_error *err);

#endif
