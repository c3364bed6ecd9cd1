/* SPDX-License-Identifier: MIT */
/* Layer trees: what exists in them is linked, removed, listed and described. */
#include "tree.h"

#include <string.h>

#include "base/utf.h"
#include "port/clock.h"
#include "relative.h"
#include "security.h"

/* ntifs.h: FILE_LINK_INFORMATION */
typedef struct link_information {
    BOOLEAN ReplaceIfExists;
    HANDLE RootDirectory;
    ULONG FileNameLength;
    WCHAR FileName[1];
} link_information;

#define FILE_LINK_INFORMATION_CLASS ((FILE_INFORMATION_CLASS)11)

/* Of a file that a scanner, or who replaces it, has for himself. */
#define OPEN_PATIENCE 1000u /* ms */

int32_t tree_open(files_port *port, const char *path, file_tree **out)
{
    cleanup_free wchar_t *wide = wide_path(path);
    cleanup_handle HANDLE root = NULL;
    FILE_ATTRIBUTE_TAG_INFO tag;
    file_tree *tree;
    int32_t hr = security_enable_backup();

    (void)port;
    if (HR_FAILED(hr))
        return hr;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    root = CreateFileW(
        wide, FILE_LIST_DIRECTORY | FILE_TRAVERSE | FILE_READ_ATTRIBUTES | SYNCHRONIZE, SHARE_ALL,
        NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    if (root == INVALID_HANDLE_VALUE)
        return hresult_last();
    if (!GetFileInformationByHandleEx(root, FileAttributeTagInfo, &tag, sizeof(tag)))
        return hresult_last();
    if (tag.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
        return HR_REPARSE_POINT;
    if (!(tag.FileAttributes & FILE_ATTRIBUTE_DIRECTORY))
        return HR_FROM_WIN32(ERROR_DIRECTORY);
    tree = malloc(sizeof(*tree));
    if (!tree)
        return HR_OUT_OF_MEMORY;
    tree->root = TAKE(root);
    *out = tree;
    return HR_OK;
}

void tree_close(files_port *port, file_tree *tree)
{
    (void)port;
    if (!tree)
        return;
    CloseHandle(tree->root);
    free(tree);
}

static int32_t link_handle(HANDLE target, HANDLE parent, const char *base)
{
    size_t units;
    cleanup_free wchar_t *wide = utf16_from_utf8(base, strlen(base), &units);
    size_t bytes = units * sizeof(*wide);
    cleanup_free link_information *info = wide ? calloc(1, sizeof(*info) + bytes) : NULL;
    IO_STATUS_BLOCK io;
    NTSTATUS status;

    if (!info)
        return HR_OUT_OF_MEMORY;
    info->RootDirectory = parent;
    info->FileNameLength = (ULONG)bytes;
    memcpy(info->FileName, wide, bytes);
    /* Never shorter than the structure, even if the name is. */
    status = NtSetInformationFile(target, &io, info, (ULONG)(sizeof(*info) + bytes),
                                  FILE_LINK_INFORMATION_CLASS);
    return status < 0 ? HR_FROM_WIN32(RtlNtStatusToDosError(status)) : HR_OK;
}

int32_t tree_link(files_port *port, file_tree *tree, const char *name, file_tree *target_tree,
                  const char *target)
{
    static const open_how how = {FILE_WRITE_ATTRIBUTES, SHARE_ALL, FILE_OPEN,
                                 FILE_NON_DIRECTORY_FILE, 0};
    cleanup_handle HANDLE existing = NULL;
    cleanup_handle HANDLE parent = NULL;
    const char *base = NULL;
    int32_t hr = relative_open(target_tree->root, target, &how, &existing);

    (void)port;
    if (HR_SUCCEEDED(hr))
        hr = relative_open_parent(
            tree->root, name, FILE_ADD_FILE | FILE_TRAVERSE | FILE_READ_ATTRIBUTES, &parent, &base);
    return HR_FAILED(hr) ? hr : link_handle(existing, parent, base);
}

static const open_how removal = {DELETE | FILE_LIST_DIRECTORY | FILE_TRAVERSE |
                                     FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES,
                                 SHARE_ALL, FILE_OPEN, 0, 0};

static int32_t remove_open(HANDLE handle);

static int32_t remove_child(HANDLE folder, const char *name, bool plain)
{
    cleanup_handle HANDLE child = NULL;
    int32_t hr = relative_open_child(folder, name, &removal, &child);

    if (HR_FAILED(hr))
        return hr;
    return plain ? handle_remove(child) : remove_open(child);
}

static int32_t remove_contents(HANDLE folder)
{
    cleanup_strings string_list files = STRING_LIST_INIT;
    cleanup_strings string_list others = STRING_LIST_INIT;
    int32_t hr = handle_list(folder, &files, &others);

    for (size_t i = 0; HR_SUCCEEDED(hr) && i < files.count; i++)
        hr = remove_child(folder, files.items[i], true);
    for (size_t i = 0; HR_SUCCEEDED(hr) && i < others.count; i++)
        hr = remove_child(folder, others.items[i], false);
    return hr;
}

/* Removes an open file, link or folder; a folder's contents first, by the folder's own handle. */
static int32_t remove_open(HANDLE handle)
{
    FILE_ATTRIBUTE_TAG_INFO tag;
    int32_t hr = HR_OK;

    if (!GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &tag, sizeof(tag)))
        return hresult_last();
    if (kind_from_attributes(tag.FileAttributes) == FILE_KIND_DIRECTORY)
        hr = remove_contents(handle);
    return HR_FAILED(hr) ? hr : handle_remove(handle);
}

int32_t tree_remove(files_port *port, file_tree *tree, const char *name)
{
    cleanup_handle HANDLE handle = NULL;
    int32_t hr = relative_open(tree->root, name, &removal, &handle);

    (void)port;
    return HR_FAILED(hr) ? hr : remove_open(handle);
}

int32_t tree_set_info(files_port *port, file_tree *tree, const char *name, const basic_info *info)
{
    static const open_how how = {FILE_WRITE_ATTRIBUTES, SHARE_ALL, FILE_OPEN, 0, 0};
    cleanup_handle HANDLE handle = NULL;
    int32_t hr = relative_open(tree->root, name, &how, &handle);

    (void)port;
    return HR_FAILED(hr) ? hr : handle_set_info(handle, info);
}

static const open_how inspection = {FILE_READ_ATTRIBUTES, SHARE_ALL, FILE_OPEN, 0, 0};

static int32_t handle_file_info(HANDLE handle, file_info *out)
{
    FILE_STANDARD_INFO standard;
    basic_info basic;
    int32_t hr = handle_basic_info(handle, &basic);

    if (HR_FAILED(hr))
        return hr;
    if (!GetFileInformationByHandleEx(handle, FileStandardInfo, &standard, sizeof(standard)))
        return hresult_last();
    *out = (file_info){
        .kind = kind_from_attributes(basic.attributes),
        .size = (uint64_t)standard.EndOfFile.QuadPart,
        .modified = ((int64_t)basic.write - EPOCH_DISTANCE) * 100,
    };
    if (out->kind != FILE_KIND_FILE)
        out->size = 0;
    return HR_OK;
}

int32_t tree_info(files_port *port, file_tree *tree, const char *name, file_info *out)
{
    cleanup_handle HANDLE handle = NULL;
    int32_t hr = relative_open(tree->root, name, &inspection, &handle);

    (void)port;
    return HR_FAILED(hr) ? hr : handle_file_info(handle, out);
}

int32_t tree_file_open(files_port *port, file_tree *tree, const char *name, file **out,
                       file_info *info)
{
    static const open_how how = {GENERIC_READ, SHARE_ALL, FILE_OPEN, 0, 0};
    cleanup_handle HANDLE handle = NULL;
    file_info found = {.kind = FILE_KIND_FILE};
    const uint64_t give_up = clock_ticks() + OPEN_PATIENCE;
    unsigned attempt = 0;
    int32_t hr;

    (void)port;
    do {
        hr = relative_open(tree->root, name, &how, &handle);
    } while (clock_ticks() < give_up && retry_after(hr, &attempt));
    if (HR_SUCCEEDED(hr))
        hr = handle_file_info(handle, &found);
    if (HR_FAILED(hr))
        return hr;
    if (found.kind != FILE_KIND_FILE)
        return found.kind == FILE_KIND_REPARSE ? HR_REPARSE_POINT : HR_ACCESS_DENIED;
    hr = file_from_handle(TAKE(handle), out);
    if (HR_SUCCEEDED(hr))
        *info = found;
    return hr;
}

int32_t tree_basic_info(files_port *port, file_tree *tree, const char *name, basic_info *out)
{
    cleanup_handle HANDLE handle = NULL;
    int32_t hr = relative_open(tree->root, name, &inspection, &handle);

    (void)port;
    return HR_FAILED(hr) ? hr : handle_basic_info(handle, out);
}

int32_t tree_list(files_port *port, file_tree *tree, const char *name, string_list *out)
{
    static const open_how how = {FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES, SHARE_ALL, FILE_OPEN,
                                 FILE_DIRECTORY_FILE, 0};
    cleanup_handle HANDLE handle = NULL;
    FILE_ATTRIBUTE_TAG_INFO tag;
    int32_t hr;

    (void)port;
    /* The root's own handle is shared by threads, and a listing has a position. */
    hr = *name ? relative_open(tree->root, name, &how, &handle)
               : relative_open_child(tree->root, "", &how, &handle);
    if (HR_FAILED(hr))
        return hr == HR_FILE_NOT_FOUND ? HR_PATH_NOT_FOUND : hr;
    if (!GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &tag, sizeof(tag)))
        return hresult_last();
    if (tag.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
        return HR_REPARSE_POINT;
    /* As Win32 asks: trees lie on containers' volumes, too, where a filter of Windows puts together
     * what the layers have, and no source says that it does so for names alone. */
    return handle_list(handle, out, out);
}
