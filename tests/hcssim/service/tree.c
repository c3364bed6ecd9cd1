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

static HANDLE open_whole(const wchar_t *path, DWORD access, DWORD how)
{
    return CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                       how, FILE_FLAG_BACKUP_SEMANTICS, NULL);
}

/* ---- remove ---- */

/* fileapi.h of newer SDKs */
#define DISPOSITION_EX          ((FILE_INFO_BY_HANDLE_CLASS)21)
#define DISPOSITION_DELETE      0x1u
#define DISPOSITION_POSIX       0x2u
#define DISPOSITION_IGNORE_MODE 0x10u

/* Also of a read-only file or an empty folder, with what is known of it. Wine refuses what another
 * process runs or holds by any of its names. */
static bool remove_name(const wchar_t *path)
{
    DWORD flags = DISPOSITION_DELETE | DISPOSITION_POSIX | DISPOSITION_IGNORE_MODE;
    FILE_DISPOSITION_INFO plain = {TRUE}; /* for a Wine that has no more */
    HANDLE file = open_whole(path, DELETE | FILE_READ_ATTRIBUTES, OPEN_EXISTING);
    uint64_t key;
    bool last, removed;

    if (file == INVALID_HANDLE_VALUE)
        return false;
    last = sidecar_last_name(file, &key);
    removed = SetFileInformationByHandle(file, DISPOSITION_EX, &flags, sizeof(flags)) ||
              SetFileInformationByHandle(file, FileDispositionInfo, &plain, sizeof(plain));
    CloseHandle(file);
    if (removed && last)
        sidecar_removed(key);
    return removed && GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES;
}

