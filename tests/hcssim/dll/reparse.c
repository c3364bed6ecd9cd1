/* SPDX-License-Identifier: MIT */
/*
 * Reparse points. On the disk they are empty folders and empty files; their data is in the sidecar,
 * and so is what a BackupWrite restored. Nothing follows them.
 */
#include "nt_hooks.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <winioctl.h>

#include "base/cleanup.h"

#include "sidecar.h"

#define STATUS_NO_REPARSE_POINT ((NTSTATUS)0xC0000275)
#define STATUS_OTHER_TAG        ((NTSTATUS)0xC0000277)
#define STATUS_BAD_REPARSE_DATA ((NTSTATUS)0xC0000278)
#define STATUS_FOLDER_NOT_EMPTY ((NTSTATUS)0xC0000101)
#define STATUS_MORE_DATA        ((NTSTATUS)0x80000005)
#define STATUS_TOO_SMALL        ((NTSTATUS)0xC0000023)
#define STATUS_REFUSED          ((NTSTATUS)0xC0000022)
#define STATUS_IO_FAILED        ((NTSTATUS)0xC0000185)
#define MAXIMUM_SIZE            16384u /* MAXIMUM_REPARSE_DATA_BUFFER_SIZE */
#define HEADER_SIZE             8u
#define CLASS_STANDARD          5u
#define CLASS_NAMES             12u
#define RELATIVE_LINK           1u /* SYMLINK_FLAG_RELATIVE */

typedef struct reparse_header {
    DWORD tag;
    WORD length, reserved;
} reparse_header;

_Static_assert(sizeof(reparse_header) == HEADER_SIZE, "REPARSE_DATA_BUFFER");

typedef struct standard_information {
    LARGE_INTEGER allocated, size;
    ULONG links;
    BOOLEAN delete_pending, directory;
} standard_information;

static bool empty(HANDLE file, bool *directory)
{
    standard_information standard;
    IO_STATUS_BLOCK io;

    if (nt.query_information(file, &io, &standard, sizeof(standard), CLASS_STANDARD) < 0)
        return false;
    *directory = standard.directory;
    return standard.directory || standard.size.QuadPart == 0;
}

/* The data of a reparse point, with its header. */
static BYTE *data_of(HANDLE file, size_t *size)
{
    bool directory;
    BYTE *data =
        empty(file, &directory) ? sidecar_stream_read(file, BACKUP_REPARSE_DATA, size) : NULL;

    if (data && *size < HEADER_SIZE) {
        free(data);
        return NULL;
    }
    return data;
}

bool reparse_tag(HANDLE file, DWORD *tag)
{
    size_t size;
    cleanup_free BYTE *data = data_of(file, &size);

    if (data)
        memcpy(tag, data, sizeof(*tag));
    return data != NULL;
}

/* A folder that has anything in it cannot become a reparse point. */
static bool has_entries(HANDLE folder)
{
    BYTE names[4096];
    IO_STATUS_BLOCK io;
    UNICODE_STRING all = {2, 2, (WCHAR[]){L'*', 0}};
    UNICODE_STRING itself = {0};
    OBJECT_ATTRIBUTES again = {
        .Length = sizeof(again), .RootDirectory = folder, .ObjectName = &itself};
    BOOLEAN restart = TRUE;
    unsigned count = 0;
    HANDLE own;

    if (nt.open_file(&own, FILE_LIST_DIRECTORY | SYNCHRONIZE, &again, &io,
                     FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                     FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT) < 0)
        return false;
    while (count <= 2 && nt.query_directory(own, NULL, NULL, NULL, &io, names, sizeof(names),
                                            CLASS_NAMES, TRUE, &all, restart) >= 0) {
        count++;
        restart = FALSE;
    }
    CloseHandle(own);
    return count > 2; /* . and .. are always there */
}

static NTSTATUS check(const void *data, ULONG size, ULONG minimum, reparse_header *header)
{
    const bool microsoft = size >= sizeof(DWORD) && (*(const DWORD *)data & 0x80000000u);

    if (!data || size < HEADER_SIZE || size > MAXIMUM_SIZE)
        return STATUS_BAD_REPARSE_DATA;
    memcpy(header, data, sizeof(*header));
    /* Other tags have a GUID between header and data. */
    if (header->tag <= 1 || size != header->length + HEADER_SIZE + (microsoft ? 0u : 16u) ||
        header->length < minimum)
        return STATUS_BAD_REPARSE_DATA;
    return 0;
}

