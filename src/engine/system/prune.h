/* SPDX-License-Identifier: MIT */
/** The part of a prune that takes nothing away that anybody made. */
#ifndef WCOW_ENGINE_SYSTEM_PRUNE_H
#define WCOW_ENGINE_SYSTEM_PRUNE_H

#include "engine/host/host.h"

/**
 * Brings containers whose owner died to rest, gives back what resting ones still have of the host
 * (systems, endpoints, mounted disks), and removes folders that never became containers. Containers
 * and images stay. Goes on over failures and reports the first.
 */
WCOW_CHECKED wcow_status leftovers_release(wcow_host *host, wcow_error *err);

#endif
