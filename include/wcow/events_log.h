/* SPDX-License-Identifier: MIT */
/** What Windows' event log holds of the container services and of wcow. */
#ifndef WCOW_EVENTS_LOG_H
#define WCOW_EVENTS_LOG_H

#include <stddef.h>
#include <stdint.h>

#include <wcow/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Which entries. Initialise with WCOW_EVENTS_LOG_OPTIONS_INIT; strings are borrowed. */
typedef struct wcow_events_log_options {
    size_t size;
    const char *container; /**< only entries about it: its name, or at least 12 digits of the id
                                that one that is gone had; NULL: all */
    int64_t since;         /**< nanoseconds since 1970; 0: the last day */
    uint32_t limit;        /**< the last so many, 2000 at most; 0: 50 */
} wcow_events_log_options;

#define WCOW_EVENTS_LOG_OPTIONS_INIT                                                               \
    {                                                                                              \
        sizeof(wcow_events_log_options), NULL, 0, 0                                                \
    }

/**
 * Reads Hyper-V-Compute's channels (Admin, Operational) and wcow's entries in the Application log.
 * Of each channel no more than its last 2,000 entries are looked at.
 *
 * @param options    NULL: the defaults
 * @param[out] json  an array of objects, the oldest first: Time, Level, Source, ID, Channel,
 * Message; owned by the caller, wcow_free()
 * @return WCOW_NOT_FOUND if there is no such container and it is no id, WCOW_UNSUPPORTED where
 * there is no event log
 */
WCOW_API WCOW_CHECKED wcow_status wcow_host_events_log(wcow_host *host,
                                                       const wcow_events_log_options *options,
                                                       char **json, wcow_error *err);

#ifdef __cplusplus
}
#endif

#endif
