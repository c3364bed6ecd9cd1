/* SPDX-License-Identifier: MIT */
/* Names in folders: made, renamed, removed, listed; and the table of it all. */
#include "files.h"

#include "port/machine.h"
#include "security.h"

#define LONGEST_PATH 32768u
/* A short wait for readers only: a caller may count on the error of a folder that is in use. */
#define RENAME_ATTEMPTS 10u
#define REMOVE_ATTEMPTS 10u
#define REMOVE_INTERVAL 5u /* ms */

static int32_t make_with(security_kind kind, const char *path)
{
    cleanup_free wchar_t *wide = wide_path(path);
    SECURITY_ATTRIBUTES *security;
    int32_t hr = security_private(kind, &security);

    if (HR_FAILED(hr))
        return hr;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    return CreateDirectoryW(wide, security) ? HR_OK : hresult_last();
}

static int32_t directory_make(files_port *port, const char *path)
{
    (void)port;
    return make_with(machine_elevated() ? SECURITY_ELEVATED_FOLDER : SECURITY_FOLDER, path);
}

static int32_t volume_make(files_port *port, const char *path)
{
    (void)port;
    return make_with(machine_elevated() ? SECURITY_ELEVATED_VOLUME : SECURITY_VOLUME, path);
}

static int32_t file_rename(files_port *port, const char *from, const char *to)
{
    cleanup_free wchar_t *wide_from = wide_path(from);
    cleanup_free wchar_t *wide_to = wide_path(to);
    unsigned attempt = 0;
    int32_t hr;

    (void)port;
    if (!wide_from || !wide_to)
        return HR_OUT_OF_MEMORY;
    do {
        hr = MoveFileExW(wide_from, wide_to, MOVEFILE_WRITE_THROUGH) ? HR_OK : hresult_last();
    } while (attempt < RENAME_ATTEMPTS && retry_after(hr, &attempt));
    return hr;
}

/* Removes what `wanted` accepts by its attributes; HR of `refused` otherwise. */
static int32_t path_remove(const char *path, bool (*wanted)(DWORD attributes), int32_t refused)
{
    cleanup_free wchar_t *wide = wide_path(path);
    cleanup_handle HANDLE handle = NULL;
    FILE_BASIC_INFO info;
    unsigned attempt = 0;
    int32_t hr;

    if (!wide)
        return HR_OUT_OF_MEMORY;
    do {
        handle = CreateFileW(wide, DELETE | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES, SHARE_ALL,
                             NULL, OPEN_EXISTING,
                             FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
        hr = handle == INVALID_HANDLE_VALUE ? hresult_last() : HR_OK;
    } while (hr == HR_SHARING_VIOLATION && attempt < REMOVE_ATTEMPTS && retry_after(hr, &attempt));
    if (HR_FAILED(hr))
        return hr;
    if (!GetFileInformationByHandleEx(handle, FileBasicInfo, &info, sizeof(info)))
        return hresult_last();
    return wanted(info.FileAttributes) ? handle_remove(handle) : refused;
}

static bool is_file(DWORD attributes)
{
    return !(attributes & FILE_ATTRIBUTE_DIRECTORY);
}

static bool is_folder_or_link(DWORD attributes)
{
    return attributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT);
}

static int32_t file_remove(files_port *port, const char *path)
{
    (void)port;
    return path_remove(path, is_file, HR_ACCESS_DENIED);
}

/* A file in it that was removed while somebody had it open is there until that one closes it. */
static int32_t directory_remove(files_port *port, const char *path)
{
    int32_t hr;

    (void)port;
    for (unsigned i = 0;; i++) {
        hr = path_remove(path, is_folder_or_link, HR_FROM_WIN32(ERROR_DIRECTORY));
        if (hr != HR_DIR_NOT_EMPTY || i == REMOVE_ATTEMPTS)
            return hr;
        Sleep(REMOVE_INTERVAL);
    }
}

