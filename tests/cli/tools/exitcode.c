/* SPDX-License-Identifier: MIT */
/*
 * exitcode.exe FILE COMMAND…: runs a command with this program's own standard handles and console and
 * writes its whole 32-bit exit code to FILE, because Linux sees only the low 8 bits of one.
 */
#include <windows.h>

#include <stdio.h>
#include <wchar.h>

/* The rest of the command line after `words` words, exactly as it was given. */
static wchar_t *skip_words(wchar_t *line, int words)
{
    while (words-- > 0) {
        BOOL quoted = FALSE;

        for (; *line && (quoted || (*line != L' ' && *line != L'\t')); line++)
            if (*line == L'"')
                quoted = !quoted;
        while (*line == L' ' || *line == L'\t')
            line++;
    }
    return line;
}

int wmain(int argc, wchar_t **argv)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    DWORD code = 0;
    FILE *file;

    if (argc < 3)
        return 125;
    GetStartupInfoW(&startup);
    /* Ctrl-C is the command's business; it is in the same console group. */
    SetConsoleCtrlHandler(NULL, FALSE);
    if (!CreateProcessW(NULL, skip_words(GetCommandLineW(), 2), NULL, NULL, TRUE, 0, NULL, NULL,
                        &startup, &process)) {
        fprintf(stderr, "exitcode: cannot start %ls: error %lu\n", argv[2], GetLastError());
        return 125;
    }
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    file = _wfopen(argv[1], L"wb");
    if (!file || fprintf(file, "%lu\n", code) < 0 || fclose(file))
        return 125;
    return (int)code;
}
