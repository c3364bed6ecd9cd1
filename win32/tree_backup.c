/* SPDX-License-Identifier: MIT */
/* Reading what a tree holds as backup streams, and telling hard links apart. */
#include "tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "relative.h"

struct tree_backup {
    HANDLE handle;
    void *context; /* BackupRead's */
};

static int32_t handle_identity(HANDLE handle, file_identity *out)
{
    FILE_STANDARD_INFO standard;
    FILE_ID_INFO id;

    if (!GetFileInformationByHandleEx(handle, FileStandardInfo, &standard, sizeof(standard)) ||
        !GetFileInformationByHandleEx(handle, FileIdInfo, &id, sizeof(id)))
        return hresult_last();
    out->links = standard.NumberOfLinks;
    out->volume = id.VolumeSerialNumber;
    memcpy(out->id, &id.FileId, sizeof(out->id));
    return HR_OK;
}

static int32_t open_for_backup(file_tree *tree, const char *name, HANDLE *out)
{
    static const open_how how = {GENERIC_READ | READ_CONTROL, FILE_SHARE_READ, FILE_OPEN, 0, 0};

    return relative_open_audited(tree->root, name, &how, out);
}

int32_t tree_backup_open(files_port *port, file_tree *tree, const char *name, tree_backup **out)
{
    tree_backup *backup = calloc(1, sizeof(*backup));
    int32_t hr = backup ? open_for_backup(tree, name, &backup->handle) : HR_OUT_OF_MEMORY;

    (void)port;
    if (HR_FAILED(hr))
        free(backup);
    else
        *out = backup;
    return hr;
}

int32_t tree_backup_info(files_port *port, tree_backup *backup, basic_info *info,
                         file_identity *identity)
{
    int32_t hr = handle_basic_info(backup->handle, info);

    (void)port;
    return HR_FAILED(hr) ? hr : handle_identity(backup->handle, identity);
}

int32_t tree_backup_read(files_port *port, tree_backup *backup, void *buffer, size_t size,
                         size_t *got)
{
    DWORD most = size < MAXDWORD ? (DWORD)size : MAXDWORD;
    DWORD done = 0;

    (void)port;
    if (!BackupRead(backup->handle, buffer, most, &done, FALSE, TRUE, &backup->context))
        return hresult_last();
    *got = done;
    return HR_OK;
}

void tree_backup_close(files_port *port, tree_backup *backup)
{
    DWORD unused;

    (void)port;
    if (!backup)
        return;
    if (backup->context)
        BackupRead(backup->handle, NULL, 0, &unused, TRUE, FALSE, &backup->context);
    CloseHandle(backup->handle);
    free(backup);
}

int32_t tree_identity(files_port *port, file_tree *tree, const char *name, file_identity *out)
{
    static const open_how how = {FILE_READ_ATTRIBUTES, SHARE_ALL, FILE_OPEN, 0, 0};
    cleanup_handle HANDLE handle = NULL;
    int32_t hr = relative_open(tree->root, name, &how, &handle);

    (void)port;
    return HR_FAILED(hr) ? hr : handle_identity(handle, out);
}
