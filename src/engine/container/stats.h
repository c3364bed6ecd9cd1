/* SPDX-License-Identifier: MIT */
/** One sample of what a running container takes of the host. */
#ifndef WCOW_ENGINE_CONTAINER_STATS_H
#define WCOW_ENGINE_CONTAINER_STATS_H

#include <wcow/stats.h>

#include "engine/container/container.h"

/**
 * Asks both services, and waits for them as long as they take.
 *
 * @return WCOW_CONFLICT if it does not run
 */
WCOW_CHECKED wcow_status stats_take(wcow_container *container, wcow_stats *out, wcow_error *err);

#endif
