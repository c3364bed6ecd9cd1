/* SPDX-License-Identifier: MIT */
/**
 * Making errors. All functions accept err == NULL and return the status, so that a failure is one
 * line: `return error_set(err, WCOW_INVALID, "no such isolation: '%s'", text);`.
 */
#ifndef WCOW_BASE_ERROR_H
#define WCOW_BASE_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#include <wcow/error.h>

#define HR_SUCCEEDED(hr) ((int32_t)(hr) >= 0)
#define HR_FAILED(hr)    ((int32_t)(hr) < 0)

/* Win32 code → HRESULT, as HRESULT_FROM_WIN32 makes it. */
#define HR_FROM_WIN32(code) ((int32_t)(0x80070000u | ((uint32_t)(code)&0xffffu)))

/* The codes that our logic decides by. Everything else is data in base/codes.c. */
#define HR_OK                   ((int32_t)0)
#define HR_FILE_NOT_FOUND       HR_FROM_WIN32(2)
#define HR_PATH_NOT_FOUND       HR_FROM_WIN32(3)
#define HR_ACCESS_DENIED        HR_FROM_WIN32(5)
#define HR_OUT_OF_MEMORY        HR_FROM_WIN32(14)
#define HR_NO_MORE_FILES        HR_FROM_WIN32(18)
#define HR_NOT_READY            HR_FROM_WIN32(21)
#define HR_SHARING_VIOLATION    HR_FROM_WIN32(32)
#define HR_LOCK_VIOLATION       HR_FROM_WIN32(33)
#define HR_NOT_SUPPORTED        HR_FROM_WIN32(50)
#define HR_FILE_EXISTS          HR_FROM_WIN32(80)
#define HR_INVALID_PARAMETER    HR_FROM_WIN32(87)
#define HR_INVALID_NAME         HR_FROM_WIN32(123)
#define HR_BROKEN_PIPE          HR_FROM_WIN32(109)
#define HR_DISK_FULL            HR_FROM_WIN32(112)
#define HR_MODULE_NOT_FOUND     HR_FROM_WIN32(126)
#define HR_PROC_NOT_FOUND       HR_FROM_WIN32(127)
#define HR_DIR_NOT_EMPTY        HR_FROM_WIN32(145)
#define HR_ALREADY_EXISTS       HR_FROM_WIN32(183)
#define HR_FILE_TOO_LARGE       HR_FROM_WIN32(223)
#define HR_PIPE_BUSY            HR_FROM_WIN32(231)
#define HR_WAIT_TIMEOUT         HR_FROM_WIN32(258)
#define HR_OPERATION_ABORTED    HR_FROM_WIN32(995)
#define HR_DEVICE_NOT_CONNECTED HR_FROM_WIN32(1167)
#define HR_NOT_FOUND            HR_FROM_WIN32(1168)
#define HR_REPARSE_POINT        HR_FROM_WIN32(4395)
#define HR_TIMEOUT              HR_FROM_WIN32(1460)

/** Sets the error: status and a message that names the thing. Clears hresult, events and hint. */
wcow_status error_set(wcow_error *err, wcow_status status, const char *format, ...)
    WCOW_PRINTF(3, 4);

/**
 * Puts "context: " before the message already there; the rest stays. Stores and returns `status`:
 * what is returned and what the error says are one.
 */
wcow_status error_wrap(wcow_error *err, wcow_status status, const char *format, ...)
    WCOW_PRINTF(3, 4);

/**
 * Puts "'name': " before it, unless it begins with "'known'": for who hands on what another says of
 * the same thing, sometimes with the name by which that one knows it.
 */
wcow_status error_name(wcow_error *err, wcow_status status, const char *known, const char *name);

/** Gives the error another kind and leaves its words: what the caller makes of the failure. */
wcow_status error_kind(wcow_error *err, wcow_status status);

/**
 * Sets the error from an HRESULT of a call to the outside: "CALL: what it means (0x8037010F)" with
 * status, meaning and hint from the table of codes. The caller wraps it with the thing's name.
 */
wcow_status error_hresult(wcow_error *err, int32_t hr, const char *call);

/** The same, returning WCOW_OK and leaving err alone when hr is a success. */
wcow_status error_check(wcow_error *err, int32_t hr, const char *call);

/**
 * Ends a function that tries several things, each with `problem` as its error: it is copied to err
 * on failure only, so that what an attempt said is not left there when a later one succeeded.
 * Returns `status`.
 */
wcow_status error_pass(wcow_error *err, wcow_status status, const wcow_error *problem);

/**
 * For what goes on over failures and reports the first: keeps `problem` in `first`, which begins as
 * WCOW_ERROR_INIT, if `status` is a failure and none was kept before. Returns what `first` says;
 * error_pass() ends it.
 */
wcow_status error_keep_first(wcow_error *first, wcow_status status, const wcow_error *problem);

/** Adds to the hint (a line of advice for the user). */
void error_hint(wcow_error *err, const char *format, ...) WCOW_PRINTF(2, 3);

wcow_status error_no_memory(wcow_error *err);

/**
 * Ignores what a call returns, where the compiler would warn: `ignore(store_remove(…));`. For what
 * is done on the way out of a failure that has been told already, and for attempts of which nothing
 * depends: whatever stays undone, somebody else does later or nobody misses. A line that neither
 * holds for must return the failure. One that is never checked anyway needs no more than (void).
 */
static inline void ignore(int64_t result)
{
    (void)result;
}

/** The status an HRESULT maps to by the table; WCOW_FAILED for one that it does not hold. */
wcow_status status_from_hresult(int32_t hr);

/**
 * One number for one meaning: 0x803701xx becomes 0xC03701xx (but 0x80370117 becomes the pending
 * code 0xC0370103), any severity or customer bit of FACILITY_WIN32 becomes 0x8007xxxx. Others
 * unchanged. Source: hcsshim internal/hcs/errors.go, internal/interop/interop.go.
 */
int32_t hresult_normalise(int32_t hr);

#endif
