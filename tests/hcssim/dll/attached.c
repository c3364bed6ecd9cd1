/* SPDX-License-Identifier: MIT */
/*
 * What Windows does because a disk is attached: its volume answers as a device, and no folder above
 * its file can be renamed. The service has that file open without FILE_SHARE_DELETE, which Wine
 * honours for the file and not for the folders above it.
 */
#include "nt_hooks.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/cleanup.h"

#include "../service/wide.h"

#define VOLUMES       L"\\hcssim\\volumes\\"
#define VOLUMES_UNITS 16u
#define GUID_UNITS    36u
#define NAME_UNITS    1024u

/* The path without its drive. */
static bool path_of(HANDLE file, wchar_t out[NAME_UNITS])
{
    _Alignas(FILE_NAME_INFO) BYTE buffer[sizeof(FILE_NAME_INFO) + NAME_UNITS * sizeof(wchar_t)];
    const FILE_NAME_INFO *info = (const FILE_NAME_INFO *)buffer;
    size_t units;

    if (!GetFileInformationByHandleEx(file, FileNameInfo, buffer, sizeof(buffer)))
        return false;
    units = info->FileNameLength / sizeof(wchar_t);
    if (units >= NAME_UNITS)
        return false;
    wmemcpy(out, info->FileName, units);
    out[units] = 0;
    return true;
}

/* Whether it is the root of a volume that the service keeps. */
static bool is_root(HANDLE file, wchar_t path[NAME_UNITS])
{
    return path_of(file, path) && _wcsnicmp(path, VOLUMES, VOLUMES_UNITS) == 0 &&
           wcslen(path) == VOLUMES_UNITS + GUID_UNITS;
}

bool attached_is_volume(HANDLE file)
{
    wchar_t path[NAME_UNITS];

    return is_root(file, path);
}

bool attached_volume_length(HANDLE file, uint64_t *out)
{
    wchar_t path[NAME_UNITS];
    cleanup_free wchar_t *name = is_root(file, path) ? wide_format(L"C:%ls.size", path) : NULL;
    HANDLE size = name ? CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                                     OPEN_EXISTING, 0, NULL)
                       : INVALID_HANDLE_VALUE;
    DWORD got = 0;
    bool fine;

    if (size == INVALID_HANDLE_VALUE)
        return false;
    fine = ReadFile(size, out, sizeof(*out), &got, NULL) && got == sizeof(*out);
    CloseHandle(size);
    return fine;
}

/* Whether the folder has a disk that somebody holds. */
static bool holds_disk(const wchar_t *folder)
{
    cleanup_free wchar_t *disk = wide_format(L"%ls\\sandbox.vhdx", folder);
    HANDLE file =
        disk ? CreateFileW(disk, DELETE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                           NULL, OPEN_EXISTING, 0, NULL)
             : INVALID_HANDLE_VALUE;

    if (file == INVALID_HANDLE_VALUE)
        return disk && GetLastError() == ERROR_SHARING_VIOLATION;
    CloseHandle(file);
    return false;
}

static bool child_holds_disk(const wchar_t *folder, const FILE_ID_BOTH_DIR_INFO *entry)
{
    cleanup_free wchar_t *child = NULL;

    if (entry->FileName[0] == L'.' || !(entry->FileAttributes & FILE_ATTRIBUTE_DIRECTORY))
        return false;
    child = wide_format(L"%ls\\%.*ls", folder, (int)(entry->FileNameLength / sizeof(wchar_t)),
                        entry->FileName);
    return child && holds_disk(child);
}

/* The same of the folders in it: a root of layers. Not by FindFirstFile, which does not share the
 * folder with somebody who is about to rename it. */
static bool children_hold_disks(const wchar_t *folder)
{
    _Alignas(FILE_ID_BOTH_DIR_INFO) BYTE buffer[16384];
    HANDLE file = CreateFileW(folder, FILE_LIST_DIRECTORY,
                              FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    bool held = false;

    if (file == INVALID_HANDLE_VALUE)
        return false;
    while (!held &&
           GetFileInformationByHandleEx(file, FileIdBothDirectoryInfo, buffer, sizeof(buffer))) {
        const BYTE *at = buffer;
        const FILE_ID_BOTH_DIR_INFO *entry;

        do {
            entry = (const void *)at;
            held = held || child_holds_disk(folder, entry);
            at += entry->NextEntryOffset;
        } while (entry->NextEntryOffset);
    }
    CloseHandle(file);
    return held;
}

bool attached_below(HANDLE folder)
{
    FILE_STANDARD_INFO standard;
    wchar_t path[NAME_UNITS];
    cleanup_free wchar_t *whole = NULL;

    if (!GetFileInformationByHandleEx(folder, FileStandardInfo, &standard, sizeof(standard)) ||
        !standard.Directory || !path_of(folder, path))
        return false;
    whole = wide_format(L"C:%ls", path);
    return whole && (holds_disk(whole) || children_hold_disks(whole));
}
