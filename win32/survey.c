/* SPDX-License-Identifier: MIT */
/* What only the self-test asks of this host. */
#include "port/survey.h"

#include <string.h>
#include <wchar.h>

#include "base/command_line.h"
#include "base/text.h"
#include "platform.h"
#include "process_wait.h"

#define PATH_LIMIT 32768

int32_t survey_session(uint32_t *session)
{
    DWORD found;

    if (!ProcessIdToSessionId(GetCurrentProcessId(), &found))
        return hresult_last();
    *session = found;
    return HR_OK;
}

int32_t survey_job(bool *within, uint32_t *limits)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION information = {0};
    BOOL in_job = FALSE;

    if (!IsProcessInJob(GetCurrentProcess(), NULL, &in_job))
        return hresult_last();
    /* Without a handle it is the job that this process is in. */
    if (in_job && !QueryInformationJobObject(NULL, JobObjectExtendedLimitInformation, &information,
                                             sizeof(information), NULL))
        return hresult_last();
    *within = in_job;
    *limits = information.BasicLimitInformation.LimitFlags;
    return HR_OK;
}

/* All of the process's privileges, in fresh memory. */
static int32_t privileges_of_process(TOKEN_PRIVILEGES **out)
{
    cleanup_handle HANDLE token = NULL;
    cleanup_free TOKEN_PRIVILEGES *found = NULL;
    DWORD size = 0;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return hresult_last();
    GetTokenInformation(token, TokenPrivileges, NULL, 0, &size);
    found = malloc(size ? size : 1);
    if (!found)
        return HR_OUT_OF_MEMORY;
    if (!GetTokenInformation(token, TokenPrivileges, found, size, &size))
        return hresult_last();
    *out = TAKE(found);
    return HR_OK;
}

int32_t survey_privilege(const char *name, privilege_state *out)
{
    cleanup_free wchar_t *wide = wide_from_utf8(name);
    cleanup_free TOKEN_PRIVILEGES *found = NULL;
    LUID id;
    int32_t hr;

    if (!wide)
        return HR_OUT_OF_MEMORY;
    if (!LookupPrivilegeValueW(NULL, wide, &id))
        return hresult_last();
    hr = privileges_of_process(&found);
    if (HR_FAILED(hr))
        return hr;
    *out = PRIVILEGE_ABSENT;
    for (DWORD i = 0; found && i < found->PrivilegeCount; i++) {
        const LUID_AND_ATTRIBUTES *each = &found->Privileges[i];

        if (each->Luid.LowPart == id.LowPart && each->Luid.HighPart == id.HighPart)
            *out = each->Attributes & SE_PRIVILEGE_ENABLED ? PRIVILEGE_ENABLED : PRIVILEGE_HELD;
    }
    return HR_OK;
}

int32_t survey_volume_of(const char *path, survey_volume *out)
{
    cleanup_free wchar_t *wide = wide_from_utf8(path);
    wchar_t volume[MAX_PATH + 1];
    wchar_t system[sizeof(out->file_system)];
    cleanup_free char *name = NULL;
    DWORD serial = 0;
    DWORD flags = 0;

    if (!wide)
        return HR_OUT_OF_MEMORY;
    if (!GetVolumePathNameW(wide, volume, MAX_PATH) ||
        !GetVolumeInformationW(volume, NULL, 0, &serial, NULL, &flags, system,
                               sizeof(system) / sizeof(system[0])))
        return hresult_last();
    name = utf8_from_wide(system);
    if (!name)
        return HR_OUT_OF_MEMORY;
    memset(out, 0, sizeof(*out));
    strncpy(out->file_system, name, sizeof(out->file_system) - 1);
    out->flags = flags;
    out->serial = serial;
    return HR_OK;
}

int32_t survey_service(const char *name, uint32_t *state)
{
    cleanup_free wchar_t *wide = wide_from_utf8(name);
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = manager && wide ? OpenServiceW(manager, wide, SERVICE_QUERY_STATUS) : NULL;
    SERVICE_STATUS status;
    int32_t hr = HR_OK;

    if (!service || !QueryServiceStatus(service, &status))
        hr = hresult_last();
    else
        *state = status.dwCurrentState;
    if (service)
        CloseServiceHandle(service);
    if (manager)
        CloseServiceHandle(manager);
    return wide ? hr : HR_OUT_OF_MEMORY;
}

