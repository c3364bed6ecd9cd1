/* SPDX-License-Identifier: MIT */
/** Changing limits of a compute system that runs. */
#ifndef WCOW_HCS_LIVE_LIMITS_H
#define WCOW_HCS_LIVE_LIMITS_H

#include "base/json.h"
#include "hcs/system.h"

/** What one request changes. */
typedef enum live_limit {
    LIVE_MEMORY,      /* MiB */
    LIVE_CPU_COUNT,   /* processors */
    LIVE_CPU_MAXIMUM, /* hundredths of a percent */
    LIVE_CPU_WEIGHT   /* 1 to 10000 */
} live_limit;

/**
 * Changes one limit of a system with process isolation.
 *
 * @param build  of Windows
 * @return WCOW_UNSUPPORTED where this build is known not to take it; else what the service says
 */
WCOW_CHECKED wcow_status live_limit_change(compute_system *system, uint32_t build, live_limit which,
                                           uint64_t value, wcow_error *err);

/**
 * Changes what an OCI "windows.resources" asks for: memory, and one of count, maximum and shares of
 * processors. All is checked before anything is changed; limits of storage are passed over, since
 * there is no request for them.
 *
 * @param processors  of the host: more are cut to that; 0: not cut
 * @return WCOW_INVALID, WCOW_UNSUPPORTED: nothing was changed; else what the service says
 */
WCOW_CHECKED wcow_status live_limits_change(compute_system *system, uint32_t build,
                                            uint32_t processors, const cJSON *resources,
                                            wcow_error *err);

#endif
