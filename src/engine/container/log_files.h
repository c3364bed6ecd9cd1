/* SPDX-License-Identifier: MIT */
/**
 * The files of a container's log. What is written now is container.log; one that is full is put
 * aside as container.log.1, the next as .2, and so on: the number of a file never changes, so that
 * putting aside is one rename, which a crash does or does not, and a reader knows which comes next.
 * Compressed, .1 becomes .1.gz (log_pack.h): while both are there they say the same.
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

/** Compressed or not, each once. */
WCOW_CHECKED wcow_status log_numbers_read(wcow_host *host, const char *id, log_numbers *out,
                                          wcow_error *err);
/**
 * Of names of a container's folder those that are there as they were written, whether or not they
 * are there compressed, too. False: no memory.
 */
bool log_numbers_plain(const string_list *names, log_numbers *out);
/** The last of them; 0: there is none. */
uint64_t log_numbers_last(const log_numbers *numbers);
/** Path of one; 0: of what is written now. NULL: out of memory. */
char *log_path(const wcow_host *host, const char *id, uint64_t number);
/** Path of one when it is compressed. NULL: out of memory. */
char *log_path_packed(const wcow_host *host, const char *id, uint64_t number);
/** Whether a file of a container's folder is one that somebody was compressing. */
bool log_is_unfinished(const char *name);
/** Removes one, compressed or not. What cannot be removed now stays. */
void log_remove(wcow_host *host, const char *id, uint64_t number);

#endif
