/* SPDX-License-Identifier: MIT */
/* rmi: names, images, and the layers that nothing needs any more. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "container/catalog.h"
#include "container/id.h"
#include "container/layers.h"
#include "container/template_vm.h"

/* ---- who uses it ---- */

/* In the words of moby daemon/images/image_delete.go. */
static wcow_status refuse(const image_record *target, const char *reference, const record *r,
                          bool runs, wcow_error *err)
{
    const char *id = target->id + strlen("sha256:");

    if (runs)
        return error_set(
            err, WCOW_CONFLICT,
            "conflict: unable to delete %.12s (cannot be forced) - image is being used "
            "by running container %.12s",
            id, r->id);
    if ((target->reference || target->origin) && !text_starts_with(id, reference) &&
        !text_starts_with(target->id, reference))
        return error_set(err, WCOW_CONFLICT,
                         "conflict: unable to remove repository reference \"%s\" (must force) - "
                         "container %.12s is using its referenced image %.12s",
                         reference, r->id, id);
    return error_set(err, WCOW_CONFLICT,
                     "conflict: unable to delete %.12s (must be forced) - image is being used by "
                     "stopped container %.12s",
                     id, r->id);
}

/* How many names the image has: while it keeps one, containers may use it. */
static wcow_status count_names(const image_store *images, const char *id, size_t *out,
                               wcow_error *err)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    wcow_status status = image_store_list(images, &records, err);

    if (status)
        return status;
    *out = 0;
    for (size_t i = 0; i < records.count; i++)
        *out += (records.items[i].reference || records.items[i].origin) &&
                text_equal(records.items[i].id, id);
    return WCOW_OK;
}

static wcow_status check_users(const image_record *target, const catalog *users,
                               const char *reference, size_t names, bool force, wcow_error *err)
{
    if (names > 1)
        return WCOW_OK;
    for (size_t i = 0; i < users->count; i++) {
        const entry *user = &users->items[i];
        const bool runs = state_is_active(user->state);

        if (text_equal(user->record->image_id, target->id) && (runs || !force))
            return refuse(target, reference, user->record, runs, err);
    }
    return WCOW_OK;
}

/* ---- which layers may go ---- */

static wcow_status add_chain(const string_list *diffs, string_list *out, wcow_error *err)
{
    layer_id parent;

    for (size_t n = 0; n < diffs->count; n++) {
        layer_id chain;
        wcow_status status = layer_chain_id(n ? parent : NULL, diffs->items[n], chain, err);

        if (status)
            return status;
        if (!string_list_add(out, chain))
            return error_no_memory(err);
        memcpy(parent, chain, sizeof parent);
    }
    return WCOW_OK;
}

static wcow_status chains_of_images(const image_store *images, string_list *out, wcow_error *err)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    wcow_status status = image_store_list(images, &records, err);

    for (size_t i = 0; i < records.count && !status; i++) {
        cleanup_image image *one = NULL;

        status = image_store_open(images, records.items[i].id, &one, err);
        if (!status)
            status = add_chain(&one->config->diff_ids, out, err);
        else if (status == WCOW_NOT_FOUND || status == WCOW_CORRUPT)
            status = WCOW_OK; /* removed meanwhile, or so damaged that nobody can use it */
    }
    return status;
}

/* A container keeps its layers even when its image is forced away. */
static wcow_status chains_of_containers(const layer_store *layers, const catalog *users,
                                        string_list *out, wcow_error *err)
{
    for (size_t i = 0; i < users->count; i++) {
        cleanup_layer layer *top = NULL;
        const char *chain = users->items[i].record->chain;

        if (!string_list_add(out, chain))
            return error_no_memory(err);
        if (layer_open(layers, chain, &top, NULL))
            continue; /* never imported: it stands on nothing */
        for (size_t n = 0; n < top->parents.count; n++) {
            if (!string_list_add(out, top->parents.items[n]))
                return error_no_memory(err);
        }
    }
    return WCOW_OK;
}

