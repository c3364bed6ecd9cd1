/* SPDX-License-Identifier: MIT */
/* Chains of layers: their ids, and what the service wants to know of them. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "layer/store/folder.h"
#include "layer/store/layer.h"
#include "layer/store/layer_record.h"
#include "layer/store/name.h"

/* How long an import by another process may take. */
#define SETTLE_WAIT (60u * 60 * 1000)

wcow_status layer_chain_id(const char *parent, const char *diff_id, layer_id out, wcow_error *err)
{
    layer_id parent_id, diff, chain;
    cleanup_sha256 sha256 *hash = NULL;
    cleanup_free char *both = NULL;
    wcow_status status = layer_id_parse(diff_id, diff, err);

    if (!status && parent)
        status = layer_id_parse(parent, parent_id, err);
    if (status)
        return status;
    if (!parent) {
        memcpy(out, diff, sizeof(diff));
        return WCOW_OK;
    }
    hash = sha256_new();
    both = text_format("sha256:%s sha256:%s", parent_id, diff);
    if (!hash || !both)
        return error_no_memory(err);
    sha256_update(hash, both, strlen(both));
    sha256_finish(hash, chain);
    memcpy(out, chain, sizeof(chain));
    return WCOW_OK;
}

wcow_status layer_chain_ids(const string_list *diff_ids, string_list *out, wcow_error *err)
{
    layer_id below;

    for (size_t n = 0; n < diff_ids->count; n++) {
        layer_id chain;
        wcow_status status = layer_chain_id(n ? below : NULL, diff_ids->items[n], chain, err);

        if (status)
            return status;
        if (!string_list_add(out, chain))
            return error_no_memory(err);
        memcpy(below, chain, sizeof below);
    }
    return WCOW_OK;
}

wcow_status layer_open(const layer_store *store, const char *chain_id, layer **out, wcow_error *err)
{
    layer_id id;
    wcow_status status = layer_id_parse(chain_id, id, err);

    return status ? status : layer_record_read(store, id, out, err);
}

wcow_status layer_open_settled(const layer_store *store, const char *chain_id, layer **out,
                               wcow_error *err)
{
    file_lock *lock = NULL;
    layer_id id;
    wcow_status status = layer_id_parse(chain_id, id, err);

    if (!status)
        status = layer_lock(store, id, SETTLE_WAIT, &lock, err);
    if (status)
        return status;
    status = layer_open(store, id, out, err);
    store->files->unlock(store->files, lock);
    return status;
}

void layer_chain_free(layer_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++)
        free((char *)(uintptr_t)chain->items[i].path);
    free(chain->items);
    *chain = (layer_chain)LAYER_CHAIN_INIT;
}

/* The service knows a layer by the hash of its folder's name. */
static wcow_status describe(const layer_store *store, const char *path, layer_descriptor *out,
                            wcow_error *err)
{
    cleanup_free char *copy = text_copy(path);
    wcow_status status;

    if (!copy)
        return error_no_memory(err);
    status = error_check(
        err, store->storage->name_to_guid(store->storage, path_base_name(path), &out->id),
        "NameToGuid");
    if (status)
        return status;
    out->path = TAKE(copy);
    return WCOW_OK;
}

static wcow_status append(const layer_store *store, const char *id, layer_chain *chain,
                          wcow_error *err)
{
    cleanup_layer layer *l = NULL;
    wcow_status status = layer_record_read(store, id, &l, err);

    if (!status)
        status = describe(store, l->path, &chain->items[chain->count], err);
    if (!status)
        chain->count++;
    return status;
}

wcow_status layer_chain_open(const layer_store *store, const char *chain_id, layer_chain *out,
                             wcow_error *err)
{
    cleanup_layer layer *top = NULL;
    cleanup_layer_chain layer_chain chain = LAYER_CHAIN_INIT;
    wcow_status status = layer_open(store, chain_id, &top, err);

    if (status)
        return status;
    chain.items = calloc(top->parents.count + 1, sizeof(*chain.items));
    if (!chain.items)
        return error_no_memory(err);
    status = append(store, top->id, &chain, err);
    for (size_t i = 0; i < top->parents.count && !status; i++)
        status = append(store, top->parents.items[i], &chain, err);
    if (status)
        return status;
    *out = chain;
    chain = (layer_chain)LAYER_CHAIN_INIT;
    return WCOW_OK;
}

wcow_status layer_chain_of_folders(const layer_store *store, const string_list *folders,
                                   layer_chain *out, wcow_error *err)
{
    cleanup_layer_chain layer_chain chain = LAYER_CHAIN_INIT;

    chain.items = calloc(folders->count + 1, sizeof(*chain.items));
    if (!chain.items)
        return error_no_memory(err);
    for (size_t i = 0; i < folders->count; i++) {
        wcow_status status = describe(store, folders->items[i], &chain.items[i], err);

        if (status)
            return status;
        chain.count++;
    }
    *out = chain;
    chain = (layer_chain)LAYER_CHAIN_INIT;
    return WCOW_OK;
}

wcow_status layer_chain_utility_vm(const layer_store *store, const layer_chain *chain, char **path,
                                   wcow_error *err)
{
    for (size_t i = 0; i < chain->count; i++) {
        cleanup_free char *folder = path_join(chain->items[i].path, LAYER_UTILITY_VM);
        file_info info;
        int32_t hr;

        if (!folder)
            return error_no_memory(err);
        hr = store->files->info(store->files, folder, &info);
        if (HR_SUCCEEDED(hr) && info.kind == FILE_KIND_DIRECTORY) {
            *path = TAKE(folder);
            return WCOW_OK;
        }
        if (HR_FAILED(hr) && hr != HR_FILE_NOT_FOUND && hr != HR_PATH_NOT_FOUND)
            return error_wrap(err, error_hresult(err, hr, "look for a utility VM"), "'%s'", folder);
    }
    return error_set(err, WCOW_NOT_FOUND,
                     "no layer of the image has a utility VM, which Hyper-V isolation boots");
}