int32_t survey_export(const char *dll, const char *name)
{
    cleanup_free wchar_t *wide = wide_from_utf8(dll);
    HMODULE library = wide ? system_library(wide) : NULL;

    if (!wide)
        return HR_OUT_OF_MEMORY;
    if (!library)
        return hresult_last();
    return GetProcAddress(library, name) ? HR_OK : hresult_last();
}

int32_t survey_copy_self(const char *path)
{
    cleanup_free wchar_t *self = malloc(PATH_LIMIT * sizeof(*self));
    cleanup_free wchar_t *wide = wide_path(path);

    if (!self || !wide)
        return HR_OUT_OF_MEMORY;
    if (!GetModuleFileNameW(NULL, self, PATH_LIMIT) || !CopyFileW(self, wide, FALSE))
        return hresult_last();
    return HR_OK;
}

int32_t survey_end_process(uint32_t pid)
{
    cleanup_handle HANDLE process = OpenProcess(PROCESS_TERMINATE, FALSE, pid);

    return process && TerminateProcess(process, 1) ? HR_OK : hresult_last();
}

/* ---- wcow, run as a user would ---- */

/* A file that the child inherits. */
static HANDLE open_inherited(const char *path, bool write)
{
    SECURITY_ATTRIBUTES inherited = {sizeof(inherited), NULL, TRUE};
    cleanup_free wchar_t *wide = path ? wide_path(path) : NULL;

    if (path && !wide)
        return INVALID_HANDLE_VALUE;
    return CreateFileW(wide ? wide : L"NUL", write ? GENERIC_WRITE : GENERIC_READ,
                       FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited,
                       write ? CREATE_ALWAYS : OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
}

/* A file's name holds no quote. */
static wchar_t *line_of_self(const wchar_t *self, const char *const *arguments)
{
    cleanup_free char *name = utf8_from_wide(self);
    cleanup_free char *rest = command_line_join(arguments);
    cleanup_free char *line = name && rest ? text_format("\"%s\" %s", name, rest) : NULL;

    return line ? wide_from_utf8(line) : NULL;
}

static int32_t start_self(const char *const *arguments, STARTUPINFOW *startup, HANDLE *process)
{
    cleanup_free wchar_t *self = malloc(PATH_LIMIT * sizeof(*self));
    cleanup_free wchar_t *line = NULL;
    PROCESS_INFORMATION made;

    if (!self)
        return HR_OUT_OF_MEMORY;
    if (!GetModuleFileNameW(NULL, self, PATH_LIMIT))
        return hresult_last();
    line = line_of_self(self, arguments);
    if (!line)
        return HR_OUT_OF_MEMORY;
    if (!CreateProcessW(self, line, NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, NULL, startup, &made))
        return hresult_last();
    CloseHandle(made.hThread);
    *process = made.hProcess;
    return HR_OK;
}

int32_t survey_run_self(const char *const *arguments, const char *input, const char *output,
                        const char *error, uint32_t milliseconds, uint32_t *exit_code)
{
    cleanup_handle HANDLE in = open_inherited(input, false);
    cleanup_handle HANDLE out = open_inherited(output, true);
    cleanup_handle HANDLE err = open_inherited(error, true);
    cleanup_handle HANDLE process = NULL;
    STARTUPINFOW startup = {.cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES};
    int32_t hr;

    if (in == INVALID_HANDLE_VALUE || out == INVALID_HANDLE_VALUE || err == INVALID_HANDLE_VALUE)
        return hresult_last();
    startup.hStdInput = in;
    startup.hStdOutput = out;
    startup.hStdError = err;
    hr = start_self(arguments, &startup, &process);
    if (HR_FAILED(hr))
        return hr;
    hr = process_wait(process, milliseconds, exit_code);
    if (hr == HR_WAIT_TIMEOUT)
        TerminateProcess(process, 1);
    return hr;
}
