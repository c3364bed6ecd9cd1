/* SPDX-License-Identifier: MIT */
/* The writable layer of a container. */
#include "layer/store/scratch.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "layer/store/folder.h"
#include "port/clock.h"

/* The field's retry rule (hcsshim, internal/layers): a volume may take a moment to come online. */
#define MOUNT_TRIES 5
#define MOUNT_PAUSE 100u /* milliseconds */

/* PrepareLayer calls at the same time time out on some builds, so the field serialises them. The
 * wait is bounded: a process that hangs in the call must not hold up all others. */
#define PREPARE_WAIT (10u * 1000)

/* Windows closes the last handles to a volume a moment after the disk is detached. */
#define DESTROY_TRIES 10
#define DESTROY_PAUSE 50u

wcow_status scratch_create(const layer_store *store, const char *path, const layer_chain *parents,
                           uint64_t size, wcow_error *err)
{
    storage_port *storage = store->storage;
    wcow_status status = root_check_volume(store, err);
    wcow_status undone;

    if (!status)
        status = folder_put_away(store, path, err);
    if (status)
        return error_wrap(err, status, "cannot create scratch layer");
    status = error_check(
        err, storage->create_sandbox_layer(storage, path, parents->items, parents->count),
        "CreateSandboxLayer");
    if (!status && size > 0)
        status = error_check(err, storage->expand_sandbox_size(storage, path, size),
                             "ExpandSandboxSize");
    if (!status)
        return WCOW_OK;
    /* The first failure is the one to report; a leftover is found by the next prune. */
    undone = folder_destroy(store, path, NULL);
    (void)undone;
    return error_wrap(err, status, "cannot create scratch layer '%s'", path);
}

static file_lock *prepare_lock(const layer_store *store)
{
    cleanup_free char *layers = layers_folder(store);
    cleanup_free char *path = layers ? path_join(layers, "prepare.lock") : NULL;
    file_lock *lock = NULL;

    if (!path || HR_FAILED(store->files->lock(store->files, path, PREPARE_WAIT, &lock)))
        return NULL;
    return lock;
}

static int32_t prepare(const layer_store *store, const char *path, const layer_chain *parents)
{
    storage_port *storage = store->storage;
    file_lock *lock = prepare_lock(store);
    int32_t hr = storage->prepare_layer(storage, path, parents->items, parents->count);

    if (lock)
        store->files->unlock(store->files, lock);
    return hr;
}

/* Activates and prepares once; undoes the first when the second fails. */
static int32_t try_mount(const layer_store *store, const char *path, const layer_chain *parents,
                         const char **call)
{
    storage_port *storage = store->storage;
    int32_t hr = storage->activate_layer(storage, path);

    *call = "ActivateLayer";
    if (HR_FAILED(hr))
        return hr;
    *call = "PrepareLayer";
    hr = prepare(store, path, parents);
    if (HR_FAILED(hr))
        (void)storage->deactivate_layer(storage, path);
    return hr;
}

static bool is_worth_a_retry(int32_t hr)
{
    return hr == HR_NOT_READY || hr == HR_DEVICE_NOT_CONNECTED;
}

/*
 * GetLayerMountPath has given volumes without a separator at their end (as dockerd logged: moby
 * #32595), and sources show clients that expect one. Without it the name is the device's, and not
 * that of its root folder. Takes `volume`; NULL for lack of memory.
 */
static char *root_of(char *volume)
{
    char *root;

    if (text_ends_with(volume, "\\"))
        return volume;
    root = text_format("%s\\", volume);
    free(volume);
    return root;
}

static int32_t prepare_patiently(const layer_store *store, const char *path,
                                 const layer_chain *parents, const char **call)
{
    int32_t hr = try_mount(store, path, parents, call);

    for (int tries = 1; tries < MOUNT_TRIES && is_worth_a_retry(hr); tries++) {
        clock_sleep(MOUNT_PAUSE);
        hr = try_mount(store, path, parents, call);
    }
    return hr;
}

static wcow_status not_mounted(const char *path, const char *call, int32_t hr, wcow_error *err)
{
    return error_wrap(err, error_hresult(err, hr, call), "cannot mount scratch layer '%s'", path);
}

wcow_status scratch_prepare(const layer_store *store, const char *path, const layer_chain *parents,
                            wcow_error *err)
{
    const char *call = NULL;
    int32_t hr = prepare_patiently(store, path, parents, &call);

    return HR_FAILED(hr) ? not_mounted(path, call, hr, err) : WCOW_OK;
}

/* A container's document names it so. A folder, as read-only layers have, is no volume of its own.
 */
static bool is_volume(const char *path)
{
    return path && text_starts_with(path, "\\\\?\\Volume{");
}

