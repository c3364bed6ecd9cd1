/* SPDX-License-Identifier: MIT */
/** Where the time of an import goes. */
#ifndef TESTS_BENCH_STAGES_H
#define TESTS_BENCH_STAGES_H

#include <wcow/error.h>

#include "port/files.h"
#include "port/storage.h"

/** Seconds of a clock that never goes back. */
double stages_now(void);

/**
 * From now on, measures what those ports are asked for while a layer is written, in all threads.
 * Their tables are changed in place.
 */
void stages_watch(files_port *files, storage_port *storage);
/** Prints that as " name=seconds" pairs, and the number of files; begins anew. */
void stages_print_written(void);

/**
 * Does what comes before the writing on one thread, and prints the seconds of each stage alone
 * (usage_thread()): reading the blob, hashing it, decompressing, hashing the contents, parsing.
 */
WCOW_CHECKED wcow_status stages_print_alone(files_port *files, const char *blob, wcow_error *err);

#endif
