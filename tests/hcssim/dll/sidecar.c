/* SPDX-License-Identifier: MIT */
/* Metadata that Wine cannot store with a file. */
#include "sidecar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "../service/wide.h"

static bool sidecar_path(HANDLE file, wchar_t path[128])
{
    BY_HANDLE_FILE_INFORMATION info;

    if (!GetFileInformationByHandle(file, &info))
        return false;
    swprintf(path, 128, SIDECAR_FOLDER L"\\%08lx-%08lx%08lx", info.dwVolumeSerialNumber,
             info.nFileIndexHigh, info.nFileIndexLow);
    return true;
}

static char *last_name(HANDLE file)
{
    wchar_t path[4096];
    DWORD length = GetFinalPathNameByHandleW(file, path, 4096, 0);
    const wchar_t *slash = length && length < 4096 ? wcsrchr(path, L'\\') : NULL;

    return utf8_from_wide(slash ? slash + 1 : L"");
}

bool sidecar_write(HANDLE file, const void *streams, size_t size)
{
    cleanup_free char *name = last_name(file);
    wchar_t path[128];
    FILE *f;
    bool ok;

    if (!name || !sidecar_path(file, path))
        return false;
    if (!size) {
        DeleteFileW(path);
        return true;
    }
    CreateDirectoryW(L"C:\\hcssim", NULL);
    CreateDirectoryW(SIDECAR_FOLDER, NULL);
    f = _wfopen(path, L"wb");
    if (!f)
        return false;
    fprintf(f, "%s\n", name);
    ok = fwrite(streams, 1, size, f) == size;
    return fclose(f) == 0 && ok;
}

static BYTE *read_all(const wchar_t *path, size_t *size)
{
    FILE *f = _wfopen(path, L"rb");
    BYTE *bytes = NULL;
    long length;

    if (!f)
        return NULL;
    if (fseek(f, 0, SEEK_END) == 0 && (length = ftell(f)) > 0 && fseek(f, 0, SEEK_SET) == 0) {
        bytes = malloc((size_t)length);
        *size = bytes ? fread(bytes, 1, (size_t)length, f) : 0;
    }
    fclose(f);
    return bytes;
}

BYTE *sidecar_read(HANDLE file, size_t *size)
{
    cleanup_free char *name = last_name(file);
    wchar_t path[128];
    size_t all = 0;
    size_t length = name ? strlen(name) : 0;
    BYTE *bytes = name && sidecar_path(file, path) ? read_all(path, &all) : NULL;

    if (!bytes || all <= length || memcmp(bytes, name, length) != 0 || bytes[length] != '\n') {
        free(bytes);
        return NULL;
    }
    *size = all - length - 1;
    memmove(bytes, bytes + length + 1, *size);
    return bytes;
}
