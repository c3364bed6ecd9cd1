/* SPDX-License-Identifier: MIT */
/** What all of the Windows half uses: the system's headers, codes, and text in its encoding. */
#ifndef WIN32_PLATFORM_H
#define WIN32_PLATFORM_H

/* Before windows.h, which makes a macro of FILE_CREATE, one of its names (of the same value). */
#include "port/files.h"

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

_Static_assert(FILE_CREATE == 2, "FILE_CREATE of port/files.h is that of winternl.h");

static inline int32_t hresult_last(void)
{
    return HR_FROM_WIN32(GetLastError());
}

static inline void cleanup_after_handle(HANDLE *where)
{
    if (*where && *where != INVALID_HANDLE_VALUE)
        CloseHandle(*where);
}

#define cleanup_handle CLEANUP(handle)

/** UTF-8 → UTF-16; NULL when out of memory. */
wchar_t *wide_from_utf8(const char *utf8);
char *utf8_from_wide(const wchar_t *wide);
/** A path as the system wants it if it is to be long: absolute, '\' only, with \\?\ before it. */
wchar_t *wide_path(const char *path);
/** The whole path of one that a user wrote, as text: GetFullPathName; NULL when out of memory. */
char *utf8_full_path(const char *path);

/** A DLL of System32, and of nowhere else; NULL with the last error set. */
HMODULE system_library(const wchar_t *name);

#endif
