/* SPDX-License-Identifier: MIT */
/* Root-relative opens. */
#include "relative.h"

#include <string.h>

#include "base/text.h"
#include "base/utf.h"
#include "files.h"
#include "port/tree_name.h"
#include "security.h"

/* ntdef.h */
#define OBJ_DONT_REPARSE_FLAG    0x1000u
#define STATUS_BAD_PARAMETER     ((NTSTATUS)0xC000000D)
#define STATUS_NOT_IMPLEMENTED_  ((NTSTATUS)0xC0000002)
#define STATUS_BAD_REQUEST       ((NTSTATUS)0xC0000010)
#define STATUS_UNSUPPORTED       ((NTSTATUS)0xC00000BB)
#define STATUS_REPARSE_ON_WAY    ((NTSTATUS)0xC000050B)
#define STATUS_DELETE_IS_PENDING ((NTSTATUS)0xC0000056)
#define STATUS_OPLOCK_BREAKS     ((NTSTATUS)0x00000108) /* a success, with a handle */
#define UNICODE_STRING_LIMIT     32767u

static int32_t hresult_from_status(NTSTATUS status)
{
    /* Older tables of codes do not know this one. */
    if (status == STATUS_REPARSE_ON_WAY)
        return HR_REPARSE_POINT;
    if (status == STATUS_OPLOCK_BREAKS)
        return HR_SHARING_VIOLATION;
    return HR_FROM_WIN32(RtlNtStatusToDosError(status));
}

/*
 * Whoever has an oplock on a file is asked to give it back, and an open waits for that, for ever:
 * in a container that is any of its programs. So this one does not wait, and what it gets then, a
 * handle whose use would wait, is given back.
 */
static NTSTATUS nt_open(HANDLE root, UNICODE_STRING *name, ULONG flags, const open_how *how,
                        HANDLE *out)
{
    OBJECT_ATTRIBUTES object = {
        .Length = sizeof(object),
        .RootDirectory = root,
        .ObjectName = name,
        .Attributes = OBJ_CASE_INSENSITIVE | flags,
    };
    IO_STATUS_BLOCK io;
    HANDLE handle = NULL;
    NTSTATUS status =
        NtCreateFile(&handle, how->access | SYNCHRONIZE, &object, &io, NULL, how->attributes,
                     how->share, how->disposition,
                     how->options | FILE_SYNCHRONOUS_IO_NONALERT | FILE_OPEN_FOR_BACKUP_INTENT |
                         FILE_OPEN_REPARSE_POINT | FILE_COMPLETE_IF_OPLOCKED,
                     NULL, 0);

    if (status == STATUS_OPLOCK_BREAKS)
        CloseHandle(handle);
    else if (status >= 0)
        *out = handle;
    return status;
}

/* Who means well (a scanner, an indexer) gives his oplock back within moments. */
static int32_t open_name(HANDLE root, const char *name, ULONG flags, const open_how *how,
                         HANDLE *out, NTSTATUS *status)
{
    size_t units;
    cleanup_free wchar_t *wide = utf16_from_utf8(name, strlen(name), &units);
    UNICODE_STRING string;
    unsigned attempt = 0;

    if (!wide)
        return HR_OUT_OF_MEMORY;
    if (units > UNICODE_STRING_LIMIT)
        return HR_FROM_WIN32(ERROR_FILENAME_EXCED_RANGE);
    string.Buffer = wide;
    string.Length = (USHORT)(units * sizeof(*wide));
    string.MaximumLength = string.Length;
    do {
        *status = nt_open(root, &string, flags, how, out);
    } while (*status == STATUS_OPLOCK_BREAKS && retry_after(HR_SHARING_VIOLATION, &attempt));
    return *status < 0 || *status == STATUS_OPLOCK_BREAKS ? hresult_from_status(*status) : HR_OK;
}

int32_t relative_open_child(HANDLE folder, const char *name, const open_how *how, HANDLE *out)
{
    NTSTATUS status;

    return open_name(folder, name, 0, how, out, &status);
}

