/* SPDX-License-Identifier: MIT */
/**
 * Ending a container at somebody's wish, with patience, with force, and never without end: a signal
 * or HcsShutdownComputeSystem, then HcsTerminateProcess, then HcsTerminateComputeSystem. Called by
 * any thread but the one that watches the run, which has to bring it to STAGE_ENDED.
 *
 * Failures tell which call of the service has failed or not returned; whose container it is, and
 * what to do, is for the caller to say.
 */
#ifndef WCOW_RUNTIME_STOPPING_H
#define WCOW_RUNTIME_STOPPING_H

#include "runtime/run.h"

/**
 * Returns when it is at rest, or when the service did not do what would end it.
 *
 * @param signal        to begin with, as signal_find() gives it; NULL: KILL, without any patience
 * @param milliseconds  to end by it
 */
WCOW_CHECKED wcow_status run_stop(run *r, const char *signal, uint64_t milliseconds,
                                  wcow_error *err);

/**
 * Sends a signal. One that is not delivered after a moment is delivered in its own time: nobody
 * waits for it.
 *
 * @param signal  as signal_find() gives it, not NULL
 * @return WCOW_STOPPED if it does not run
 */
WCOW_CHECKED wcow_status run_signal(run *r, const char *signal, wcow_error *err);

#endif
