/* SPDX-License-Identifier: MIT */
/**
 * Event Tracing for Windows, for one that writes events of a text: EventRegister, EventWriteString,
 * EventUnregister (win32/event_trace.c; on Linux, which has none, opening is HR_NOT_SUPPORTED).
 * Failures are HRESULTs.
 */
#ifndef WCOW_PORT_EVENT_TRACE_H
#define WCOW_PORT_EVENT_TRACE_H

#include <stdint.h>

typedef struct event_trace event_trace;

/** Registers as a provider. Who asks for its events is told them (`logman start -p {…}`). */
int32_t event_trace_open(const char *provider_guid, event_trace **out);
/**
 * An event of level 0 and no keyword. Where nobody listens it goes nowhere, which is success; one
 * that is larger than a session's buffers is lost, which is a failure.
 */
int32_t event_trace_write(event_trace *trace, const char *words);
/** NULL does nothing. */
void event_trace_close(event_trace *trace);

#endif
