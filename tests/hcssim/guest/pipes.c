/* SPDX-License-Identifier: MIT */
/* Pipes for standard streams. Anonymous pipes cannot be overlapped, so these have a name. */
#include "pipes.h"

#include <wchar.h>

#include "base/error.h"

#define PIPE_BYTES 65536

void pipes_close(HANDLE *handle)
{
    if (*handle && *handle != INVALID_HANDLE_VALUE)
        CloseHandle(*handle);
    *handle = NULL;
}

int32_t pipes_new(bool we_read, bool both, HANDLE *ours, HANDLE *theirs)
{
    static volatile LONG count;
    wchar_t name[64];
    HANDLE server, client;
    DWORD error;

    swprintf(name, 64, L"\\\\.\\pipe\\hcssim-io-%lu-%lu", GetCurrentProcessId(),
             (unsigned long)InterlockedIncrement(&count));
    server = CreateNamedPipeW(name,
                              (we_read ? PIPE_ACCESS_INBOUND : PIPE_ACCESS_OUTBOUND) |
                                  FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                              PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT, 1, PIPE_BYTES,
                              PIPE_BYTES, 0, NULL);
    if (server == INVALID_HANDLE_VALUE)
        return HR_FROM_WIN32(GetLastError());
    client = CreateFileW(name, we_read ? GENERIC_WRITE : GENERIC_READ, 0, NULL, OPEN_EXISTING,
                         both ? FILE_FLAG_OVERLAPPED : 0, NULL);
    if (client == INVALID_HANDLE_VALUE) {
        error = GetLastError();
        CloseHandle(server);
        return HR_FROM_WIN32(error);
    }
    *ours = server;
    *theirs = client;
    return HR_OK;
}
