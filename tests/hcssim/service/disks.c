/* SPDX-License-Identifier: MIT */
/*
 * Attached disks: the service has the file of each open, as Windows has, so that no client can
 * remove it or rename a folder above it (for that, dll/nt_hooks.c looks). And their volumes: a
 * folder each, which is the volume's root, with a file beside it that says how large the disk is.
 */
#include <stdio.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

#include "service.h"
#include "volume.h"
#include "wide.h"

static HANDLE open_disk(const char *scratch, DWORD share)
{
    cleanup_free wchar_t *folder = wide_from_utf8(scratch);
    cleanup_free wchar_t *path = folder ? wide_join(folder, L"sandbox.vhdx") : NULL;

    return path ? CreateFileW(path, GENERIC_READ, share, NULL, OPEN_EXISTING, 0, NULL)
                : INVALID_HANDLE_VALUE;
}

static int32_t disk_open(sim_machine *m, const char *scratch, intptr_t *out)
{
    HANDLE disk = open_disk(scratch, FILE_SHARE_READ | FILE_SHARE_WRITE);

    (void)m;
    if (disk == INVALID_HANDLE_VALUE)
        return HR_FROM_WIN32(GetLastError());
    *out = (intptr_t)disk;
    return HR_OK;
}

static void disk_close(sim_machine *m, intptr_t disk)
{
    (void)m;
    if (disk)
        CloseHandle((HANDLE)disk);
}

static bool disk_in_use(sim_machine *m, const char *scratch, intptr_t *disk)
{
    HANDLE alone;
    bool others;

    disk_close(m, *disk);
    *disk = 0;
    alone = open_disk(scratch, 0);
    others = alone == INVALID_HANDLE_VALUE && GetLastError() == ERROR_SHARING_VIOLATION;
    if (alone != INVALID_HANDLE_VALUE)
        CloseHandle(alone);
    (void)disk_open(m, scratch, disk);
    return others;
}

static wchar_t *size_file(const wchar_t *folder)
{
    return wide_format(L"%ls.size", folder);
}

static int32_t volume_attach(sim_machine *m, const char *volume, uint64_t size)
{
    cleanup_free wchar_t *folder = machine_volume((machine *)m, volume);
    cleanup_free wchar_t *file = folder ? size_file(folder) : NULL;
    FILE *f;

    if (!file)
        return HR_OUT_OF_MEMORY;
    if (tree_make(folder) != HR_OK || !(f = _wfopen(file, L"wb")))
        return HR_ACCESS_DENIED;
    fwrite(&size, sizeof(size), 1, f);
    fclose(f);
    return HR_OK;
}

static void volume_detach(sim_machine *m, const char *volume)
{
    cleanup_free wchar_t *folder = machine_volume((machine *)m, volume);
    cleanup_free wchar_t *file = folder ? size_file(folder) : NULL;

    if (!file)
        return;
    DeleteFileW(file);
    tree_remove(folder);
}

void disks_install(sim_machine *calls)
{
    calls->disk_open = disk_open;
    calls->disk_close = disk_close;
    calls->disk_in_use = disk_in_use;
    calls->volume_attach = volume_attach;
    calls->volume_detach = volume_detach;
}
