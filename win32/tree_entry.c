/* SPDX-License-Identifier: MIT */
/*
 * A file or folder of a tree, being written: plain, or by BackupWrite from a Win32 backup stream.
 *
 * Attributes are given when it is made, times once, at its end: writing would change them again.
 */
#include <string.h>

#include "base/text.h"
#include "relative.h"
#include "tree.h"

#define COPY_BUFFER 65536u
#define HEADER_SIZE 20u /* WIN32_STREAM_ID without its name */

/* What BackupWrite needs for security descriptors; with audit entries, that right, too. */
#define RESTORE_ACCESS (GENERIC_READ | GENERIC_WRITE | WRITE_DAC | WRITE_OWNER)

struct tree_entry {
    HANDLE handle;
    basic_info info;
    void *context;            /* BackupWrite's */
    BYTE header[HEADER_SIZE]; /* the beginning of one, whose rest has not come yet */
    size_t header_size;
    uint64_t left; /* of the present stream, with its name */
};

static int32_t entry_open(file_tree *tree, const char *name, const basic_info *info,
                          const open_how *how, tree_entry **out)
{
    tree_entry *entry = calloc(1, sizeof(*entry));
    int32_t hr;

    if (!entry)
        return HR_OUT_OF_MEMORY;
    entry->info = *info;
    hr = relative_open_audited(tree->root, name, how, &entry->handle);
    if (HR_FAILED(hr)) {
        free(entry);
        return hr;
    }
    *out = entry;
    return HR_OK;
}

int32_t tree_create(files_port *port, file_tree *tree, const char *name, const basic_info *info,
                    tree_entry **out)
{
    ULONG settable = FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM |
                     FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_NOT_CONTENT_INDEXED;
    bool directory = info->attributes & FILE_ATTRIBUTE_DIRECTORY;
    open_how how = {
        .access = RESTORE_ACCESS,
        .share = FILE_SHARE_READ,
        .disposition = FILE_CREATE,
        .options = directory ? FILE_DIRECTORY_FILE : FILE_NON_DIRECTORY_FILE,
        .attributes = info->attributes & settable,
    };
    int32_t hr;

    (void)port;
    if (!directory && how.attributes == 0)
        how.attributes = FILE_ATTRIBUTE_NORMAL;
    hr = entry_open(tree, name, info, &how, out);
    return hr == HR_FILE_EXISTS ? HR_ALREADY_EXISTS : hr;
}

