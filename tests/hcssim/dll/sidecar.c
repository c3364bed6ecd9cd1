/* SPDX-License-Identifier: MIT */
/* Metadata that Wine cannot store with a file. */
#include "sidecar.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <winternl.h>

#include "../service/wide.h"

#include "sidecar_store.h"

#define HEADER_SIZE 20u /* WIN32_STREAM_ID without its name */

/*
 * The file's index alone: for the volume's serial number Wine would ask its mount manager, which
 * takes longer than making a file. The name within the sidecar tells files of two disks apart.
 */
bool sidecar_key(HANDLE file, uint64_t *key)
{
    FILE_INTERNAL_INFORMATION info;
    IO_STATUS_BLOCK io;

    if (NtQueryInformationFile(file, &io, &info, sizeof(info), FileInternalInformation) < 0)
        return false;
    *key = (uint64_t)info.IndexNumber.QuadPart;
    return true;
}

/* Not by GetFinalPathNameByHandle: for each file Wine would ask its mount manager. */
static char *last_name(HANDLE file)
{
    _Alignas(FILE_NAME_INFO) BYTE buffer[sizeof(FILE_NAME_INFO) + 4096 * sizeof(wchar_t)] = {0};
    const FILE_NAME_INFO *info = (const FILE_NAME_INFO *)buffer;
    const wchar_t *slash = NULL;

    if (GetFileInformationByHandleEx(file, FileNameInfo, buffer, sizeof(buffer) - sizeof(wchar_t)))
        slash = wcsrchr(info->FileName, L'\\');

    return utf8_from_wide(slash ? slash + 1 : L"");
}

/* The length of the first of the streams, 0 when there is none (or half of one). */
static size_t first_stream(const BYTE *streams, size_t size, DWORD *id, size_t *body)
{
    uint64_t length;
    DWORD name;

    if (size < HEADER_SIZE)
        return 0;
    memcpy(id, streams, sizeof(*id));
    memcpy(&length, streams + 8, sizeof(length));
    memcpy(&name, streams + 16, sizeof(name));
    *body = HEADER_SIZE + (size_t)name;
    if (length > size || *body > size - (size_t)length)
        return 0;
    return *body + (size_t)length;
}

static const BYTE *find_stream(const BYTE *streams, size_t size, DWORD wanted, size_t *length,
                               size_t *body)
{
    DWORD id = 0;

    while ((*length = first_stream(streams, size, &id, body)) != 0) {
        if (id == wanted)
            return streams;
        streams += *length;
        size -= *length;
    }
    return NULL;
}

bool sidecar_has_reparse_points(void)
{
    return store_is_marked();
}

void sidecar_forget(HANDLE file)
{
    uint64_t key;

    if (sidecar_key(file, &key))
        store_drop(key);
}

bool sidecar_write(HANDLE file, const void *streams, size_t size)
{
    cleanup_free char *name = NULL;
    size_t length, body;
    uint64_t key;

    if (!sidecar_key(file, &key))
        return false;
    if (!size) {
        store_drop(key);
        return true;
    }
    name = last_name(file);
    if (!name)
        return false;
    if (find_stream(streams, size, BACKUP_REPARSE_DATA, &length, &body))
        store_mark();
    return store_put(key, name, strlen(name) + 1, streams, size);
}

/* FILE_STANDARD_INFORMATION, of which winternl.h has no more than the name. */
typedef struct standard_information {
    LARGE_INTEGER allocated, size;
    ULONG links;
    BOOLEAN delete_pending, directory;
} standard_information;

/* The record is by one of the file's names. */
static bool has_more_names(HANDLE file)
{
    standard_information info;
    IO_STATUS_BLOCK io;

    return NtQueryInformationFile(file, &io, &info, sizeof(info), FileStandardInformation) >= 0 &&
           !info.directory && info.links > 1;
}

bool sidecar_last_name(HANDLE file, uint64_t *key)
{
    return sidecar_key(file, key) && !has_more_names(file);
}

void sidecar_removed(uint64_t key)
{
    store_drop(key);
}

BYTE *sidecar_read(HANDLE file, size_t *size)
{
    uint64_t key;
    size_t all = 0;
    cleanup_free BYTE *record = sidecar_key(file, &key) ? store_get(key, &all) : NULL;
    cleanup_free char *name = record ? last_name(file) : NULL;
    size_t length = name ? strnlen((const char *)record, all) + 1 : 0;
    BYTE *bytes;

    if (!name || all <= length)
        return NULL;
    if (strcmp((const char *)record, name) != 0 && !has_more_names(file))
        return NULL;
    bytes = malloc(all - length);
    if (!bytes)
        return NULL;
    *size = all - length;
    memcpy(bytes, record + length, *size);
    return bytes;
}

bool sidecar_copy(HANDLE from, const wchar_t *from_name, HANDLE to, const wchar_t *to_name)
{
    cleanup_free char *own = utf8_from_wide(from_name);
    cleanup_free char *copys = utf8_from_wide(to_name);
    cleanup_free BYTE *record = NULL;
    size_t size = 0, length;
    uint64_t source, target;

    if (!own || !copys || !sidecar_key(from, &source) || !sidecar_key(to, &target))
        return false;
    record = store_get(source, &size);
    length = record ? strnlen((const char *)record, size) + 1 : 0;
    if (size <= length || (strcmp((const char *)record, own) != 0 && !has_more_names(from))) {
        store_drop(target);
        return true;
    }
    return store_put(target, copys, strlen(copys) + 1, record + length, size - length);
}

BYTE *sidecar_stream_read(HANDLE file, DWORD id, size_t *size)
{
    size_t all = 0, length, body;
    cleanup_free BYTE *streams = sidecar_read(file, &all);
    const BYTE *found = streams ? find_stream(streams, all, id, &length, &body) : NULL;
    BYTE *out = found && length > body ? malloc(length - body) : NULL;

    if (out) {
        *size = length - body;
        memcpy(out, found + body, *size);
    }
    return out;
}

bool sidecar_stream_write(HANDLE file, DWORD id, const void *bytes, size_t size)
{
    size_t all = 0, length, body, at = 0;
    cleanup_free BYTE *streams = sidecar_read(file, &all);
    cleanup_free BYTE *out = malloc(all + HEADER_SIZE + size);
    const BYTE *old = streams ? find_stream(streams, all, id, &length, &body) : NULL;
    uint64_t length64 = size;
    DWORD attributes = id == BACKUP_SECURITY_DATA ? STREAM_CONTAINS_SECURITY : 0;

    if (!out)
        return false;
    if (size) { /* first, as BackupRead gives security before all else */
        memset(out, 0, HEADER_SIZE);
        memcpy(out, &id, sizeof(id));
        memcpy(out + 4, &attributes, sizeof(attributes));
        memcpy(out + 8, &length64, sizeof(length64));
        memcpy(out + HEADER_SIZE, bytes, size);
        at = HEADER_SIZE + size;
    }
    if (streams) {
        size_t before = old ? (size_t)(old - streams) : all;
        size_t after = old ? all - before - length : 0;

        memcpy(out + at, streams, before);
        memcpy(out + at + before, streams + all - after, after);
        at += before + after;
    }
    return sidecar_write(file, out, at);
}
