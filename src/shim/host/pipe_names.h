/* SPDX-License-Identifier: MIT */
/** The names that containerd knows the shim's pipes by. */
#ifndef WCOW_SHIM_HOST_PIPE_NAMES_H
#define WCOW_SHIM_HOST_PIPE_NAMES_H

/**
 * Where a shim is served: only administrators can make a pipe below this prefix, so that nobody
 * else can sit on the name. Fresh memory; NULL: out of memory.
 */
char *shim_task_pipe(const char *space, const char *id);
/** Where containerd reads the log of the shim of a task; it decides the name. */
char *shim_log_pipe(const char *space, const char *id);

#endif
