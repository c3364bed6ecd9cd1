/* SPDX-License-Identifier: MIT */
/* The rules of image prune: images without a name, or all that no container uses. */
#include "engine/image/prune.h"

#include <ctype.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "docker/labels.h"
#include "engine/container/catalog.h"
#include "engine/layer/users.h"
#include "image/store/lease.h"

typedef struct pruning {
    wcow_host *host;
    const wcow_image_prune_options *options;
    removal_listener to;
    string_list leased; /* digests: an image that is just being made has no name yet */
} pruning;

/* Docker writes these lines with a small letter here, and with a capital one in rmi. */
static void announce(void *context, const char *line)
{
    const pruning *p = context;
    cleanup_free char *copy = text_copy(line);

    if (!copy || !p->to.removed)
        return;
    copy[0] = (char)tolower((unsigned char)copy[0]);
    p->to.removed(p->to.context, copy);
}

static bool is_used(const catalog *users, const char *id)
{
    for (size_t i = 0; i < users->count; i++)
        if (text_equal(users->items[i].record->image_id, id))
            return true;
    return false;
}

/* Without force: what got a name or a container meanwhile stays, and what is gone is gone. */
static wcow_status remove_one(pruning *p, const image_record *target, wcow_error *err)
{
    const image_reference *reference = target->reference ? target->reference : target->origin;
    cleanup_free char *name = reference ? reference_familiar(reference) : text_copy(target->id);
    wcow_error failure = WCOW_ERROR_INIT;
    wcow_status status;

    if (!name)
        return error_no_memory(err);
    status = image_remove(p->host, name, target->reference ? REMOVE_IF_CLEAR : REMOVE_IF_NAMELESS,
                          (removal_listener){announce, p}, &failure);
    if (status == WCOW_CONFLICT || status == WCOW_NOT_FOUND)
        return WCOW_OK;
    return error_pass(err, status, &failure);
}

/* Whether the filters, if there are any, are for it; one that cannot be read fits none. */
static bool fits_filters(const pruning *p, const image_store *images, const char *id)
{
    const wcow_image_prune_options *options = p->options;
    cleanup_image image *i = NULL;

    if (!options->until && !options->labels && !options->without)
        return true;
    if (image_store_open(images, id, &i, NULL) ||
        (options->until && i->config->created_seconds >= options->until / 1000000000))
        return false;
    return labels_fit(&i->config->labels, options->labels, options->without);
}

/* Nothing needs what has no tag, though it may have the name that it was pulled by. */
static bool has_tag(const image_records *records, const char *id)
{
    for (size_t i = 0; i < records->count; i++)
        if (records->items[i].reference && text_equal(records->items[i].id, id))
            return true;
    return false;
}

static bool is_to_go(const pruning *p, const image_store *images, const image_records *records,
                     const catalog *users, const char *id)
{
    return (p->options->all || !has_tag(records, id)) && !is_used(users, id) &&
           !string_list_contains(&p->leased, id) && fits_filters(p, images, id);
}

static wcow_status remove_all(pruning *p, const catalog *users, wcow_error *err)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    wcow_error first = WCOW_ERROR_INIT;
    image_store images;
    wcow_status status = host_images(p->host, &images, err);

    if (!status)
        status = image_store_list(&images, &records, err);
    if (!status) /* after that: whoever makes an image has its lease before it is listed */
        status = image_leased_digests(&images, &p->leased, err);
    if (status)
        return status;
    for (size_t i = 0; i < records.count; i++) {
        wcow_error problem = WCOW_ERROR_INIT;

        if (!is_to_go(p, &images, &records, users, records.items[i].id))
            continue;
        status = remove_one(p, &records.items[i], &problem);
        error_keep_first(&first, status, &problem);
    }
    return error_pass(err, first.status, &first);
}

/* What no image ever named, or names any more: of pulls that broke, for one. */
static wcow_status remove_rest(wcow_host *host, size_t *layers, wcow_error *err)
{
    storage_port *storage;
    image_store images;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = image_store_collect(&images, err);
    if (status || host_storage(host, &storage, NULL))
        return status; /* without a storage service nothing was ever imported */
    return layers_prune(host, layers, err);
}

wcow_status images_prune(wcow_host *host, const wcow_image_prune_options *options,
                         removal_listener to, size_t *layers, wcow_error *err)
{
    cleanup_catalog catalog users = CATALOG_INIT;
    pruning p = {.host = host, .options = options, .to = to, .leased = STRING_LIST_INIT};
    wcow_error first = WCOW_ERROR_INIT;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = catalog_read(host, &users, err);

    if (status)
        return status;
    error_keep_first(&first, remove_all(&p, &users, &problem), &problem);
    string_list_free(&p.leased);
    error_keep_first(&first, remove_rest(host, layers, &problem), &problem);
    return error_pass(err, first.status, &first);
}
