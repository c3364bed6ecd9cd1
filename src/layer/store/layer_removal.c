/* SPDX-License-Identifier: MIT */
/* How layers go: destroyed on demand, and what crashes left swept. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "layer/store/folder.h"
#include "layer/store/layer_record.h"

/* An import of the same id may go on; it ends, and then the layer can go. */
#define DESTROY_WAIT (60u * 1000)

static wcow_status list_folder(const layer_store *store, string_list *out, wcow_error *err)
{
    cleanup_free char *folder = layers_folder(store);
    int32_t hr;

    if (!folder)
        return error_no_memory(err);
    hr = store->files->list(store->files, folder, out);
    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND)
        return WCOW_OK;
    return error_check(err, hr, "list the layers");
}

static bool is_layer(const layer_store *store, const char *id)
{
    cleanup_free char *folder = layer_folder(store, id, "");
    cleanup_free char *record = folder ? path_join(folder, LAYER_FILE) : NULL;

    return record && folder_exists(store->files, record);
}

wcow_status layer_list(const layer_store *store, string_list *out, wcow_error *err)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    cleanup_strings string_list layers = STRING_LIST_INIT;
    wcow_status status = list_folder(store, &names, err);

    if (status)
        return status;
    for (size_t i = 0; i < names.count; i++) {
        layer_id id;

        if (layer_id_parse(names.items[i], id, NULL) || !is_layer(store, id))
            continue;
        if (!string_list_add(&layers, id))
            return error_no_memory(err);
    }
    for (size_t i = 0; i < layers.count; i++) {
        if (!string_list_add(out, layers.items[i]))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

/* What there may be of a layer: its folder, and the transport folder of an import of it. */
typedef struct layer_paths {
    char *folder;
    char *transport;
} layer_paths;

static void layer_paths_free(layer_paths *paths)
{
    free(paths->folder);
    free(paths->transport);
}

DEFINE_CLEANUP_VALUE(layer_paths, layer_paths, layer_paths_free)

static wcow_status layer_paths_make(const layer_store *store, const char *id, layer_paths *out,
                                    wcow_error *err)
{
    out->folder = layer_folder(store, id, "");
    out->transport = layer_transport(store, id);
    return out->folder && out->transport ? WCOW_OK : error_no_memory(err);
}

/* Once this has succeeded there is no such layer; what others hold of it is left to the sweep. */
static wcow_status put_away(const layer_store *store, const char *id, wcow_error *err)
{
    CLEANUP(layer_paths) layer_paths paths = {NULL, NULL};
    wcow_status status = layer_paths_make(store, id, &paths, err);

    if (status)
        return status;
    folder_discard(store->files, paths.transport);
    return folder_put_away(store, paths.folder, err);
}

/* The sweep's: here what others hold is a failure. */
static wcow_status destroy_all(const layer_store *store, const char *id, wcow_error *err)
{
    CLEANUP(layer_paths) layer_paths paths = {NULL, NULL};
    wcow_status status = layer_paths_make(store, id, &paths, err);

    if (!status)
        status = folder_remove(store->files, paths.transport, err);
    return status ? status : folder_destroy(store, paths.folder, err);
}

wcow_status layer_destroy(const layer_store *store, const char *chain_id, wcow_error *err)
{
    return layer_destroy_unless(store, chain_id, NULL, NULL, err);
}

wcow_status layer_destroy_unless(const layer_store *store, const char *chain_id,
                                 layer_needed_fn *is_needed, void *context, wcow_error *err)
{
    file_lock *lock = NULL;
    bool needed = false;
    layer_id id;
    wcow_status status = layer_id_parse(chain_id, id, err);

    if (!status)
        status = layer_lock(store, id, DESTROY_WAIT, &lock, err);
    if (status)
        return error_wrap(err, status, "cannot remove layer %s", chain_id);
    if (is_needed)
        status = is_needed(context, id, &needed, err);
    if (!status && !needed)
        status = put_away(store, id, err);
    store->files->unlock(store->files, lock);
    if (status)
        return error_wrap(err, status, "cannot remove layer %s", chain_id);
    return WCOW_OK;
}

static bool is_transport(const char *name)
{
    return strlen(name) == TRANSPORT_DIGITS + strlen(TRANSPORT_SUFFIX) &&
           text_ends_with(name, TRANSPORT_SUFFIX);
}

/* The id in "<id>", "<id>-removing"; false for other names. */
static bool folder_id(const char *name, layer_id out)
{
    cleanup_free char *head = NULL;
    const char *tail = name + SHA256_HEX_SIZE - 1;

    if (strlen(name) < SHA256_HEX_SIZE - 1)
        return false;
    if (*tail && strcmp(tail, REMOVING_SUFFIX) != 0)
        return false;
    head = text_copy_bytes(name, SHA256_HEX_SIZE - 1);
    return head && layer_id_parse(head, out, NULL) == WCOW_OK;
}

/* The layer among these that a transport folder belongs to; without one, its digits and zeros. */
static bool transport_id(const string_list *names, const char *name, layer_id out)
{
    char padded[SHA256_HEX_SIZE];

    for (size_t i = 0; i < names->count; i++) {
        if (strncmp(names->items[i], name, TRANSPORT_DIGITS) == 0 &&
            folder_id(names->items[i], out))
            return true;
    }
    memset(padded, '0', sizeof(padded) - 1);
    memcpy(padded, name, TRANSPORT_DIGITS);
    padded[sizeof(padded) - 1] = '\0';
    return layer_id_parse(padded, out, NULL) == WCOW_OK;
}

/* What a name of the layers' folder is a part of; false if it is none of ours. */
static bool leftover_id(const string_list *names, const char *name, layer_id out)
{
    return is_transport(name) ? transport_id(names, name, out) : folder_id(name, out);
}

wcow_status layer_list_leftovers(const layer_store *store, string_list *out, wcow_error *err)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    wcow_status status = list_folder(store, &names, err);

    for (size_t i = 0; i < names.count && !status; i++) {
        layer_id id;

        if (!leftover_id(&names, names.items[i], id) || is_layer(store, id) ||
            string_list_contains(out, id))
            continue;
        if (!string_list_add(out, id))
            status = error_no_memory(err);
    }
    return status;
}

