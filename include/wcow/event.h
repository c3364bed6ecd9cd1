/* SPDX-License-Identifier: MIT */
/** What happens on a host: containers, images, networks and volumes come and go. */
#ifndef WCOW_EVENT_H
#define WCOW_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Which events. Initialise with WCOW_EVENT_OPTIONS_INIT. */
typedef struct wcow_event_options {
    size_t size;   /**< set by the initialiser; lets the struct grow, see host.h */
    int64_t since; /**< nanoseconds since 1970; 0: those from now on, with `until` all before it */
    int64_t until; /**< nanoseconds since 1970: the call ends then; 0: never */
} wcow_event_options;

#define WCOW_EVENT_OPTIONS_INIT                                                                    \
    {                                                                                              \
        sizeof(wcow_event_options), 0, 0                                                           \
    }

/**
 * An event, as Docker's API has it: {"Type":"container","Action":"start","Actor":{"ID":"…",
 * "Attributes":{…}},"scope":"local","time":…,"timeNano":…}, for containers and images with
 * "status", "id" and "from", too. NULL: there are none for now, and the call waits for more: a time
 * to flush what was printed. Returning false ends the call (WCOW_OK).
 */
typedef bool wcow_event_fn(void *context, const char *json);

/**
 * Hands out events in the order in which they were written down, and waits for more until
 * options->until. No process has to run for that: whoever does something notes it in the store.
 *
 * @param options  NULL: the defaults
 */
WCOW_API WCOW_CHECKED wcow_status wcow_host_events(wcow_host *host,
                                                   const wcow_event_options *options,
                                                   wcow_event_fn *each, void *context,
                                                   wcow_error *err);

#ifdef __cplusplus
}
#endif

#endif
