/* SPDX-License-Identifier: MIT */
/**
 * One line of a container's log, read back. A reader of its own: what programs write may hold NUL
 * (UTF-16 is half of it), which a JSON tree of C strings cannot keep.
 */
#ifndef WCOW_ENGINE_CONTAINER_LOG_ENTRY_H
#define WCOW_ENGINE_CONTAINER_LOG_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/text.h"

typedef struct log_entry {
    text log; /* with its length: NUL bytes count */
    bool is_error;
    int64_t when; /* nanoseconds since 1970 */
    text details; /* of its driver's options: "a=b,c=d", as a URL has them; "": none */
} log_entry;

#define LOG_ENTRY_INIT                                                                             \
    {                                                                                              \
        TEXT_INIT, false, 0, TEXT_INIT                                                             \
    }

/**
 * Reads {"log":"…","stream":"…","attrs":{…},"time":"…"}; other members are passed over. False if it
 * is none (a crash tore it apart) or memory is short (out->log.failed).
 */
bool log_entry_read(const char *line, size_t length, log_entry *out);
void log_entry_free(log_entry *entry);

DEFINE_CLEANUP_VALUE(log_entry, log_entry, log_entry_free)
#define cleanup_log_entry CLEANUP(log_entry)

#endif
