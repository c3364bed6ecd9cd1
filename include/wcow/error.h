/* SPDX-License-Identifier: MIT */
/**
 * Status codes and errors.
 *
 * Every function that can fail returns a wcow_status and takes a wcow_error last. The error is a
 * plain value on the caller's stack: nothing to free, no thread-local state. Functions write it
 * only on failure, and accept NULL where the caller does not care.
 */
#ifndef WCOW_ERROR_H
#define WCOW_ERROR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** WCOW_CHECKED: whoever ignores the result is warned. WCOW_PRINTF: the arguments must fit the
 * text. */
#if defined(__GNUC__)
#define WCOW_CHECKED __attribute__((warn_unused_result))
#if defined(__clang__)
#define WCOW_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else /* on Windows, gcc's "printf" means the old one of msvcrt */
#define WCOW_PRINTF(text, first) __attribute__((format(gnu_printf, text, first)))
#endif
#else
#define WCOW_CHECKED
#define WCOW_PRINTF(text, first)
#endif

/** Marks the functions of the library, which are all that wcow.dll exports. */
#define WCOW_API

/** What went wrong, in kind. The number is part of the promise: new ones are added at the end. */
typedef enum wcow_status {
    WCOW_OK = 0,                 /**< it is done */
    WCOW_FAILED = 1,             /**< anything without a kind of its own; see the HRESULT */
    WCOW_INVALID = 2,            /**< the caller's input is malformed */
    WCOW_NOT_FOUND = 3,          /**< no such container, image, process… */
    WCOW_ALREADY_EXISTS = 4,     /**< the id or name is taken */
    WCOW_CONFLICT = 5,           /**< not possible in its present state */
    WCOW_DENIED = 6,             /**< the caller lacks the right (not elevated, read-only store) */
    WCOW_UNAVAILABLE = 7,        /**< no Host Compute Service here, or it went away */
    WCOW_TIMEOUT = 8,            /**< the service or a peer did not answer in time */
    WCOW_NO_MEMORY = 9,          /**< out of memory */
    WCOW_UNSUPPORTED = 10,       /**< this Windows build or isolation cannot do it */
    WCOW_CORRUPT = 11,           /**< an archive, manifest, layer or state file is damaged */
    WCOW_COMMAND_NOT_FOUND = 12, /**< the container's command does not exist (exit code 127) */
    WCOW_COMMAND_NOT_RUNNABLE = 13, /**< it exists and cannot be run (exit code 126) */
    WCOW_STOPPED = 14,              /**< the container or process ended meanwhile */
    WCOW_CANCELLED = 15,            /**< the caller's own wish (Ctrl-C, a callback said stop) */
    WCOW_EXIT_UNKNOWN = 16          /**< it ended, and its exit code could not be learnt */
} wcow_status;

/** One failure, complete: what happened to what, the code, the service's words, what to do. */
typedef struct wcow_error {
    wcow_status status; /**< what the function that failed has returned */
    int32_t hresult;    /**< the HRESULT as the service gave it, 0 if none was involved */
    char message[1024]; /**< one line that names the thing, the call and the code */
    char events[1024];  /**< the service's own ErrorEvents, one a line; empty if it gave none */
    char hint[512];     /**< what it means and what to do; empty if not known */
} wcow_error;

#define WCOW_ERROR_INIT                                                                            \
    {                                                                                              \
        WCOW_OK, 0, {0}, {0},                                                                      \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

/** The name of a status ("not found"), for programs that print it. Never NULL. */
WCOW_API const char *wcow_status_name(wcow_status status);

#ifdef __cplusplus
}
#endif

#endif
