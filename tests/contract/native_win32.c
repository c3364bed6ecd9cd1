/* SPDX-License-Identifier: MIT */
/* The contract tests' needs, on Windows. */
#include "native.h"

#include <stdio.h>
#include <stdlib.h>
#include <winsock2.h>

#include <windows.h>

#include <aclapi.h>
#include <sddl.h>

/* Of ntdll.dll; no header has it. */
LONG NTAPI LdrLockLoaderLock(ULONG flags, ULONG *state, ULONG_PTR *cookie);

void native_hang(void)
{
    ULONG_PTR cookie;

    LdrLockLoaderLock(0, NULL, &cookie);
    Sleep(INFINITE);
}

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

intptr_t native_hold(const char *path)
{
    HANDLE file = CreateFileA(path, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);

    if (file == INVALID_HANDLE_VALUE)
        abort();
    return (intptr_t)file;
}

bool native_link(const char *target, const char *path)
{
    wchar_t from[1024], to[1024];

    return MultiByteToWideChar(CP_UTF8, 0, path, -1, from, 1024) &&
           MultiByteToWideChar(CP_UTF8, 0, target, -1, to, 1024) &&
           CreateSymbolicLinkW(from, to, SYMBOLIC_LINK_FLAG_ALLOW_UNPRIVILEGED_CREATE);
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

/* On Windows the owner must be one that the process may name, unless it has SeRestorePrivilege. */
intptr_t native_strange_pipe(const char *name)
{
    SECURITY_ATTRIBUTES security = {.nLength = sizeof(security)};
    char path[256];
    HANDLE pipe;

    snprintf(path, sizeof(path), "\\\\.\\pipe\\%s", name);
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorA("O:S-1-5-21-1-2-3-1234D:(A;;GA;;;WD)",
                                                              SDDL_REVISION_1,
                                                              &security.lpSecurityDescriptor, NULL))
        abort();
    pipe = CreateNamedPipeA(path, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE | PIPE_WAIT, 1, 4096, 4096, 0,
                            &security);
    LocalFree(security.lpSecurityDescriptor);
    if (pipe == INVALID_HANDLE_VALUE)
        abort();
    return (intptr_t)pipe;
}

bool native_strange_pipe_heard(intptr_t pipe)
{
    char byte;
    DWORD got = 0;
    BOOL heard = ReadFile((HANDLE)pipe, &byte, 1, &got, NULL);

    CloseHandle((HANDLE)pipe);
    return heard && got;
}

static bool may_enter(PSID who, PSID user)
{
    return IsWellKnownSid(who, WinLocalSystemSid) ||
           IsWellKnownSid(who, WinBuiltinAdministratorsSid) || (user && EqualSid(who, user));
}

static bool all_may_enter(PACL list, PSID user)
{
    for (DWORD i = 0; i < list->AceCount; i++) {
        ACCESS_ALLOWED_ACE *entry = NULL;

        if (!GetAce(list, i, (void **)&entry) || !may_enter(&entry->SidStart, user))
            return false;
    }
    return list->AceCount >= 2;
}

bool native_is_private(const char *path)
{
    _Alignas(TOKEN_USER) char room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    PSECURITY_DESCRIPTOR descriptor = NULL;
    SECURITY_DESCRIPTOR_CONTROL control = 0;
    HANDLE token = NULL;
    PACL list = NULL;
    DWORD size;
    bool private = false;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return false;
    if (GetTokenInformation(token, TokenUser, room, sizeof(room), &size) &&
        !GetNamedSecurityInfoA(path, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, &list,
                               NULL, &descriptor))
    private = list && GetSecurityDescriptorControl(descriptor, &control, &size) &&
              (control & SE_DACL_PROTECTED) &&
              all_may_enter(list, native_is_elevated() ? NULL : ((TOKEN_USER *)room)->User.Sid);
    LocalFree(descriptor);
    CloseHandle(token);
    return private;
}

