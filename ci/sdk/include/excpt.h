/* SPDX-License-Identifier: MIT */
/* What winnt.h expects of the compiler's own excpt.h. */
#pragma once

typedef enum _EXCEPTION_DISPOSITION {
    ExceptionContinueExecution,
    ExceptionContinueSearch,
    ExceptionNestedException,
    ExceptionCollidedUnwind
} EXCEPTION_DISPOSITION;
