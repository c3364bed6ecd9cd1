/* SPDX-License-Identifier: MIT */
/**
 * The exports of a DLL, made of its list in engine/calls.h: the file that includes this names the
 * list as EXPORTED_CALLS. On x64 every parameter of every one of them takes one register or one
 * slot of the stack, so that one shape a number of parameters serves them all; what they mean
 * stands in the list.
 */
#ifndef HCSSIM_DLL_EXPORTS_H
#define HCSSIM_DLL_EXPORTS_H

#include "client.h"

static const sim_export exports[] = {EXPORTED_CALLS(SIM_EXPORT_ROW)};

/* clang-format off */
#define NUMBER(call, since, count, ...) CALL_##call,
enum { EXPORTED_CALLS(NUMBER) CALL_COUNT };

_Static_assert(sizeof(exports) / sizeof(*exports) == CALL_COUNT, "one row a call");

#define PARAMETERS_1 uintptr_t a
#define PARAMETERS_2 PARAMETERS_1, uintptr_t b
#define PARAMETERS_3 PARAMETERS_2, uintptr_t c
#define PARAMETERS_4 PARAMETERS_3, uintptr_t d
#define PARAMETERS_5 PARAMETERS_4, uintptr_t e
#define ARGUMENTS_1 a
#define ARGUMENTS_2 ARGUMENTS_1, b
#define ARGUMENTS_3 ARGUMENTS_2, c
#define ARGUMENTS_4 ARGUMENTS_3, d
#define ARGUMENTS_5 ARGUMENTS_4, e
/* clang-format on */

#define EXPORT(call, since, count, ...)                                                            \
    HRESULT WINAPI call(PARAMETERS_##count);                                                       \
    HRESULT WINAPI call(PARAMETERS_##count)                                                        \
    {                                                                                              \
        const uintptr_t arguments[] = {ARGUMENTS_##count};                                         \
                                                                                                   \
        return client_call(&exports[CALL_##call], arguments);                                      \
    }

EXPORTED_CALLS(EXPORT)

#endif
