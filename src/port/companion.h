/* SPDX-License-Identifier: MIT */
/** Other programs that run beside us: loggers. Link-time (win32/companion.c,
 * tests/posix/companion.c). */
#ifndef WCOW_PORT_COMPANION_H
#define WCOW_PORT_COMPANION_H

#include <stdint.h>

#include "base/cleanup.h"

typedef struct companion companion;

/**
 * Starts a program by its absolute path, without a window, in the system's folder (on Linux: the
 * root), with no standard streams and no handle of ours.
 *
 * @param arguments  NULL-terminated, without the program's name
 * @param variables  NULL-terminated "NAME=value"; besides these its environment has what programs
 *                   need of the system's, and nothing else
 * @return HR_FILE_NOT_FOUND, or whatever the system says to it
 */
int32_t companion_start(const char *path, const char *const *arguments,
                        const char *const *variables, companion **out);
/** Waits for its end; HR_WAIT_TIMEOUT if it still runs. */
int32_t companion_wait(companion *c, uint32_t milliseconds, uint32_t *exit_code);
/** Ends it, if it still runs. */
void companion_kill(companion *c);
uint32_t companion_id(const companion *c);
/** Lets go of it; it runs on. NULL is fine. */
void companion_free(companion *c);

DEFINE_CLEANUP(companion, companion *, companion_free)
#define cleanup_companion CLEANUP(companion)

#endif
