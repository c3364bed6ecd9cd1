/* SPDX-License-Identifier: MIT */
/*
 * offreg.dll of the simulated host: Wine has none. As strict as Microsoft documents it (devnotes,
 * "Offline Registry Library"); what a wrong handle gives is a guess. A merge has the bins of all
 * hives (see posix/hive_file.h): nothing here reads a registry's keys.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "tests/posix/hive_file.h"

#define MAGIC    UINT64_C(0x6576694866664f21)
#define LIMIT_4G UINT64_C(0xFFFFFFFF)

typedef struct hive {
    uint64_t magic;
    unsigned char *bytes;
    size_t size;
} hive;

DWORD WINAPI ORCreateHive(hive **out);
DWORD WINAPI OROpenHive(PCWSTR path, hive **out);
DWORD WINAPI ORMergeHives(hive *const *hives, DWORD count, hive **out);
DWORD WINAPI ORSaveHive(hive *h, PCWSTR path, DWORD major, DWORD minor);
DWORD WINAPI ORCloseHive(hive *h);

static bool is_hive(const hive *h)
{
    return h && h->magic == MAGIC;
}

/* Takes the bytes. */
static DWORD hive_of(unsigned char *bytes, size_t size, hive **out)
{
    hive *h = malloc(sizeof(*h));

    *out = NULL;
    if (!h || !bytes) {
        free(h);
        free(bytes);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    *h = (hive){MAGIC, bytes, size};
    *out = h;
    return ERROR_SUCCESS;
}

DWORD WINAPI ORCreateHive(hive **out)
{
    unsigned char *bytes = malloc(HIVE_FILE_SIZE);
    FILETIME now;

    GetSystemTimeAsFileTime(&now);
    if (bytes)
        hive_file_make((uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime, bytes);
    return hive_of(bytes, HIVE_FILE_SIZE, out);
}

static DWORD read_file(HANDLE file, unsigned char **out, size_t *size)
{
    LARGE_INTEGER length;
    unsigned char *bytes;
    DWORD got = 0;

    if (!GetFileSizeEx(file, &length))
        return GetLastError();
    if (!length.QuadPart || (uint64_t)length.QuadPart > LIMIT_4G)
        return ERROR_BADDB;
    bytes = malloc((size_t)length.QuadPart);
    if (!bytes)
        return ERROR_NOT_ENOUGH_MEMORY;
    if (!ReadFile(file, bytes, (DWORD)length.QuadPart, &got, NULL) || got != length.QuadPart ||
        !hive_file_is_sound(bytes, got)) {
        free(bytes);
        return ERROR_NOT_REGISTRY_FILE;
    }
    *out = bytes;
    *size = got;
    return ERROR_SUCCESS;
}

DWORD WINAPI OROpenHive(PCWSTR path, hive **out)
{
    HANDLE file = CreateFileW(path, FILE_READ_DATA, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    unsigned char *bytes = NULL;
    size_t size = 0;
    DWORD code;

    *out = NULL;
    if (file == INVALID_HANDLE_VALUE)
        return GetLastError();
    code = read_file(file, &bytes, &size);
    CloseHandle(file);
    return code ? code : hive_of(bytes, size, out);
}

DWORD WINAPI ORMergeHives(hive *const *hives, DWORD count, hive **out)
{
    unsigned char *bytes = NULL;
    size_t size = 0;

    *out = NULL;
    for (DWORD i = 0; i < count; i++)
        if (!is_hive(hives[i]))
            return ERROR_INVALID_PARAMETER;
    if (!count)
        return ERROR_INVALID_PARAMETER;
    size = hives[0]->size;
    bytes = malloc(size);
    if (bytes)
        memcpy(bytes, hives[0]->bytes, size);
    for (DWORD i = 1; bytes && i < count; i++) {
        unsigned char *joined = hive_file_join(bytes, size, hives[i]->bytes, hives[i]->size, &size);

        free(bytes);
        bytes = joined;
    }
    return hive_of(bytes, size, out);
}

DWORD WINAPI ORSaveHive(hive *h, PCWSTR path, DWORD major, DWORD minor)
{
    DWORD written = 0;
    DWORD code = ERROR_SUCCESS;
    HANDLE file;

    if (!is_hive(h) || major < 5 || (major == 5 && (minor < 1 || minor > 2)))
        return ERROR_INVALID_PARAMETER;
    file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return GetLastError() == ERROR_FILE_EXISTS ? ERROR_ALREADY_EXISTS : GetLastError();
    if (!WriteFile(file, h->bytes, (DWORD)h->size, &written, NULL) || written != h->size)
        code = GetLastError();
    CloseHandle(file);
    return code;
}

DWORD WINAPI ORCloseHive(hive *h)
{
    if (!is_hive(h))
        return ERROR_INVALID_PARAMETER;
    h->magic = 0;
    free(h->bytes);
    free(h);
    return ERROR_SUCCESS;
}
