/* SPDX-License-Identifier: MIT */
/* What clang's intrin.h expects of the compiler's own setjmp.h. */
#pragma once

typedef struct _SETJMP_FLOAT128 {
    unsigned __int64 part[2];
} SETJMP_FLOAT128;
typedef SETJMP_FLOAT128 jmp_buf[16];