/* Asked of each layer anew: an image that came meanwhile may stand on it, too. */
static wcow_status is_needed(void *context, const char *chain_id, bool *needed, wcow_error *err)
{
    wcow_host *host = context;
    cleanup_catalog catalog users = CATALOG_INIT;
    cleanup_strings string_list used = STRING_LIST_INIT;
    layer_store layers = {.root = host->root};
    image_store images;
    wcow_status status = host_images(host, &images, err);

    if (status)
        return status;
    layers.files = images.files;
    status = chains_of_images(&images, &used, err);
    if (!status)
        status = catalog_read(host, &users, err);
    if (!status)
        status = chains_of_containers(&layers, &users, &used, err);
    if (!status)
        *needed = string_list_contains(&used, chain_id);
    if (!status && !*needed)
        template_vms_end(host, chain_id);
    return status;
}

/* Topmost first: no layer loses its parent before itself. */
static wcow_status destroy_unused(wcow_host *host, const layer_store *layers,
                                  const string_list *mine, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    for (size_t n = mine->count; n-- > 0 && !status;)
        status = layer_destroy_unless(layers, mine->items[n], is_needed, host, err);
    return status;
}

/* ---- the removal ---- */

typedef struct removal_plan {
    image_removal done;
    string_list mine; /* chain ids of the image's layers, base first */
} removal_plan;

static void removal_plan_free(removal_plan *plan)
{
    image_removal_free(&plan->done);
    string_list_free(&plan->mine);
}

DEFINE_CLEANUP_VALUE(removal_plan, removal_plan, removal_plan_free)

wcow_status layers_release(wcow_host *host, const string_list *diff_ids, wcow_error *err)
{
    cleanup_strings string_list mine = STRING_LIST_INIT;
    layer_store layers;
    wcow_status status = host_layers(host, &layers, err);

    if (!status)
        status = add_chain(diff_ids, &mine, err);
    return status ? status : destroy_unused(host, &layers, &mine, err);
}

/* Under the catalog's lock: no container can be made of it meanwhile. */
static wcow_status take_out(wcow_host *host, const char *reference, bool force, removal_plan *plan,
                            wcow_error *err)
{
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    cleanup_catalog catalog users = CATALOG_INIT;
    cleanup_image_record image_record target = {0};
    image_store images;
    size_t names = 0;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = catalog_lock(host, &lock, err);
    if (!status)
        status = image_store_find(&images, reference, &target, err);
    if (!status)
        status = catalog_read(host, &users, err);
    if (!status)
        status = count_names(&images, target.id, &names, err);
    if (!status)
        status = check_users(&target, &users, reference, names, force, err);
    if (!status)
        status = image_store_remove(&images, reference, force, &plan->done, err);
    if (status || !plan->done.deleted)
        return status;
    return add_chain(&plan->done.diff_ids, &plan->mine, err);
}

static void announce(const image_removal *done, void (*removed)(void *context, const char *line),
                     void *context)
{
    for (size_t i = 0; removed && i < done->untagged.count; i++) {
        cleanup_free char *line = text_format("Untagged: %s", done->untagged.items[i]);

        if (line)
            removed(context, line);
    }
    if (removed && done->deleted) {
        cleanup_free char *line = text_format("Deleted: %s", done->id);

        if (line)
            removed(context, line);
    }
}

wcow_status wcow_image_remove(wcow_host *host, const char *reference, bool force,
                              void (*removed)(void *context, const char *line), void *context,
                              wcow_error *err)
{
    CLEANUP(removal_plan) removal_plan plan = {.done = {.deleted = false}};
    layer_store layers;
    wcow_status status = take_out(host, reference, force, &plan, err);

    if (status)
        return status;
    announce(&plan.done, removed, context);
    if (!plan.done.deleted || host_layers(host, &layers, NULL))
        return WCOW_OK; /* without a storage service nothing was ever imported */
    status = destroy_unused(host, &layers, &plan.mine, err);
    if (status)
        error_wrap(err, status, "the image '%s' is removed, but not all of its layers", reference);
    return status;
}
