/* SPDX-License-Identifier: MIT */
/** Changing the limits and the restart policy of a container that is there. */
#ifndef WCOW_UPDATE_H
#define WCOW_UPDATE_H

#include <wcow/container.h>

#ifdef __cplusplus
extern "C" {
#endif

/** In a wcow_update: that limit stays as it is. */
#define WCOW_UNCHANGED UINT64_MAX

/** What to change. Initialise with WCOW_UPDATE_INIT; limits mean what they do in a
 * wcow_container_spec, and 0 takes one away. */
typedef struct wcow_update {
    size_t size;            /**< set by the initialiser; lets the struct grow, see host.h */
    uint64_t memory;        /**< bytes */
    uint64_t nano_cpus;     /**< billionths of a processor */
    uint64_t cpu_count;     /**< processors */
    uint64_t cpu_percent;   /**< 1 to 100, of all processors */
    uint64_t cpu_shares;    /**< 1 to 10000 */
    uint64_t io_bandwidth;  /**< of its system drive, bytes a second */
    uint64_t io_operations; /**< of its system drive, a second */
    const char *restart;    /**< as in a spec; NULL: it stays as it is */
} wcow_update;

#define WCOW_UPDATE_INIT                                                                           \
    {                                                                                              \
        sizeof(wcow_update), WCOW_UNCHANGED, WCOW_UNCHANGED, WCOW_UNCHANGED, WCOW_UNCHANGED,       \
            WCOW_UNCHANGED, WCOW_UNCHANGED, WCOW_UNCHANGED, NULL                                   \
    }

/**
 * Changes them for the next start, all or none, and in a container that runs those that the service
 * can change there. What it cannot is no failure: a warning tells of each
 * (wcow_container_warnings() of this object, until the next update).
 *
 * @return WCOW_INVALID if the limits, those that stay included, are out of range or contradict each
 *         other
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_update(wcow_container *container,
                                                        const wcow_update *update, wcow_error *err);

#ifdef __cplusplus
}
#endif

#endif
