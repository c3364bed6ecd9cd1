/* SPDX-License-Identifier: MIT */
/**
 * Asking a container whether it is well: a thread that runs its health check's command in it, every
 * now and then, and writes down what comes of it: the results into health.json, the container's
 * state and streak into state.json where they change. A container without a check has no thread.
 *
 * The calls to the service of a probe may never return. Then the thread stays behind, and the
 * monitor with it, until this process ends.
 */
#ifndef WCOW_MONITOR_HEALTH_H
#define WCOW_MONITOR_HEALTH_H

#include "monitor/monitor.h"

/** Its process runs: begins, if there is a check. */
void health_begin(monitor *m);
/** Its process has ended, or is to: ends a probe that is under way. False: the thread stays. */
bool health_end(monitor *m);

#endif
