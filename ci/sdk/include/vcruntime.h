/* SPDX-License-Identifier: MIT */
/* What the SDK's headers expect of the compiler's own vcruntime.h. */
#pragma once

#include <sal.h>
#include <stdarg.h>

#define _VCRUNTIME_H
#define _CRTIMP
#define _VCRTIMP
#define _CRT_BEGIN_C_HEADER
#define _CRT_END_C_HEADER
#define _CRT_SECURE_NO_WARNINGS
#define _CRT_INT_MAX            0x7fffffff
#define _CRT_STRINGIZE_(x)      #x
#define _CRT_STRINGIZE(x)       _CRT_STRINGIZE_(x)
#define _CRT_WIDE_(s)           L##s
#define _CRT_WIDE(s)            _CRT_WIDE_(s)
#define _CRT_CONCATENATE_(a, b) a##b
#define _CRT_CONCATENATE(a, b)  _CRT_CONCATENATE_(a, b)
#define _CRT_UNUSED(x)          (void)(x)
#define _CRT_DEPRECATE_TEXT(x)
#define _CRT_INSECURE_DEPRECATE_MEMORY(x)
#define _CRT_INSECURE_DEPRECATE(x)
#define _CRT_NONSTDC_DEPRECATE(x)
#define _CRT_OBSOLETE(x)
#define _CRT_WARNING_MESSAGE(number, message)
#define _HAS_EXCEPTIONS 0
#define _NODISCARD
#define _VCRT_ALIGN(x) __declspec(align(x))
#define _VCRT_NOALIAS
#define _VCRT_RESTRICT
#define _CRTNOALIAS
#define _CRTRESTRICT
#define __CRTDECL __cdecl

typedef _Bool __vcrt_bool;
typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
typedef __INTPTR_TYPE__ intptr_t;
typedef __UINTPTR_TYPE__ uintptr_t;
#ifndef _WCHAR_T_DEFINED
#define _WCHAR_T_DEFINED
typedef unsigned short wchar_t;
#endif
