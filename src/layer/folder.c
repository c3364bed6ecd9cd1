/* SPDX-License-Identifier: MIT */
/* Folders of <root>/layers. */
#include "layer/folder.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"

char *layers_folder(const layer_store *store)
{
    return path_join(store->root, "layers");
}

char *layer_folder(const layer_store *store, const char *id, const char *suffix)
{
    cleanup_free char *layers = layers_folder(store);
    cleanup_free char *name = text_format("%s%s", id, suffix);

    return layers && name ? path_join(layers, name) : NULL;
}

char *layer_transport(const layer_store *store, const char *id)
{
    cleanup_free char *head = text_copy_bytes(id, TRANSPORT_DIGITS);

    return head ? layer_folder(store, head, TRANSPORT_SUFFIX) : NULL;
}

wcow_status folder_ensure(files_port *files, const char *path, wcow_error *err)
{
    int32_t hr = files->make_directory(files, path);

    if (HR_FAILED(hr) && hr != HR_ALREADY_EXISTS && hr != HR_FILE_EXISTS)
        return error_wrap(err, error_hresult(err, hr, "make folder"), "'%s'", path);
    return WCOW_OK;
}

bool folder_exists(files_port *files, const char *path)
{
    file_info info;
    int32_t hr = files->info(files, path, &info);

    /* Whatever else goes wrong, the operation that follows will say it. */
    return hr != HR_FILE_NOT_FOUND && hr != HR_PATH_NOT_FOUND;
}

wcow_status folder_remove(files_port *files, const char *path, wcow_error *err)
{
    cleanup_free char *parent = path_parent(path);
    file_tree *tree = NULL;
    int32_t hr;

    if (!parent)
        return error_no_memory(err);
    if (!folder_exists(files, path))
        return WCOW_OK;
    hr = files->tree_open(files, parent, &tree);
    if (HR_SUCCEEDED(hr)) {
        hr = files->tree_remove(files, tree, path_base_name(path));
        files->tree_close(files, tree);
    }
    if (HR_FAILED(hr) && hr != HR_FILE_NOT_FOUND && hr != HR_PATH_NOT_FOUND)
        return error_wrap(err, error_hresult(err, hr, "remove"), "'%s'", path);
    return WCOW_OK;
}

static wcow_status destroy(const layer_store *store, const char *path, wcow_error *err)
{
    int32_t hr = store->storage->destroy_layer(store->storage, path);

    if (HR_SUCCEEDED(hr) || hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND)
        return WCOW_OK;
    return error_wrap(err, error_hresult(err, hr, "DestroyLayer"), "'%s'", path);
}

wcow_status folder_finish_destroy(const layer_store *store, const char *path, wcow_error *err)
{
    cleanup_free char *removing = text_format("%s" REMOVING_SUFFIX, path);

    if (!removing)
        return error_no_memory(err);
    return folder_exists(store->files, removing) ? destroy(store, removing, err) : WCOW_OK;
}

wcow_status folder_destroy(const layer_store *store, const char *path, wcow_error *err)
{
    cleanup_free char *removing = text_format("%s" REMOVING_SUFFIX, path);
    wcow_status status = folder_finish_destroy(store, path, err);
    int32_t hr;

    if (!removing)
        return error_no_memory(err);
    if (status || !folder_exists(store->files, path))
        return status;
    hr = store->files->rename(store->files, path, removing);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "rename"), "'%s'", path);
    return destroy(store, removing, err);
}

wcow_status layer_lock(const layer_store *store, const char *id, uint32_t milliseconds,
                       file_lock **out, wcow_error *err)
{
    cleanup_free char *layers = layers_folder(store);
    cleanup_free char *name = text_format("%.2s.lock", id);
    cleanup_free char *path = layers && name ? path_join(layers, name) : NULL;
    wcow_status status;
    int32_t hr;

    if (!path)
        return error_no_memory(err);
    status = folder_ensure(store->files, store->root, err);
    if (!status)
        status = folder_ensure(store->files, layers, err);
    if (status)
        return status;
    hr = store->files->lock(store->files, path, milliseconds, out);
    if (hr == HR_WAIT_TIMEOUT)
        return error_set(err, WCOW_TIMEOUT, "another process is working on it");
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "lock"), "'%s'", path);
    return WCOW_OK;
}
