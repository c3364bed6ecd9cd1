/* SPDX-License-Identifier: MIT */
/**
 * The files of a container's log. What is written now is container.log; one that is full is put
 * aside as container.log.1, the next as .2, and so on: the number of a file never changes, so that
 * putting aside is one rename, which a crash does or does not, and a reader knows which comes next.
 */
#ifndef WCOW_ENGINE_CONTAINER_LOG_FILES_H
#define WCOW_ENGINE_CONTAINER_LOG_FILES_H

#include "engine/host/host.h"

/** Numbers of those that were put aside, the oldest first. Zero is empty. */
typedef struct log_numbers {
    uint64_t *items;
    size_t count;
} log_numbers;

void log_numbers_free(log_numbers *numbers);
DEFINE_CLEANUP_VALUE(log_numbers, log_numbers, log_numbers_free)
#define cleanup_log_numbers CLEANUP(log_numbers)

WCOW_CHECKED wcow_status log_numbers_read(wcow_host *host, const char *id, log_numbers *out,
                                          wcow_error *err);
/** The last of them; 0: there is none. */
uint64_t log_numbers_last(const log_numbers *numbers);
/** Path of one; 0: of what is written now. NULL: out of memory. */
char *log_path(const wcow_host *host, const char *id, uint64_t number);

#endif
