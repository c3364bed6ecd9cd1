/* SPDX-License-Identifier: MIT */
/* Network namespaces that HNS would not delete. */
#include "engine/network/left_spaces.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/fields.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/host/host_stores.h"
#include "engine/host/store.h"
#include "network/namespace.h"

#define VERSION 1

/* The file, with what this program does not know of it. */
typedef struct notes {
    cJSON *read;
    string_list ids;
} notes;

static const field file_fields[] = {
    {"namespaces", FIELD_TEXTS, .at = offsetof(notes, ids)},
    FIELDS_END,
};

static void notes_free(notes *n)
{
    cJSON_Delete(n->read);
    string_list_free(&n->ids);
    *n = (notes){0};
}

DEFINE_CLEANUP_VALUE(notes, notes, notes_free)

static char *path_of(const wcow_host *host, const char *name)
{
    cleanup_free char *folder = path_join(host->root, "networks");

    return folder ? path_join(folder, name) : NULL;
}

/* No file is an empty one. */
static wcow_status notes_read(wcow_host *host, const char *path, notes *out, wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = store_read_version(host, path, VERSION, &out->read, &problem);

    if (!status && !fields_read(file_fields, out->read, out))
        status = error_set(&problem, WCOW_CORRUPT, "'%s' is damaged: not what wcow wrote", path);
    return status == WCOW_NOT_FOUND ? WCOW_OK : error_pass(err, status, &problem);
}

static wcow_status notes_write(wcow_host *host, const char *path, notes *n, wcow_error *err)
{
    if (!n->read)
        n->read = cJSON_CreateObject();
    if (!n->read || !json_put_integer(n->read, "version", VERSION) ||
        !fields_write(file_fields, n, n->read))
        return error_no_memory(err);
    return store_write(host, path, n->read, err);
}

/* False: out of memory. */
static bool change(string_list *ids, const string_list *gone, const char *added)
{
    cleanup_strings string_list changed = STRING_LIST_INIT;
    string_list before;

    for (size_t i = 0; i < ids->count; i++)
        if (!string_list_contains(gone, ids->items[i]) && !string_list_add(&changed, ids->items[i]))
            return false;
    if (added && !string_list_contains(&changed, added) && !string_list_add(&changed, added))
        return false;
    before = *ids;
    *ids = changed;
    changed = before;
    return true;
}

/* The lock is held for this moment, and not while HNS works. */
static wcow_status rewrite(wcow_host *host, const string_list *gone, const char *added,
                           wcow_error *err)
{
    cleanup_free char *folder = path_join(host->root, "networks");
    cleanup_free char *path = path_of(host, "namespaces.json");
    cleanup_free char *lock_path = path_of(host, "namespaces.lock");
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    CLEANUP(notes) notes n = {0};
    wcow_status status;

    if (!folder || !path || !lock_path)
        return error_no_memory(err);
    status = store_make_directory(host, folder, err);
    if (!status)
        status = store_lock_take(host, lock_path, host->limits.lock, &lock, err);
    if (!status)
        status = notes_read(host, path, &n, err);
    if (!status && !change(&n.ids, gone, added))
        status = error_no_memory(err);
    if (status)
        return status;
    return n.ids.count ? notes_write(host, path, &n, err)
                       : store_remove(host, folder, "namespaces.json", err);
}

void left_spaces_take(wcow_host *host, char **space)
{
    if (*space && !rewrite(host, &(string_list)STRING_LIST_INIT, *space, NULL))
        free(TAKE(*space));
}

/* Ids of those that are gone now, into `gone`. */
static wcow_status dissolve_all(hcs_port *hcs, const string_list *ids, string_list *gone,
                                wcow_error *err)
{
    wcow_error first = WCOW_ERROR_INIT;

    for (size_t i = 0; i < ids->count; i++) {
        wcow_error problem = WCOW_ERROR_INIT;
        wcow_status status = hns_namespace_dissolve(hcs, ids->items[i], &problem);

        if (!status && !string_list_add(gone, ids->items[i]))
            status = error_no_memory(&problem);
        if (status != WCOW_CONFLICT)
            error_keep_first(&first, status, &problem);
    }
    return error_pass(err, first.status, &first);
}

wcow_status left_spaces_retry(wcow_host *host, wcow_error *err)
{
    cleanup_free char *path = path_of(host, "namespaces.json");
    cleanup_strings string_list gone = STRING_LIST_INIT;
    CLEANUP(notes) notes n = {0};
    hcs_port *hcs = NULL;
    wcow_status status = path ? notes_read(host, path, &n, err) : error_no_memory(err);

    if (!status && n.ids.count)
        status = host_hcs(host, &hcs, err);
    if (status || !n.ids.count)
        return status;
    status = dissolve_all(hcs, &n.ids, &gone, err);
    if (gone.count) {
        const wcow_status noted = rewrite(host, &gone, NULL, status ? NULL : err);

        status = status ? status : noted;
    }
    return status;
}
