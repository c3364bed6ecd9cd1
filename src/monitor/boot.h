/* SPDX-License-Identifier: MIT */
/** What a monitor does that Windows has started with the host: nobody asks for the start. */
#ifndef WCOW_MONITOR_BOOT_H
#define WCOW_MONITOR_BOOT_H

#include "monitor/monitor.h"

/** Whether its container comes back: it was started once, and is not to stay as it is. */
bool boot_brings_back(const monitor *m);
/**
 * Waits until the services that a run needs answer, at most host_limits.boot; or until somebody
 * asks for the start, or for the end of this monitor.
 */
void boot_await_services(monitor *m);

#endif