static int32_t remove_entry(void *context, const wchar_t *path, const WIN32_FIND_DATAW *entry)
{
    (void)context;
    /* A mapped folder that was left behind leads to the host. */
    if (entry->dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
        return script_unlink(path);
    if (entry->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
        return tree_remove(path);
    if (remove_name(path))
        return HR_OK;
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
    return remove_name(path) || RemoveDirectoryW(path) ? HR_OK : last_error();
}

/* ---- copy ---- */

typedef struct copying {
    const wchar_t *to;
    bool onto_wine;
    bool link; /* files get another name */
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

static int32_t copy_contents(HANDLE from, HANDLE to)
{
    BYTE buffer[65536];
    DWORD got = 0, done = 0;

    do {
        if (!ReadFile(from, buffer, sizeof(buffer), &got, NULL))
            return last_error();
        if (got && !WriteFile(to, buffer, got, &done, NULL))
            return last_error();
    } while (got);
    return HR_OK;
}

static const wchar_t *last_name(const wchar_t *path)
{
    const wchar_t *slash = wcsrchr(path, L'\\');

    return slash ? slash + 1 : path;
}

/* Times, attributes, and what the sidecar has. A new file may have the id of an old one, for which
 * the sidecar still has something: that goes. */
static int32_t copy_metadata(HANDLE from, const wchar_t *from_path, HANDLE to,
                             const wchar_t *to_path)
{
    FILE_BASIC_INFO basic;

    if (!sidecar_copy(from, last_name(from_path), to, last_name(to_path)))
        return HR_OUT_OF_MEMORY;
    if (!GetFileInformationByHandleEx(from, FileBasicInfo, &basic, sizeof(basic)) ||
        !SetFileInformationByHandle(to, FileBasicInfo, &basic, sizeof(basic)))
        return last_error();
    return HR_OK;
}

/* Opens a new file. HR_ALREADY_EXISTS: that one of Wine's stays. */
static int32_t make_file(const copying *c, const wchar_t *path, HANDLE *out)
{
    *out = open_whole(path, GENERIC_WRITE | FILE_READ_ATTRIBUTES, CREATE_NEW);
    if (*out != INVALID_HANDLE_VALUE)
        return HR_OK;
    if (GetLastError() != ERROR_FILE_EXISTS)
        return last_error();
    if (c->onto_wine && is_library(path))
        return HR_ALREADY_EXISTS;
    /* It may be one of Wine's that prefixes share: never write through it, nor change its mode. */
    if (!remove_name(path)) {
        int32_t hr = script_remove(path);

        if (HR_FAILED(hr))
            return hr;
    }
    *out = open_whole(path, GENERIC_WRITE | FILE_READ_ATTRIBUTES, CREATE_NEW);
    return *out == INVALID_HANDLE_VALUE ? last_error() : HR_OK;
}

static int32_t copy_file(const copying *c, const wchar_t *from, const wchar_t *to)
{
    HANDLE source = open_whole(from, GENERIC_READ, OPEN_EXISTING);
    HANDLE target = INVALID_HANDLE_VALUE;
    int32_t hr;

    if (source == INVALID_HANDLE_VALUE)
        return last_error();
    hr = make_file(c, to, &target);
    if (HR_SUCCEEDED(hr))
        hr = copy_contents(source, target);
    if (HR_SUCCEEDED(hr))
        hr = copy_metadata(source, from, target, to);
    CloseHandle(source);
    if (target != INVALID_HANDLE_VALUE)
        CloseHandle(target);
    return hr == HR_ALREADY_EXISTS ? HR_OK : hr;
}

int32_t tree_copy_folder(const wchar_t *from, const wchar_t *to)
{
    HANDLE source = open_whole(from, FILE_READ_ATTRIBUTES, OPEN_EXISTING);
    HANDLE target = open_whole(to, FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES, OPEN_EXISTING);
    int32_t hr = source == INVALID_HANDLE_VALUE || target == INVALID_HANDLE_VALUE
                     ? last_error()
                     : copy_metadata(source, from, target, to);

    if (source != INVALID_HANDLE_VALUE)
        CloseHandle(source);
    if (target != INVALID_HANDLE_VALUE)
        CloseHandle(target);
    return hr;
}

void tree_set_written(const wchar_t *path, uint64_t written)
{
    HANDLE file = open_whole(path, FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES, OPEN_EXISTING);
    const FILETIME time = {(DWORD)written, (DWORD)(written >> 32)};

    if (file == INVALID_HANDLE_VALUE)
        return;
    SetFileTime(file, NULL, NULL, &time);
    CloseHandle(file);
}

static int32_t copy_folder(const copying *c, const wchar_t *from);

static int32_t copy_entry(void *context, const wchar_t *path, const WIN32_FIND_DATAW *entry)
{
    const copying *c = context;
    cleanup_free wchar_t *to = wide_join(c->to, entry->cFileName);

    if (!to)
        return HR_OUT_OF_MEMORY;
    if (entry->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
        return copy_folder(&(const copying){to, c->onto_wine, c->link}, path);
    if (c->link)
        return CreateHardLinkW(to, path, NULL) ? HR_OK : last_error();
    return copy_file(c, path, to);
}

static int32_t copy_folder(const copying *c, const wchar_t *from)
{
    const bool made = CreateDirectoryW(c->to, NULL);
    copying all = *c;
    int32_t hr;

    if (!made && GetLastError() != ERROR_ALREADY_EXISTS)
        return last_error();
    hr = for_each(from, copy_entry, &all);
    /* Last, for what comes into a folder changes its times. Those of Wine's stay as they are. */
    return HR_SUCCEEDED(hr) && (made || !c->onto_wine) ? tree_copy_folder(from, c->to) : hr;
}

int32_t tree_copy(const wchar_t *from, const wchar_t *to, bool onto_wine)
{
    const copying c = {to, onto_wine, false};
    const DWORD attributes = GetFileAttributesW(from);

    if (attributes != INVALID_FILE_ATTRIBUTES && !(attributes & FILE_ATTRIBUTE_DIRECTORY))
        return copy_file(&c, from, to);
    return copy_folder(&c, from);
}

int32_t tree_link(const wchar_t *from, const wchar_t *to)
{
    return copy_folder(&(const copying){to, false, true}, from);
}
