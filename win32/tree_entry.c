/* SPDX-License-Identifier: MIT */
/*
 * A file or folder of a tree, being written: plain, or by BackupWrite from a Win32 backup stream.
 *
 * Attributes are given when it is made, times once, at its end: writing would change them again.
 *
 * One that is to take the place of another is marked for removal until it is whole, so that Windows
 * removes it when this process ends, whatever ends it.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/utf.h"
#include "relative.h"
#include "tree.h"

#define COPY_BUFFER   65536u
#define NAME_ATTEMPTS 100
#define HEADER_SIZE   20u /* WIN32_STREAM_ID without its name */

/* What BackupWrite needs for security descriptors; with audit entries, that right, too. */
#define RESTORE_ACCESS (GENERIC_READ | GENERIC_WRITE | WRITE_DAC | WRITE_OWNER)

struct tree_entry {
    HANDLE handle;
    basic_info info;
    void *context;            /* BackupWrite's */
    BYTE header[HEADER_SIZE]; /* the beginning of one, whose rest has not come yet */
    size_t header_size;
    uint64_t left; /* of the present stream, with its name */
    HANDLE parent; /* of one that is made beside its place, and… */
    char *place;   /* …the name there */
};

/* ntifs.h: FILE_RENAME_INFORMATION and …_EX; the name follows. */
typedef struct rename_information {
    ULONG Flags; /* ReplaceIfExists, of the older class */
    HANDLE RootDirectory;
    ULONG FileNameLength;
    WCHAR FileName[1];
} rename_information;

#define RENAME_CLASS     ((FILE_INFORMATION_CLASS)10)
#define RENAME_EX_CLASS  ((FILE_INFORMATION_CLASS)65)
#define RENAME_REPLACE   0x1u
#define RENAME_POSIX     0x2u
#define RENAME_READ_ONLY 0x40u /* …files are replaced, too; since 1809 */

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

/* ---- beside its place ---- */

static bool mark(HANDLE handle, BOOLEAN removed)
{
    FILE_DISPOSITION_INFO disposition = {.DeleteFile = removed};

    return SetFileInformationByHandle(handle, FileDispositionInfo, &disposition,
                                      sizeof(disposition));
}

/* Under a name that nobody else uses. Not read-only yet: such a file cannot be marked. */
static int32_t open_beside(HANDLE parent, bool directory, HANDLE *out)
{
    static volatile LONG counter;
    const open_how how = {
        .access = RESTORE_ACCESS | DELETE,
        .share = FILE_SHARE_READ | FILE_SHARE_DELETE,
        .disposition = FILE_CREATE,
        .options = directory ? FILE_DIRECTORY_FILE : FILE_NON_DIRECTORY_FILE,
        .attributes = FILE_ATTRIBUTE_NORMAL,
    };
    int32_t hr = HR_FILE_EXISTS;

    for (int i = 0; i < NAME_ATTEMPTS && (hr == HR_FILE_EXISTS || hr == HR_ALREADY_EXISTS); i++) {
        char name[64];

        snprintf(name, sizeof(name), "wcow-%lu-%ld.tmp", GetCurrentProcessId(),
                 (long)InterlockedIncrement(&counter));
        hr = relative_open_child(parent, name, &how, out);
    }
    return hr;
}

