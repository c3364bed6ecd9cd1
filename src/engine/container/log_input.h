/* SPDX-License-Identifier: MIT */
/** One file of a log, open for reading. Of one that is compressed comes out what went in. */
#ifndef WCOW_ENGINE_CONTAINER_LOG_INPUT_H
#define WCOW_ENGINE_CONTAINER_LOG_INPUT_H

#include "engine/host/host.h"

typedef struct log_input log_input;

/**
 * Opens one that was put aside, or what is written now (0). *out is NULL afterwards, without an
 * error, if it is not there, or no more.
 */
WCOW_CHECKED wcow_status log_input_open(wcow_host *host, const char *id, uint64_t number,
                                        log_input **out, wcow_error *err);
/** *got == 0 is the end of what is there now; of what is written now there may be more later. */
WCOW_CHECKED wcow_status log_input_read(log_input *input, void *buffer, size_t size, size_t *got,
                                        wcow_error *err);
/** Of one that is not compressed: back to its beginning. */
WCOW_CHECKED wcow_status log_input_rewind(log_input *input, wcow_error *err);
void log_input_free(log_input *input);

DEFINE_CLEANUP(log_input, log_input *, log_input_free)
#define cleanup_log_input CLEANUP(log_input)

#endif
