/* SPDX-License-Identifier: MIT */
/* What the doctor alone asks of this host. */
#include "port/survey.h"

#include "base/text.h"
#include "platform.h"
#include "self.h"

#include <aclapi.h>
#include <string.h>
#include <wchar.h>
#include <winsock2.h>
#include <ws2tcpip.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#define PATH_LIMIT 32768

int32_t survey_start_service(const char *name)
{
    cleanup_free wchar_t *wide = wide_from_utf8(name);
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = manager && wide ? OpenServiceW(manager, wide, SERVICE_START) : NULL;
    int32_t hr = service && StartServiceW(service, 0, NULL) ? HR_OK : hresult_last();

    if (service)
        CloseServiceHandle(service);
    if (manager)
        CloseServiceHandle(manager);
    return wide ? hr : HR_OUT_OF_MEMORY;
}

/* The folder need not be there yet: the volume's own is asked. */
int32_t survey_free_space(const char *path, uint64_t *bytes)
{
    cleanup_free wchar_t *wide = wide_from_utf8(path);
    wchar_t volume[MAX_PATH + 1];
    ULARGE_INTEGER available;

    if (!wide)
        return HR_OUT_OF_MEMORY;
    if (!GetVolumePathNameW(wide, volume, MAX_PATH) ||
        !GetDiskFreeSpaceExW(volume, &available, NULL, NULL))
        return hresult_last();
    *bytes = available.QuadPart;
    return HR_OK;
}

/*
 * Hypervisor Top Level Functional Specification, "Feature discovery": bit 31 of ecx of leaf 1 says
 * that there is a hypervisor, leaf 0x40000001 that it is Microsoft's kind ("Hv#1"), and bit 0 of
 * ebx of leaf 0x40000003 that this partition may create others (CreatePartitions).
 */
int32_t survey_hypervisor(bool *present)
{
#if defined(__x86_64__) || defined(__i386__)
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;

    *present = false;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx >> 31))
        return HR_OK;
    __cpuid(0x40000001, eax, ebx, ecx, edx);
    if (eax != 0x31237648u) /* "Hv#1" */
        return HR_OK;
    __cpuid(0x40000003, eax, ebx, ecx, edx);
    *present = ebx & 1u;
    return HR_OK;
#else
    (void)present;
    return HR_NOT_SUPPORTED;
#endif
}

/* ---- Defender ---- */

/* Each value's name is a folder. */
static int32_t add_values(const wchar_t *path, string_list *out)
{
    cleanup_free wchar_t *name = malloc(PATH_LIMIT * sizeof(*name));
    HKEY key;
    LSTATUS code;

    if (!name)
        return HR_OUT_OF_MEMORY;
    code = RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key);
    if (code)
        return code == ERROR_FILE_NOT_FOUND ? HR_OK : HR_FROM_WIN32(code);
    for (DWORD i = 0; !code; i++) {
        DWORD length = PATH_LIMIT;

        code = RegEnumValueW(key, i, name, &length, NULL, NULL, NULL, NULL);
        if (!code && !string_list_own(out, utf8_from_wide(name)))
            code = ERROR_OUTOFMEMORY;
    }
    RegCloseKey(key);
    return code == ERROR_NO_MORE_ITEMS ? HR_OK : HR_FROM_WIN32(code);
}

int32_t survey_exclusions(string_list *out)
{
    int32_t hr = add_values(L"SOFTWARE\\Microsoft\\Windows Defender\\Exclusions\\Paths", out);

    return HR_FAILED(hr) ? hr
                         : add_values(L"SOFTWARE\\Policies\\Microsoft\\Windows Defender\\"
                                      L"Exclusions\\Paths",
                                      out);
}

/* ---- names ---- */

int32_t survey_resolve(const char *name)
{
    const struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    WSADATA data;
    int code = WSAStartup(MAKEWORD(2, 2), &data);

    if (code)
        return HR_FROM_WIN32(code);
    code = getaddrinfo(name, "443", &wanted, &found);
    if (!code)
        freeaddrinfo(found);
    WSACleanup();
    return code ? HR_FROM_WIN32(code) : HR_OK;
}

/* ---- who may change this executable ---- */

