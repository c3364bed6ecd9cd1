/* SPDX-License-Identifier: MIT */
/*
 * injob.exe KIND COMMAND LINE: runs a program in a job, as a CI step or a remote session does. A
 * job that "keeps" refuses to let a child leave, one that "lets-go" does not; one that "kills" does
 * not either, and ends with the program.
 */
#include <stdbool.h>
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

int wmain(int argc, wchar_t **argv);

/* The line after the first two words, which have no blanks in them but within quotes. */
static wchar_t *rest(wchar_t *line)
{
    for (int words = 2; words > 0; words--) {
        bool quoted = false;

        for (; *line && (quoted || *line != L' '); line++)
            quoted ^= *line == L'"';
        while (*line == L' ')
            line++;
    }
    return line;
}

static bool enter(DWORD limits)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION info = {0};
    HANDLE job = CreateJobObjectW(NULL, NULL);

    info.BasicLimitInformation.LimitFlags = limits;
    return job &&
           SetInformationJobObject(job, JobObjectExtendedLimitInformation, &info, sizeof(info)) &&
           AssignProcessToJobObject(job, GetCurrentProcess());
}

int wmain(int argc, wchar_t **argv)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION made;
    DWORD limits = 0;
    DWORD code = 127;

    if (argc > 1)
        limits = !wcscmp(argv[1], L"keeps")   ? 0
                 : !wcscmp(argv[1], L"kills") ? JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
                                              : JOB_OBJECT_LIMIT_BREAKAWAY_OK;
    if (argc < 3 || !enter(limits) ||
        !CreateProcessW(NULL, rest(GetCommandLineW()), NULL, NULL, TRUE, 0, NULL, NULL, &startup,
                        &made)) {
        fprintf(stderr, "injob: error %lu\n", GetLastError());
        return 127;
    }
    WaitForSingleObject(made.hProcess, INFINITE);
    GetExitCodeProcess(made.hProcess, &code);
    return (int)code;
}