int32_t tree_reopen(files_port *port, file_tree *tree, const char *name, const basic_info *info,
                    tree_entry **out)
{
    static const open_how how = {RESTORE_ACCESS, FILE_SHARE_READ, FILE_OPEN, FILE_DIRECTORY_FILE,
                                 0};
    FILE_ATTRIBUTE_TAG_INFO tag = {0};
    tree_entry *entry;
    int32_t hr = entry_open(tree, name, info, &how, &entry);

    (void)port;
    if (HR_FAILED(hr))
        return hr;
    if (!GetFileInformationByHandleEx(entry->handle, FileAttributeTagInfo, &tag, sizeof(tag)))
        hr = hresult_last();
    else if (tag.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
        hr = HR_REPARSE_POINT;
    if (HR_FAILED(hr)) {
        CloseHandle(entry->handle);
        free(entry);
        return hr;
    }
    *out = entry;
    return HR_OK;
}

int32_t entry_write(files_port *port, tree_entry *entry, const void *bytes, size_t size)
{
    (void)port;
    return handle_write(entry->handle, bytes, size);
}

static int32_t backup_write(tree_entry *entry, const BYTE *bytes, size_t size, bool security)
{
    /* BackupWrite takes its input through a pointer that is not const, and does not write there. */
    union {
        const BYTE *in;
        BYTE *out;
    } next = {.in = bytes};

    while (size > 0) {
        DWORD piece = size > 0x1000000 ? 0x1000000 : (DWORD)size;
        DWORD written = 0;

        if (!BackupWrite(entry->handle, next.out, piece, &written, FALSE, security,
                         &entry->context))
            return hresult_last();
        if (written == 0)
            return HR_FROM_WIN32(ERROR_INVALID_DATA);
        next.out += written;
        size -= written;
    }
    return HR_OK;
}

static void stream_begin(tree_entry *entry, const BYTE *header)
{
    uint64_t body;
    uint32_t name;

    memcpy(&body, header + 8, sizeof(body));
    memcpy(&name, header + 16, sizeof(name));
    entry->left = body + name;
}

/* How many of the bytes can be passed on: all, or all but the beginning of a header at their end.
 */
static size_t skip_streams(tree_entry *entry, const BYTE *bytes, size_t size)
{
    size_t at = 0;

    while (at < size) {
        if (entry->left > 0) {
            size_t taken = entry->left < size - at ? (size_t)entry->left : size - at;

            entry->left -= taken;
            at += taken;
        } else if (size - at < HEADER_SIZE) {
            break;
        } else {
            stream_begin(entry, bytes + at);
            at += HEADER_SIZE;
        }
    }
    return at;
}

/* BackupWrite wants a header whole, so one that comes in pieces is collected first. */
int32_t entry_restore(files_port *port, tree_entry *entry, const void *bytes, size_t size,
                      bool security)
{
    const BYTE *next = bytes;
    size_t passed;
    int32_t hr;

    (void)port;
    while (entry->header_size > 0 && size > 0) {
        entry->header[entry->header_size++] = *next++;
        size--;
        if (entry->header_size < HEADER_SIZE)
            continue;
        stream_begin(entry, entry->header);
        entry->header_size = 0;
        hr = backup_write(entry, entry->header, HEADER_SIZE, security);
        if (HR_FAILED(hr))
            return hr;
    }
    passed = skip_streams(entry, next, size);
    hr = backup_write(entry, next, passed, security);
    if (HR_SUCCEEDED(hr) && size > passed) {
        memcpy(entry->header, next + passed, size - passed);
        entry->header_size = size - passed;
    }
    return hr;
}

int32_t entry_close(files_port *port, tree_entry *entry)
{
    DWORD unused;
    int32_t hr;

    (void)port;
    if (entry->context)
        BackupWrite(entry->handle, NULL, 0, &unused, TRUE, FALSE, &entry->context);
    hr = handle_set_info(entry->handle, &entry->info);
    if (HR_SUCCEEDED(hr) && (entry->header_size > 0 || entry->left > 0))
        hr = HR_FROM_WIN32(ERROR_INVALID_DATA);
    CloseHandle(entry->handle);
    free(entry);
    return hr;
}

static int32_t copy_streams(files_port *port, HANDLE source, tree_entry *entry)
{
    cleanup_free BYTE *buffer = malloc(COPY_BUFFER);
    void *context = NULL;
    int32_t hr = buffer ? HR_OK : HR_OUT_OF_MEMORY;

    while (HR_SUCCEEDED(hr)) {
        DWORD got = 0;

        if (!BackupRead(source, buffer, COPY_BUFFER, &got, FALSE, TRUE, &context))
            hr = hresult_last();
        else if (got == 0)
            break;
        else
            hr = entry_restore(port, entry, buffer, got, true);
    }
    if (context) {
        DWORD unused;

        BackupRead(source, NULL, 0, &unused, TRUE, FALSE, &context);
    }
    return hr;
}

int32_t tree_copy(files_port *port, file_tree *tree, const char *name, file_tree *source_tree,
                  const char *source)
{
    static const open_how how = {GENERIC_READ | READ_CONTROL, FILE_SHARE_READ, FILE_OPEN, 0, 0};
    cleanup_handle HANDLE handle = NULL;
    tree_entry *entry;
    basic_info info;
    int32_t ended;
    int32_t hr = relative_open_audited(source_tree->root, source, &how, &handle);

    if (HR_SUCCEEDED(hr))
        hr = handle_basic_info(handle, &info);
    if (HR_SUCCEEDED(hr))
        hr = tree_create(port, tree, name, &info, &entry);
    if (HR_FAILED(hr))
        return hr;
    hr = copy_streams(port, handle, entry);
    ended = entry_close(port, entry);
    if (HR_SUCCEEDED(hr))
        return ended;
    (void)tree_remove(port, tree, name);
    return hr;
}