bool native_enter_job(native_job kind)
{
    static const DWORD limits[] = {[JOB_LETS_GO] = JOB_OBJECT_LIMIT_BREAKAWAY_OK,
                                   [JOB_LETS_GO_SILENTLY] = JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK};
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION info = {.BasicLimitInformation.LimitFlags = limits[kind]};
    HANDLE job = CreateJobObjectW(NULL, NULL);

    if (!job ||
        !SetInformationJobObject(job, JobObjectExtendedLimitInformation, &info, sizeof(info)) ||
        !AssignProcessToJobObject(job, GetCurrentProcess()))
        abort();
    return true;
}

void native_console_spoil(void)
{
    DWORD mode = 0;

    SetConsoleOutputCP(850);
    for (int which = 1; which <= 2; which++)
        if (GetConsoleMode(GetStdHandle(standard_id(which)), &mode))
            SetConsoleMode(GetStdHandle(standard_id(which)),
                           mode & ~(DWORD)ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

void native_console_state(char *state, size_t size)
{
    DWORD modes[3] = {0, 0, 0};

    for (int which = 0; which <= 2; which++)
        GetConsoleMode(GetStdHandle(standard_id(which)), &modes[which]);
    snprintf(state, size, "code page %u, modes %lx %lx %lx", GetConsoleOutputCP(), modes[0],
             modes[1], modes[2]);
}

static BOOL WINAPI go_on(DWORD type)
{
    (void)type;
    return TRUE;
}

void native_run_here(const char *argument)
{
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    char self[MAX_PATH];
    char line[2 * MAX_PATH];

    GetModuleFileNameA(NULL, self, sizeof(self));
    snprintf(line, sizeof(line), "\"%s\" %s", self, argument);
    SetConsoleCtrlHandler(go_on, TRUE);
    if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process))
        abort();
    WaitForSingleObject(process.hProcess, INFINITE);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
}

/* By the mutex that holds its name: Wine keeps no descriptors of pipes. */
bool native_pipe_admits_user(const char *name)
{
    char path[256];
    PSECURITY_DESCRIPTOR descriptor = NULL;
    PACL list = NULL;
    HANDLE mutex;
    bool admitted;

    snprintf(path, sizeof(path), "Global\\wcow-pipe-%s", name);
    mutex = OpenMutexA(READ_CONTROL, FALSE, path);
    if (!mutex || GetSecurityInfo(mutex, SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL,
                                  &list, NULL, &descriptor))
        abort();
    admitted = !all_may_enter(list, NULL);
    LocalFree(descriptor);
    CloseHandle(mutex);
    return admitted;
}

bool native_stop_service(const char *name)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceA(manager, name, SERVICE_STOP);
    SERVICE_STATUS status;

    const bool done = ControlService(service, SERVICE_CONTROL_STOP, &status);

    CloseServiceHandle(service);
    CloseServiceHandle(manager);
    return done;
}

/* What the manager keeps of it: Wine's does not tell. */
bool native_service_depends(const char *name, const char *other)
{
    char key[256];
    char names[4096] = "";
    DWORD size = sizeof(names) - 2;
    bool depends = false;

    snprintf(key, sizeof(key), "SYSTEM\\CurrentControlSet\\Services\\%s", name);
    if (RegGetValueA(HKEY_LOCAL_MACHINE, key, "DependOnService", RRF_RT_REG_MULTI_SZ, NULL, names,
                     &size))
        return false;
    for (const char *each = names; *each; each += strlen(each) + 1)
        depends |= _stricmp(each, other) == 0;
    return depends;
}

/* ---- sockets ---- */

intptr_t native_socket(bool udp, bool everywhere, uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int size = sizeof address;
    WSADATA data;
    SOCKET s;

    if (WSAStartup(MAKEWORD(2, 2), &data))
        abort();
    s = socket(AF_INET, udp ? SOCK_DGRAM : SOCK_STREAM, 0);
    address.sin_addr.s_addr = everywhere ? INADDR_ANY : htonl(INADDR_LOOPBACK);
    if (bind(s, (struct sockaddr *)&address, size) || (!udp && listen(s, 1)) ||
        getsockname(s, (struct sockaddr *)&address, &size))
        abort();
    *port = ntohs(address.sin_port);
    return (intptr_t)s;
}

void native_socket_close(intptr_t handle)
{
    closesocket((SOCKET)handle);
    WSACleanup();
}
