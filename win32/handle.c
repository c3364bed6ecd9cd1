/* SPDX-License-Identifier: MIT */
/* What is done to an open file or folder, whatever way it was opened. */
#include <string.h>
#include <wchar.h>

#include "base/utf.h"
#include "files.h"

#include <winternl.h> /* last: it has macros of names that port/files.h gives to constants */

#define RETRY_LIMIT   50u
#define RETRY_LONGEST 20u /* ms */
#define LIST_BUFFER   16384

#define STATUS_NO_MORE ((NTSTATUS)0x80000006) /* STATUS_NO_MORE_FILES, ntstatus.h */

/* ntifs.h */
NTSYSAPI NTSTATUS NTAPI NtQueryDirectoryFile(HANDLE folder, HANDLE event, PIO_APC_ROUTINE routine,
                                             PVOID context, PIO_STATUS_BLOCK io, PVOID buffer,
                                             ULONG size, FILE_INFORMATION_CLASS what,
                                             BOOLEAN single, PUNICODE_STRING mask, BOOLEAN restart);

bool retry_after(int32_t hr, unsigned *attempt)
{
    if (hr != HR_SHARING_VIOLATION && hr != HR_ACCESS_DENIED)
        return false;
    if (*attempt >= RETRY_LIMIT)
        return false;
    Sleep(*attempt < RETRY_LONGEST ? *attempt : RETRY_LONGEST);
    (*attempt)++;
    return true;
}

file_kind kind_from_attributes(DWORD attributes)
{
    if (attributes & FILE_ATTRIBUTE_REPARSE_POINT)
        return FILE_KIND_REPARSE;
    return attributes & FILE_ATTRIBUTE_DIRECTORY ? FILE_KIND_DIRECTORY : FILE_KIND_FILE;
}

static bool attributes_set(HANDLE handle, DWORD attributes)
{
    FILE_BASIC_INFO info = {.FileAttributes = attributes ? attributes : FILE_ATTRIBUTE_NORMAL};

    return SetFileInformationByHandle(handle, FileBasicInfo, &info, sizeof(info));
}

/* Windows before 1709 has no such class, before 1809 not the flag for read-only files, and Wine
 * neither. */
static bool mark_removed(HANDLE handle, DWORD flags)
{
    FILE_DISPOSITION_INFO_EX disposition = {.Flags = FILE_DISPOSITION_FLAG_DELETE | flags};

    return SetFileInformationByHandle(handle, FILE_DISPOSITION_INFO_EX_CLASS, &disposition,
                                      sizeof(disposition));
}

static bool mark_removed_plainly(HANDLE handle, DWORD flags)
{
    FILE_DISPOSITION_INFO disposition = {.DeleteFile = TRUE};

    (void)flags;
    return SetFileInformationByHandle(handle, FileDispositionInfo, &disposition,
                                      sizeof(disposition));
}

typedef bool mark_fn(HANDLE handle, DWORD flags);

/* Without the flag a read-only file has to be made writable. It may have other names, which keep
 * its attributes. */
static int32_t remove_writable(HANDLE handle, mark_fn *mark, DWORD flags)
{
    FILE_BASIC_INFO info;
    int32_t hr = HR_OK;

    if (mark(handle, flags))
        return HR_OK;
    hr = hresult_last();
    if (hr != HR_ACCESS_DENIED ||
        !GetFileInformationByHandleEx(handle, FileBasicInfo, &info, sizeof(info)) ||
        !(info.FileAttributes & FILE_ATTRIBUTE_READONLY))
        return hr;
    if (!attributes_set(handle, info.FileAttributes & ~(DWORD)FILE_ATTRIBUTE_READONLY))
        return HR_ACCESS_DENIED;
    hr = mark(handle, flags) ? HR_OK : hresult_last();
    (void)attributes_set(handle, info.FileAttributes);
    return hr;
}

static bool is_unknown(int32_t hr)
{
    return hr == HR_INVALID_PARAMETER || hr == HR_FROM_WIN32(ERROR_INVALID_FUNCTION) ||
           hr == HR_NOT_SUPPORTED || hr == HR_FROM_WIN32(ERROR_CALL_NOT_IMPLEMENTED);
}

/* A name that is gone at once, even if somebody has the file open, where Windows knows how. */
int32_t handle_remove(HANDLE handle)
{
    const DWORD posix = FILE_DISPOSITION_FLAG_POSIX_SEMANTICS;
    int32_t hr = mark_removed(handle, posix | FILE_DISPOSITION_FLAG_IGNORE_READONLY_ATTRIBUTE)
                     ? HR_OK
                     : hresult_last();

    if (hr == HR_INVALID_PARAMETER)
        hr = remove_writable(handle, mark_removed, posix);
    return is_unknown(hr) ? remove_writable(handle, mark_removed_plainly, 0) : hr;
}

static bool is_dots(const wchar_t *name, size_t units)
{
    return units <= 2 && wmemcmp(name, L"..", units) == 0;
}

