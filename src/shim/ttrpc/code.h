/* SPDX-License-Identifier: MIT */
/** The codes that ttrpc answers with: those of gRPC, of which clients know what happened. */
#ifndef WCOW_SHIM_TTRPC_CODE_H
#define WCOW_SHIM_TTRPC_CODE_H

#include <wcow/error.h>

typedef enum ttrpc_code {
    TTRPC_OK = 0,
    TTRPC_UNKNOWN = 2,
    TTRPC_INVALID_ARGUMENT = 3,
    TTRPC_NOT_FOUND = 5,
    TTRPC_ALREADY_EXISTS = 6,
    TTRPC_PERMISSION_DENIED = 7,
    TTRPC_RESOURCE_EXHAUSTED = 8,
    TTRPC_FAILED_PRECONDITION = 9,
    TTRPC_ABORTED = 10,
    TTRPC_UNIMPLEMENTED = 12,
    TTRPC_INTERNAL = 13,
    TTRPC_UNAVAILABLE = 14,
    TTRPC_DATA_LOSS = 15,
} ttrpc_code;

/**
 * The code of a failure. Never 1 or 4 (cancelled, deadline exceeded): clients take these for what
 * became of their own patience.
 */
ttrpc_code ttrpc_code_of(wcow_status status);
/** The kind of failure that a code is; WCOW_FAILED for one that says no more. */
wcow_status ttrpc_status_of(int32_t code);

#endif
