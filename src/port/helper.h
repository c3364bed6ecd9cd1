/* SPDX-License-Identifier: MIT */
/** Other programs that are asked one thing: Docker's credential helpers. Link-time. */
#ifndef WCOW_PORT_HELPER_H
#define WCOW_PORT_HELPER_H

#include <stddef.h>
#include <stdint.h>

/**
 * Runs a program found in PATH (on Windows: an .exe; never in the current folder), writes to its
 * standard input, reads its standard output; its standard error is ours.
 *
 * @param arguments    NULL-terminated, the program's name first
 * @param input        at most HELPER_INPUT_LIMIT bytes; a program that does not read it is no
 *                     failure
 * @param limit        most bytes of output; more is HR_FILE_TOO_LARGE, and ends the program
 * @param milliseconds how long it may take, else it is ended: HR_WAIT_TIMEOUT
 * @param[out] output  malloc'ed, NUL-terminated
 * @return HR_FILE_NOT_FOUND if there is no such program
 */
int32_t helper_run(const char *const *arguments, const void *input, size_t size, size_t limit,
                   uint32_t milliseconds, char **output, size_t *output_size, uint32_t *exit_code);

/** So much fits into the pipe at once, whether the program reads it or not. */
#define HELPER_INPUT_LIMIT ((size_t)32 << 10)

#endif