static int32_t add_names(const BYTE *buffer, string_list *files, string_list *others)
{
    for (;;) {
        /* The buffer is aligned, and so is every record in it. */
        const FILE_FULL_DIR_INFO *record = (const void *)buffer;
        size_t units = record->FileNameLength / sizeof(wchar_t);
        bool plain = kind_from_attributes(record->FileAttributes) == FILE_KIND_FILE;
        string_list *out = plain ? files : others;

        if (!is_dots(record->FileName, units) &&
            !string_list_own(out, utf8_from_utf16(record->FileName, units)))
            return HR_OUT_OF_MEMORY;
        if (record->NextEntryOffset == 0)
            return HR_OK;
        buffer += record->NextEntryOffset;
    }
}

int32_t handle_list(HANDLE folder, string_list *files, string_list *others)
{
    cleanup_free BYTE *buffer = malloc(LIST_BUFFER);
    FILE_INFO_BY_HANDLE_CLASS which = FileFullDirectoryRestartInfo;

    if (!buffer)
        return HR_OUT_OF_MEMORY;
    for (;;) {
        int32_t hr;

        if (!GetFileInformationByHandleEx(folder, which, buffer, LIST_BUFFER))
            return GetLastError() == ERROR_NO_MORE_FILES ? HR_OK : hresult_last();
        hr = add_names(buffer, files, others);
        if (HR_FAILED(hr))
            return hr;
        which = FileFullDirectoryInfo;
    }
}

static int32_t take_names(const BYTE *buffer, string_list *out)
{
    for (;;) {
        const FILE_NAMES_INFORMATION *record = (const void *)buffer;
        size_t units = record->FileNameLength / sizeof(wchar_t);

        if (!is_dots(record->FileName, units) &&
            !string_list_own(out, utf8_from_utf16(record->FileName, units)))
            return HR_OUT_OF_MEMORY;
        if (record->NextEntryOffset == 0)
            return HR_OK;
        buffer += record->NextEntryOffset;
    }
}

/* Win32 has no call that asks for names and nothing else; what else there is of a file costs. */
int32_t handle_list_names(HANDLE folder, string_list *out)
{
    cleanup_free BYTE *buffer = malloc(LIST_BUFFER);
    int32_t hr = buffer ? HR_OK : HR_OUT_OF_MEMORY;

    for (BOOLEAN restart = TRUE; HR_SUCCEEDED(hr); restart = FALSE) {
        IO_STATUS_BLOCK io;
        NTSTATUS status = NtQueryDirectoryFile(folder, NULL, NULL, NULL, &io, buffer, LIST_BUFFER,
                                               FileNamesInformation, FALSE, NULL, restart);

        if (status == STATUS_NO_MORE)
            return HR_OK;
        hr = status < 0 ? HR_FROM_WIN32(RtlNtStatusToDosError(status)) : take_names(buffer, out);
    }
    return hr;
}

int32_t handle_write(HANDLE handle, const void *bytes, size_t size)
{
    const char *next = bytes;

    while (size > 0) {
        DWORD piece = size > 0x1000000 ? 0x1000000 : (DWORD)size;
        DWORD written = 0;

        if (!WriteFile(handle, next, piece, &written, NULL))
            return hresult_last();
        next += written;
        size -= written;
    }
    return HR_OK;
}

/* No attributes at all would mean "leave them". What a file is cannot be changed by its attributes.
 */
int32_t handle_set_info(HANDLE handle, const basic_info *info)
{
    DWORD fixed = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT |
                  FILE_ATTRIBUTE_SPARSE_FILE | FILE_ATTRIBUTE_COMPRESSED | FILE_ATTRIBUTE_ENCRYPTED;
    DWORD attributes = info->attributes & ~fixed;
    FILE_BASIC_INFO basic = {
        .CreationTime.QuadPart = (LONGLONG)info->creation,
        .LastAccessTime.QuadPart = (LONGLONG)info->access,
        .LastWriteTime.QuadPart = (LONGLONG)info->write,
        .ChangeTime.QuadPart = (LONGLONG)info->change,
        .FileAttributes = attributes ? attributes : FILE_ATTRIBUTE_NORMAL,
    };

    if (SetFileInformationByHandle(handle, FileBasicInfo, &basic, sizeof(basic)))
        return HR_OK;
    return hresult_last();
}

int32_t handle_basic_info(HANDLE handle, basic_info *out)
{
    FILE_BASIC_INFO basic;

    if (!GetFileInformationByHandleEx(handle, FileBasicInfo, &basic, sizeof(basic)))
        return hresult_last();
    *out = (basic_info){
        .creation = (uint64_t)basic.CreationTime.QuadPart,
        .access = (uint64_t)basic.LastAccessTime.QuadPart,
        .write = (uint64_t)basic.LastWriteTime.QuadPart,
        .change = (uint64_t)basic.ChangeTime.QuadPart,
        .attributes = basic.FileAttributes,
    };
    return HR_OK;
}
