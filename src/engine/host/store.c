/* SPDX-License-Identifier: MIT */
/* Reading and writing the store's small files. */
#include "engine/host/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "image/store/spare.h"

/* A state file of ours is a few kilobytes; a config with many layers and variables a few hundred.
 */
#define FILE_LIMIT (16u * 1024 * 1024)

wcow_status store_read(wcow_host *host, const char *path, cJSON **out, wcow_error *err)
{
    cleanup_free char *bytes = NULL;
    files_port *files;
    size_t size = 0;
    wcow_status status = host_files(host, &files, err);

    if (status)
        return status;

    int32_t hr = files->read(files, path, FILE_LIMIT, &bytes, &size);

    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "read"), "cannot read '%s'", path);
    return json_parse(bytes, size, path, out, err);
}

wcow_status store_read_version(wcow_host *host, const char *path, int known, cJSON **out,
                               wcow_error *err)
{
    cleanup_free char *what = text_format("'%s'", path);
    cleanup_json cJSON *json = NULL;
    wcow_status status = what ? store_read(host, path, &json, err) : error_no_memory(err);

    if (!status)
        status = json_check_version(json, known, what, err);
    if (!status)
        *out = TAKE(json);
    return status;
}

wcow_status store_write(wcow_host *host, const char *path, const cJSON *value, wcow_error *err)
{
    return store_write_with(host, path, NULL, value, err);
}

wcow_status store_write_with(wcow_host *host, const char *path, const char *spare,
                             const cJSON *value, wcow_error *err)
{
    cleanup_free char *printed = json_print(value);
    files_port *files;
    wcow_status status = host_files(host, &files, err);

    if (status)
        return status;
    if (!printed)
        return error_no_memory(err);

    int32_t hr = spare_replace(files, path, spare, printed);

    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "write"), "cannot write '%s'", path);
    return WCOW_OK;
}

void store_keep_spare(wcow_host *host, const char *spare, size_t size)
{
    files_port *files;

    if (!host_files(host, &files, NULL))
        spare_keep(files, spare, size);
}

wcow_status store_make_directory(wcow_host *host, const char *path, wcow_error *err)
{
    files_port *files;
    wcow_status status = host_files(host, &files, err);

    if (status)
        return status;

    int32_t hr = files->make_directory(files, path);

    if (hr == HR_PATH_NOT_FOUND || hr == HR_FILE_NOT_FOUND) {
        cleanup_free char *parent = path_parent(path);

        if (!parent)
            return error_no_memory(err);
        if (*parent && strcmp(parent, path) != 0) {
            status = store_make_directory(host, parent, err);
            if (status)
                return status;
            hr = files->make_directory(files, path);
        }
    }
    if (HR_SUCCEEDED(hr))
        return WCOW_OK;
    if (hr == HR_ALREADY_EXISTS || hr == HR_FILE_EXISTS) /* perhaps only since it was looked at */
        return host->root_is_default && strcmp(path, host->root) == 0
                   ? host_check_root(host, files, err)
                   : WCOW_OK;
    return error_wrap(err, error_hresult(err, hr, "create"), "cannot make the folder '%s'", path);
}

static bool is_absent(int32_t hr)
{
    return hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND;
}

wcow_status store_remove(wcow_host *host, const char *folder, const char *name, wcow_error *err)
{
    files_port *files;
    file_tree *tree = NULL;
    wcow_status status = host_files(host, &files, err);

    if (status)
        return status;

    int32_t hr = files->tree_open(files, folder, &tree);

    if (HR_SUCCEEDED(hr)) {
        hr = files->tree_remove(files, tree, name);
        files->tree_close(files, tree);
    }
    if (HR_SUCCEEDED(hr) || is_absent(hr))
        return WCOW_OK;
    return error_wrap(err, error_hresult(err, hr, "remove"), "cannot remove '%s' in '%s'", name,
                      folder);
}

bool store_exists(wcow_host *host, const char *path)
{
    files_port *files;
    file_info info;

    return !host_files(host, &files, NULL) && HR_SUCCEEDED(files->info(files, path, &info));
}

bool store_absent(wcow_host *host, const char *path)
{
    files_port *files;
    file_info info;

    return !host_files(host, &files, NULL) && is_absent(files->info(files, path, &info));
}

wcow_status store_list(wcow_host *host, const char *path, string_list *out, wcow_error *err)
{
    files_port *files;
    wcow_status status = host_files(host, &files, err);

    if (status)
        return status;

    int32_t hr = files->list(files, path, out);

    if (HR_SUCCEEDED(hr) || is_absent(hr))
        return WCOW_OK;
    return error_wrap(err, error_hresult(err, hr, "list"), "cannot list the folder '%s'", path);
}

wcow_status store_lock_take(wcow_host *host, const char *path, uint32_t milliseconds,
                            store_lock *out, wcow_error *err)
{
    files_port *files;
    file_lock *lock = NULL;
    wcow_status status = host_files(host, &files, err);

    if (status)
        return status;

    int32_t hr = files->lock(files, path, milliseconds, &lock);

    if (hr == HR_WAIT_TIMEOUT || hr == HR_LOCK_VIOLATION)
        return error_set(err, WCOW_TIMEOUT, "another process holds the lock '%s'", path);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "lock"), "cannot lock '%s'", path);
    out->files = files;
    out->lock = lock;
    return WCOW_OK;
}

void store_lock_release(store_lock *lock)
{
    if (lock->lock)
        lock->files->unlock(lock->files, lock->lock);
    lock->lock = NULL;
}
