/* SPDX-License-Identifier: MIT */
/* Folders of <root>/layers. */
#include "layer/store/folder.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "port/clock.h"

#define HELD_TRIES 20u
#define HELD_PAUSE 50u /* milliseconds */

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

wcow_status root_check_volume(const layer_store *store, wcow_error *err)
{
    cleanup_free char *name = NULL;
    int32_t hr = store->files->file_system(store->files, store->root, &name);

    if (HR_FAILED(hr) || text_equal_ignore_case(name, "NTFS"))
        return WCOW_OK;
    return error_set(
        err, WCOW_UNSUPPORTED,
        "the volume of '%s' is formatted with %s, and layers of Windows need NTFS: name "
        "a folder on such a volume with --root",
        store->root, *name ? name : "nothing known");
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

bool is_held(int32_t hr)
{
    return hr == HR_SHARING_VIOLATION || hr == HR_LOCK_VIOLATION || hr == HR_DIR_NOT_EMPTY ||
           hr == HR_ACCESS_DENIED;
}

/* So long that a scanner is through with a file: half a second at first, two in all. */
bool held_wait(unsigned tries)
{
    if (tries >= HELD_TRIES)
        return false;
    clock_sleep(tries < HELD_TRIES / 2 ? HELD_PAUSE : 3 * HELD_PAUSE);
    return true;
}

static int32_t remove_from(files_port *files, const char *parent, const char *name)
{
    file_tree *tree = NULL;
    int32_t hr = files->tree_open(files, parent, &tree);

    if (HR_FAILED(hr))
        return hr;
    hr = files->tree_remove(files, tree, name);
    files->tree_close(files, tree);
    return hr;
}

wcow_status folder_remove(files_port *files, const char *path, wcow_error *err)
{
    cleanup_free char *parent = path_parent(path);
    int32_t hr;

    if (!parent)
        return error_no_memory(err);
    if (!folder_exists(files, path))
        return WCOW_OK;
    hr = remove_from(files, parent, path_base_name(path));
    for (unsigned tries = 0; is_held(hr) && held_wait(tries); tries++)
        hr = remove_from(files, parent, path_base_name(path));
    if (HR_FAILED(hr) && hr != HR_FILE_NOT_FOUND && hr != HR_PATH_NOT_FOUND)
        return error_wrap(err, error_hresult(err, hr, "remove"), "'%s'", path);
    return WCOW_OK;
}

void folder_discard(files_port *files, const char *path)
{
    wcow_status status = folder_remove(files, path, NULL);

    (void)status;
}

static int32_t call_destroy(const layer_store *store, const char *path)
{
    storage_port *storage = store->storage;
    int32_t hr = storage->destroy_layer(storage, path);

    for (unsigned tries = 0; is_held(hr) && held_wait(tries); tries++)
        hr = storage->destroy_layer(storage, path);
    return hr;
}

static wcow_status destroyed(const char *path, int32_t hr, wcow_error *err)
{
    if (HR_SUCCEEDED(hr) || hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND)
        return WCOW_OK;
    return error_wrap(err, error_hresult(err, hr, "DestroyLayer"), "'%s'", path);
}

wcow_status folder_finish_destroy(const layer_store *store, const char *path, wcow_error *err)
{
    cleanup_free char *removing = text_format("%s" REMOVING_SUFFIX, path);

    if (!removing)
        return error_no_memory(err);
    if (!folder_exists(store->files, removing))
        return WCOW_OK;
    return destroyed(removing, call_destroy(store, removing), err);
}

static wcow_status destroy_folder(const layer_store *store, const char *path, bool leave,
                                  wcow_error *err)
{
    cleanup_free char *removing = text_format("%s" REMOVING_SUFFIX, path);
    wcow_status status = folder_finish_destroy(store, path, err);
    int32_t hr;

    if (!removing)
        return error_no_memory(err);
    if (status || !folder_exists(store->files, path))
        return status;
    hr = store->files->rename(store->files, path, removing);
    for (unsigned tries = 0; is_held(hr) && held_wait(tries); tries++)
        hr = store->files->rename(store->files, path, removing);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "rename"), "'%s'", path);
    hr = call_destroy(store, removing);
    return leave && is_held(hr) ? WCOW_OK : destroyed(removing, hr, err);
}

wcow_status folder_destroy(const layer_store *store, const char *path, wcow_error *err)
{
    return destroy_folder(store, path, false, err);
}

wcow_status folder_put_away(const layer_store *store, const char *path, wcow_error *err)
{
    return destroy_folder(store, path, true, err);
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