wcow_status scratch_volume(const layer_store *store, const char *path, char **volume,
                           wcow_error *err)
{
    cleanup_free char *found = NULL;
    int32_t hr = store->storage->get_layer_mount_path(store->storage, path, &found);
    char *root;

    if (HR_FAILED(hr))
        return not_mounted(path, "GetLayerMountPath", hr, err);
    if (!is_volume(found))
        return error_set(err, WCOW_FAILED,
                         "cannot mount scratch layer '%s': the service gave it no volume%s%s", path,
                         found && *found ? ", but " : "", found ? found : "");
    root = root_of(TAKE(found));
    if (!root)
        return error_no_memory(err);
    *volume = root;
    return WCOW_OK;
}

wcow_status scratch_mount(const layer_store *store, const char *path, const layer_chain *parents,
                          char **volume, wcow_error *err)
{
    storage_port *storage = store->storage;
    wcow_status status = scratch_prepare(store, path, parents, err);

    if (status)
        return status;
    status = scratch_volume(store, path, volume, err);
    if (status == WCOW_NO_MEMORY)
        scratch_release(store, path);
    else if (status) {
        (void)storage->unprepare_layer(storage, path);
        (void)storage->deactivate_layer(storage, path);
    }
    return status;
}

wcow_status scratch_unmount(const layer_store *store, const char *path, wcow_error *err)
{
    storage_port *storage = store->storage;
    const char *call = "UnprepareLayer";
    int32_t hr = storage->unprepare_layer(storage, path);
    int32_t deactivated = storage->deactivate_layer(storage, path);

    if (HR_SUCCEEDED(hr)) {
        hr = deactivated;
        call = "DeactivateLayer";
    }
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, call), "cannot unmount scratch layer '%s'",
                          path);
    return WCOW_OK;
}

void scratch_release(const layer_store *store, const char *path)
{
    storage_port *storage = store->storage;
    cleanup_free char *disk = path_join(path, "sandbox.vhdx");

    (void)storage->unprepare_layer(storage, path);
    (void)storage->deactivate_layer(storage, path);
    if (disk && folder_exists(store->files, disk))
        (void)storage->detach_disk(storage, disk);
}

/* The rename tells, too, but not on every file system. */
bool scratch_is_mounted(const layer_store *store, const char *path)
{
    cleanup_free char *volume = NULL;

    return HR_SUCCEEDED(store->storage->get_layer_mount_path(store->storage, path, &volume)) &&
           is_volume(volume);
}

static bool is_in_use(int32_t hr)
{
    return hr == HR_ACCESS_DENIED || hr == HR_SHARING_VIOLATION || hr == HR_LOCK_VIOLATION;
}

/*
 * Renames, unless it has that name already, and destroys. A mounted one fails at the first, or at
 * the second; then it is as it was.
 */
static int32_t try_destroy(const layer_store *store, const char *path, const char *removing,
                           const char **call)
{
    files_port *files = store->files;
    const bool renames = !text_equal(path, removing);
    int32_t hr = renames ? files->rename(files, path, removing) : HR_OK;

    *call = "rename";
    if (HR_FAILED(hr))
        return hr;
    *call = "DestroyLayer";
    hr = store->storage->destroy_layer(store->storage, removing);
    if (renames && is_in_use(hr))
        (void)files->rename(files, removing, path);
    return hr;
}

static wcow_status destroy_as(const layer_store *store, const char *path, const char *removing,
                              wcow_error *err)
{
    const char *call = NULL;
    int32_t hr;

    if (!folder_exists(store->files, path))
        return WCOW_OK;
    if (scratch_is_mounted(store, path))
        scratch_release(store, path);
    hr = try_destroy(store, path, removing, &call);
    if (is_in_use(hr))
        scratch_release(store, path);
    for (int tries = 1; tries < DESTROY_TRIES && is_in_use(hr); tries++) {
        hr = try_destroy(store, path, removing, &call);
        if (is_in_use(hr))
            clock_sleep(DESTROY_PAUSE);
    }
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, call), "cannot remove scratch layer '%s'",
                          path);
    return WCOW_OK;
}

wcow_status scratch_destroy(const layer_store *store, const char *path, wcow_error *err)
{
    cleanup_free char *removing = text_format("%s" REMOVING_SUFFIX, path);
    wcow_status status;

    if (!removing)
        return error_no_memory(err);
    status = folder_finish_destroy(store, path, err);
    if (status)
        return error_wrap(err, status, "cannot remove scratch layer");
    return destroy_as(store, path, removing, err);
}

wcow_status scratch_destroy_in_place(const layer_store *store, const char *path, wcow_error *err)
{
    return destroy_as(store, path, path, err);
}
