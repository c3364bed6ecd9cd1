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

#define FILE_NAME "namespaces.json"
#define ASIDE     "namespaces.json.damaged"

static char *path_of(const wcow_host *host, const char *name)
{
    cleanup_free char *folder = path_join(host->root, "networks");

    return folder ? path_join(folder, name) : NULL;
}

/* No file is an empty one. */
static wcow_status notes_read(wcow_host *host, notes *out, wcow_error *err)
{
    cleanup_free char *path = path_of(host, FILE_NAME);
    CLEANUP(notes) notes n = {0};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status =
        path ? store_read_version(host, path, VERSION, &n.read, &problem) : error_no_memory(err);

    if (!path)
        return status;
    if (!status && !fields_read(file_fields, n.read, &n))
        status = error_set(&problem, WCOW_CORRUPT, "'%s' is damaged: not what wcow wrote", path);
    if (status)
        return status == WCOW_NOT_FOUND ? WCOW_OK : error_pass(err, status, &problem);
    *out = n;
    n = (notes){0};
    return WCOW_OK;
}

/*
 * Before it is written. Nobody can mend a damaged one, and for its sake none is to stay for ever:
 * what it may have told is kept beside it, for whoever looks.
 */
static wcow_status notes_read_or_begin(wcow_host *host, notes *out, wcow_error *err)
{
    cleanup_free char *path = path_of(host, FILE_NAME);
    cleanup_free char *aside = path_of(host, ASIDE);
    wcow_error problem = WCOW_ERROR_INIT;
    const wcow_status status = notes_read(host, out, &problem);
    files_port *files;

    if (status != WCOW_CORRUPT || !path || !aside || host_files(host, &files, NULL))
        return error_pass(err, status, &problem);
    (void)files->remove_file(files, aside);
    return error_check(err, files->rename(files, path, aside), "put namespaces.json aside");
}

static wcow_status notes_write(wcow_host *host, notes *n, wcow_error *err)
{
    cleanup_free char *path = path_of(host, FILE_NAME);

    if (!n->read)
        n->read = cJSON_CreateObject();
    if (!path || !n->read || !json_put_integer(n->read, "version", VERSION) ||
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
    cleanup_free char *lock_path = path_of(host, "namespaces.lock");
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    CLEANUP(notes) notes n = {0};
    wcow_status status;

    if (!folder || !lock_path)
        return error_no_memory(err);
    status = store_make_directory(host, folder, err);
    if (!status)
        status = store_lock_take(host, lock_path, host->limits.lock, &lock, err);
    if (!status)
        status = notes_read_or_begin(host, &n, err);
    if (!status && !change(&n.ids, gone, added))
        status = error_no_memory(err);
    if (status)
        return status;
    return n.ids.count ? notes_write(host, &n, err) : store_remove(host, folder, FILE_NAME, err);
}

wcow_status left_spaces_take(wcow_host *host, char **space, wcow_error *err)
{
    wcow_status status;

    if (!*space)
        return WCOW_OK;
    status = rewrite(host, &(string_list)STRING_LIST_INIT, *space, err);
    if (status)
        return error_wrap(err, status, "network namespace %s can be neither deleted nor noted",
                          *space);
    free(TAKE(*space));
    return WCOW_OK;
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

static wcow_status retry(wcow_host *host, const string_list *ids, wcow_error *err)
{
    cleanup_strings string_list gone = STRING_LIST_INIT;
    hcs_port *hcs = NULL;
    wcow_status status = ids->count ? host_hcs(host, &hcs, err) : WCOW_OK;

    if (status || !ids->count)
        return status;
    status = dissolve_all(hcs, ids, &gone, err);
    if (gone.count) {
        const wcow_status noted = rewrite(host, &gone, NULL, status ? NULL : err);

        status = status ? status : noted;
    }
    return status;
}

wcow_status left_spaces_retry(wcow_host *host, wcow_error *err)
{
    CLEANUP(notes) notes n = {0};
    wcow_error problem = WCOW_ERROR_INIT;
    const wcow_status status = notes_read(host, &n, &problem);

    if (status == WCOW_CORRUPT)
        return rewrite(host, &(string_list)STRING_LIST_INIT, NULL, err);
    return status ? error_pass(err, status, &problem) : retry(host, &n.ids, err);
}

void left_spaces_retry_one(wcow_host *host, const char *space)
{
    CLEANUP(notes) notes n = {0};
    cleanup_strings string_list one = STRING_LIST_INIT;

    if (space && !notes_read(host, &n, NULL) && string_list_contains(&n.ids, space) &&
        string_list_add(&one, space))
        ignore(retry(host, &one, NULL));
}

wcow_status left_spaces_read(wcow_host *host, string_list *out, wcow_error *err)
{
    CLEANUP(notes) notes n = {0};
    const wcow_status status = notes_read(host, &n, err);

    if (status)
        return status;
    *out = n.ids;
    n.ids = (string_list)STRING_LIST_INIT;
    return WCOW_OK;
}
