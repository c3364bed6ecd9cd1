/* SPDX-License-Identifier: MIT */
/* Who may touch what wcow makes, and what wcow itself may do. */
#include "security.h"

#include <aclapi.h>
#include <pthread.h>
#include <sddl.h>
#include <wchar.h>

#include "base/text.h"
#include "port/machine.h"

/* What programs in containers run as: ContainerAdministrator, who may do anything with a volume,
 * and ContainerUser, who may change what is in it and not who else may ("modify"). */
#define OF_CONTAINERS "(A;OICI;GA;;;S-1-5-93-2-1)(A;OICI;0x1301bf;;;S-1-5-93-2-2)"

static const char *const templates[] = {
    /* The owner by name: clients look at it (security_is_ours()), and what it is otherwise depends
     * on the token; Wine takes its group. */
    [SECURITY_PIPE] = "O:%sD:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;%s)",
    [SECURITY_FOLDER] = "D:P(A;OICI;GA;;;SY)(A;OICI;GA;;;BA)(A;OICI;GA;;;%s)",
    [SECURITY_VOLUME] = "D:P(A;OICI;GA;;;SY)(A;OICI;GA;;;BA)" OF_CONTAINERS "(A;OICI;GA;;;%s)",
    /* What an elevated process makes is no business of those that its user runs otherwise: neither
     * its files nor what it may be asked to do. An owner may change who else is admitted. */
    [SECURITY_ELEVATED_PIPE] = "O:BAD:P(A;;GA;;;SY)(A;;GA;;;BA)%s",
    [SECURITY_ELEVATED_FOLDER] = "D:P(A;OICI;GA;;;SY)(A;OICI;GA;;;BA)%s",
    [SECURITY_ELEVATED_VOLUME] = "D:P(A;OICI;GA;;;SY)(A;OICI;GA;;;BA)" OF_CONTAINERS "%s",
};

/* Made once each, when first needed. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static SECURITY_ATTRIBUTES made[sizeof(templates) / sizeof(templates[0])];

/* This user's SID. */
typedef union user_token {
    TOKEN_USER user;
    char room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
} user_token;

static bool user_get(user_token *out)
{
    cleanup_handle HANDLE token = NULL;
    DWORD size;

    return OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) &&
           GetTokenInformation(token, TokenUser, out, sizeof(*out), &size);
}

/* The same as text. */
static char *user_sid(void)
{
    user_token token;
    wchar_t *wide = NULL;
    char *out;

    if (!user_get(&token) || !ConvertSidToStringSidW(token.user.User.Sid, &wide))
        return NULL;
    out = utf8_from_wide(wide);
    LocalFree(wide);
    return out;
}

static int32_t descriptor_make(security_kind kind, PSECURITY_DESCRIPTOR *out)
{
    cleanup_free char *sid = kind >= SECURITY_ELEVATED_PIPE ? text_copy("") : user_sid();
    cleanup_free char *description = NULL;
    cleanup_free wchar_t *wide = NULL;

    if (!sid)
        return hresult_last();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    description = text_format(templates[kind], sid, sid); /* some name it once, or not at all */
#pragma GCC diagnostic pop
    wide = description ? wide_from_utf8(description) : NULL;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(wide, SDDL_REVISION_1, out, NULL))
        return hresult_last();
    return HR_OK;
}

int32_t security_private(security_kind kind, SECURITY_ATTRIBUTES **out)
{
    int32_t hr = HR_OK;

    pthread_mutex_lock(&lock);
    if (!made[kind].lpSecurityDescriptor) {
        made[kind].nLength = sizeof(made[kind]);
        hr = descriptor_make(kind, &made[kind].lpSecurityDescriptor);
    }
    pthread_mutex_unlock(&lock);
    if (HR_SUCCEEDED(hr))
        *out = &made[kind];
    return hr;
}

/*
 * Windows gives an owner to every object, and lets nobody take it away (STATUS_INVALID_OWNER). None
 * is where no descriptors are kept: Wine has none of pipes.
 */
bool security_is_friend(PSID owner, PSID user)
{
    return !owner || IsWellKnownSid(owner, WinBuiltinAdministratorsSid) ||
           IsWellKnownSid(owner, WinLocalSystemSid) || (user && EqualSid(owner, user));
}

