/* SPDX-License-Identifier: MIT */
/*
 * tasks.exe: the host's process list, one "PID PARENT NAME" a line, because Wine's tasklist is a
 * silent stub. `tasks.exe --kill PID CODE` ends one process; `tasks.exe --handles PID` tells how
 * many handles one has open.
 */
#include <windows.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tlhelp32.h>
#include <winternl.h>

/* What class 64 of NtQuerySystemInformation (SystemExtendedHandleInformation) answers. */
typedef struct open_handle {
    void *object;
    uintptr_t process, handle;
    uint32_t access;
    uint16_t trace, type;
    uint32_t attributes, reserved;
} open_handle;

typedef struct open_handles {
    uintptr_t count, reserved;
    open_handle items[];
} open_handles;

/* Of all processes. Its size grows with the host, so it is asked again with twice as much, until it
 * fits. Wine 8 answers 0 to GetProcessHandleCount. */
static open_handles *all_handles(void)
{
    for (ULONG size = 1u << 16; size <= 1u << 28; size *= 2) {
        open_handles *answer = malloc(size);

        if (!answer || !NtQuerySystemInformation((SYSTEM_INFORMATION_CLASS)64, answer, size, NULL))
            return answer;
        free(answer);
    }
    return NULL;
}

static int count_handles(const char *pid)
{
    const uintptr_t process = strtoul(pid, NULL, 0);
    open_handles *all = all_handles();
    size_t count = 0;

    if (!all)
        return 1;
    for (uintptr_t i = 0; i < all->count; i++)
        count += all->items[i].process == process;
    printf("%zu\n", count);
    free(all);
    return 0;
}

static int kill_process(const char *pid, const char *code)
{
    HANDLE process = OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, strtoul(pid, NULL, 0));

    if (!process)
        return 1;
    if (!TerminateProcess(process, strtoul(code, NULL, 0)))
        return 1;
    WaitForSingleObject(process, 10000);
    CloseHandle(process);
    return 0;
}

int main(int argc, char **argv)
{
    PROCESSENTRY32W entry = {.dwSize = sizeof(entry)};
    HANDLE snapshot;

    if (argc == 4 && !strcmp(argv[1], "--kill"))
        return kill_process(argv[2], argv[3]);
    if (argc == 3 && !strcmp(argv[1], "--handles"))
        return count_handles(argv[2]);

    snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (snapshot == INVALID_HANDLE_VALUE)
        return 1;
    if (Process32FirstW(snapshot, &entry)) {
        do {
            printf("%lu %lu %ls\n", entry.th32ProcessID, entry.th32ParentProcessID,
                   entry.szExeFile);
        } while (Process32NextW(snapshot, &entry));
    }
    CloseHandle(snapshot);
    return 0;
}
