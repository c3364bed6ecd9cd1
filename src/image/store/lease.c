/* SPDX-License-Identifier: MIT */
/* Leases, written and read. */
#include "image/store/lease.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "image/store/stage.h"

#define LEASE_LIMIT ((size_t)16 << 20)

void lease_needs_clear(lease_needs *needs)
{
    string_list_free(&needs->digests);
    string_list_free(&needs->diff_ids);
}

static bool add_list(cJSON *json, const char *name, const string_list *items)
{
    static const char *const none[] = {NULL};

    return json_add_strings(json, name, items->count ? (const char *const *)items->items : none);
}

wcow_status image_lease_write(image_lease *lease, const lease_needs *needs, wcow_error *err)
{
    cleanup_json cJSON *json = cJSON_CreateObject();
    cleanup_free char *bytes = NULL;

    if (!json || !add_list(json, "digests", &needs->digests) ||
        !add_list(json, "diffIds", &needs->diff_ids))
        return error_no_memory(err);
    bytes = json_print(json);
    return bytes ? stage_note(lease, bytes, strlen(bytes), err) : error_no_memory(err);
}

void image_lease_end(image_lease *lease)
{
    stage_close(lease);
}

static wcow_status visit_bytes(const char *bytes, size_t size, lease_visitor *visit, void *context,
                               wcow_error *err)
{
    CLEANUP(lease_needs) lease_needs needs = {STRING_LIST_INIT, STRING_LIST_INIT};
    cleanup_json cJSON *json = NULL;
    wcow_status status = json_parse(bytes, size, "a lease", &json, err);

    if (status)
        return status;
    if (!json_strings(json, "digests", &needs.digests) ||
        !json_strings(json, "diffIds", &needs.diff_ids))
        return error_set(err, WCOW_CORRUPT, "a lease of the image store is malformed");
    return visit(context, &needs, err);
}

/* Read first: what is noted after that, its owner has yet to look for. A stage without a note is
 * that of somebody who relies on nothing. */
static wcow_status visit_one(const image_store *store, const char *folder, lease_visitor *visit,
                             void *context, wcow_error *err)
{
    cleanup_free char *path = path_join(folder, STAGE_NOTE);
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    int32_t hr;

    if (!path)
        return error_no_memory(err);
    hr = store->files->read(store->files, path, LEASE_LIMIT, &bytes, &size);
    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND || !stage_lives(store, folder))
        return WCOW_OK;
    if (HR_FAILED(hr))
        return error_hresult(err, hr, "read a lease of the image store");
    return visit_bytes(bytes, size, visit, context, err);
}

wcow_status image_leases_visit(const image_store *store, lease_visitor *visit, void *context,
                               wcow_error *err)
{
    cleanup_strings string_list folders = STRING_LIST_INIT;
    wcow_status status = stages_list(store, &folders, err);

    for (size_t i = 0; i < folders.count && !status; i++)
        status = visit_one(store, folders.items[i], visit, context, err);
    return status;
}

static wcow_status add_digests(void *context, const lease_needs *needs, wcow_error *err)
{
    string_list *out = context;

    for (size_t i = 0; i < needs->digests.count; i++) {
        if (!string_list_contains(out, needs->digests.items[i]) &&
            !string_list_add(out, needs->digests.items[i]))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

wcow_status image_leased_digests(const image_store *store, string_list *out, wcow_error *err)
{
    return image_leases_visit(store, add_digests, out, err);
}
