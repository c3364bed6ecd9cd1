/* SPDX-License-Identifier: MIT */
/* Facts about this machine and this process. */
#include "port/machine.h"

#include <string.h>

#include "base/path.h"
#include "base/text.h"
#include "platform.h"
#include "self.h"

#define VERSION_KEY L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"

/* GetVersionEx() tells programs what their manifest wants to hear; this one does not. */
LONG NTAPI RtlGetVersion(OSVERSIONINFOEXW *version);

static DWORD version_number(const wchar_t *name)
{
    DWORD value = 0;
    DWORD size = sizeof(value);

    if (RegGetValueW(HKEY_LOCAL_MACHINE, VERSION_KEY, name, RRF_RT_REG_DWORD, NULL, &value, &size))
        return 0;
    return value;
}

static char *version_text(const wchar_t *name)
{
    wchar_t value[256];
    DWORD size = sizeof(value);

    if (RegGetValueW(HKEY_LOCAL_MACHINE, VERSION_KEY, name, RRF_RT_REG_SZ, NULL, value, &size))
        return NULL;
    return utf8_from_wide(value);
}

int32_t machine_local_value(const char *key, const char *name, char **out)
{
    const DWORD kind = RRF_RT_REG_SZ | RRF_RT_REG_EXPAND_SZ | RRF_NOEXPAND | RRF_SUBKEY_WOW6464KEY;
    cleanup_free wchar_t *wide_key = wide_from_utf8(key);
    cleanup_free wchar_t *wide_name = wide_from_utf8(name);
    cleanup_free wchar_t *value = NULL;
    DWORD size = 0;
    LSTATUS code;

    if (!wide_key || !wide_name)
        return HR_OUT_OF_MEMORY;
    code = RegGetValueW(HKEY_LOCAL_MACHINE, wide_key, wide_name, kind, NULL, NULL, &size);
    if (!code && !(value = calloc(1, size + sizeof(wchar_t))))
        return HR_OUT_OF_MEMORY;
    if (!code) /* one that grows meanwhile is not there in time: ERROR_MORE_DATA */
        code = RegGetValueW(HKEY_LOCAL_MACHINE, wide_key, wide_name, kind, NULL, value, &size);
    if (code)
        return HR_FROM_WIN32((DWORD)code);
    *out = utf8_from_wide(value);
    return *out ? HR_OK : HR_OUT_OF_MEMORY;
}

void machine_version_get(machine_version *out)
{
    OSVERSIONINFOEXW version = {.dwOSVersionInfoSize = sizeof(version)};

    RtlGetVersion(&version);
    *out = (machine_version){
        .major = version.dwMajorVersion,
        .minor = version.dwMinorVersion,
        .build = version.dwBuildNumber,
        .revision = version_number(L"UBR"),
        .server = version.wProductType != VER_NT_WORKSTATION,
    };
}

char *machine_hostname(void)
{
    wchar_t name[256];
    DWORD size = sizeof(name) / sizeof(name[0]);

    return GetComputerNameExW(ComputerNamePhysicalDnsHostname, name, &size) ? utf8_from_wide(name)
                                                                            : NULL;
}

char *machine_os_name(void)
{
    cleanup_free char *product = version_text(L"ProductName");
    cleanup_free char *release = version_text(L"DisplayVersion");
    machine_version version;

    machine_version_get(&version);
    /* Before 20H2 its name was another. */
    if (!release)
        release = version_text(L"ReleaseId");
    return text_format("%s%s%s (OS Build %u.%u)", product ? product : "Microsoft Windows",
                       release ? " Version " : "", release ? release : "", version.build,
                       version.revision);
}

uint32_t machine_processors(void)
{
    DWORD count = GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);

    return count ? count : 1;
}

uint64_t machine_memory(void)
{
    MEMORYSTATUSEX status = {.dwLength = sizeof(status)};

    return GlobalMemoryStatusEx(&status) ? status.ullTotalPhys : 0;
}

/* The token of a process that is not elevated has the group for refusals only. */
bool machine_elevated(void)
{
    _Alignas(SID) char buffer[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof(buffer);
    BOOL member = FALSE;

    return CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, buffer, &size) &&
           CheckTokenMembership(NULL, buffer, &member) && member;
}

void machine_thread_leads(void)
{
    (void)SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_ABOVE_NORMAL);
}

uint32_t machine_process_id(void)
{
    return GetCurrentProcessId();
}

uint32_t machine_session(void)
{
    DWORD session = 0;

    return ProcessIdToSessionId(GetCurrentProcessId(), &session) ? session : 0;
}

/* Of the innermost job: of one around it Windows tells nothing. */
bool machine_bound(void)
{
    const DWORD leave = JOB_OBJECT_LIMIT_BREAKAWAY_OK | JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    BOOL in_job = FALSE;

    if (!IsProcessInJob(GetCurrentProcess(), NULL, &in_job) || !in_job)
        return false;
    return QueryInformationJobObject(NULL, JobObjectExtendedLimitInformation, &limits,
                                     sizeof(limits), NULL) &&
           !(limits.BasicLimitInformation.LimitFlags & leave);
}

char *machine_environment(const char *name)
{
    cleanup_free wchar_t *wide = wide_from_utf8(name);
    cleanup_free wchar_t *value = NULL;
    DWORD size = wide ? GetEnvironmentVariableW(wide, NULL, 0) : 0;

    /* The size counts the NUL, so that of an empty value is one. */
    if (size == 0)
        return NULL;
    value = calloc(size, sizeof(*value));
    if (!value || GetEnvironmentVariableW(wide, value, size) >= size)
        return NULL;
    return utf8_from_wide(value);
}

char *machine_whole_path(const char *path)
{
    cleanup_free wchar_t *wide = wide_from_utf8(path);
    cleanup_free wchar_t *whole = NULL;
    DWORD size = wide ? GetFullPathNameW(wide, 0, NULL, NULL) : 0;

    if (size == 0)
        return NULL;
    whole = calloc(size, sizeof(*whole));
    if (!whole || GetFullPathNameW(wide, size, whole, NULL) >= size)
        return NULL;
    return utf8_from_wide(whole);
}

char *machine_program(void)
{
    cleanup_free wchar_t *self = self_path();

    return self ? utf8_from_wide(self) : NULL;
}

#ifdef WCOW_COUNTED
void __gcov_dump(void); /* else what was reached until now would not be counted */
#endif

_Noreturn void machine_end(uint32_t code)
{
#ifdef WCOW_COUNTED
    __gcov_dump();
#endif
    TerminateProcess(GetCurrentProcess(), code);
    for (;;) /* it does not return */
        Sleep(INFINITE);
}

char *machine_default_root(void)
{
    cleanup_free char *data = machine_environment("ProgramData");

    return path_join(data ? data : "C:\\ProgramData", "wcow");
}
