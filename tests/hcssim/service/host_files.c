/* SPDX-License-Identifier: MIT */
/* The files of the host, for the engine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strings.h"

#include "host_path.h"
#include "service.h"
#include "volume.h"
#include "wide.h"

static int32_t last_error(void)
{
    return HR_FROM_WIN32(GetLastError());
}

static bool host_exists(sim_machine *m, const char *path, bool *directory)
{
    cleanup_free wchar_t *wide = host_path(path);
    DWORD attributes = wide ? GetFileAttributesW(wide) : INVALID_FILE_ATTRIBUTES;

    (void)m;
    if (attributes == INVALID_FILE_ATTRIBUTES)
        return false;
    if (directory)
        *directory = attributes & FILE_ATTRIBUTE_DIRECTORY;
    return true;
}

static int32_t read_all(HANDLE file, char **out, size_t *size)
{
    LARGE_INTEGER length;
    char *bytes;
    DWORD got = 0;

    if (!GetFileSizeEx(file, &length))
        return last_error();
    if (length.QuadPart > 1 << 30)
        return HR_FILE_TOO_LARGE;
    bytes = malloc((size_t)length.QuadPart + 1);
    if (!bytes)
        return HR_OUT_OF_MEMORY;
    if (!ReadFile(file, bytes, (DWORD)length.QuadPart, &got, NULL)) {
        int32_t hr = last_error();

        free(bytes);
        return hr;
    }
    bytes[got] = 0;
    *out = bytes;
    *size = got;
    return HR_OK;
}

static int32_t host_read_file(sim_machine *m, const char *path, char **out, size_t *size)
{
    cleanup_free wchar_t *wide = wide_from_utf8(path);
    HANDLE file = wide ? CreateFileW(wide, GENERIC_READ,
                                     FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                     OPEN_EXISTING, 0, NULL)
                       : INVALID_HANDLE_VALUE;
    int32_t hr;

    (void)m;
    if (file == INVALID_HANDLE_VALUE)
        return last_error();
    hr = read_all(file, out, size);
    CloseHandle(file);
    return hr;
}

static int32_t host_write_file(sim_machine *m, const char *path, const void *bytes, size_t size)
{
    cleanup_free wchar_t *wide = wide_from_utf8(path);
    HANDLE file = wide ? CreateFileW(wide, GENERIC_WRITE,
                                     FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                     CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL)
                       : INVALID_HANDLE_VALUE;
    DWORD done = 0;
    int32_t hr = HR_OK;

    (void)m;
    if (file == INVALID_HANDLE_VALUE)
        return last_error();
    if (size && !WriteFile(file, bytes, (DWORD)size, &done, NULL))
        hr = last_error();
    CloseHandle(file);
    return hr;
}

static int32_t host_make_directory(sim_machine *m, const char *path)
{
    cleanup_free wchar_t *wide = wide_from_utf8(path);

    (void)m;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    return CreateDirectoryW(wide, NULL) ? HR_OK : last_error();
}

static int32_t host_remove_tree(sim_machine *m, const char *path)
{
    cleanup_free wchar_t *wide = wide_from_utf8(path);

    (void)m;
    return wide ? tree_remove(wide) : HR_OUT_OF_MEMORY;
}

static int32_t host_list(sim_machine *m, const char *path, char ***names)
{
    cleanup_free wchar_t *wide = wide_from_utf8(path);
    cleanup_free wchar_t *pattern = wide ? wide_join(wide, L"*") : NULL;
    cleanup_strings string_list list = STRING_LIST_INIT;
    WIN32_FIND_DATAW entry;
    HANDLE find =
        pattern ? FindFirstFileExW(pattern, FindExInfoBasic, &entry, FindExSearchNameMatch, NULL, 0)
                : INVALID_HANDLE_VALUE; /* without short names, which Wine makes up */

    (void)m;
    if (find == INVALID_HANDLE_VALUE)
        return last_error();
    do {
        if (wcscmp(entry.cFileName, L".") != 0 && wcscmp(entry.cFileName, L"..") != 0)
            string_list_own(&list, utf8_from_wide(entry.cFileName));
    } while (FindNextFileW(find, &entry));
    FindClose(find);
    *names = list.items ? TAKE(list.items) : calloc(1, sizeof(**names));
    list.count = 0;
    return *names ? HR_OK : HR_OUT_OF_MEMORY;
}

static int32_t host_copy_tree(sim_machine *m, const char *from, const char *to)
{
    cleanup_free wchar_t *source = wide_from_utf8(from);
    cleanup_free wchar_t *target = wide_from_utf8(to);

    (void)m;
    return source && target ? tree_copy(source, target, false) : HR_OUT_OF_MEMORY;
}

static int32_t host_link_tree(sim_machine *m, const char *from, const char *to)
{
    cleanup_free wchar_t *source = wide_from_utf8(from);
    cleanup_free wchar_t *target = wide_from_utf8(to);

    (void)m;
    return source && target ? tree_link(source, target) : HR_OUT_OF_MEMORY;
}

void host_files_install(sim_machine *calls)
{
    calls->exists = host_exists;
    calls->read_file = host_read_file;
    calls->write_file = host_write_file;
    calls->make_directory = host_make_directory;
    calls->remove_tree = host_remove_tree;
    calls->list = host_list;
    calls->copy_tree = host_copy_tree;
    calls->link_tree = host_link_tree;
}