/* TrustedInstaller, which owns what Windows brings: S-1-5-80-956008885-… (a service's SID). */
static bool is_a_service(PSID sid)
{
    static const SID_IDENTIFIER_AUTHORITY nt = {SECURITY_NT_AUTHORITY};

    return memcmp(GetSidIdentifierAuthority(sid), &nt, sizeof(nt)) == 0 &&
           *GetSidSubAuthorityCount(sid) > 0 &&
           *GetSidSubAuthority(sid, 0) == SECURITY_SERVICE_ID_BASE_RID;
}

/* CREATOR OWNER stands for whoever makes something, and OWNER RIGHTS for an owner. */
static bool is_trusted(PSID sid)
{
    return IsWellKnownSid(sid, WinBuiltinAdministratorsSid) ||
           IsWellKnownSid(sid, WinLocalSystemSid) || IsWellKnownSid(sid, WinCreatorOwnerSid) ||
           IsWellKnownSid(sid, WinAccountAdministratorSid) || is_a_service(sid);
}

static int32_t add_account(PSID sid, string_list *out)
{
    wchar_t name[256];
    wchar_t domain[256];
    DWORD name_size = sizeof(name) / sizeof(name[0]);
    DWORD domain_size = sizeof(domain) / sizeof(domain[0]);
    SID_NAME_USE use;
    cleanup_free char *shown = NULL;

    if (LookupAccountSidW(NULL, sid, name, &name_size, domain, &domain_size, &use))
        shown = utf8_from_wide(name);
    else
        shown = text_copy("an unknown account");
    if (!shown)
        return HR_OUT_OF_MEMORY;
    return string_list_contains(out, shown) || string_list_add(out, shown) ? HR_OK
                                                                           : HR_OUT_OF_MEMORY;
}

#define CHANGES                                                                                    \
    (FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER |   \
     GENERIC_WRITE | GENERIC_ALL)

static int32_t add_writers(PACL list, string_list *out)
{
    int32_t hr = HR_OK;

    for (DWORD i = 0; list && HR_SUCCEEDED(hr) && i < list->AceCount; i++) {
        void *at = NULL;
        const ACE_HEADER *header;

        if (!GetAce(list, i, &at))
            return hresult_last();
        header = at;
        /* One that is only handed on says nothing of the folder itself. */
        if (header->AceType != ACCESS_ALLOWED_ACE_TYPE || header->AceFlags & INHERIT_ONLY_ACE)
            continue;

        const ACCESS_ALLOWED_ACE *entry = at;
        PSID sid = (PSID) & ((ACCESS_ALLOWED_ACE *)at)->SidStart;

        if (entry->Mask & CHANGES && !is_trusted(sid))
            hr = add_account(sid, out);
    }
    return hr;
}

/* An object without a list admits everybody. */
static int32_t add_writers_of(wchar_t *path, string_list *out)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    PACL list = NULL;
    PSID owner = NULL;
    int32_t hr = HR_OK;
    const DWORD code = GetNamedSecurityInfoW(path, SE_FILE_OBJECT,
                                             DACL_SECURITY_INFORMATION | OWNER_SECURITY_INFORMATION,
                                             &owner, NULL, &list, NULL, &descriptor);

    if (code)
        return HR_FROM_WIN32(code);
    if (owner && !is_trusted(owner))
        hr = add_account(owner, out);
    if (HR_SUCCEEDED(hr))
        hr = list                                ? add_writers(list, out)
             : string_list_add(out, "everybody") ? HR_OK
                                                 : HR_OUT_OF_MEMORY;
    LocalFree(descriptor);
    return hr;
}

int32_t survey_program_writers(char **path, string_list *out)
{
    cleanup_free wchar_t *self = self_path();
    cleanup_free char *shown = NULL;
    wchar_t *end;
    int32_t hr;

    if (!self)
        return hresult_last();
    shown = utf8_from_wide(self);
    if (!shown)
        return HR_OUT_OF_MEMORY;
    hr = add_writers_of(self, out);
    end = wcsrchr(self, L'\\');
    if (HR_SUCCEEDED(hr) && end) {
        end[end > self && end[-1] == L':' ? 1 : 0] = L'\0';
        hr = add_writers_of(self, out);
    }
    if (HR_SUCCEEDED(hr))
        *path = TAKE(shown);
    return hr;
}
