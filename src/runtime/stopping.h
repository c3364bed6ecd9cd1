/* SPDX-License-Identifier: MIT */
/** Ending a container at a peer's wish, with patience, with force, and never without end. */
#ifndef WCOW_RUNTIME_STOPPING_H
#define WCOW_RUNTIME_STOPPING_H

#include "monitor/monitor.h"

/**
 * CtrlShutdown, `seconds` of patience, HcsTerminateProcess, HcsTerminateComputeSystem. The peer
 * is told when the container is at rest, or what the service did not do. False: hang up.
 */
bool stop_gently(peer *p, const char *signal, int64_t seconds);

/** Sends a signal; for KILL waits until the container is at rest. */
bool stop_by_signal(peer *p, const char *signal);

#endif
