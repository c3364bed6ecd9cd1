/* SPDX-License-Identifier: MIT */
/*
 * args: its command line as it arrived, then each argument in brackets, one a line. They are split
 * by the system's own function, since the C library's rules differ in quotes within quotes.
 */
#include "program.h"

#include <shellapi.h>

int wmain(int argc, wchar_t **argv)
{
    wchar_t **words;
    int count;

    (void)argc;
    (void)argv;
    words = CommandLineToArgvW(GetCommandLineW(), &count);
    if (!words)
        return 1;
    program_print(L"command line: %ls\r\n", GetCommandLineW());
    for (int i = 1; i < count; i++)
        program_print(L"[%ls]\r\n", words[i]);
    LocalFree(words);
    return 0;
}
