/* SPDX-License-Identifier: MIT */
#include "shim/ttrpc/code.h"

#include <stddef.h>

/* Of several with one code, the first is what the code is read as. */
static const struct pair {
    wcow_status status;
    ttrpc_code code;
} pairs[] = {
    {WCOW_OK, TTRPC_OK},
    {WCOW_FAILED, TTRPC_UNKNOWN},
    {WCOW_INVALID, TTRPC_INVALID_ARGUMENT},
    {WCOW_NOT_FOUND, TTRPC_NOT_FOUND},
    {WCOW_STOPPED, TTRPC_NOT_FOUND}, /* callers then wait for its end */
    {WCOW_ALREADY_EXISTS, TTRPC_ALREADY_EXISTS},
    {WCOW_DENIED, TTRPC_PERMISSION_DENIED},
    {WCOW_NO_MEMORY, TTRPC_RESOURCE_EXHAUSTED},
    {WCOW_CONFLICT, TTRPC_FAILED_PRECONDITION},
    {WCOW_CANCELLED, TTRPC_ABORTED},
    {WCOW_UNSUPPORTED, TTRPC_UNIMPLEMENTED},
    {WCOW_EXIT_UNKNOWN, TTRPC_INTERNAL},
    {WCOW_UNAVAILABLE, TTRPC_UNAVAILABLE},
    {WCOW_TIMEOUT, TTRPC_UNAVAILABLE},
    {WCOW_CORRUPT, TTRPC_DATA_LOSS},
};

ttrpc_code ttrpc_code_of(wcow_status status)
{
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (pairs[i].status == status)
            return pairs[i].code;
    }
    return TTRPC_UNKNOWN;
}

wcow_status ttrpc_status_of(int32_t code)
{
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if ((int32_t)pairs[i].code == code)
            return pairs[i].status;
    }
    return WCOW_FAILED;
}
