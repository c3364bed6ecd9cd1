/* SPDX-License-Identifier: MIT */
/* spawn [SECONDS]: starts a `sleep` that outlives it, prints the pid of that and ends. */
#include "program.h"

#include <wchar.h>

int wmain(int argc, wchar_t **argv)
{
    wchar_t command[64];
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION child;

    swprintf(command, 64, L"sleep.exe %lu", argc > 1 ? program_number(argv[1]) : 60UL);
    if (!CreateProcessW(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &child))
        return 1;
    program_print(L"%lu\r\n", child.dwProcessId);
    CloseHandle(child.hThread);
    CloseHandle(child.hProcess);
    return 0;
}
