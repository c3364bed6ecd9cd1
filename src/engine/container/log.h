/* SPDX-License-Identifier: MIT */
/**
 * A container's log: one JSON object a line, as Docker's json-file driver writes it
 * ({"log":"text\n","stream":"stdout","time":"…"}), so that log shippers understand it.
 */
#ifndef WCOW_ENGINE_CONTAINER_LOG_H
#define WCOW_ENGINE_CONTAINER_LOG_H

#include <wcow/container.h>

#include "base/cleanup.h"
#include "engine/container/log_config.h"
#include "engine/host/host.h"

/** Lines longer than this are written in pieces, as Docker does; all but the last without a "\n".
 */
#define LOG_LINE_LIMIT ((size_t)16 * 1024)

typedef struct log_writer log_writer;

/**
 * Opens the log for appending.
 *
 * @param config  what its driver does; NULL: all is kept, in one file
 */
WCOW_CHECKED wcow_status log_open(wcow_host *host, const char *id, const log_config *config,
                                  log_writer **out, wcow_error *err);
/**
 * Adds output; written as lines are complete. From several threads at once. The first failure is
 * kept (a full disk must not stop the container) and told by log_failure().
 */
void log_write(log_writer *log, bool is_error, const void *bytes, size_t length);
/** Writes what is left of unfinished lines. */
void log_flush(log_writer *log);
/** The HRESULT of the first failed write; 0 if there was none. */
int32_t log_failure(log_writer *log);
void log_close(log_writer *log);

DEFINE_CLEANUP(log_writer, log_writer *, log_close)
#define cleanup_log CLEANUP(log_writer)

#endif
