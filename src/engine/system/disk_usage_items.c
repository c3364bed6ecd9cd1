/* SPDX-License-Identifier: MIT */
/* What each image, container and volume takes on the disk. */
#include "engine/system/disk_usage_items.h"

#include <stdlib.h>
#include <string.h>

#include <wcow/volume.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/host/image_layers.h"
#include "engine/host/paths.h"
#include "engine/host/volume_store.h"

#define SCRATCH_DISK "sandbox.vhdx"

/* ---- images ---- */

/* An image's layers by their chain ids, and what each takes. */
typedef struct stack {
    char id[DIGEST_SIZE];
    string_list chains;
    uint64_t *sizes;
} stack;

typedef struct stacks {
    stack *items;
    size_t count;
} stacks;

static void stacks_free(stacks *s)
{
    for (size_t i = 0; i < s->count; i++) {
        string_list_free(&s->items[i].chains);
        free(s->items[i].sizes);
    }
    free(s->items);
}

DEFINE_CLEANUP_VALUE(stacks, stacks, stacks_free)

static wcow_status fill(const layer_store *layers, const image *i, stack *out, wcow_error *err)
{
    wcow_status status = layer_chain_ids(&i->config->diff_ids, &out->chains, err);

    memcpy(out->id, i->record.id, sizeof(out->id));
    if (status)
        return status;
    out->sizes = calloc(out->chains.count + 1, sizeof(*out->sizes));
    if (!out->sizes)
        return error_no_memory(err);
    for (size_t n = 0; n < out->chains.count && n < i->manifest->count; n++)
        out->sizes[n] = image_layer_size(layers, i, &out->chains, n);
    return WCOW_OK;
}

static bool is_known(const stacks *all, const char *id)
{
    for (size_t i = 0; i < all->count; i++)
        if (text_equal(all->items[i].id, id))
            return true;
    return false;
}

static wcow_status read_stacks(wcow_host *host, stacks *out, wcow_error *err)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    layer_store layers;
    image_store images;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = host_layer_files(host, &layers, err);
    if (!status)
        status = image_store_list(&images, &records, err);
    if (status)
        return status;
    out->items = calloc(records.count + 1, sizeof(*out->items));
    if (!out->items)
        return error_no_memory(err);
    for (size_t i = 0; i < records.count && !status; i++) {
        cleanup_image image *one = NULL;

        if (is_known(out, records.items[i].id) ||
            image_store_open(&images, records.items[i].id, &one, NULL))
            continue; /* the same under another name, or removed meanwhile */
        status = fill(&layers, one, &out->items[out->count++], err);
    }
    return status;
}

static bool is_shared(const stacks *all, size_t own, const char *chain)
{
    for (size_t i = 0; i < all->count; i++)
        if (i != own && string_list_contains(&all->items[i].chains, chain))
            return true;
    return false;
}

static cJSON *image_item(const stacks *all, size_t own, const catalog *users)
{
    const stack *mine = &all->items[own];
    cleanup_json cJSON *item = cJSON_CreateObject();
    uint64_t sizes[2] = {0, 0}; /* unique, shared */
    size_t containers = 0;

    for (size_t n = 0; n < mine->chains.count; n++)
        sizes[is_shared(all, own, mine->chains.items[n])] += mine->sizes[n];
    for (size_t i = 0; i < users->count; i++)
        containers += text_equal(users->items[i].record->image_id, mine->id);
    if (!item || !json_add_text(item, "Id", mine->id) ||
        !json_add_integer(item, "SharedSize", (int64_t)sizes[1]) ||
        !json_add_integer(item, "UniqueSize", (int64_t)sizes[0]) ||
        !json_add_integer(item, "Containers", (int64_t)containers))
        return NULL;
    return TAKE(item);
}

wcow_status image_usage_items(wcow_host *host, const catalog *users, cJSON **out, wcow_error *err)
{
    CLEANUP(stacks) stacks all = {NULL, 0};
    cleanup_json cJSON *items = cJSON_CreateArray();
    wcow_status status = items ? read_stacks(host, &all, err) : error_no_memory(err);

    if (status)
        return status;
    for (size_t i = 0; i < all.count; i++) {
        if (!json_append(items, image_item(&all, i, users)))
            return error_no_memory(err);
    }
    *out = TAKE(items);
    return WCOW_OK;
}

/* ---- containers ---- */

uint64_t container_scratch_size(const wcow_host *host, files_port *files, const char *id)
{
    cleanup_free char *folder = path_of_scratch(host, id);
    cleanup_free char *disk = folder ? path_join(folder, SCRATCH_DISK) : NULL;
    file_info info;

    return disk && HR_SUCCEEDED(files->info(files, disk, &info)) ? info.size : 0;
}

wcow_status container_usage_items(wcow_host *host, const catalog *users, cJSON **out,
                                  wcow_error *err)
{
    cleanup_json cJSON *items = cJSON_CreateArray();
    files_port *files;
    wcow_status status = items ? host_files(host, &files, err) : error_no_memory(err);

    if (status)
        return status;
    for (size_t i = 0; i < users->count; i++) {
        const char *id = users->items[i].record->id;
        cJSON *item = cJSON_CreateObject();

        if (!json_append(items, item) || !json_add_text(item, "Id", id) ||
            !json_add_integer(item, "Size", (int64_t)container_scratch_size(host, files, id)))
            return error_no_memory(err);
    }
    *out = TAKE(items);
    return WCOW_OK;
}

/* ---- volumes ---- */

static cJSON *volume_item(wcow_host *host, const wcow_volume_info *info)
{
    cleanup_json cJSON *item = cJSON_CreateObject();

    if (!item || !json_add_text(item, "Name", info->name) ||
        !json_add_integer(item, "Links", (int64_t)info->links) ||
        !json_add_integer(item, "Size", (int64_t)volume_size(host, info->name)))
        return NULL;
    return TAKE(item);
}

wcow_status volume_usage_items(wcow_host *host, cJSON **out, wcow_error *err)
{
    cleanup_json cJSON *items = cJSON_CreateArray();
    wcow_volume_info *infos = NULL;
    size_t count = 0;
    wcow_status status = items ? wcow_volume_list(host, &infos, &count, err) : error_no_memory(err);
    bool fine = true;

    for (size_t i = 0; !status && i < count && fine; i++)
        fine = json_append(items, volume_item(host, &infos[i]));
    wcow_free(infos);
    if (status)
        return status;
    if (!fine)
        return error_no_memory(err);
    *out = TAKE(items);
    return WCOW_OK;
}
