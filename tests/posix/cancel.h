/* SPDX-License-Identifier: MIT */
/** A descriptor that says "stop" to whoever polls it, until it is lowered. */
#ifndef POSIX_CANCEL_H
#define POSIX_CANCEL_H

#include <stdint.h>

/** What cancel_wait() takes for "no limit". */
#define WAIT_FOREVER UINT32_MAX

/** An eventfd; negative on failure. */
int cancel_new(void);
void cancel_raise(int cancel);
void cancel_lower(int cancel);

/**
 * Waits until `descriptor` has `events` (of poll()), or an error or hang-up to report.
 * HR_OPERATION_ABORTED once cancelled, HR_WAIT_TIMEOUT when the time is over.
 */
int32_t cancel_wait(int cancel, int descriptor, short events, uint32_t milliseconds);

#endif
