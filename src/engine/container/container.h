/* SPDX-License-Identifier: MIT */
/** The object behind wcow_container: a host, an id, a name. All else is read anew from the store.
 */
#ifndef WCOW_ENGINE_CONTAINER_CONTAINER_H
#define WCOW_ENGINE_CONTAINER_CONTAINER_H

#include <wcow/container.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/strings.h"
#include "port/machine.h"

struct wcow_container {
    wcow_host *host;
    char *id;
    char *name;
    machine_child
        *ahead;          /* its monitor's process, started while it was made (see monitor_link.h) */
    bool is_ahead;       /* there is one; in unit tests it has no process */
    char *ahead_service; /* its service's name; it has no child then */
    wcow_error ahead_warning; /* why it is none */
    string_list warnings;     /* of its creation, of an update, of a stop */
    const uint32_t *ended; /* its monitor's own: the exit code, which could not be recorded; NULL:
                              what is not recorded nobody knows */
};

/** Copies both texts; NULL when out of memory. */
wcow_container *container_new(wcow_host *host, const char *id, const char *name);

/** Ends it as its monitor's service ends: not for good, and until that is started again. */
void container_dismiss(wcow_container *container);
/** What runs in it, as the service tells: {"ProcessList":[…]}. */
WCOW_CHECKED wcow_status container_process_list(wcow_container *container, cJSON **out,
                                                wcow_error *err);

DEFINE_CLEANUP(container, wcow_container *, wcow_container_free)
#define cleanup_container CLEANUP(container)

#endif
