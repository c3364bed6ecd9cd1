/* SPDX-License-Identifier: MIT */
/**
 * exec -d: a further process that nobody is attached to. As with dockerd, its pipes are there and
 * are read until its end: one without them, or whose pipes nobody reads any more, stands still or
 * fails at its first line. The command that asked for it is gone by then, so the monitor reads, and
 * throws away. The process's end closes the pipes; the container's end takes them away before that.
 */
#ifndef WCOW_MONITOR_BACKGROUND_H
#define WCOW_MONITOR_BACKGROUND_H

#include "monitor/monitor.h"

/** Runs a further process, of that id, and reads its output until its end. WCOW_CONFLICT if it runs
 * no more. */
WCOW_CHECKED wcow_status background_start(monitor *m, const char *document, const char *exec,
                                          bool tty, uint32_t *pid, wcow_error *err);
/** Their pipes are let go of. Lock held. */
void backgrounds_cancel(monitor *m);

#endif
