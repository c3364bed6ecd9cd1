/* SPDX-License-Identifier: MIT */
/* Folders for what is made on the way. */
#include "layer/store/working_folder.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "layer/store/folder.h"
#include "port/hash.h"

#define LOCK_WAIT (60u * 1000)

wcow_status working_folder_open(const layer_store *store, working_folder *out, wcow_error *err)
{
    unsigned char random[SHA256_SIZE];
    cleanup_free char *path = NULL;
    file_lock *lock = NULL;
    layer_id id;
    wcow_status status = error_check(err, random_bytes(random, sizeof(random)), "get random bytes");

    if (status)
        return status;
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(id + 2 * i, 3, "%02x", random[i]);
    path = layer_transport(store, id);
    if (!path)
        return error_no_memory(err);
    status = layer_lock(store, id, LOCK_WAIT, &lock, err);
    if (status)
        return status;
    status = folder_ensure(store->files, path, err);
    if (status) {
        store->files->unlock(store->files, lock);
        return status;
    }
    *out = (working_folder){TAKE(path), lock};
    return WCOW_OK;
}

void working_folder_close(const layer_store *store, working_folder *folder)
{
    folder_discard(store->files, folder->path);
    store->files->unlock(store->files, folder->lock);
    free(folder->path);
    *folder = (working_folder){NULL, NULL};
}