int32_t security_administrators(HANDLE token, uint32_t *attributes)
{
    cleanup_free TOKEN_GROUPS *groups = NULL;
    DWORD size = 0;

    GetTokenInformation(token, TokenGroups, NULL, 0, &size);
    groups = malloc(size ? size : 1);
    if (!groups)
        return HR_OUT_OF_MEMORY;
    if (!GetTokenInformation(token, TokenGroups, groups, size, &size))
        return hresult_last();
    *attributes = 0;
    for (DWORD i = 0; i < groups->GroupCount; i++) {
        if (IsWellKnownSid(groups->Groups[i].Sid, WinBuiltinAdministratorsSid))
            *attributes = groups->Groups[i].Attributes;
    }
    return HR_OK;
}

bool security_may_name(uint32_t attributes)
{
    return (attributes & SE_GROUP_ENABLED) && (attributes & SE_GROUP_OWNER) &&
           !(attributes & SE_GROUP_USE_FOR_DENY_ONLY);
}

/* A token may have Administrators and yet not be let make them an owner: ERROR_INVALID_OWNER. */
static security_kind pipe_kind(void)
{
    cleanup_handle HANDLE token = NULL;
    uint32_t attributes = 0;

    if (!machine_elevated())
        return SECURITY_PIPE;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) ||
        HR_FAILED(security_administrators(token, &attributes)))
        return SECURITY_ELEVATED_PIPE;
    return security_may_name(attributes) ? SECURITY_ELEVATED_PIPE : SECURITY_PIPE;
}

security_kind security_pipe_kind(void)
{
    static security_kind kind;
    static bool known;
    security_kind found;

    pthread_mutex_lock(&lock);
    if (!known)
        kind = pipe_kind();
    known = true;
    found = kind;
    pthread_mutex_unlock(&lock);
    return found;
}

/*
 * Whoever is elevated and not has one SID in both. What is typed to an elevated client is not for a
 * pipe that its user's other programs made, and so own by name: elevated ones name Administrators.
 */
static PSID friend_of(security_object object, user_token *token)
{
    return object == SECURITY_OF_PIPE && security_pipe_kind() == SECURITY_ELEVATED_PIPE
               ? NULL
               : token->user.User.Sid;
}

int32_t security_is_ours(HANDLE handle, security_object object, bool *out)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    user_token token;
    PSID owner = NULL;
    DWORD code;

    if (!user_get(&token))
        return hresult_last();
    code = GetSecurityInfo(handle, object == SECURITY_OF_PIPE ? SE_KERNEL_OBJECT : SE_FILE_OBJECT,
                           OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL, &descriptor);
    if (code)
        return HR_FROM_WIN32(code);
    *out = security_is_friend(owner, friend_of(object, &token));
    LocalFree(descriptor);
    return HR_OK;
}

/* Who installs Windows, and owns its folders. */
#define TRUSTED_INSTALLER L"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"

static bool is_installer(PSID sid)
{
    wchar_t *words = NULL;
    bool is;

    if (!ConvertSidToStringSidW(sid, &words))
        return false;
    is = wcscmp(words, TRUSTED_INSTALLER) == 0;
    LocalFree(words);
    return is;
}

/* No single user, and not this one: what it runs without elevation has the same SID. */
static bool is_administrator(PSID sid)
{
    return sid && (IsWellKnownSid(sid, WinBuiltinAdministratorsSid) ||
                   IsWellKnownSid(sid, WinLocalSystemSid) || is_installer(sid));
}

/* Conditions are not reckoned with, and what nobody puts on a file admits anybody. `user`: one who
 * is no stranger, either; or NULL. */
static bool admits(void *entry, DWORD rights, PSID user)
{
    GENERIC_MAPPING mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                               FILE_ALL_ACCESS};
    const ACE_HEADER *header = entry;
    ACCESS_ALLOWED_ACE *allowed = entry; /* one with a condition begins like it */
    DWORD mask;

    if (header->AceType == ACCESS_DENIED_ACE_TYPE ||
        header->AceType == ACCESS_DENIED_CALLBACK_ACE_TYPE || (header->AceFlags & INHERIT_ONLY_ACE))
        return false;
    if (header->AceType != ACCESS_ALLOWED_ACE_TYPE &&
        header->AceType != ACCESS_ALLOWED_CALLBACK_ACE_TYPE)
        return true;
    mask = allowed->Mask;
    MapGenericMask(&mask, &mapping);
    return (mask & rights) && !is_administrator(&allowed->SidStart) &&
           !IsWellKnownSid(&allowed->SidStart, WinCreatorOwnerRightsSid) &&
           !(user && EqualSid(&allowed->SidStart, user));
}

