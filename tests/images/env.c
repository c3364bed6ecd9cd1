/* SPDX-License-Identifier: MIT */
/* env: the environment, then the current folder, the user and the computer, one a line. */
#include "program.h"

#include <wchar.h>

static void print_environment(void)
{
    wchar_t *block = GetEnvironmentStringsW();

    for (const wchar_t *line = block; line && *line; line += wcslen(line) + 1)
        if (*line != L'=') /* the hidden current folders of drives: =C:=C:\… */
            program_print(L"%ls\r\n", line);
    FreeEnvironmentStringsW(block);
}

int wmain(int argc, wchar_t **argv)
{
    wchar_t text[MAX_PATH];
    DWORD length = MAX_PATH;

    (void)argc;
    (void)argv;
    print_environment();
    if (GetCurrentDirectoryW(MAX_PATH, text))
        program_print(L"[folder] %ls\r\n", text);
    if (GetUserNameW(text, &length))
        program_print(L"[user] %ls\r\n", text);
    length = MAX_PATH;
    if (GetComputerNameExW(ComputerNameDnsHostname, text, &length))
        program_print(L"[computer] %ls\r\n", text);
    return 0;
}
