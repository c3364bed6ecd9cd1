/* SPDX-License-Identifier: MIT */
/**
 * Windows' event log: what services wrote into its channels, and wcow's own entries. Link-time
 * (win32/event_viewer.c; on Linux, which has none, all is HR_NOT_SUPPORTED). Failures are HRESULTs.
 * Nothing of it is loaded before it is called.
 */
#ifndef WCOW_PORT_EVENT_VIEWER_H
#define WCOW_PORT_EVENT_VIEWER_H

#include <stdbool.h>
#include <stdint.h>

/**
 * One entry.
 *
 * @param xml      as EvtRender tells it (EvtRenderEventXml)
 * @param message  its text as Event Viewer shows it; NULL if its provider has none here
 * @return false: no further one is wanted
 */
typedef bool event_viewer_fn(void *context, const char *xml, const char *message);

/**
 * Entries of a channel ("Microsoft-Windows-Hyper-V-Compute-Admin"), the latest first.
 *
 * @param query  in XPath: "*", "*[System[…]]"
 * @return HR_FROM_WIN32(15007) where there is no such channel
 */
int32_t event_viewer_read(const char *channel, const char *query, event_viewer_fn *each,
                          void *context);

/** EVENTLOG_…_TYPE */
#define EVENT_VIEWER_ERROR   1u
#define EVENT_VIEWER_WARNING 2u

/**
 * Writes an entry of the source "wcow" to the Application log (ReportEvent). Before that it sees
 * that Windows finds the words for it in this executable, if this process may (in the registry:
 * EventMessageFile); where it may not, the entry is written all the same, and Event Viewer shows
 * `words` below a line that says that it has no text.
 *
 * @param id  1 and up, see wcow.rc.in
 */
int32_t event_viewer_write(uint32_t kind, uint32_t id, const char *words);

#endif
