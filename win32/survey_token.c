/* SPDX-License-Identifier: MIT */
/* What only the self-test asks of this process's token, and what it may make with it. */
#include "port/survey.h"

#include "base/text.h"
#include "platform.h"
#include "security.h"

typedef union sid_room {
    TOKEN_OWNER owner;
    TOKEN_USER user;
    char room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
} sid_room;

static int32_t name_owner(HANDLE token, const char **out)
{
    sid_room owner;
    sid_room user;
    DWORD size;

    if (!GetTokenInformation(token, TokenOwner, &owner, sizeof(owner), &size) ||
        !GetTokenInformation(token, TokenUser, &user, sizeof(user), &size))
        return hresult_last();
    if (IsWellKnownSid(owner.owner.Owner, WinBuiltinAdministratorsSid))
        *out = "Administrators";
    else if (IsWellKnownSid(owner.owner.Owner, WinLocalSystemSid))
        *out = "SYSTEM";
    else
        *out = EqualSid(owner.owner.Owner, user.user.User.Sid) ? "the user" : "somebody else";
    return HR_OK;
}

int32_t survey_token_of_process(survey_token *out)
{
    cleanup_handle HANDLE token = NULL;
    TOKEN_ELEVATION elevation = {0};
    TOKEN_ELEVATION_TYPE type = TokenElevationTypeDefault;
    survey_token found = {0};
    DWORD size;
    int32_t hr;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) ||
        !GetTokenInformation(token, TokenElevation, &elevation, sizeof(elevation), &size) ||
        !GetTokenInformation(token, TokenElevationType, &type, sizeof(type), &size))
        return hresult_last();
    hr = name_owner(token, &found.owner);
    if (HR_SUCCEEDED(hr))
        hr = security_administrators(token, &found.administrators);
    if (HR_FAILED(hr))
        return hr;
    found.elevated = elevation.TokenIsElevated;
    found.elevation_type = (uint32_t)type;
    *out = found;
    return HR_OK;
}

/* ---- a pipe that Administrators own ---- */

/* The thread acts under a copy of the process's token from now on, without this privilege. */
static int32_t give_up_restore(void)
{
    TOKEN_PRIVILEGES wanted = {.PrivilegeCount = 1};
    cleanup_handle HANDLE token = NULL;

    if (!LookupPrivilegeValueW(NULL, L"SeRestorePrivilege", &wanted.Privileges[0].Luid) ||
        !OpenThreadToken(GetCurrentThread(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, TRUE, &token) ||
        !AdjustTokenPrivileges(token, FALSE, &wanted, sizeof(wanted), NULL, NULL))
        return hresult_last();
    return HR_OK;
}

static int32_t make_pipe(const wchar_t *path, SECURITY_ATTRIBUTES *security)
{
    HANDLE pipe = CreateNamedPipeW(path, PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE,
                                   PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT |
                                       PIPE_REJECT_REMOTE_CLIENTS,
                                   1, 512, 512, 0, security);

    if (pipe == INVALID_HANDLE_VALUE)
        return hresult_last();
    CloseHandle(pipe);
    return HR_OK;
}

int32_t survey_administrators_pipe(const char *name)
{
    cleanup_free char *path = text_format("\\\\.\\pipe\\%s", name);
    cleanup_free wchar_t *wide = path ? wide_from_utf8(path) : NULL;
    SECURITY_ATTRIBUTES *security = NULL;
    int32_t hr = security_private(SECURITY_ELEVATED_PIPE, &security);

    if (HR_FAILED(hr))
        return hr;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    if (!ImpersonateSelf(SecurityImpersonation))
        return hresult_last();
    hr = give_up_restore();
    if (HR_SUCCEEDED(hr))
        hr = make_pipe(wide, security);
    return RevertToSelf() ? hr : hresult_last();
}
