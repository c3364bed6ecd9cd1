/* SPDX-License-Identifier: MIT */
/* Trees of files on the host: copy, remove, make. */
#include <string.h>
#include <wchar.h>
#include <windows.h>

#include "base/error.h"

#include "../dll/sidecar.h"
#include "script.h"
#include "volume.h"
#include "wide.h"

static int32_t last_error(void)
{
    return HR_FROM_WIN32(GetLastError());
}

static bool dots(const wchar_t *name)
{
    return wcscmp(name, L".") == 0 || wcscmp(name, L"..") == 0;
}

/* Calls `each` for every entry of a folder until one fails. */
static int32_t for_each(const wchar_t *folder,
                        int32_t (*each)(void *context, const wchar_t *path,
                                        const WIN32_FIND_DATAW *entry),
                        void *context)
{
    cleanup_free wchar_t *pattern = wide_join(folder, L"*");
    WIN32_FIND_DATAW entry;
    HANDLE find =
        pattern ? FindFirstFileExW(pattern, FindExInfoBasic, &entry, FindExSearchNameMatch, NULL, 0)
                : INVALID_HANDLE_VALUE;
    int32_t hr = HR_OK;

    if (find == INVALID_HANDLE_VALUE)
        return last_error();
    do {
        cleanup_free wchar_t *path = NULL;

        if (dots(entry.cFileName))
            continue;
        path = wide_join(folder, entry.cFileName);
        hr = path ? each(context, path, &entry) : HR_OUT_OF_MEMORY;
    } while (HR_SUCCEEDED(hr) && FindNextFileW(find, &entry));
    FindClose(find);
    return hr;
}

/* A new file may have the id of an old one, for which the sidecar still has something. */
static void forget(const wchar_t *path)
{
    HANDLE file = CreateFileW(path, FILE_READ_ATTRIBUTES,
                              FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);

    if (file == INVALID_HANDLE_VALUE)
        return;
    sidecar_forget(file);
    CloseHandle(file);
}

int32_t tree_make(const wchar_t *path)
{
    cleanup_free wchar_t *parent = NULL;
    wchar_t *slash;
    DWORD error;

    if (CreateDirectoryW(path, NULL))
        return HR_OK;
    error = GetLastError();
    if (error == ERROR_ALREADY_EXISTS)
        return HR_OK;
    parent = _wcsdup(path);
    slash = parent ? wcsrchr(parent, L'\\') : NULL;
    if (error != ERROR_PATH_NOT_FOUND || !slash || slash == parent)
        return HR_FROM_WIN32(error);
    *slash = 0;
    if (tree_make(parent) != HR_OK)
        return HR_FROM_WIN32(error);
    return CreateDirectoryW(path, NULL) ? HR_OK : last_error();
}

/* ---- remove ---- */

static int32_t remove_entry(void *context, const wchar_t *path, const WIN32_FIND_DATAW *entry)
{
    (void)context;
    /* A mapped folder that was left behind leads to the host. */
    if (entry->dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
        return script_unlink(path);
    if (entry->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
        return tree_remove(path);
    if (entry->dwFileAttributes & FILE_ATTRIBUTE_READONLY)
        SetFileAttributesW(path, FILE_ATTRIBUTE_NORMAL);
    return DeleteFileW(path) ? HR_OK : last_error();
}

int32_t tree_remove(const wchar_t *path)
{
    DWORD attributes = GetFileAttributesW(path);
    int32_t hr;

    if (attributes == INVALID_FILE_ATTRIBUTES)
        return last_error();
    if (attributes & FILE_ATTRIBUTE_READONLY)
        SetFileAttributesW(path, attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY);
    if (!(attributes & FILE_ATTRIBUTE_DIRECTORY))
        return DeleteFileW(path) ? HR_OK : last_error();
    hr = for_each(path, remove_entry, NULL);
    if (HR_FAILED(hr))
        return hr;
    return RemoveDirectoryW(path) ? HR_OK : last_error();
}

/* ---- copy ---- */

typedef struct copying {
    const wchar_t *to;
    bool onto_wine;
} copying;

/* Wine's own libraries must stay: a layer's kernel32.dll is for another operating system. */
static bool is_library(const wchar_t *name)
{
    static const wchar_t *const kinds[] = {L".dll", L".drv", L".sys", L".nls", L".ocx", L".tlb"};
    const wchar_t *dot = wcsrchr(name, L'.');

    for (size_t i = 0; dot && i < sizeof(kinds) / sizeof(*kinds); i++)
        if (_wcsicmp(dot, kinds[i]) == 0)
            return true;
    return false;
}

static int32_t copy_file(const copying *c, const wchar_t *from, const wchar_t *to)
{
    if (CopyFileW(from, to, TRUE))
        return HR_OK;
    if (GetLastError() != ERROR_FILE_EXISTS)
        return last_error();
    if (c->onto_wine && is_library(to))
        return HR_OK;
    SetFileAttributesW(to, FILE_ATTRIBUTE_NORMAL);
    DeleteFileW(to); /* it may be a link to a file of Wine's: never write through it */
    return CopyFileW(from, to, TRUE) ? HR_OK : last_error();
}

static int32_t copy_entry(void *context, const wchar_t *path, const WIN32_FIND_DATAW *entry)
{
    const copying *c = context;
    cleanup_free wchar_t *to = wide_join(c->to, entry->cFileName);
    int32_t hr;

    if (!to)
        return HR_OUT_OF_MEMORY;
    if (entry->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
        return tree_copy(path, to, c->onto_wine);
    hr = copy_file(c, path, to);
    if (HR_SUCCEEDED(hr) && !entry->nFileSizeHigh && !entry->nFileSizeLow)
        forget(to); /* else it could be taken for a symbolic link */
    return hr;
}

int32_t tree_copy(const wchar_t *from, const wchar_t *to, bool onto_wine)
{
    copying c = {to, onto_wine};
    DWORD attributes = GetFileAttributesW(from);

    if (attributes != INVALID_FILE_ATTRIBUTES && !(attributes & FILE_ATTRIBUTE_DIRECTORY))
        return copy_file(&c, from, to);
    if (CreateDirectoryW(to, NULL))
        forget(to);
    else if (GetLastError() != ERROR_ALREADY_EXISTS)
        return last_error();
    return for_each(from, copy_entry, &c);
}
