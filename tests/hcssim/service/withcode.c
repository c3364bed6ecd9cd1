/* SPDX-License-Identifier: MIT */
/*
 * withcode.exe FILE COMMAND LINE: runs a program and writes its exit code, all 32 bits of it, into
 * the file; Linux sees the low 8 only.
 */
#include <stdbool.h>
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

#include "../guest/create.h"

/* The line after `words` words; their quotes are honoured. */
static wchar_t *rest(wchar_t *line, int words)
{
    while (words--) {
        bool quoted = false;

        for (; *line && (quoted || *line != L' '); line++)
            quoted ^= *line == L'"';
        while (*line == L' ')
            line++;
    }
    return line;
}

/* Ctrl-C is the program's business. */
static BOOL WINAPI ignore(DWORD event)
{
    (void)event;
    return TRUE;
}

int wmain(int argc, wchar_t **argv);

int wmain(int argc, wchar_t **argv)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION made;
    DWORD code = 0;
    FILE *file;

    if (argc < 3)
        return 2;
    SetConsoleCtrlHandler(ignore, TRUE);
    if (create_process(NULL, rest(GetCommandLineW(), 2), TRUE, 0, NULL, NULL, &startup, &made)) {
        WaitForSingleObject(made.hProcess, INFINITE);
        GetExitCodeProcess(made.hProcess, &code);
    } else {
        fprintf(stderr, "withcode: cannot start %ls: %lu\n", argv[2], GetLastError());
        code = 127;
    }
    file = _wfopen(argv[1], L"w");
    if (!file)
        return 2;
    fprintf(file, "%lu\n", code);
    fclose(file);
    return (int)code;
}
