/* SPDX-License-Identifier: MIT */
/* Files of the host with all that Windows knows of them, for the engine: as BackupRead gives it. */
#include "service.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

#include "../dll/hooks.h"
#include "../dll/sidecar.h"
#include "wide.h"

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

static int32_t last_error(void)
{
    return HR_FROM_WIN32(GetLastError());
}

static HANDLE open_path(const char *path, DWORD access, DWORD how)
{
    cleanup_free wchar_t *wide = wide_from_utf8(path);

    if (!wide) {
        SetLastError(ERROR_OUTOFMEMORY);
        return INVALID_HANDLE_VALUE;
    }
    return CreateFileW(wide, access, SHARE_ALL, NULL, how,
                       FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
}

static bool is_reparse(HANDLE file)
{
    size_t size;
    cleanup_free BYTE *data =
        sidecar_has_reparse_points() ? sidecar_stream_read(file, BACKUP_REPARSE_DATA, &size) : NULL;

    return data != NULL;
}

/* Not by GetFileInformationByHandle, for which Wine asks its mount manager. */
static int32_t query(HANDLE file, sim_file_info *out)
{
    FILE_BASIC_INFO basic;
    FILE_STANDARD_INFO standard;
    uint64_t id;

    if (!GetFileInformationByHandleEx(file, FileBasicInfo, &basic, sizeof(basic)) ||
        !GetFileInformationByHandleEx(file, FileStandardInfo, &standard, sizeof(standard)))
        return last_error();
    if (!sidecar_key(file, &id))
        return HR_NOT_SUPPORTED;
    *out = (sim_file_info){
        .creation = (uint64_t)basic.CreationTime.QuadPart,
        .access = (uint64_t)basic.LastAccessTime.QuadPart,
        .write = (uint64_t)basic.LastWriteTime.QuadPart,
        .change = (uint64_t)basic.ChangeTime.QuadPart,
        .attributes = basic.FileAttributes,
        .links = standard.NumberOfLinks,
        .id = id,
    };
    if (is_reparse(file))
        out->attributes |= FILE_ATTRIBUTE_REPARSE_POINT;
    return HR_OK;
}

static int32_t host_file_info(sim_machine *m, const char *path, sim_file_info *out)
{
    HANDLE file = open_path(path, FILE_READ_ATTRIBUTES, OPEN_EXISTING);
    int32_t hr;

    (void)m;
    if (file == INVALID_HANDLE_VALUE)
        return last_error();
    hr = query(file, out);
    CloseHandle(file);
    return hr;
}

static uint64_t number(FILETIME time)
{
    return (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

static int32_t host_file_times(sim_machine *m, const char *path, sim_file_info *out)
{
    cleanup_free wchar_t *wide = wide_from_utf8(path);
    WIN32_FILE_ATTRIBUTE_DATA found;

    (void)m;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    if (!GetFileAttributesExW(wide, GetFileExInfoStandard, &found))
        return last_error();
    *out = (sim_file_info){
        .creation = number(found.ftCreationTime),
        .access = number(found.ftLastAccessTime),
        .write = number(found.ftLastWriteTime),
        .change = number(found.ftLastWriteTime), /* Wine cannot set it anyway */
    };
    return HR_OK;
}

static int32_t set_info(HANDLE file, const sim_file_info *info)
{
    FILE_BASIC_INFO basic = {
        .CreationTime.QuadPart = (LONGLONG)info->creation,
        .LastAccessTime.QuadPart = (LONGLONG)info->access,
        .LastWriteTime.QuadPart = (LONGLONG)info->write,
        .ChangeTime.QuadPart = (LONGLONG)info->change,
        .FileAttributes = info->attributes & ~(DWORD)FILE_ATTRIBUTE_REPARSE_POINT,
    };

    return SetFileInformationByHandle(file, FileBasicInfo, &basic, sizeof(basic)) ? HR_OK
                                                                                  : last_error();
}

static int32_t host_set_file_info(sim_machine *m, const char *path, const sim_file_info *info)
{
    HANDLE file = open_path(path, FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES, OPEN_EXISTING);
    int32_t hr;

    (void)m;
    if (file == INVALID_HANDLE_VALUE)
        return last_error();
    hr = set_info(file, info);
    CloseHandle(file);
    return hr;
}

static int32_t write_streams(HANDLE file, const void *streams, size_t size)
{
    cleanup_free BYTE *copy = malloc(size + 1); /* BackupWrite takes no constant */
    void *context = NULL;
    DWORD done = 0;
    int32_t hr = HR_OK;

    if (!copy)
        return HR_OUT_OF_MEMORY;
    sidecar_forget(file);
    if (!size)
        return HR_OK;
    memcpy(copy, streams, size);
    if (!hooked_backup_write(file, copy, (DWORD)size, &done, FALSE, TRUE, &context))
        hr = last_error();
    if (!hooked_backup_write(file, NULL, 0, &done, TRUE, TRUE, &context) && HR_SUCCEEDED(hr))
        hr = last_error();
    return hr;
}

static int32_t host_restore(sim_machine *m, const char *path, const sim_file_info *info,
                            const void *streams, size_t size)
{
    bool folder = info->attributes & FILE_ATTRIBUTE_DIRECTORY;
    DWORD access =
        folder ? FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES : GENERIC_READ | GENERIC_WRITE;
    HANDLE file;
    int32_t hr;

    if (folder) {
        hr = m->make_directory(m, path);
        if (HR_FAILED(hr) && hr != HR_ALREADY_EXISTS)
            return hr;
    }
    file = open_path(path, access, folder ? OPEN_EXISTING : CREATE_NEW);
    if (file == INVALID_HANDLE_VALUE)
        return last_error();
    hr = write_streams(file, streams, size);
    if (HR_SUCCEEDED(hr))
        hr = set_info(file, info);
    CloseHandle(file);
    return hr;
}

static int32_t read_streams(HANDLE file, text *out)
{
    BYTE buffer[65536];
    void *context = NULL;
    DWORD got = 1;
    int32_t hr = HR_OK;

    while (HR_SUCCEEDED(hr) && got) {
        if (!hooked_backup_read(file, buffer, sizeof(buffer), &got, FALSE, TRUE, &context))
            hr = last_error();
        else
            text_add_bytes(out, (const char *)buffer, got);
    }
    hooked_backup_read(file, NULL, 0, &got, TRUE, TRUE, &context);
    return hr;
}

static int32_t host_backup(sim_machine *m, const char *path, char **out, size_t *size)
{
    HANDLE file = open_path(path, GENERIC_READ, OPEN_EXISTING);
    cleanup_text text streams = TEXT_INIT;
    int32_t hr;

    (void)m;
    if (file == INVALID_HANDLE_VALUE)
        return last_error();
    hr = read_streams(file, &streams);
    CloseHandle(file);
    if (HR_FAILED(hr))
        return hr;
    *size = streams.length;
    *out = streams.length ? text_take(&streams) : text_copy("");
    return *out ? HR_OK : HR_OUT_OF_MEMORY;
}

static int32_t host_link(sim_machine *m, const char *path, const char *existing)
{
    cleanup_free wchar_t *wide = wide_from_utf8(path);
    cleanup_free wchar_t *wide_existing = wide_from_utf8(existing);

    (void)m;
    if (!wide || !wide_existing)
        return HR_OUT_OF_MEMORY;
    return CreateHardLinkW(wide, wide_existing, NULL) ? HR_OK : last_error();
}

void host_metadata_install(sim_machine *calls)
{
    calls->file_info = host_file_info;
    calls->file_times = host_file_times;
    calls->set_file_info = host_set_file_info;
    calls->restore = host_restore;
    calls->backup = host_backup;
    calls->link = host_link;
}
