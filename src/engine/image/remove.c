/* SPDX-License-Identifier: MIT */
/* rmi: names, images, and the layers that nothing needs any more. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/catalog.h"
#include "engine/container/id.h"
#include "engine/image/image_event.h"
#include "engine/image/remove.h"
#include "engine/layer/users.h"

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

/* ---- the removal ---- */

/* Under the catalog's lock: no container can be made of it meanwhile. */
static wcow_status take_out(wcow_host *host, const char *reference, image_removal_rule rule,
                            image_removal *done, wcow_error *err)
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
        status = check_users(&target, &users, reference, names, rule == REMOVE_ANY, err);
    if (!status)
        status = image_store_remove(&images, reference, rule, done, err);
    return status;
}

static void announce(const removal_listener *to, const char *verb, const char *what)
{
    cleanup_free char *line = text_format("%s: %s", verb, what);

    if (to->removed && line)
        to->removed(to->context, line);
}

static void announce_all(wcow_host *host, const removal_listener *to, const image_removal *done)
{
    for (size_t i = 0; i < done->untagged.count; i++) {
        image_event(host, "untag", done->id, done->id);
        announce(to, "Untagged", done->untagged.items[i]);
    }
    if (!done->deleted)
        return;
    image_event(host, "delete", done->id, done->id);
    announce(to, "Deleted", done->id);
}

wcow_status image_remove(wcow_host *host, const char *reference, image_removal_rule rule,
                         removal_listener to, wcow_error *err)
{
    cleanup_image_removal image_removal done = {.deleted = false};
    storage_port *storage;
    wcow_status status = take_out(host, reference, rule, &done, err);

    if (status)
        return status;
    announce_all(host, &to, &done);
    if (!done.deleted || host_storage(host, &storage, NULL))
        return WCOW_OK; /* without a storage service nothing was ever imported */
    status = layers_release(host, &done.diff_ids, err);
    if (status)
        error_wrap(err, status, "the image '%s' is removed, but not all of its layers", reference);
    return status;
}

wcow_status wcow_image_remove(wcow_host *host, const char *reference, bool force,
                              void (*removed)(void *context, const char *line), void *context,
                              wcow_error *err)
{
    return image_remove(host, reference, force ? REMOVE_ANY : REMOVE_IF_CLEAR,
                        (removal_listener){removed, context}, err);
}
