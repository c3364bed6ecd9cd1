/* SPDX-License-Identifier: MIT */
/* A process's working directory. */
#include "folder.h"

#include <stdbool.h>
#include <stdlib.h>
#include <windows.h>

#include "base/cleanup.h"
#include "base/error.h"

#include "../service/wide.h"
#include "program.h"

#define DRIVE_ROOT 3 /* characters of C:\ */

static bool is_separator(wchar_t c)
{
    return c == L'\\' || c == L'/';
}

/* Windows' own reading of it, which leaves nothing of ".." that could lead above the drive. */
static wchar_t *folder_inside(const wchar_t *wanted)
{
    const bool drive = wanted[0] && wanted[1] == L':';
    cleanup_free wchar_t *whole =
        drive && is_separator(wanted[2])
            ? _wcsdup(wanted)
            : wide_format(L"%lc:\\%ls", (wint_t)(drive ? wanted[0] : L'C'),
                          wanted + (drive ? 2 : 0));
    DWORD size = whole ? GetFullPathNameW(whole, 0, NULL, NULL) : 0;
    wchar_t *path = size ? calloc(size, sizeof(*path)) : NULL;

    if (path && !GetFullPathNameW(whole, size, path, NULL)) {
        free(path);
        return NULL;
    }
    return path;
}

static bool is_folder(DWORD attributes)
{
    return attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY;
}

/* One of the folders on the way. */
static int32_t step(const wchar_t *path)
{
    DWORD attributes = GetFileAttributesW(path);

    if (attributes == INVALID_FILE_ATTRIBUTES) {
        if (CreateDirectoryW(path, NULL))
            return HR_OK;
        if (GetLastError() != ERROR_ALREADY_EXISTS) /* another process starts in it */
            return HR_FROM_WIN32(GetLastError());
        attributes = GetFileAttributesW(path);
    }
    /* Wine shows a link of Linux to a folder as a reparse point. */
    return is_folder(attributes) && !(attributes & FILE_ATTRIBUTE_REPARSE_POINT)
               ? HR_OK
               : HR_FROM_WIN32(ERROR_DIRECTORY);
}

static int32_t make(wchar_t *path, size_t top)
{
    int32_t hr = HR_OK;

    for (wchar_t *slash = path + top; slash && HR_SUCCEEDED(hr);) {
        slash = wcschr(slash, L'\\');
        if (slash)
            *slash = 0;
        hr = step(path);
        if (slash)
            *slash++ = L'\\';
    }
    return hr;
}

int32_t folder_make(const wchar_t *root, const wchar_t *wanted, wchar_t **inside, wchar_t **there)
{
    cleanup_free wchar_t *full = folder_inside(wanted);
    cleanup_free wchar_t *path = full ? program_path(root, full) : NULL;
    int32_t hr = HR_OK;

    if (!path)
        return HR_OUT_OF_MEMORY;
    /* Another drive is a folder of the host's that is mapped to it. */
    if (!is_folder(GetFileAttributesW(path)))
        hr = (full[0] | 32) != L'c' ? HR_FROM_WIN32(ERROR_DIRECTORY)
                                    : make(path, root ? wcslen(root) + 1 : DRIVE_ROOT);
    if (HR_FAILED(hr))
        return hr;
    *inside = TAKE(full);
    *there = TAKE(path);
    return HR_OK;
}
