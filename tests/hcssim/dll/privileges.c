/* SPDX-License-Identifier: MIT */
/*
 * What the caller's token must have: that of the thread if it impersonates somebody, as go-winio
 * does to take privileges for a while, or else that of the process. ImportLayer and ExportLayer do
 * their work in the caller's process, who takes the privileges before (hcsshim, importlayer.go and
 * exportlayer.go). The code of a call without them is not known; this is the system's for it.
 */
#include "client.h"

#include <string.h>

static bool is_enabled(HANDLE token, const wchar_t *name)
{
    PRIVILEGE_SET set = {.PrivilegeCount = 1, .Control = PRIVILEGE_SET_ALL_NECESSARY};
    BOOL held = FALSE;

    return LookupPrivilegeValueW(NULL, name, &set.Privilege[0].Luid) &&
           PrivilegeCheck(token, &set, &held) && held;
}

bool privileges_suffice(const char *call)
{
    const bool import = strcmp(call, "ImportLayer") == 0;
    HANDLE token = NULL;
    bool enough;

    if (!import && strcmp(call, "ExportLayer") != 0)
        return true;
    if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token) &&
        !OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return false;
    enough = is_enabled(token, L"SeBackupPrivilege") &&
             (!import || is_enabled(token, L"SeRestorePrivilege"));
    CloseHandle(token);
    return enough;
}
