/* SPDX-License-Identifier: MIT */
/* Security descriptors of files and folders, as they were set. Nobody is refused because of them.
 */
#include "nt_hooks.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#include "sidecar.h"

#define STATUS_BAD_DESCRIPTOR ((NTSTATUS)0xC0000079)
#define STATUS_TOO_SMALL      ((NTSTATUS)0xC0000023)
#define STATUS_IO_FAILED      ((NTSTATUS)0xC0000185)
#define KEPT_CONTROL                                                                               \
    (SE_DACL_PROTECTED | SE_SACL_PROTECTED | SE_DACL_AUTO_INHERITED | SE_SACL_AUTO_INHERITED)

bool descriptor_applies(HANDLE object)
{
    return GetFileType(object) == FILE_TYPE_DISK;
}

/* Copies from one descriptor to an absolute one what is wanted and there. */
static void take(SECURITY_DESCRIPTOR *to, SECURITY_INFORMATION what, void *from)
{
    SECURITY_DESCRIPTOR_CONTROL control = 0;
    SECURITY_DESCRIPTOR_CONTROL wanted = 0;
    BOOL present, defaulted;
    DWORD revision;
    PSID sid;
    PACL acl;

    if ((what & OWNER_SECURITY_INFORMATION) && GetSecurityDescriptorOwner(from, &sid, &defaulted) &&
        sid)
        SetSecurityDescriptorOwner(to, sid, defaulted);
    if ((what & GROUP_SECURITY_INFORMATION) && GetSecurityDescriptorGroup(from, &sid, &defaulted) &&
        sid)
        SetSecurityDescriptorGroup(to, sid, defaulted);
    if ((what & DACL_SECURITY_INFORMATION) &&
        GetSecurityDescriptorDacl(from, &present, &acl, &defaulted) && present) {
        SetSecurityDescriptorDacl(to, TRUE, acl, defaulted);
        wanted |= SE_DACL_PROTECTED | SE_DACL_AUTO_INHERITED;
    }
    if ((what & SACL_SECURITY_INFORMATION) &&
        GetSecurityDescriptorSacl(from, &present, &acl, &defaulted) && present) {
        SetSecurityDescriptorSacl(to, TRUE, acl, defaulted);
        wanted |= SE_SACL_PROTECTED | SE_SACL_AUTO_INHERITED;
    }
    if (wanted && GetSecurityDescriptorControl(from, &control, &revision))
        to->Control = (WORD)((to->Control & ~wanted) | (control & wanted & KEPT_CONTROL));
}

/* With one piece of memory, so that it can be stored. */
static SECURITY_DESCRIPTOR *self_relative(SECURITY_DESCRIPTOR *absolute, DWORD *size)
{
    SECURITY_DESCRIPTOR *out;

    *size = 0;
    MakeSelfRelativeSD(absolute, NULL, size);
    out = malloc(*size);
    if (out && !MakeSelfRelativeSD(absolute, out, size)) {
        free(out);
        return NULL;
    }
    return out;
}

static BYTE *kept_descriptor(HANDLE file)
{
    size_t size;
    BYTE *kept = sidecar_stream_read(file, BACKUP_SECURITY_DATA, &size);

    if (kept && (size < sizeof(SECURITY_DESCRIPTOR_RELATIVE) || !IsValidSecurityDescriptor(kept))) {
        free(kept);
        return NULL;
    }
    return kept;
}

NTSTATUS descriptor_set(HANDLE file, SECURITY_INFORMATION what, void *descriptor)
{
    const SECURITY_INFORMATION all = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION |
                                     DACL_SECURITY_INFORMATION | SACL_SECURITY_INFORMATION;
    cleanup_free BYTE *before = NULL;
    cleanup_free SECURITY_DESCRIPTOR *made = NULL;
    SECURITY_DESCRIPTOR absolute;
    DWORD size;

    if (!descriptor || !IsValidSecurityDescriptor(descriptor))
        return STATUS_BAD_DESCRIPTOR;
    before = kept_descriptor(file);
    InitializeSecurityDescriptor(&absolute, SECURITY_DESCRIPTOR_REVISION);
    if (before)
        take(&absolute, all, before);
    take(&absolute, what, descriptor);
    made = self_relative(&absolute, &size);
    return made && sidecar_stream_write(file, BACKUP_SECURITY_DATA, made, size) ? 0
                                                                                : STATUS_IO_FAILED;
}

/* What Wine makes of the file's owner and mode. */
static BYTE *wine_descriptor(HANDLE file)
{
    const SECURITY_INFORMATION all =
        OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    ULONG size = 0;
    BYTE *made;

    nt.query_security(file, all, NULL, 0, &size);
    made = size ? malloc(size) : NULL;
    if (made && nt.query_security(file, all, made, size, &size) < 0) {
        free(made);
        return NULL;
    }
    return made;
}

NTSTATUS descriptor_get(HANDLE file, SECURITY_INFORMATION what, void *out, ULONG room,
                        ULONG *needed)
{
    cleanup_free BYTE *kept = kept_descriptor(file);
    cleanup_free BYTE *plain = kept ? wine_descriptor(file) : NULL;
    cleanup_free SECURITY_DESCRIPTOR *made = NULL;
    SECURITY_DESCRIPTOR absolute;
    DWORD size;

    if (!kept)
        return STATUS_NOT_FOUND_HERE;
    InitializeSecurityDescriptor(&absolute, SECURITY_DESCRIPTOR_REVISION);
    if (plain)
        take(&absolute, what, plain);
    take(&absolute, what, kept);
    made = self_relative(&absolute, &size);
    if (!made)
        return STATUS_IO_FAILED;
    *needed = size;
    if (room < size)
        return STATUS_TOO_SMALL;
    memcpy(out, made, size);
    return 0;
}