int32_t tree_create_beside(files_port *port, file_tree *tree, const char *name,
                           const basic_info *info, tree_entry **out)
{
    cleanup_handle HANDLE parent = NULL;
    cleanup_free tree_entry *entry = calloc(1, sizeof(*entry));
    cleanup_free char *place = NULL;
    const char *base = NULL;
    int32_t hr = relative_open_parent(
        tree->root, name, FILE_ADD_FILE | FILE_ADD_SUBDIRECTORY | FILE_TRAVERSE, &parent, &base);

    (void)port;
    if (HR_FAILED(hr))
        return hr;
    place = text_copy(base);
    if (!entry || !place)
        return HR_OUT_OF_MEMORY;
    hr = open_beside(parent, info->attributes & FILE_ATTRIBUTE_DIRECTORY, &entry->handle);
    if (HR_FAILED(hr))
        return hr;
    /* A link is made in a moment, and whether what is marked can become one, no source tells. */
    if (!(info->attributes & FILE_ATTRIBUTE_REPARSE_POINT))
        (void)mark(entry->handle, TRUE); /* else entry_close() removes it */
    entry->info = *info;
    entry->parent = TAKE(parent);
    entry->place = TAKE(place);
    *out = TAKE(entry);
    return HR_OK;
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

/* Ends the writing: what it is by then counts. */
static int32_t entry_finish(tree_entry *entry)
{
    DWORD unused;
    int32_t hr;

    if (entry->context)
        BackupWrite(entry->handle, NULL, 0, &unused, TRUE, FALSE, &entry->context);
    hr = handle_set_info(entry->handle, &entry->info);
    if (HR_SUCCEEDED(hr) && (entry->header_size > 0 || entry->left > 0))
        hr = HR_FROM_WIN32(ERROR_INVALID_DATA);
    return hr;
}

static void entry_free(tree_entry *entry)
{
    CloseHandle(entry->handle);
    if (entry->parent)
        CloseHandle(entry->parent);
    free(entry->place);
    free(entry);
}

int32_t entry_close(files_port *port, tree_entry *entry)
{
    int32_t hr = entry_finish(entry);

    (void)port;
    if (entry->place)
        (void)handle_remove(entry->handle);
    entry_free(entry);
    return hr;
}

static int32_t rename_to(const tree_entry *entry, FILE_INFORMATION_CLASS class, ULONG flags)
{
    size_t units;
    cleanup_free wchar_t *wide = utf16_from_utf8(entry->place, strlen(entry->place), &units);
    size_t bytes = units * sizeof(*wide);
    cleanup_free rename_information *info = wide ? calloc(1, sizeof(*info) + bytes) : NULL;
    IO_STATUS_BLOCK io;
    NTSTATUS status;

    if (!info)
        return HR_OUT_OF_MEMORY;
    info->Flags = flags;
    info->RootDirectory = entry->parent;
    info->FileNameLength = (ULONG)bytes;
    memcpy(info->FileName, wide, bytes);
    status = NtSetInformationFile(entry->handle, &io, info, (ULONG)(sizeof(*info) + bytes), class);
    return status < 0 ? HR_FROM_WIN32(RtlNtStatusToDosError(status)) : HR_OK;
}

/* Makes way for what could not be renamed over it: a link has nothing to lose, and a read-only file
 * only has to be made writable. HR_OK: it is worth another try. */
static int32_t make_way(const tree_entry *entry)
{
    static const open_how how = {DELETE | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES, SHARE_ALL,
                                 FILE_OPEN, 0, 0};
    cleanup_handle HANDLE there = NULL;
    basic_info info;
    int32_t hr = relative_open_child(entry->parent, entry->place, &how, &there);

    if (HR_SUCCEEDED(hr))
        hr = handle_basic_info(there, &info);
    if (HR_FAILED(hr))
        return hr;
    if (info.attributes & FILE_ATTRIBUTE_REPARSE_POINT)
        return handle_remove(there);
    if (!(info.attributes & FILE_ATTRIBUTE_READONLY))
        return HR_ACCESS_DENIED;
    info.attributes &= ~(uint32_t)FILE_ATTRIBUTE_READONLY;
    return handle_set_info(there, &info);
}

/* The newest way first: it replaces what others have open, and read-only files. */
static int32_t rename_over(const tree_entry *entry)
{
    int32_t hr =
        rename_to(entry, RENAME_EX_CLASS, RENAME_REPLACE | RENAME_POSIX | RENAME_READ_ONLY);

    if (HR_FAILED(hr))
        hr = rename_to(entry, RENAME_EX_CLASS, RENAME_REPLACE | RENAME_POSIX);
    if (HR_FAILED(hr))
        hr = rename_to(entry, RENAME_CLASS, RENAME_REPLACE);
    if (HR_FAILED(hr) && HR_SUCCEEDED(make_way(entry)))
        hr = rename_to(entry, RENAME_CLASS, RENAME_REPLACE);
    return hr;
}

/* What it is to replace. */
static bool look_there(const tree_entry *entry, basic_info *out)
{
    static const open_how how = {FILE_READ_ATTRIBUTES, SHARE_ALL, FILE_OPEN, 0, 0};
    cleanup_handle HANDLE there = NULL;

    return HR_SUCCEEDED(relative_open_child(entry->parent, entry->place, &how, &there)) &&
           HR_SUCCEEDED(handle_basic_info(there, out));
}

/* A power failure may undo the rename, or leave what is renamed: never a file whose content was on
 * its way yet, where the old one was whole. */
static int32_t flush(const tree_entry *entry)
{
    if (kind_from_attributes(entry->info.attributes) != FILE_KIND_FILE)
        return HR_OK;
    return FlushFileBuffers(entry->handle) ? HR_OK : hresult_last();
}

/* Scanners and readers have what is there open for moments; a folder stays one. */
static int32_t put_in_place(const tree_entry *entry)
{
    basic_info there = {0};
    const bool replaces = look_there(entry, &there);
    const bool is_folder =
        replaces && kind_from_attributes(there.attributes) == FILE_KIND_DIRECTORY;
    unsigned attempt = 0;
    int32_t hr = replaces ? flush(entry) : HR_OK;

    if (HR_FAILED(hr))
        return hr;
    do {
        hr = rename_over(entry);
    } while (!is_folder && retry_after(hr, &attempt));
    return hr;
}

int32_t entry_place(files_port *port, tree_entry *entry)
{
    int32_t hr = entry_finish(entry);

    (void)port;
    if (HR_SUCCEEDED(hr) && !mark(entry->handle, FALSE))
        hr = hresult_last();
    if (HR_SUCCEEDED(hr))
        hr = put_in_place(entry);
    if (HR_FAILED(hr))
        (void)handle_remove(entry->handle);
    entry_free(entry);
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
