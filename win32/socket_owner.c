/* SPDX-License-Identifier: MIT */
/*
 * Which process has a port: the tables of IP Helper, of IPv4 and then of IPv6. A socket for both
 * shows in the latter, too, and one for IPv6 alone looks the same there: it is told of, and said to
 * be at some addresses only. iphlpapi.dll is loaded for this, from System32 alone: no other command
 * needs it.
 */
#include "port/socket_owner.h"

#include "platform.h"

#include <string.h>
#include <winsock2.h>
#include <ws2ipdef.h>

#include <iphlpapi.h>

#define ATTEMPTS 8 /* a table that grew meanwhile */

typedef DWORD(WINAPI table_fn)(PVOID table, PDWORD size, BOOL order, ULONG family, ULONG class,
                               ULONG reserved);

/* Rows of both tables of a protocol differ in where these are. */
typedef struct row {
    uint32_t pid;
    uint16_t port;
    bool everywhere;
} row;

/* In the order of the network. */
static uint16_t port_of(DWORD port)
{
    return (uint16_t)((port >> 8 & 0xff) | (port & 0xff) << 8);
}

static row row_of(const void *table, bool udp, bool six, DWORD i)
{
    if (udp && six) {
        const MIB_UDP6ROW_OWNER_PID *r = &((const MIB_UDP6TABLE_OWNER_PID *)table)->table[i];

        return (row){r->dwOwningPid, port_of(r->dwLocalPort), false};
    }
    if (udp) {
        const MIB_UDPROW_OWNER_PID *r = &((const MIB_UDPTABLE_OWNER_PID *)table)->table[i];

        return (row){r->dwOwningPid, port_of(r->dwLocalPort), !r->dwLocalAddr};
    }
    if (six) {
        const MIB_TCP6ROW_OWNER_PID *r = &((const MIB_TCP6TABLE_OWNER_PID *)table)->table[i];

        return (row){r->dwOwningPid, port_of(r->dwLocalPort), false};
    }
    const MIB_TCPROW_OWNER_PID *r = &((const MIB_TCPTABLE_OWNER_PID *)table)->table[i];

    return (row){r->dwOwningPid, port_of(r->dwLocalPort), !r->dwLocalAddr};
}

/* Fresh memory; each table begins with the number of its rows. */
static DWORD read_table(table_fn *get, bool udp, bool six, void **out)
{
    const ULONG class = udp ? (ULONG)UDP_TABLE_OWNER_PID : (ULONG)TCP_TABLE_OWNER_PID_LISTENER;
    DWORD size = 16384;
    void *table = NULL;
    DWORD code = ERROR_INSUFFICIENT_BUFFER;

    for (int i = 0; i < ATTEMPTS && code == ERROR_INSUFFICIENT_BUFFER; i++) {
        free(table);
        table = malloc(size);
        code = table ? get(table, &size, FALSE, six ? AF_INET6 : AF_INET, class, 0)
                     : ERROR_OUTOFMEMORY;
    }
    if (code)
        free(table);
    else
        *out = table;
    return code;
}

static DWORD look(table_fn *get, bool udp, bool six, uint16_t port, socket_owner *best, bool *found)
{
    void *table = NULL;
    const DWORD code = read_table(get, udp, six, &table);

    for (DWORD i = 0; !code && i < *(const DWORD *)table; i++) {
        const row r = row_of(table, udp, six, i);

        if (r.port != port || (*found && !(r.everywhere && !best->everywhere)))
            continue;
        *best = (socket_owner){.pid = r.pid, .everywhere = r.everywhere};
        *found = true;
    }
    free(table);
    return code;
}

/* The last part of its executable's path. What may not be asked is not told. */
static void name_program(socket_owner *owner)
{
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, owner->pid);
    wchar_t path[1024];
    DWORD size = sizeof path / sizeof path[0];
    const wchar_t *last;

    if (owner->pid == 4)
        memcpy(owner->program, "System", sizeof "System");
    if (!process)
        return;
    if (QueryFullProcessImageNameW(process, 0, path, &size)) {
        cleanup_free char *name = NULL;

        last = wcsrchr(path, L'\\');
        name = utf8_from_wide(last ? last + 1 : path);
        if (name && strlen(name) < sizeof owner->program)
            memcpy(owner->program, name, strlen(name) + 1);
    }
    CloseHandle(process);
}

int32_t socket_owner_find(bool udp, uint16_t port, socket_owner *out)
{
    HMODULE dll = system_library(L"iphlpapi.dll");
    table_fn *get = dll ? (table_fn *)(intptr_t)GetProcAddress(dll, udp ? "GetExtendedUdpTable"
                                                                        : "GetExtendedTcpTable")
                        : NULL;
    socket_owner best = {0};
    bool found = false;
    DWORD code = get ? look(get, udp, false, port, &best, &found) : GetLastError();

    if (get && !code && !found)
        (void)look(get, udp, true, port, &best, &found); /* a host may have no IPv6 */
    if (dll)
        FreeLibrary(dll);
    if (code)
        return HR_FROM_WIN32(code);
    if (!found)
        return HR_NOT_FOUND;
    name_program(&best);
    *out = best;
    return HR_OK;
}
