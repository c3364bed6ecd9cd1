/* SPDX-License-Identifier: MIT */
/* The volumes of containers. */
#include "engine/container/volumes.h"

#include "base/error.h"
#include "base/text.h"
#include "engine/container/mount_points.h"
#include "port/clock.h"

/* ---- who uses which ---- */

static bool mounts(const record *r, const char *name)
{
    for (size_t i = 0; i < r->points.count; i++)
        if (r->points.items[i].type == MOUNT_VOLUME && text_equal(r->points.items[i].name, name))
            return true;
    return false;
}

bool volume_is_used_by(const entry *container, const char *name)
{
    return container->unreadable == WCOW_UNSUPPORTED || mounts(container->record, name);
}

wcow_status volume_users(const catalog *containers, const char *name, string_list *ids,
                         wcow_error *err)
{
    for (size_t i = 0; i < containers->count; i++) {
        const entry *e = &containers->items[i];

        if (volume_is_used_by(e, name) && !string_list_add(ids, e->record->id))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

static bool is_shared(const catalog *containers, const char *name, const char *id)
{
    for (size_t i = 0; i < containers->count; i++) {
        const entry *e = &containers->items[i];

        if (!text_equal(e->record->id, id) && volume_is_used_by(e, name))
            return true;
    }
    return false;
}

/* ---- coming ---- */

/* Labels of one that is there already stay what they are. */
static wcow_status make_one(wcow_host *host, const mount_spec *mount, const char *id,
                            wcow_error *err)
{
    cleanup_free char *container = text_copy(mount->anonymous ? id : "");
    const volume new_one = {.name = mount->name,
                            .container = container,
                            .labels = mount->labels,
                            .anonymous = mount->anonymous,
                            .created = clock_now()};

    return container ? volume_make(host, &new_one, err) : error_no_memory(err);
}

static wcow_status check_one(wcow_host *host, const mount_spec *mount, wcow_error *err)
{
    return mount->type == MOUNT_VOLUME && mount->subpath && *mount->subpath
               ? volume_check_subpath(host, mount->name, mount->subpath, err)
               : WCOW_OK;
}

wcow_status volumes_check(wcow_host *host, const record *r, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    for (size_t i = 0; i < r->points.count && !status; i++)
        status = check_one(host, &r->points.items[i], err);
    return status;
}

wcow_status volumes_make(wcow_host *host, const record *r, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    for (size_t i = 0; i < r->points.count && !status; i++) {
        const mount_spec *mount = &r->points.items[i];

        if (mount->type != MOUNT_VOLUME)
            continue;
        if (mount->origin != MOUNT_FROM_CONTAINER)
            status = make_one(host, mount, r->id, err);
        else if (!volume_exists(host, mount->name)) /* its container went meanwhile, with it */
            status = error_set(err, WCOW_NOT_FOUND, "get %s: no such volume", mount->name);
        if (!status)
            status = check_one(host, mount, err);
    }
    return status;
}

/* ---- going ---- */

wcow_status volumes_retire(wcow_host *host, const record *r, wcow_error *err)
{
    cleanup_catalog catalog all = CATALOG_INIT;
    wcow_error first = WCOW_ERROR_INIT;
    wcow_status status = WCOW_OK;
    size_t anonymous = 0;

    for (size_t i = 0; i < r->points.count; i++)
        anonymous += r->points.items[i].type == MOUNT_VOLUME && r->points.items[i].anonymous;
    if (anonymous) /* else nobody needs to know of the others */
        status = catalog_read(host, &all, err);
    if (status)
        return status;
    for (size_t i = 0; i < r->points.count && anonymous; i++) {
        const mount_spec *mount = &r->points.items[i];
        wcow_error problem = WCOW_ERROR_INIT;

        if (mount->type != MOUNT_VOLUME || !mount->anonymous || is_shared(&all, mount->name, r->id))
            continue;
        status = volume_retire(host, mount->name, &problem);
        error_keep_first(&first, status, &problem);
    }
    return error_pass(err, first.status, &first);
}

wcow_status volumes_retire_unfinished(wcow_host *host, const char *id, wcow_error *err)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    wcow_error first = WCOW_ERROR_INIT;
    wcow_status status = volume_names(host, &names, err);

    if (status)
        return status;
    for (size_t i = 0; i < names.count; i++) {
        cleanup_volume volume *v = NULL;
        wcow_error problem = WCOW_ERROR_INIT;

        status = volume_open(host, names.items[i], &v, &problem);
        if (!status && v->anonymous && text_equal(v->container, id))
            status = volume_retire(host, v->name, &problem);
        if (status != WCOW_UNSUPPORTED && status != WCOW_NOT_FOUND)
            error_keep_first(&first, status, &problem);
    }
    return error_pass(err, first.status, &first);
}
