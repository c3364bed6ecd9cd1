/* SPDX-License-Identifier: MIT */
/*
 * tasks.exe: the host's process list, one "PID PARENT NAME" a line, because Wine's tasklist is a
 * silent stub. `tasks.exe --kill PID CODE` ends one process.
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tlhelp32.h>

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