NTSTATUS reparse_set(HANDLE file, const void *data, ULONG size)
{
    reparse_header header;
    bool directory = false;
    NTSTATUS status = check(data, size, 0, &header);
    DWORD tag;

    if (status < 0)
        return status;
    if (!empty(file, &directory))
        return STATUS_REFUSED; /* a file with contents: not simulated */
    if (reparse_tag(file, &tag) ? tag != header.tag : (directory && has_entries(file)))
        return directory && has_entries(file) ? STATUS_FOLDER_NOT_EMPTY : STATUS_OTHER_TAG;
    return sidecar_stream_write(file, BACKUP_REPARSE_DATA, data, size) ? 0 : STATUS_IO_FAILED;
}

NTSTATUS reparse_get(HANDLE file, void *data, ULONG room, ULONG_PTR *size)
{
    size_t length;
    cleanup_free BYTE *kept = data_of(file, &length);

    if (!kept)
        return STATUS_NO_REPARSE_POINT;
    if (room < HEADER_SIZE)
        return STATUS_TOO_SMALL;
    *size = length < room ? length : room;
    memcpy(data, kept, *size);
    return length > room ? STATUS_MORE_DATA : 0;
}

NTSTATUS reparse_delete(HANDLE file, const void *data, ULONG size)
{
    reparse_header header;
    NTSTATUS status = check(data, size, 0, &header);
    DWORD tag;

    if (status < 0)
        return status;
    if (header.length)
        return STATUS_BAD_REPARSE_DATA;
    if (!reparse_tag(file, &tag))
        return STATUS_NO_REPARSE_POINT;
    if (tag != header.tag)
        return STATUS_OTHER_TAG;
    return sidecar_stream_write(file, BACKUP_REPARSE_DATA, NULL, 0) ? 0 : STATUS_IO_FAILED;
}

/* ---- symbolic links ---- */

/* Symbolic links to somewhere have "\??\" before an absolute target, for the kernel only. */
static BYTE *link_data(PCWSTR target, size_t *size)
{
    bool absolute = wcslen(target) > 1 && target[1] == L':';
    bool relative = !absolute && target[0] != L'\\';
    size_t plain = wcslen(target) * sizeof(WCHAR);
    size_t prefix = absolute ? 4 * sizeof(WCHAR) : 0;
    WORD offsets[4] = {0, (WORD)(prefix + plain), (WORD)(prefix + plain), (WORD)plain};
    DWORD flags = relative ? RELATIVE_LINK : 0;
    reparse_header header = {IO_REPARSE_TAG_SYMLINK,
                             (WORD)(sizeof(offsets) + sizeof(flags) + prefix + 2 * plain), 0};
    BYTE *data = plain < MAXIMUM_SIZE / 4 ? calloc(1, HEADER_SIZE + header.length) : NULL;
    BYTE *at = data;

    if (!data)
        return NULL;
    memcpy(at, &header, sizeof(header));
    memcpy(at += sizeof(header), offsets, sizeof(offsets));
    memcpy(at += sizeof(offsets), &flags, sizeof(flags));
    memcpy(at += sizeof(flags), L"\\??\\", prefix);
    memcpy(at += prefix, target, plain);
    memcpy(at + plain, target, plain);
    *size = HEADER_SIZE + header.length;
    return data;
}

BOOLEAN WINAPI hooked_create_symbolic_link(PCWSTR link, PCWSTR target, DWORD flags)
{
    size_t size = 0;
    cleanup_free BYTE *data = link_data(target, &size);
    bool directory = flags & SYMBOLIC_LINK_FLAG_DIRECTORY;
    HANDLE file;
    DWORD done;
    BOOL ok;

    if (!data) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (directory && !CreateDirectoryW(link, NULL))
        return FALSE;
    file = CreateFileW(link, GENERIC_WRITE, 0, NULL, directory ? OPEN_EXISTING : CREATE_NEW,
                       FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        if (GetLastError() == ERROR_FILE_EXISTS)
            SetLastError(ERROR_ALREADY_EXISTS);
        return FALSE;
    }
    ok = DeviceIoControl(file, FSCTL_SET_REPARSE_POINT, data, (DWORD)size, NULL, 0, &done, NULL);
    CloseHandle(file);
    return (BOOLEAN)ok;
}
