/* SPDX-License-Identifier: MIT */
/*
 * virtdisk.dll of the simulated host: Wine's own aborts the program. A virtual disk is its file;
 * what is attached is known to the service, which is asked to attach and detach it.
 */
#include <stdint.h>
#include <string.h>
#include <windows.h>

#include "base/json.h"

#include "../service/wide.h"
#include "client.h"

#define PERMANENT_LIFETIME 0x4u /* virtdisk.h */

/* Named otherwise than in virtdisk.h, which says dllimport; virtdisk.def gives them their names. */
DWORD WINAPI disk_open(const void *type, PCWSTR path, DWORD access, DWORD flags,
                       const void *parameters, HANDLE *out);
DWORD WINAPI disk_create(const void *type, PCWSTR path, DWORD access, void *descriptor, DWORD flags,
                         ULONG provider_flags, const void *parameters, OVERLAPPED *overlapped,
                         HANDLE *out);
DWORD WINAPI disk_attach(HANDLE disk, void *descriptor, DWORD flags, ULONG provider_flags,
                         const void *parameters, OVERLAPPED *overlapped);
DWORD WINAPI disk_detach(HANDLE disk, DWORD flags, ULONG provider_flags);
DWORD WINAPI disk_expand(HANDLE disk, DWORD flags, const void *parameters, OVERLAPPED *overlapped);
DWORD WINAPI disk_physical_path(HANDLE disk, ULONG *size, PWSTR path);
DWORD WINAPI disk_get(HANDLE disk, ULONG *size, void *info, ULONG *used);
DWORD WINAPI disk_set(HANDLE disk, const void *info);

DWORD WINAPI disk_open(const void *type, PCWSTR path, DWORD access, DWORD flags,
                       const void *parameters, HANDLE *out)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                              OPEN_EXISTING, 0, NULL);

    (void)type, (void)access, (void)flags, (void)parameters;
    if (file == INVALID_HANDLE_VALUE)
        return GetLastError();
    *out = file;
    return ERROR_SUCCESS;
}

DWORD WINAPI disk_create(const void *type, PCWSTR path, DWORD access, void *descriptor, DWORD flags,
                         ULONG provider_flags, const void *parameters, OVERLAPPED *overlapped,
                         HANDLE *out)
{
    HANDLE file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_NEW,
                              FILE_ATTRIBUTE_NORMAL, NULL);

    (void)type, (void)access, (void)descriptor, (void)flags, (void)provider_flags;
    (void)parameters, (void)overlapped;
    if (file == INVALID_HANDLE_VALUE)
        return GetLastError();
    *out = file;
    return ERROR_SUCCESS;
}

/* HRESULT → Win32 code, which is what this library returns. */
static DWORD win32_code(int32_t hr)
{
    if (hr >= 0)
        return ERROR_SUCCESS;
    return ((uint32_t)hr & 0x1fff0000u) == 0x00070000u ? (uint32_t)hr & 0xffffu : (DWORD)hr;
}

/* Asks the service to do something with the file that the disk is. */
static DWORD call_with_path(const char *name, HANDLE disk, uintptr_t argument)
{
    static const sim_export calls[] = {SIM_HOST_CALLS(SIM_EXPORT_ROW)};
    const sim_export *call = calls;
    wchar_t path[4096];
    const wchar_t *plain = path;
    DWORD length = GetFinalPathNameByHandleW(disk, path, 4096, 0);
    uintptr_t arguments[2];

    while (strcmp(call->name, name) != 0)
        call++;
    if (!length || length >= 4096)
        return ERROR_INVALID_HANDLE;
    if (wcsncmp(plain, L"\\\\?\\", 4) == 0)
        plain += 4;
    arguments[0] = (uintptr_t)plain;
    arguments[1] = argument;
    return win32_code(client_call(call, arguments));
}

/* Attached as long as this handle is open, unless it is to be permanent. */
DWORD WINAPI disk_attach(HANDLE disk, void *descriptor, DWORD flags, ULONG provider_flags,
                         const void *parameters, OVERLAPPED *overlapped)
{
    (void)descriptor, (void)provider_flags, (void)parameters, (void)overlapped;
    return call_with_path("AttachVirtualDisk", disk, (flags & PERMANENT_LIFETIME) != 0);
}

DWORD WINAPI disk_detach(HANDLE disk, DWORD flags, ULONG provider_flags)
{
    (void)flags, (void)provider_flags;
    return call_with_path("DetachVirtualDisk", disk, 0);
}

DWORD WINAPI disk_expand(HANDLE disk, DWORD flags, const void *parameters, OVERLAPPED *overlapped)
{
    (void)disk, (void)flags, (void)parameters, (void)overlapped;
    return ERROR_SUCCESS;
}

DWORD WINAPI disk_physical_path(HANDLE disk, ULONG *size, PWSTR path)
{
    static const wchar_t drive[] = L"\\\\.\\PhysicalDrive9";

    (void)disk;
    if (*size < sizeof(drive)) {
        *size = sizeof(drive);
        return ERROR_INSUFFICIENT_BUFFER;
    }
    memcpy(path, drive, sizeof(drive));
    *size = sizeof(drive);
    return ERROR_SUCCESS;
}

DWORD WINAPI disk_get(HANDLE disk, ULONG *size, void *info, ULONG *used)
{
    (void)disk, (void)size, (void)info, (void)used;
    return ERROR_NOT_SUPPORTED;
}

DWORD WINAPI disk_set(HANDLE disk, const void *info)
{
    (void)disk, (void)info;
    return ERROR_NOT_SUPPORTED;
}
