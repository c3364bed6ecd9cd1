/* SPDX-License-Identifier: MIT */
/** Who listens at a monitor's pipe. All of this is the main thread's to call. */
#ifndef WCOW_MONITOR_ACCEPT_H
#define WCOW_MONITOR_ACCEPT_H

#include "monitor/monitor.h"

/** Starts a thread that accepts; false: there is no memory for one. */
bool accept_begin(monitor *m);
/** Joins it; who connects from now on waits until somebody accepts. */
void accept_end(monitor *m);
/** Accepts in the place of that thread, from a lull of the run on until it ends. */
void accept_while_it_runs(monitor *m);

#endif