/* One folder on the way, that must not be a link. */
static int32_t step_into(HANDLE folder, const char *name, HANDLE *out)
{
    static const open_how how = {FILE_TRAVERSE | FILE_READ_ATTRIBUTES,
                                 FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, FILE_OPEN,
                                 0, 0};
    FILE_ATTRIBUTE_TAG_INFO tag;
    cleanup_handle HANDLE next = NULL;
    int32_t hr = relative_open_child(folder, name, &how, &next);

    if (hr == HR_FILE_NOT_FOUND)
        return HR_PATH_NOT_FOUND;
    if (HR_FAILED(hr))
        return hr;
    if (!GetFileInformationByHandleEx(next, FileAttributeTagInfo, &tag, sizeof(tag)))
        return hresult_last();
    if (tag.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
        return HR_REPARSE_POINT;
    if (!(tag.FileAttributes & FILE_ATTRIBUTE_DIRECTORY))
        return HR_PATH_NOT_FOUND;
    *out = TAKE(next);
    return HR_OK;
}

/* For systems that do not know OBJ_DONT_REPARSE: folder by folder, each held while the next opens.
 */
static int32_t open_stepwise(HANDLE root, const char *name, const open_how *how, HANDLE *out)
{
    HANDLE folder = root;
    int32_t hr = HR_OK;

    while (HR_SUCCEEDED(hr)) {
        size_t length = strcspn(name, "\\");
        cleanup_free char *component = NULL;
        HANDLE next = NULL;

        if (name[length] == '\0') {
            hr = relative_open_child(folder, name, how, out);
            break;
        }
        component = text_copy_bytes(name, length);
        hr = component ? step_into(folder, component, &next) : HR_OUT_OF_MEMORY;
        if (folder != root)
            CloseHandle(folder);
        if (HR_FAILED(hr))
            return hr;
        folder = next;
        name += length + 1;
    }
    if (folder != root)
        CloseHandle(folder);
    return hr;
}

/*
 * Whether the flag may be what is refused: by Windows before it was known, by a file system, or by
 * a filter that finds files of parent layers as if they lay behind links (wcifs). The walk step by
 * step then tells whether there is a link on the way.
 */
static bool refuses_flag(NTSTATUS status)
{
    return status == STATUS_BAD_PARAMETER || status == STATUS_NOT_IMPLEMENTED_ ||
           status == STATUS_BAD_REQUEST || status == STATUS_UNSUPPORTED ||
           status == STATUS_REPARSE_ON_WAY;
}

int32_t relative_open(HANDLE root, const char *name, const open_how *how, HANDLE *out)
{
    NTSTATUS status = 0;
    int32_t hr;

    if (!tree_name_valid(name))
        return HR_INVALID_NAME;
    hr = open_name(root, name, OBJ_DONT_REPARSE_FLAG, how, out, &status);
    return refuses_flag(status) ? open_stepwise(root, name, how, out) : hr;
}

/* Some say that the right is not held, some deny all, some do not know it. */
static bool refuses_audit(int32_t hr)
{
    return hr == HR_ACCESS_DENIED || hr == HR_FROM_WIN32(ERROR_PRIVILEGE_NOT_HELD) ||
           hr == HR_INVALID_PARAMETER || hr == HR_NOT_SUPPORTED;
}

int32_t relative_open_audited(HANDLE root, const char *name, const open_how *how, HANDLE *out)
{
    open_how audited = *how;
    int32_t hr;

    if (!security_audits())
        return relative_open(root, name, how, out);
    audited.access |= ACCESS_SYSTEM_SECURITY;
    hr = relative_open(root, name, &audited, out);
    return refuses_audit(hr) ? relative_open(root, name, how, out) : hr;
}

/* The root once more, as a handle of its own. */
static int32_t root_again(HANDLE root, ACCESS_MASK access, HANDLE *out)
{
    const open_how how = {access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, FILE_OPEN,
                          FILE_DIRECTORY_FILE, 0};

    return relative_open_child(root, "", &how, out);
}

int32_t relative_open_parent(HANDLE root, const char *name, ACCESS_MASK access, HANDLE *out,
                             const char **base)
{
    const open_how how = {access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, FILE_OPEN,
                          FILE_DIRECTORY_FILE, 0};
    const char *last = strrchr(name, '\\');
    cleanup_free char *parent = NULL;
    cleanup_handle HANDLE folder = NULL;
    FILE_ATTRIBUTE_TAG_INFO tag;
    int32_t hr;

    if (!tree_name_valid(name))
        return HR_INVALID_NAME;
    *base = last ? last + 1 : name;
    if (!last)
        return root_again(root, access, out);
    parent = text_copy_bytes(name, (size_t)(last - name));
    if (!parent)
        return HR_OUT_OF_MEMORY;
    hr = relative_open(root, parent, &how, &folder);
    if (HR_FAILED(hr))
        return hr == HR_FILE_NOT_FOUND ? HR_PATH_NOT_FOUND : hr;
    if (!GetFileInformationByHandleEx(folder, FileAttributeTagInfo, &tag, sizeof(tag)))
        return hresult_last();
    if (tag.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
        return HR_REPARSE_POINT;
    *out = TAKE(folder);
    return HR_OK;
}
