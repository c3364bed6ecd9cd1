/* SPDX-License-Identifier: MIT */
/* State: small files, read and replaced whole. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "base/text.h"
#include "files.h"
#include "port/clock.h"

/* A file that is being replaced cannot be opened for a moment. */
#define READ_ATTEMPTS 20u

#define REPLACE_PATIENCE 10000u /* ms */

/* FILE_RENAME_INFO with the flags that it has since 1607 */
typedef struct rename_info {
    DWORD Flags;
    HANDLE RootDirectory;
    DWORD FileNameLength;
    WCHAR FileName[1];
} rename_info;

#define RENAME_REPLACE_IF_EXISTS 0x1u
#define RENAME_POSIX_SEMANTICS   0x2u

static int32_t read_handle(HANDLE handle, size_t limit, char **out, size_t *size)
{
    LARGE_INTEGER length;
    size_t done = 0;
    cleanup_free char *bytes = NULL;

    if (!GetFileSizeEx(handle, &length))
        return hresult_last();
    if ((uint64_t)length.QuadPart > limit)
        return HR_FILE_TOO_LARGE;
    bytes = malloc((size_t)length.QuadPart + 1);
    if (!bytes)
        return HR_OUT_OF_MEMORY;
    while (done < (size_t)length.QuadPart) {
        size_t left = (size_t)length.QuadPart - done;
        DWORD got = 0;

        if (!ReadFile(handle, bytes + done, left > MAXDWORD ? MAXDWORD : (DWORD)left, &got, NULL))
            return hresult_last();
        if (got == 0)
            break;
        done += got;
    }
    bytes[done] = '\0';
    *out = TAKE(bytes);
    *size = done;
    return HR_OK;
}

int32_t file_read(files_port *port, const char *path, size_t limit, char **out, size_t *size)
{
    cleanup_free wchar_t *wide = wide_path(path);
    cleanup_handle HANDLE handle = NULL;
    unsigned attempt = 0;
    int32_t hr;

    (void)port;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    do {
        handle = CreateFileW(wide, GENERIC_READ, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
        hr = handle == INVALID_HANDLE_VALUE ? hresult_last() : HR_OK;
    } while (attempt < READ_ATTEMPTS && retry_after(hr, &attempt));
    return HR_FAILED(hr) ? hr : read_handle(handle, limit, out, size);
}

/* A name beside the file that no other thread or process uses. */
static wchar_t *temporary_path(const char *path)
{
    static volatile LONG counter;
    cleanup_free char *name = text_format("%s.%lu-%ld.tmp", path, GetCurrentProcessId(),
                                          (long)InterlockedIncrement(&counter));

    return name ? wide_path(name) : NULL;
}

static int32_t write_temporary(const wchar_t *temporary, const void *bytes, size_t size)
{
    cleanup_handle HANDLE handle =
        CreateFileW(temporary, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    int32_t hr;

    if (handle == INVALID_HANDLE_VALUE)
        return hresult_last();
    hr = handle_write(handle, bytes, size);
    if (HR_SUCCEEDED(hr) && !FlushFileBuffers(handle))
        hr = hresult_last();
    return hr;
}

/*
 * Renames over the file even if somebody reads it, who then goes on reading the old contents:
 * Windows since 1607, on NTFS. Any failure means: try the old way.
 */
static bool replace_posix(const wchar_t *from, const wchar_t *to)
{
    size_t length = wcslen(to) * sizeof(*to);
    size_t size = sizeof(rename_info) + length;
    cleanup_free rename_info *info = calloc(1, size);
    cleanup_handle HANDLE handle =
        CreateFileW(from, DELETE | SYNCHRONIZE, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);

    if (!info || handle == INVALID_HANDLE_VALUE)
        return false;
    info->Flags = RENAME_REPLACE_IF_EXISTS | RENAME_POSIX_SEMANTICS;
    info->FileNameLength = (DWORD)length;
    memcpy(info->FileName, to, length);
    return SetFileInformationByHandle(handle, FILE_RENAME_INFO_EX_CLASS, info, (DWORD)size);
}

/* The old way fails as long as anybody has the file open. */
static int32_t replace_once(const wchar_t *from, const wchar_t *to)
{
    if (replace_posix(from, to) ||
        MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
        return HR_OK;
    return hresult_last();
}

/*
 * A reader that opens the file again and again leaves it alone for moments only, so this tries
 * often, and not in step with it. How often it has to differs widely: Wine 8 gives everybody his
 * turn, Wine 10 refuses hundreds of times. So time decides.
 */
static int32_t rename_over(const wchar_t *from, const wchar_t *to)
{
    uint64_t deadline = clock_ticks() + REPLACE_PATIENCE;

    for (unsigned attempt = 0;; attempt++) {
        int32_t hr = replace_once(from, to);

        if ((hr != HR_SHARING_VIOLATION && hr != HR_ACCESS_DENIED) || clock_ticks() >= deadline)
            return hr;
        Sleep(attempt % 4);
    }
}

int32_t file_replace(files_port *port, const char *path, const void *bytes, size_t size)
{
    cleanup_free wchar_t *wide = wide_path(path);
    cleanup_free wchar_t *temporary = temporary_path(path);
    int32_t hr;

    (void)port;
    if (!wide || !temporary)
        return HR_OUT_OF_MEMORY;
    hr = write_temporary(temporary, bytes, size);
    if (HR_SUCCEEDED(hr))
        hr = rename_over(temporary, wide);
    if (HR_FAILED(hr))
        DeleteFileW(temporary);
    return hr;
}

/* Over what the file has already: nothing is asked of the volume but what it gives back. */
static int32_t write_over(HANDLE handle, const void *bytes, size_t size)
{
    const int32_t hr = handle_write(handle, bytes, size);

    if (HR_FAILED(hr))
        return hr;
    return SetEndOfFile(handle) && FlushFileBuffers(handle) ? HR_OK : hresult_last();
}

static int32_t write_into(const wchar_t *spare, const void *bytes, size_t size)
{
    cleanup_handle HANDLE handle = NULL;
    unsigned attempt = 0;
    int32_t hr;

    do {
        handle = CreateFileW(spare, GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
        hr = handle == INVALID_HANDLE_VALUE ? hresult_last() : HR_OK;
    } while (attempt < READ_ATTEMPTS && retry_after(hr, &attempt));
    return HR_FAILED(hr) ? hr : write_over(handle, bytes, size);
}

int32_t file_replace_with(files_port *port, const char *path, const char *spare, const void *bytes,
                          size_t size)
{
    cleanup_free wchar_t *wide = wide_path(path);
    cleanup_free wchar_t *wide_spare = wide_path(spare);
    int32_t hr;

    (void)port;
    if (!wide || !wide_spare)
        return HR_OUT_OF_MEMORY;
    hr = write_into(wide_spare, bytes, size);
    return HR_FAILED(hr) ? hr : rename_over(wide_spare, wide);
}
