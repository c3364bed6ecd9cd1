/* SPDX-License-Identifier: MIT */
/* system df: what the store takes on the disk. */
#include "engine/system/disk_usage.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "engine/layer/users.h"
#include "engine/system/disk_usage_items.h"

/* A row: how many things there are and what they take, and what of it is in use. */
typedef struct usage {
    size_t count, active;
    uint64_t size, needed;
} usage;

static void count(usage *u, uint64_t size, bool needed)
{
    u->count++;
    u->active += needed;
    u->size += size;
    u->needed += needed ? size : 0;
}

/* ---- images ---- */

/* What containers stand on: images, and chain ids with all their parents. */
static wcow_status collect_used(const layer_store *layers, const catalog *users, string_list *ids,
                                string_list *chains, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    for (size_t i = 0; i < users->count && !status; i++) {
        const record *r = users->items[i].record;
        wcow_error problem = WCOW_ERROR_INIT;

        if (!string_list_contains(ids, r->image_id) && !string_list_add(ids, r->image_id))
            return error_no_memory(err);
        status = layer_container_add(layers, r->chain, chains, &problem);
        if (status != WCOW_NO_MEMORY)
            status = WCOW_OK; /* what is below is taken for unused, in a sum */
        (void)error_pass(err, status, &problem);
    }
    return status;
}

/* Half-made ones, too: of imports that are under way, or broke. */
static wcow_status add_leftovers(const layer_store *layers, const string_list *used, usage *out,
                                 wcow_error *err)
{
    cleanup_strings string_list ids = STRING_LIST_INIT;
    wcow_status status = layer_list_leftovers(layers, &ids, err);

    for (size_t i = 0; i < ids.count && !status; i++) {
        count(out, layer_leftover_size(layers, ids.items[i]),
              string_list_contains(used, ids.items[i]));
    }
    return status;
}

static wcow_status add_layers(const layer_store *layers, const string_list *used, usage *out,
                              wcow_error *err)
{
    cleanup_strings string_list all = STRING_LIST_INIT;
    wcow_status status = layer_list(layers, &all, err);

    for (size_t i = 0; i < all.count && !status; i++) {
        cleanup_layer layer *one = NULL;

        if (layer_open(layers, all.items[i], &one, NULL))
            continue; /* removed meanwhile */
        count(out, one->size, string_list_contains(used, all.items[i]));
    }
    return status ? status : add_leftovers(layers, used, out, err);
}

/* What images take: layers on the one hand, on the other the blobs that they are unpacked from, and
 * pushed and saved as, with what pulls have got so far. */
typedef struct images_usage_parts {
    usage layers, blobs;
} images_usage_parts;

static wcow_status measure(wcow_host *host, const catalog *users, images_usage_parts *out,
                           wcow_error *err)
{
    cleanup_strings string_list ids = STRING_LIST_INIT;
    cleanup_strings string_list chains = STRING_LIST_INIT;
    images_usage_parts parts = {0};
    store_usage blobs = {0};
    layer_store layers;
    image_store images;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = host_layer_files(host, &layers, err);
    if (!status)
        status = layer_leases_add(&images, &chains, err);
    if (!status)
        status = collect_used(&layers, users, &ids, &chains, err);
    if (!status)
        status = image_store_usage(&images, &ids, &blobs, err);
    if (!status)
        status = add_layers(&layers, &chains, &parts.layers, err);
    if (status)
        return status;
    parts.blobs = (usage){blobs.count, blobs.needed_count, blobs.total, blobs.needed};
    *out = parts;
    return WCOW_OK;
}

wcow_status images_usage(wcow_host *host, const catalog *users, uint64_t *total, wcow_error *err)
{
    images_usage_parts parts;
    wcow_status status = measure(host, users, &parts, err);

    if (!status)
        *total = parts.layers.size + parts.blobs.size;
    return status;
}

uint64_t disk_total(wcow_host *host)
{
    cleanup_catalog catalog users = CATALOG_INIT;
    files_port *files;
    uint64_t total = 0;

    if (catalog_read(host, &users, NULL) || host_files(host, &files, NULL) ||
        images_usage(host, &users, &total, NULL))
        return 0;
    for (size_t i = 0; i < users.count; i++)
        total += container_scratch_size(host, files, users.items[i].record->id);
    return total;
}

