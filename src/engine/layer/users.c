/* SPDX-License-Identifier: MIT */
/* Which layers may go. */
#include "engine/layer/users.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/container/catalog.h"
#include "engine/layer/template_vm.h"
#include "image/store/lease.h"

/* ---- who needs what ---- */

static wcow_status add_leased(void *context, const lease_needs *needs, wcow_error *err)
{
    return layer_chain_ids(&needs->diff_ids, context, err);
}

wcow_status layer_leases_add(const image_store *images, string_list *out, wcow_error *err)
{
    return image_leases_visit(images, add_leased, out, err);
}

wcow_status layer_images_add(const image_store *images, string_list *out, wcow_error *err)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    cleanup_strings string_list seen = STRING_LIST_INIT;
    wcow_status status = image_store_list(images, &records, err);

    for (size_t i = 0; i < records.count && !status; i++) {
        cleanup_image image *one = NULL;
        wcow_error problem = WCOW_ERROR_INIT;

        if (string_list_contains(&seen, records.items[i].id))
            continue;
        if (!string_list_add(&seen, records.items[i].id))
            return error_no_memory(err);
        status = image_store_open(images, records.items[i].id, &one, &problem);
        if (!status)
            status = layer_chain_ids(&one->config->diff_ids, out, err);
        else if (status == WCOW_NOT_FOUND || status == WCOW_CORRUPT)
            status = WCOW_OK; /* removed meanwhile, or so damaged that nobody can use it */
        else
            (void)error_pass(err, status, &problem);
    }
    return status;
}

wcow_status layer_container_add(const layer_store *layers, const char *chain, string_list *out,
                                wcow_error *err)
{
    cleanup_layer layer *top = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    const wcow_status status = layer_open(layers, chain, &top, &problem);

    if (!string_list_add(out, chain))
        return error_no_memory(err);
    if (status && status != WCOW_NOT_FOUND && status != WCOW_CORRUPT)
        return error_pass(err, status, &problem);
    for (size_t n = 0; top && n < top->parents.count; n++)
        if (!string_list_add(out, top->parents.items[n]))
            return error_no_memory(err);
    return WCOW_OK;
}

/* A container keeps its layers even when its image is forced away. */
static wcow_status chains_of_containers(const layer_store *layers, const catalog *users,
                                        string_list *out, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    for (size_t i = 0; i < users->count && !status; i++)
        status = layer_container_add(layers, users->items[i].record->chain, out, err);
    return status;
}

/* Leases first: one that ends meanwhile has left an image. */
static wcow_status collect_needed(wcow_host *host, string_list *out, wcow_error *err)
{
    cleanup_catalog catalog users = CATALOG_INIT;
    layer_store layers;
    image_store images;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = host_layer_files(host, &layers, err);
    if (!status)
        status = layer_leases_add(&images, out, err);
    if (!status)
        status = layer_images_add(&images, out, err);
    if (!status)
        status = catalog_read(host, &users, err);
    return status ? status : chains_of_containers(&layers, &users, out, err);
}

wcow_status layer_is_needed(void *host, const char *chain_id, bool *needed, wcow_error *err)
{
    cleanup_strings string_list used = STRING_LIST_INIT;
    wcow_status status = collect_needed(host, &used, err);

    if (!status)
        *needed = string_list_contains(&used, chain_id);
    if (!status && !*needed)
        template_vms_end(host, chain_id);
    return status;
}

/* ---- what goes ---- */

/* Topmost first: no layer loses its parent before itself. */
wcow_status layers_release(wcow_host *host, const string_list *diff_ids, wcow_error *err)
{
    cleanup_strings string_list mine = STRING_LIST_INIT;
    layer_store layers;
    wcow_status status = host_layers(host, &layers, err);

    if (!status)
        status = layer_chain_ids(diff_ids, &mine, err);
    for (size_t n = mine.count; n-- > 0 && !status;)
        status = layer_destroy_unless(&layers, mine.items[n], layer_is_needed, host, err);
    return status;
}

/* A layer that may go, and how many it stands on. */
typedef struct candidate {
    const char *id;
    size_t height;
} candidate;

static int higher_first(const void *a, const void *b)
{
    const candidate *left = a;
    const candidate *right = b;

    return (left->height < right->height) - (left->height > right->height);
}

static size_t height_of(const layer_store *layers, const char *id)
{
    cleanup_layer layer *one = NULL;

    return layer_open(layers, id, &one, NULL) ? SIZE_MAX : one->parents.count;
}

static bool is_gone(const layer_store *layers, const char *id)
{
    cleanup_layer layer *one = NULL;

    return layer_open(layers, id, &one, NULL) == WCOW_NOT_FOUND;
}

static wcow_status destroy_all(wcow_host *host, const layer_store *layers,
                               const candidate *candidates, size_t count, size_t *removed,
                               wcow_error *err)
{
    wcow_error first = WCOW_ERROR_INIT;

    for (size_t i = 0; i < count; i++) {
        wcow_error failure = WCOW_ERROR_INIT;
        wcow_status status =
            layer_destroy_unless(layers, candidates[i].id, layer_is_needed, host, &failure);

        *removed += !status && is_gone(layers, candidates[i].id);
        error_keep_first(&first, status, &failure);
    }
    return error_pass(err, first.status, &first);
}

wcow_status layers_prune(wcow_host *host, size_t *removed, wcow_error *err)
{
    cleanup_strings string_list all = STRING_LIST_INIT;
    cleanup_strings string_list used = STRING_LIST_INIT;
    cleanup_free candidate *candidates = NULL;
    size_t count = 0;
    layer_store layers;
    wcow_status status = host_layers(host, &layers, err);

    if (!status)
        status = layer_list(&layers, &all, err);
    if (!status)
        status = collect_needed(host, &used, err);
    if (status)
        return status;
    candidates = calloc(all.count + 1, sizeof(*candidates));
    if (!candidates)
        return error_no_memory(err);
    for (size_t i = 0; i < all.count; i++) {
        if (!string_list_contains(&used, all.items[i]))
            candidates[count++] = (candidate){all.items[i], height_of(&layers, all.items[i])};
    }
    qsort(candidates, count, sizeof(*candidates), higher_first);
    return destroy_all(host, &layers, candidates, count, removed, err);
}
