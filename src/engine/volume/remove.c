/* SPDX-License-Identifier: MIT */
/*
 * volume rm. Under containers.lock it is looked who mounts it, and the folder renamed: from then on
 * there is no such volume, whatever becomes of its data, which is deleted without the lock.
 */
#include <wcow/volume.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/volumes.h"

static const char *name_of(const catalog *containers, const char *id)
{
    for (size_t i = 0; i < containers->count; i++)
        if (text_equal(containers->items[i].record->id, id))
            return containers->items[i].record->name;
    return id;
}

/* Docker's words tell the ids; the hint the names, for whoever has to do something about it. */
static wcow_status tell_users(const catalog *containers, const char *name, const string_list *users,
                              wcow_error *err)
{
    cleanup_text text ids = TEXT_INIT;
    cleanup_text text names = TEXT_INIT;

    for (size_t i = 0; i < users->count; i++) {
        text_addf(&ids, "%s%s", i ? ", " : "", users->items[i]);
        text_addf(&names, " %s", name_of(containers, users->items[i]));
    }
    error_set(err, WCOW_CONFLICT, "remove %s: volume is in use - [%s]", name, text_get(&ids));
    error_hint(err, "remove the containers that mount it first: wcow rm%s", text_get(&names));
    return WCOW_CONFLICT;
}

static wcow_status retire(wcow_host *host, const char *name, wcow_error *err)
{
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    cleanup_catalog catalog containers = CATALOG_INIT;
    cleanup_strings string_list users = STRING_LIST_INIT;
    cleanup_volume volume *v = NULL;
    wcow_status status = catalog_lock(host, &lock, err);

    if (!status)
        status = volume_open(host, name, &v, err);
    if (!status)
        status = catalog_read(host, &containers, err);
    if (!status)
        status = volume_users(&containers, name, &users, err);
    if (!status && users.count)
        status = tell_users(&containers, name, &users, err);
    return status ? status : volume_retire(host, name, err);
}

wcow_status wcow_volume_remove(wcow_host *host, const char *given, bool force, wcow_error *err)
{
    cleanup_free char *name = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = volume_name_take(given, &name, NULL);

    if (status == WCOW_INVALID) /* then there is none */
        status = error_set(&problem, WCOW_NOT_FOUND, "get %s: no such volume", given);
    else
        status = status ? error_no_memory(&problem) : retire(host, name, &problem);
    if (status == WCOW_NOT_FOUND && force)
        return WCOW_OK;
    if (!status)
        status = volume_sweep(host, &problem);
    return error_pass(err, status, &problem);
}