/* With the lock held: half a layer with all that there is of it, or what is left beside a whole
 * one.
 */
static wcow_status sweep_locked(const layer_store *store, const char *name, const char *id,
                                size_t *removed, wcow_error *err)
{
    cleanup_free char *path = layer_folder(store, name, "");
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    if (!folder_exists(store->files, path)) /* it went with its layer */
        return WCOW_OK;
    if (!is_layer(store, id))
        status = destroy_all(store, id, err);
    else if (is_transport(name))
        status = folder_remove(store->files, path, err);
    else if (text_equal(name, id))
        return WCOW_OK;
    else
        status =
            error_check(err, store->storage->destroy_layer(store->storage, path), "DestroyLayer");
    *removed += !status;
    return status;
}

/* Removes one leftover, unless somebody works on it: they hold the lock. */
static wcow_status sweep_one(const layer_store *store, const string_list *names, const char *name,
                             size_t *removed, wcow_error *err)
{
    file_lock *lock = NULL;
    layer_id id;
    wcow_status status;

    if (!leftover_id(names, name, id) || layer_lock(store, id, 0, &lock, NULL))
        return WCOW_OK;
    status = sweep_locked(store, name, id, removed, err);
    store->files->unlock(store->files, lock);
    return status;
}

wcow_status layer_sweep(const layer_store *store, size_t *removed, wcow_error *err)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    size_t count = 0;
    wcow_error first = WCOW_ERROR_INIT;

    ignore(list_folder(store, &names, &first)); /* `first` has it */
    for (size_t i = 0; i < names.count; i++) {
        wcow_error failure = WCOW_ERROR_INIT;
        wcow_status status = sweep_one(store, &names, names.items[i], &count, &failure);

        if (status)
            error_wrap(&failure, status, "cannot remove '%s'", names.items[i]);
        error_keep_first(&first, status, &failure);
    }
    if (removed)
        *removed = count;
    return error_pass(err, first.status, &first);
}
