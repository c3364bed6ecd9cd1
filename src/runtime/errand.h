/* SPDX-License-Identifier: MIT */
/**
 * Calls to the service that may block for long: Server Core does not return from HcsSignalProcess
 * before the process has ended (hcsshim exec_hcs.go), and a stuck service returns from nothing.
 * Each gets a thread of its own, so that it is an error message and not a hang.
 *
 * A call that would do what one under way does is not made: whoever asks for it shares that one and
 * its result, so that impatience costs no threads. Signals are told apart by name, and some of one
 * name may be under way: a program hears Ctrl-C as often as it is typed.
 */
#ifndef WCOW_RUNTIME_ERRAND_H
#define WCOW_RUNTIME_ERRAND_H

#include "runtime/guard.h"

typedef enum errand_kind {
    ERRAND_SIGNAL,     /* HcsSignalProcess */
    ERRAND_KILL,       /* HcsTerminateProcess; its system, where that cannot be had */
    ERRAND_KILL_ALONE, /* HcsTerminateProcess, or nothing */
    ERRAND_SHUTDOWN,   /* HcsShutdownComputeSystem */
    ERRAND_TERMINATE   /* HcsTerminateComputeSystem */
} errand_kind;

#define ERRAND_MOST_SIGNALS 4u /* calls under way that are to deliver a signal of one name */

typedef struct errand errand;

/**
 * Starts a call on the guarded process, or its system, or shares the one that is under way.
 *
 * @param signal  for ERRAND_SIGNAL, as signal_find() gives it: it must last for ever
 * @return WCOW_STOPPED if it does not run
 */
WCOW_CHECKED wcow_status errand_start(guard *g, errand_kind kind, const char *signal, errand **out,
                                      wcow_error *err);
/** Whether it has returned, and how. The guard's lock is held. */
bool errand_done(const errand *e, wcow_status *status, wcow_error *err);
/** The name of the call. */
const char *errand_call(const errand *e);
/** Lets go of it; it may go on. The guard's lock is not held. NULL is fine. */
void errand_drop(errand *e);

/**
 * Starts a call that may take as long as the process lives, and waits a moment for its result. One
 * that has not returned by then goes on, and nobody waits for it: that is no failure.
 */
WCOW_CHECKED wcow_status errand_try(guard *g, errand_kind kind, const char *signal,
                                    uint32_t milliseconds, wcow_error *err);

#endif