static int32_t path_info(files_port *port, const char *path, file_info *out)
{
    cleanup_free wchar_t *wide = wide_path(path);
    WIN32_FILE_ATTRIBUTE_DATA data;
    int64_t written;

    (void)port;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    if (!GetFileAttributesExW(wide, GetFileExInfoStandard, &data))
        return hresult_last();
    written =
        (int64_t)data.ftLastWriteTime.dwHighDateTime << 32 | data.ftLastWriteTime.dwLowDateTime;
    *out = (file_info){
        .kind = kind_from_attributes(data.dwFileAttributes),
        .size = (uint64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow,
        .modified = (written - EPOCH_DISTANCE) * 100,
    };
    if (out->kind != FILE_KIND_FILE)
        out->size = 0;
    return HR_OK;
}

/* Itself: FILE_FLAG_OPEN_REPARSE_POINT; or where a link leads: 0. */
static int32_t open_to_look(const char *path, DWORD link, HANDLE *out)
{
    cleanup_free wchar_t *wide = wide_path(path);

    if (!wide)
        return HR_OUT_OF_MEMORY;
    *out = CreateFileW(wide, READ_CONTROL, SHARE_ALL, NULL, OPEN_EXISTING,
                       FILE_FLAG_BACKUP_SEMANTICS | link, NULL);
    return *out == INVALID_HANDLE_VALUE ? hresult_last() : HR_OK;
}

static int32_t path_is_ours(files_port *port, const char *path, bool *out)
{
    cleanup_handle HANDLE handle = NULL;
    int32_t hr = open_to_look(path, FILE_FLAG_OPEN_REPARSE_POINT, &handle);

    (void)port;
    return HR_FAILED(hr) ? hr : security_is_ours(handle, SECURITY_OF_FILE, out);
}

/* Who may change a link itself may turn it elsewhere. */
static int32_t path_is_shared(files_port *port, const char *path, bool *out)
{
    static const DWORD both[] = {FILE_FLAG_OPEN_REPARSE_POINT, 0};
    bool shared = false;

    (void)port;
    for (size_t i = 0; i < sizeof(both) / sizeof(both[0]) && !shared; i++) {
        cleanup_handle HANDLE handle = NULL;
        int32_t hr = open_to_look(path, both[i], &handle);

        if (HR_SUCCEEDED(hr))
            hr = security_is_shared(handle, &shared);
        if (HR_FAILED(hr))
            return hr;
    }
    *out = shared;
    return HR_OK;
}

static int32_t path_file_system(files_port *port, const char *path, char **out)
{
    cleanup_free wchar_t *wide = wide_path(path);
    cleanup_handle HANDLE handle = NULL;
    wchar_t name[MAX_PATH + 1];

    (void)port;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    handle = CreateFileW(wide, FILE_READ_ATTRIBUTES, SHARE_ALL, NULL, OPEN_EXISTING,
                         FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (handle == INVALID_HANDLE_VALUE ||
        !GetVolumeInformationByHandleW(handle, NULL, 0, NULL, NULL, NULL, name,
                                       sizeof(name) / sizeof(name[0])))
        return hresult_last();
    *out = utf8_from_wide(name);
    return *out ? HR_OK : HR_OUT_OF_MEMORY;
}

static int32_t full_path(files_port *port, const char *path, char **out)
{
    char *whole = utf8_full_path(path);

    (void)port;
    if (!whole)
        return HR_OUT_OF_MEMORY;
    *out = whole;
    return HR_OK;
}

/* A share has no volume's name, and some shares do not let their folders be read to normalise one.
 */
static wchar_t *final_name(HANDLE opened)
{
    static const DWORD forms[] = {
        FILE_NAME_NORMALIZED | VOLUME_NAME_GUID, FILE_NAME_OPENED | VOLUME_NAME_GUID,
        FILE_NAME_NORMALIZED | VOLUME_NAME_DOS, FILE_NAME_OPENED | VOLUME_NAME_DOS};
    cleanup_free wchar_t *name = malloc(LONGEST_PATH * sizeof(*name));

    if (!name)
        SetLastError(ERROR_OUTOFMEMORY);
    for (size_t i = 0; name && i < sizeof(forms) / sizeof(forms[0]); i++) {
        DWORD length = GetFinalPathNameByHandleW(opened, name, LONGEST_PATH, forms[i]);

        if (length && length < LONGEST_PATH)
            return TAKE(name);
        if (length)
            SetLastError(ERROR_FILENAME_EXCED_RANGE);
        if (GetLastError() != ERROR_PATH_NOT_FOUND && GetLastError() != ERROR_ACCESS_DENIED)
            return NULL;
    }
    return NULL;
}

static int32_t final_path(files_port *port, const char *path, char **out)
{
    static const wchar_t share[] = L"\\\\?\\UNC\\";
    const size_t length = sizeof(share) / sizeof(share[0]) - 1;
    cleanup_free wchar_t *wide = wide_path(path);
    cleanup_free wchar_t *name = NULL;
    cleanup_handle HANDLE opened = NULL;
    char *found;

    (void)port;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    opened = CreateFileW(wide, 0, SHARE_ALL, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (opened == INVALID_HANDLE_VALUE)
        return hresult_last();
    name = final_name(opened);
    if (!name)
        return hresult_last();
    if (wcsncmp(name, share, length) == 0) {
        name[length - 2] = L'\\';
        found = utf8_from_wide(name + length - 2);
    } else {
        found = utf8_from_wide(name);
    }
    if (!found)
        return HR_OUT_OF_MEMORY;
    *out = found;
    return HR_OK;
}

static int32_t path_list(files_port *port, const char *path, string_list *out)
{
    cleanup_free wchar_t *wide = wide_path(path);
    cleanup_handle HANDLE folder = NULL;

    (void)port;
    if (!wide)
        return HR_OUT_OF_MEMORY;
    folder = CreateFileW(wide, FILE_LIST_DIRECTORY | SYNCHRONIZE, SHARE_ALL, NULL, OPEN_EXISTING,
                         FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (folder != INVALID_HANDLE_VALUE)
        return handle_list_names(folder, out);
    return GetLastError() == ERROR_FILE_NOT_FOUND ? HR_PATH_NOT_FOUND : hresult_last();
}

static void files_free(files_port *port)
{
    free(port);
}

int32_t files_port_open(files_port **out)
{
    static const files_port table = {
        .read = file_read,
        .replace = file_replace,
        .replace_with = file_replace_with,
        .make_directory = directory_make,
        .make_volume = volume_make,
        .rename = file_rename,
        .remove_file = file_remove,
        .remove_directory = directory_remove,
        .info = path_info,
        .is_ours = path_is_ours,
        .is_shared = path_is_shared,
        .file_system = path_file_system,
        .full_path = full_path,
        .final_path = final_path,
        .list = path_list,
        .lock = lock_take,
        .unlock = lock_release,
        .open = file_open,
        .read_some = file_read_some,
        .write_all = file_write_all,
        .seek = file_seek,
        .flush = file_flush,
        .close = file_close,
        .tree_open = tree_open,
        .tree_close = tree_close,
        .tree_create = tree_create,
        .tree_create_beside = tree_create_beside,
        .tree_reopen = tree_reopen,
        .entry_write = entry_write,
        .entry_restore = entry_restore,
        .entry_close = entry_close,
        .entry_place = entry_place,
        .tree_link = tree_link,
        .tree_remove = tree_remove,
        .tree_set_info = tree_set_info,
        .tree_info = tree_info,
        .tree_basic_info = tree_basic_info,
        .tree_list = tree_list,
        .tree_copy = tree_copy,
        .tree_identity = tree_identity,
        .tree_file_open = tree_file_open,
        .tree_backup_open = tree_backup_open,
        .backup_info = tree_backup_info,
        .backup_read = tree_backup_read,
        .backup_close = tree_backup_close,
        .free = files_free,
    };
    files_port *port = malloc(sizeof(*port));

    if (!port)
        return HR_OUT_OF_MEMORY;
    *port = table;
    *out = port;
    return HR_OK;
}
