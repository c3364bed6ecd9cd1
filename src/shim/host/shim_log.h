/* SPDX-License-Identifier: MIT */
/**
 * The shim's log: lines that containerd reads from a pipe and adds to its own log.
 *
 * containerd dials a pipe for *each* task whose shim it has called `start` for, waits for that dial
 * when the task's connection closes, and gives it up after 5 s: an end within these would be seen
 * late. So every task has a pipe, which listens before `start` answers; lines go to the shim's own.
 *
 * Nobody may be reading, and containerd may be dead. What does not fit into a short queue is
 * dropped and counted; a connection takes the place of the one before it.
 */
#ifndef WCOW_SHIM_HOST_SHIM_LOG_H
#define WCOW_SHIM_HOST_SHIM_LOG_H

#include "base/cleanup.h"
#include "shim/host/log_level.h"

#include <wcow/error.h>

typedef struct shim_log shim_log;

/** Bytes of lines that wait for whoever reads. */
#define SHIM_LOG_MOST ((size_t)64 * 1024)

/**
 * @param id  the shim's own, whose pipe listens when this returns
 * @param level  the lowest that is told
 */
WCOW_CHECKED wcow_status shim_log_new(const char *space, const char *id, shim_level level,
                                      shim_log **out, wcow_error *err);
/** Ends all of its threads; gives lines that wait so long to be read. */
void shim_log_free(shim_log *log, uint32_t milliseconds);

/** Listens for one more task; of one that has a pipe already, that is all. */
WCOW_CHECKED wcow_status shim_log_open(shim_log *log, const char *id, wcow_error *err);
/**
 * Takes whoever has dialled other pipes than the shim's own, which makes room for the next one: for
 * when somebody has come, as containerd does after its restart. Never waits. Not while a pipe is
 * being closed.
 */
void shim_log_look(shim_log *log);
/** The task is no more; of the shim's own id: nothing. */
void shim_log_close(shim_log *log, const char *id);

/** Adds a line. Never waits. */
void shim_log_line(shim_log *log, shim_level level, const char *format, ...) WCOW_PRINTF(3, 4);

#endif
