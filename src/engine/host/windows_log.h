/* SPDX-License-Identifier: MIT */
/**
 * Windows' event log, for wcow's own entries and for what the services wrote.
 *
 * wcow writes to the Application log (source `wcow`) what an administrator is to see without
 * asking: a container that could not be started, a monitor that died, a restart that was given up.
 * Not what containers do: that is in events.log (event_log.h). "event-log": false in the root's
 * daemon.json turns it off. Nothing is loaded or read before there is something to write.
 */
#ifndef WCOW_ENGINE_HOST_WINDOWS_LOG_H
#define WCOW_ENGINE_HOST_WINDOWS_LOG_H

#include "engine/host/host.h"
#include "port/event_viewer.h"

/** The ids of entries; each needs words in win32/wcow.rc.in. */
typedef enum windows_log_id {
    WINDOWS_LOG_START_FAILED = 1,
    WINDOWS_LOG_MONITOR_LOST = 2,
    WINDOWS_LOG_RESTART_FAILED = 3
} windows_log_id;

/** What stands behind it: port/event_viewer.h; unit tests have one of their own. */
typedef struct windows_log {
    int32_t (*read)(const char *channel, const char *query, event_viewer_fn *each, void *context);
    int32_t (*write)(uint32_t kind, uint32_t id, const char *words);
} windows_log;

extern windows_log windows_log_port;

/** Writes an entry about a container; cannot fail its caller. */
void windows_log_note(wcow_host *host, windows_log_id which, const char *container_id,
                      const char *words);

/**
 * Adds to a failure what the services wrote about a container since then, if the failure has no
 * events of its own: at most three entries, after a moment in which they may still be written.
 *
 * @param since  nanoseconds since 1970
 */
void windows_log_explain(const char *container_id, int64_t since, wcow_error *err);

/** An entry, as its XML tells it; strings are owned. Zero-initialise. */
typedef struct log_entry_facts {
    char *time; /* "2026-11-30T07:00:00.0000000Z" */
    char *provider;
    uint32_t level; /* 1: critical, 2: error, 3: warning, 4: information */
    uint32_t id;
    char *words; /* the message, else the data, on one line */
} log_entry_facts;

void log_entry_facts_free(log_entry_facts *f);
DEFINE_CLEANUP_VALUE(log_entry_facts, log_entry_facts, log_entry_facts_free)

/** False: no such XML, or no memory. */
bool log_entry_facts_read(const char *xml, const char *message, log_entry_facts *out);

/** The services' channels and wcow's own, NULL-terminated. */
extern const char *const windows_log_channels[];

/** The query of a channel for what was written since then; NULL: no memory. */
char *windows_log_query(const char *channel, int64_t since);

#endif
