/* SPDX-License-Identifier: MIT */
/**
 * What the Host Compute Service answers: HRESULTs, and the ResultError document that comes with
 * them.
 */
#ifndef WCOW_HCS_RESULT_H
#define WCOW_HCS_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include <wcow/error.h>

/**
 * Turns the outcome of a call into a status. WCOW_OK for a success, whatever `result` says; else
 * the error is set from the table of codes and the service's own ErrorEvents go to err->events.
 *
 * @param result  the ResultError text, or NULL; still the caller's
 * @param call    name of the export, "HcsCreateComputeSystem"
 */
WCOW_CHECKED wcow_status hcs_check(int32_t hr, const char *result, const char *call,
                                   wcow_error *err);

/* Kinds of failure, as hcsshim sorts them (internal/hcs/errors.go). All accept any numbering. */
bool hcs_is_pending(int32_t hr);         /* it goes on; a notification will tell how it ended */
bool hcs_is_not_found(int32_t hr);       /* no such system, process or endpoint */
bool hcs_is_already_stopped(int32_t hr); /* the system or process has ended */
bool hcs_is_not_supported(int32_t hr);   /* this build, or the guest, does not know the request */
bool hcs_is_invalid_state(int32_t hr);   /* not now */

#endif
