/* SPDX-License-Identifier: MIT */
/* What corecrt_startup.h expects of the compiler's own vcruntime_startup.h. */
#pragma once

typedef enum _crt_argv_mode {
    _crt_argv_no_arguments,
    _crt_argv_unexpanded_arguments,
    _crt_argv_expanded_arguments
} _crt_argv_mode;