/* What is granted to the creator of something within counts for that, and what the owner may counts
 * for who owns it. Refusals are not reckoned against what is granted. */
static bool list_admits(PSECURITY_DESCRIPTOR descriptor, DWORD rights, PSID user)
{
    BOOL there = FALSE;
    BOOL unused;
    PACL list = NULL;

    if (!GetSecurityDescriptorDacl(descriptor, &there, &list, &unused) || !there || !list)
        return true;
    for (DWORD i = 0; i < list->AceCount; i++) {
        void *entry = NULL;

        if (!GetAce(list, i, &entry) || admits(entry, rights, user))
            return true;
    }
    return false;
}

bool security_descriptor_exposes(PSECURITY_DESCRIPTOR descriptor, DWORD rights)
{
    BOOL unused;
    PSID owner = NULL;

    return !GetSecurityDescriptorOwner(descriptor, &owner, &unused) || !is_administrator(owner) ||
           list_admits(descriptor, rights, NULL);
}

/* To put something into a folder, to take something of it away, or to admit oneself. */
#define TO_CHANGE_A_FOLDER                                                                         \
    (FILE_ADD_FILE | FILE_ADD_SUBDIRECTORY | FILE_DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER)

bool security_descriptor_shares(PSECURITY_DESCRIPTOR descriptor, PSID user)
{
    return list_admits(descriptor, TO_CHANGE_A_FOLDER, user);
}

int32_t security_is_shared(HANDLE handle, bool *out)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    user_token token;
    DWORD code;

    if (!user_get(&token))
        return hresult_last();
    code = GetSecurityInfo(handle, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, NULL,
                           NULL, &descriptor);
    if (code)
        return HR_FROM_WIN32(code);
    *out = security_descriptor_shares(descriptor, token.user.User.Sid);
    LocalFree(descriptor);
    return HR_OK;
}

int32_t security_exposes(const wchar_t *path, DWORD rights, bool *out)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    const DWORD code = GetNamedSecurityInfoW(path, SE_FILE_OBJECT,
                                             OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                                             NULL, NULL, NULL, NULL, &descriptor);

    if (code)
        return HR_FROM_WIN32(code);
    *out = security_descriptor_exposes(descriptor, rights);
    LocalFree(descriptor);
    return HR_OK;
}

static int32_t privilege_enable(HANDLE token, const wchar_t *name)
{
    TOKEN_PRIVILEGES wanted = {.PrivilegeCount = 1};

    wanted.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
    if (!LookupPrivilegeValueW(NULL, name, &wanted.Privileges[0].Luid))
        return hresult_last();
    if (!AdjustTokenPrivileges(token, FALSE, &wanted, sizeof(wanted), NULL, NULL))
        return hresult_last();
    /* It succeeds without giving anything: ERROR_NOT_ALL_ASSIGNED is in the last error only. */
    return GetLastError() == ERROR_SUCCESS ? HR_OK : HR_FROM_WIN32(ERROR_PRIVILEGE_NOT_HELD);
}

static _Atomic bool audits;

bool security_audits(void)
{
    return audits;
}

int32_t security_enable_backup(void)
{
    static const wchar_t *const names[] = {L"SeBackupPrivilege", L"SeRestorePrivilege"};
    cleanup_handle HANDLE token = NULL;
    int32_t hr = HR_OK;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, &token))
        return hresult_last();
    for (size_t i = 0; HR_SUCCEEDED(hr) && i < sizeof(names) / sizeof(names[0]); i++)
        hr = privilege_enable(token, names[i]);
    /* Policies take this one from administrators: then audit entries stay as they are. */
    if (HR_SUCCEEDED(hr))
        audits = HR_SUCCEEDED(privilege_enable(token, L"SeSecurityPrivilege"));
    return hr;
}
