/* SPDX-License-Identifier: MIT */
/* The contract tests' needs, on Windows. */
#include "native.h"

#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

void native_pipe(intptr_t *reader, intptr_t *writer)
{
    HANDLE ends[2] = {NULL, NULL};

    if (!CreatePipe(&ends[0], &ends[1], NULL, 65536))
        abort();
    *reader = (intptr_t)ends[0];
    *writer = (intptr_t)ends[1];
}

void native_close(intptr_t handle)
{
    CloseHandle((HANDLE)handle);
}

bool native_is_open(intptr_t handle)
{
    DWORD flags;

    return GetHandleInformation((HANDLE)handle, &flags);
}

static DWORD standard_id(int which)
{
    static const DWORD ids[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};

    return ids[which];
}

intptr_t native_redirect(int which, intptr_t handle)
{
    HANDLE before = GetStdHandle(standard_id(which));

    SetStdHandle(standard_id(which), (HANDLE)handle);
    return (intptr_t)before;
}

void native_redirect_back(int which, intptr_t before)
{
    SetStdHandle(standard_id(which), (HANDLE)before);
}

void native_temporary(char *path, size_t size)
{
    static LONG counter;
    char folder[MAX_PATH];

    GetTempPathA(MAX_PATH, folder);
    /* Process ids come again, and a test that crashed leaves its folder behind. */
    do {
        snprintf(path, size, "%swcow-contract-%lu-%ld", folder, GetCurrentProcessId(),
                 (long)InterlockedIncrement(&counter));
        if (CreateDirectoryA(path, NULL))
            return;
    } while (GetLastError() == ERROR_ALREADY_EXISTS);
    abort();
}

char native_separator(void)
{
    return '\\';
}

size_t native_handles(void)
{
    DWORD count = 0;

    return GetProcessHandleCount(GetCurrentProcess(), &count) ? count : 0;
}

void native_set_environment(const char *name, const char *value)
{
    SetEnvironmentVariableA(name, value);
}

bool native_is_windows(void)
{
    return true;
}

bool native_is_wine(void)
{
    return GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != NULL;
}

bool native_obeys_sequences(int which)
{
    DWORD mode;

    return GetConsoleMode(GetStdHandle(standard_id(which)), &mode) &&
           (mode & ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

/*
 * Wine since 10 gives its processes a token of the limited kind, in which Administrators are not
 * for refusals only, as Windows would have it: there the group itself is looked at.
 */
static bool wine_is_elevated(HANDLE token)
{
    _Alignas(TOKEN_GROUPS) char buffer[8192];
    _Alignas(SID) char sid[SECURITY_MAX_SID_SIZE];
    const TOKEN_GROUPS *groups = (void *)buffer;
    DWORD size = sizeof(sid);

    if (!GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version") ||
        !CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, sid, &size) ||
        !GetTokenInformation(token, TokenGroups, buffer, sizeof(buffer), &size))
        return false;
    for (DWORD i = 0; i < groups->GroupCount; i++)
        if (EqualSid(groups->Groups[i].Sid, sid))
            return groups->Groups[i].Attributes & SE_GROUP_ENABLED &&
                   !(groups->Groups[i].Attributes & SE_GROUP_USE_FOR_DENY_ONLY);
    return false;
}

bool native_is_elevated(void)
{
    TOKEN_ELEVATION elevation = {0};
    HANDLE token = NULL;
    DWORD size;
    bool elevated;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return false;
    elevated = GetTokenInformation(token, TokenElevation, &elevation, sizeof(elevation), &size) &&
               (elevation.TokenIsElevated || wine_is_elevated(token));
    CloseHandle(token);
    return elevated;
}
