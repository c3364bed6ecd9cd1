/* SPDX-License-Identifier: MIT */
/**
 * A program that gets a process's output (`binary:`). We listen on three pipes and start it with
 * their names among its variables: CONTAINER_STDOUT, CONTAINER_STDERR, CONTAINER_WAIT, beside
 * CONTAINER_ID and CONTAINER_NAMESPACE. It says that it is ready by connecting to the last one and
 * closing that. At the end its streams end, and then it is to end, too.
 *
 * The pipes' names begin as hcsshim's do; what follows tells namespaces and processes apart, which
 * there collide. They lie where only administrators can make pipes, so nobody is there first.
 */
#ifndef WCOW_SHIM_STDIO_LOGGER_H
#define WCOW_SHIM_STDIO_LOGGER_H

#include "shim/stdio/log_uri.h"
#include "shim/stdio/outlet.h"
#include "shim/stdio/stdio.h"

typedef struct logger logger;

/**
 * Starts it, and waits until it is ready.
 *
 * @param[out] outlets  of output and errors; the caller's
 * @return WCOW_TIMEOUT if it is not ready in time (it is killed), WCOW_FAILED if it ends before
 * that
 */
WCOW_CHECKED wcow_status logger_start(const log_uri *uri, const stdio_names *names,
                                      const stdio_limits *limits, logger **out, outlet *outlets[2],
                                      wcow_error *err);
/** Its process's id, for whoever notes it. */
uint32_t logger_id(const logger *l);
/** Waits until it has ended, and kills it if that takes too long. Its outlets are closed. NULL is
 * fine.
 */
void logger_end(logger *l, uint32_t milliseconds);

#endif
