/* SPDX-License-Identifier: MIT */
/* system df: what the store takes on the disk. */
#include "engine/system/disk_usage.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "engine/layer/users.h"
#include "engine/system/disk_usage_items.h"

/* ---- images ---- */

static bool add_new(string_list *list, const char *item)
{
    return string_list_contains(list, item) || string_list_add(list, item);
}

/* What containers stand on: images, and chain ids with all their parents. */
static wcow_status collect_used(const layer_store *layers, const catalog *users, string_list *ids,
                                string_list *chains, wcow_error *err)
{
    for (size_t i = 0; i < users->count; i++) {
        const record *r = users->items[i].record;
        cleanup_layer layer *top = NULL;

        if (!add_new(ids, r->image_id) || !add_new(chains, r->chain))
            return error_no_memory(err);
        if (layer_open(layers, r->chain, &top, NULL))
            continue; /* never imported */
        for (size_t n = 0; n < top->parents.count; n++)
            if (!add_new(chains, top->parents.items[n]))
                return error_no_memory(err);
    }
    return WCOW_OK;
}

/* Half-made ones, too: of imports that are under way, or broke. */
static wcow_status add_leftovers(const layer_store *layers, const string_list *used,
                                 uint64_t *total, uint64_t *needed, wcow_error *err)
{
    cleanup_strings string_list ids = STRING_LIST_INIT;
    wcow_status status = layer_list_leftovers(layers, &ids, err);

    for (size_t i = 0; i < ids.count && !status; i++) {
        const uint64_t size = layer_leftover_size(layers, ids.items[i]);

        *total += size;
        if (string_list_contains(used, ids.items[i]))
            *needed += size;
    }
    return status;
}

static wcow_status add_layers(const layer_store *layers, const string_list *used, uint64_t *total,
                              uint64_t *needed, wcow_error *err)
{
    cleanup_strings string_list all = STRING_LIST_INIT;
    wcow_status status = layer_list(layers, &all, err);

    for (size_t i = 0; i < all.count && !status; i++) {
        cleanup_layer layer *one = NULL;

        if (layer_open(layers, all.items[i], &one, NULL))
            continue; /* removed meanwhile */
        *total += one->size;
        if (string_list_contains(used, all.items[i]))
            *needed += one->size;
    }
    return status ? status : add_leftovers(layers, used, total, needed, err);
}

/* What images take: layers on the one hand, on the other the blobs that they are unpacked from, and
 * pushed and saved as, with what pulls have got so far. */
typedef struct split_usage {
    uint64_t layers, needed_layers;
    uint64_t blobs, needed_blobs;
    size_t blob_count, needed_blob_count;
} split_usage;

static wcow_status measure(wcow_host *host, const catalog *users, split_usage *out, wcow_error *err)
{
    cleanup_strings string_list ids = STRING_LIST_INIT;
    cleanup_strings string_list chains = STRING_LIST_INIT;
    split_usage usage = {0};
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
        status = add_layers(&layers, &chains, &usage.layers, &usage.needed_layers, err);
    if (status)
        return status;
    usage.blobs = blobs.total;
    usage.needed_blobs = blobs.needed;
    usage.blob_count = blobs.count;
    usage.needed_blob_count = blobs.needed_count;
    *out = usage;
    return WCOW_OK;
}

wcow_status images_usage(wcow_host *host, const catalog *users, uint64_t *total, wcow_error *err)
{
    split_usage usage;
    wcow_status status = measure(host, users, &usage, err);

    if (!status)
        *total = usage.layers + usage.blobs;
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

static wcow_status count_images(wcow_host *host, const catalog *users, size_t *count,
                                size_t *active, wcow_error *err)
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
        for (size_t n = 0; n < users->count; n++) {
            if (text_equal(users->items[n].record->image_id, records.items[i].id)) {
                ++*active;
                break;
            }
        }
    }
    *count = seen.count;
    return status;
}

/* ---- rows ---- */

/* Owns the items. */
static cJSON *row_new(const char *type, size_t count, size_t active, uint64_t size,
                      uint64_t reclaimable, cJSON *items)
{
    cleanup_json cJSON *row = cJSON_CreateObject();
    bool fine = row && json_add(row, "Items", items) && json_add_text(row, "Type", type) &&
                json_add_integer(row, "TotalCount", (int64_t)count) &&
                json_add_integer(row, "Active", (int64_t)active) &&
                json_add_integer(row, "Size", (int64_t)size) &&
                json_add_integer(row, "Reclaimable", (int64_t)reclaimable);

    return fine ? TAKE(row) : NULL;
}

static wcow_status add_images(wcow_host *host, const catalog *users, const split_usage *usage,
                              cJSON *rows, wcow_error *err)
{
    size_t count = 0;
    size_t active = 0;
    cJSON *items = NULL;
    wcow_status status = count_images(host, users, &count, &active, err);

    if (!status)
        status = image_usage_items(host, users, &items, err);
    if (status)
        return status;
    if (!json_append(rows, row_new("Images", count, active, usage->layers,
                                   usage->layers - usage->needed_layers, items)))
        return error_no_memory(err);
    return WCOW_OK;
}

/* Docker's further rows, of which there is nothing yet, and one that Docker does not have: it
 * throws the blobs of an image away. */
static wcow_status add_others(const split_usage *usage, cJSON *rows, wcow_error *err)
{
    static const char *const empty[] = {"Local Volumes", "Build Cache"};

    for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
        if (!json_append(rows, row_new(empty[i], 0, 0, 0, 0, cJSON_CreateArray())))
            return error_no_memory(err);
    }
    if (!json_append(rows,
                     row_new("Downloads", usage->blob_count, usage->needed_blob_count, usage->blobs,
                             usage->blobs - usage->needed_blobs, cJSON_CreateArray())))
        return error_no_memory(err);
    return WCOW_OK;
}

static wcow_status add_containers(wcow_host *host, const catalog *users, cJSON *rows,
                                  wcow_error *err)
{
    size_t active = 0;
    uint64_t total = 0;
    uint64_t needed = 0;
    cJSON *items = NULL;
    files_port *files;
    wcow_status status = host_files(host, &files, err);

    if (!status)
        status = container_usage_items(host, users, &items, err);
    if (status)
        return status;
    for (size_t i = 0; i < users->count; i++) {
        uint64_t size = container_scratch_size(host, files, users->items[i].record->id);

        total += size;
        if (state_is_active(users->items[i].state)) {
            active++;
            needed += size;
        }
    }
    if (!json_append(rows,
                     row_new("Containers", users->count, active, total, total - needed, items)))
        return error_no_memory(err);
    return WCOW_OK;
}

wcow_status wcow_host_disk_usage(wcow_host *host, char **json, wcow_error *err)
{
    cleanup_catalog catalog users = CATALOG_INIT;
    cleanup_json cJSON *rows = cJSON_CreateArray();
    split_usage measured;
    char *printed;
    wcow_status status = rows ? catalog_read(host, &users, err) : error_no_memory(err);

    if (!status)
        status = measure(host, &users, &measured, err);
    if (!status)
        status = add_images(host, &users, &measured, rows, err);
    if (!status)
        status = add_containers(host, &users, rows, err);
    if (!status)
        status = add_others(&measured, rows, err);
    if (status)
        return status;
    printed = json_print(rows);
    if (!printed)
        return error_no_memory(err);
    *json = printed;
    return WCOW_OK;
}
