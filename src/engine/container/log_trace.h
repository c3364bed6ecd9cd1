/* SPDX-License-Identifier: MIT */
/**
 * The log driver etwlogs: each line is an event of Event Tracing for Windows, of the provider that
 * dockerd is, and in its words (moby's daemon/logger/etwlogs), so that who listens to one hears the
 * other. Nothing is loaded where no container asks for it.
 */
#ifndef WCOW_ENGINE_CONTAINER_LOG_TRACE_H
#define WCOW_ENGINE_CONTAINER_LOG_TRACE_H

#include "engine/container/record.h"
#include "port/event_trace.h"

#define LOG_TRACE_PROVIDER "a3693192-9ed6-46d2-a981-f8226c8363bd"

/** What stands behind it: port/event_trace.h; unit tests have one of their own. */
typedef struct log_trace_calls {
    int32_t (*open)(const char *provider_guid, event_trace **out);
    int32_t (*write)(event_trace *trace, const char *words);
    void (*close)(event_trace *trace);
} log_trace_calls;

extern log_trace_calls log_trace_port;

/** "container_name: web, image_name: …, ": what stands before each line. NULL: no memory. */
char *log_trace_head(const record *r);
/**
 * Writes a line, without its end. An event is a text of UTF-16 that ends with a NUL: NULs within it
 * are left out (dockerd drops such a line), and what is no UTF-8 stands there as U+FFFD.
 */
int32_t log_trace_write(event_trace *trace, const char *head, bool is_error, const char *bytes,
                        size_t length);

#endif
