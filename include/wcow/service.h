/* SPDX-License-Identifier: MIT */
/** Windows services of containers: monitors that a sign-out does not end, and what comes back with
 * the host. */
#ifndef WCOW_SERVICE_H
#define WCOW_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One row of `wcow service ls`. Strings are never NULL, and owned by what was handed out. */
typedef struct wcow_service_info {
    const char *name;           /**< "wcow-0123456789ab" */
    const char *container;      /**< the whole id */
    const char *container_name; /**< "": another store's, or there is no such container any more */
    const char *root;           /**< of the store */
    const char *state;          /**< "stopped", "starting", "running", "stopping" */
    bool automatic;             /**< started with the host; else on demand */
    bool stray;                 /**< its container is gone: wcow system prune removes it */
    uint32_t pid;               /**< 0: it does not run */
} wcow_service_info;

/** Lists the services of containers, of all stores of this host. Free the array (one block) with
 * wcow_free(). */
WCOW_API WCOW_CHECKED wcow_status wcow_service_list(wcow_host *host, wcow_service_info **out,
                                                    size_t *count, wcow_error *err);

#ifdef __cplusplus
}
#endif

#endif