static bool is_used(const catalog *users, const char *id)
{
    for (size_t i = 0; i < users->count; i++)
        if (text_equal(users->items[i].record->image_id, id))
            return true;
    return false;
}

/* However many names they have. */
static wcow_status count_images(wcow_host *host, const catalog *users, usage *out, wcow_error *err)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    cleanup_strings string_list seen = STRING_LIST_INIT;
    image_store images;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = image_store_list(&images, &records, err);
    for (size_t i = 0; i < records.count && !status; i++) {
        if (string_list_contains(&seen, records.items[i].id))
            continue;
        if (!string_list_add(&seen, records.items[i].id))
            return error_no_memory(err);
        out->count++;
        out->active += is_used(users, records.items[i].id);
    }
    return status;
}

/* ---- rows ---- */

/* Owns the items. */
static cJSON *row_new(const char *type, const usage *u, cJSON *items)
{
    cleanup_json cJSON *row = cJSON_CreateObject();
    bool fine = row && json_add(row, "Items", items) && json_add_text(row, "Type", type) &&
                json_add_integer(row, "TotalCount", (int64_t)u->count) &&
                json_add_integer(row, "Active", (int64_t)u->active) &&
                json_add_integer(row, "Size", (int64_t)u->size) &&
                json_add_integer(row, "Reclaimable", (int64_t)(u->size - u->needed));

    return fine ? TAKE(row) : NULL;
}

static wcow_status add_row(cJSON *rows, const char *type, const usage *u, cJSON *items,
                           wcow_error *err)
{
    return json_append(rows, row_new(type, u, items)) ? WCOW_OK : error_no_memory(err);
}

static wcow_status add_images(wcow_host *host, const catalog *users, const usage *layers,
                              cJSON *rows, wcow_error *err)
{
    usage all = {.size = layers->size, .needed = layers->needed};
    cJSON *items = NULL;
    wcow_status status = count_images(host, users, &all, err);

    if (!status)
        status = image_usage_items(host, users, &items, err);
    return status ? status : add_row(rows, "Images", &all, items, err);
}

static wcow_status add_containers(wcow_host *host, const catalog *users, cJSON *rows,
                                  wcow_error *err)
{
    usage all = {0};
    cJSON *items = NULL;
    files_port *files;
    wcow_status status = host_files(host, &files, err);

    if (!status)
        status = container_usage_items(host, users, &items, err);
    if (status)
        return status;
    for (size_t i = 0; i < users->count; i++)
        count(&all, container_scratch_size(host, files, users->items[i].record->id),
              state_is_active(users->items[i].state));
    return add_row(rows, "Containers", &all, items, err);
}

static wcow_status add_volumes(wcow_host *host, cJSON *rows, wcow_error *err)
{
    usage all = {0};
    cJSON *items = NULL;
    const cJSON *item;
    wcow_status status = volume_usage_items(host, &items, err);

    if (status)
        return status;
    cJSON_ArrayForEach (item, items)
        count(&all, (uint64_t)json_integer(item, "Size", 0), json_integer(item, "Links", 0) > 0);
    return add_row(rows, "Local Volumes", &all, items, err);
}

/* One of Docker's, of which there is nothing yet, and one that Docker does not have: it throws the
 * blobs of an image away. */
static wcow_status add_others(const usage *blobs, cJSON *rows, wcow_error *err)
{
    static const usage nothing = {0};
    wcow_status status = add_row(rows, "Build Cache", &nothing, cJSON_CreateArray(), err);

    return status ? status : add_row(rows, "Downloads", blobs, cJSON_CreateArray(), err);
}

wcow_status wcow_host_disk_usage(wcow_host *host, char **json, wcow_error *err)
{
    cleanup_catalog catalog users = CATALOG_INIT;
    cleanup_json cJSON *rows = cJSON_CreateArray();
    images_usage_parts measured;
    char *printed;
    wcow_status status = rows ? catalog_read(host, &users, err) : error_no_memory(err);

    if (!status)
        status = measure(host, &users, &measured, err);
    if (!status)
        status = add_images(host, &users, &measured.layers, rows, err);
    if (!status)
        status = add_containers(host, &users, rows, err);
    if (!status)
        status = add_volumes(host, rows, err);
    if (!status)
        status = add_others(&measured.blobs, rows, err);
    if (status)
        return status;
    printed = json_print(rows);
    if (!printed)
        return error_no_memory(err);
    *json = printed;
    return WCOW_OK;
}
