/* SPDX-License-Identifier: MIT */
/* The files of the OCI image layout. */
#include "image/store/layout.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "base/text.h"
#include "image/store/spare.h"

#define INDEX       "index.json"
#define INDEX_LIMIT ((size_t)64 << 20)
#define LOCK_WAIT   (60u * 1000)

char *layout_path(const image_store *store, const char *const *parts)
{
    char *path = path_join(store->root, "images");

    for (; path && *parts; parts++) {
        char *longer = path_join(path, *parts);

        free(path);
        path = longer;
    }
    return path;
}

char *layout_blob_path(const image_store *store, const char *digest)
{
    const char *const parts[] = {"blobs", "sha256", digest + strlen("sha256:"), NULL};

    return layout_path(store, parts);
}

static wcow_status ensure_folder(const image_store *store, const char *const *parts,
                                 wcow_error *err)
{
    cleanup_free char *path = layout_path(store, parts);
    int32_t hr;

    if (!path)
        return error_no_memory(err);
    hr = store->files->make_directory(store->files, path);
    if (HR_FAILED(hr) && hr != HR_ALREADY_EXISTS && hr != HR_FILE_EXISTS)
        return error_wrap(err, error_hresult(err, hr, "make folder"), "'%s'", path);
    return WCOW_OK;
}

static wcow_status ensure_root(const image_store *store, wcow_error *err)
{
    int32_t hr = store->files->make_directory(store->files, store->root);

    if (HR_FAILED(hr) && hr != HR_ALREADY_EXISTS && hr != HR_FILE_EXISTS)
        return error_wrap(err, error_hresult(err, hr, "make folder"), "'%s'", store->root);
    return WCOW_OK;
}

static wcow_status ensure_version(const image_store *store, wcow_error *err)
{
    static const char version[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
    const char *const parts[] = {"oci-layout", NULL};
    cleanup_free char *path = layout_path(store, parts);
    file_info info;

    if (!path)
        return error_no_memory(err);
    if (HR_SUCCEEDED(store->files->info(store->files, path, &info)))
        return WCOW_OK;
    return error_check(err, store->files->replace(store->files, path, version, strlen(version)),
                       "write oci-layout");
}

wcow_status layout_ensure(const image_store *store, wcow_error *err)
{
    static const char *const folders[][3] = {
        {NULL}, {"blobs", NULL}, {"blobs", "sha256", NULL}, {"ingest", NULL}};
    wcow_status status = ensure_root(store, err);

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && !status; i++)
        status = ensure_folder(store, folders[i], err);
    return status ? status : ensure_version(store, err);
}

wcow_status layout_lock(const image_store *store, file_lock **out, wcow_error *err)
{
    const char *const parts[] = {"index.lock", NULL};
    cleanup_free char *path = layout_path(store, parts);

    if (!path)
        return error_no_memory(err);
    return error_check(err, store->files->lock(store->files, path, LOCK_WAIT, out),
                       "lock the image store");
}

static cJSON *empty_index(void)
{
    cJSON *index = cJSON_CreateObject();

    if (index && json_add_integer(index, "schemaVersion", 2) &&
        json_add_text(index, "mediaType", MEDIA_OCI_INDEX) &&
        cJSON_AddArrayToObject(index, "manifests"))
        return index;
    cJSON_Delete(index);
    return NULL;
}

static bool index_valid(const cJSON *index)
{
    const cJSON *manifests = json_member(index, "manifests");
    const cJSON *entry;

    if (!cJSON_IsArray(manifests))
        return false;
    cJSON_ArrayForEach (entry, manifests) {
        if (!cJSON_IsObject(entry))
            return false;
    }
    return true;
}

static wcow_status parse_index(const char *bytes, size_t size, const char *path, cJSON **out,
                               wcow_error *err)
{
    cleanup_json cJSON *index = NULL;
    wcow_status status = json_parse(bytes, size, path, &index, err);

    if (!status && !index_valid(index))
        status = error_set(err, WCOW_CORRUPT, "'%s' is no OCI index", path);
    if (status == WCOW_CORRUPT)
        error_hint(err, "put a copy of it back, or rename it, and pull or load the images again");
    if (!status)
        *out = TAKE(index);
    return status;
}

wcow_status layout_read_index(const image_store *store, cJSON **out, wcow_error *err)
{
    const char *const parts[] = {INDEX, NULL};
    cleanup_free char *path = layout_path(store, parts);
    cleanup_free char *bytes = NULL;
    cleanup_json cJSON *index = NULL;
    size_t size = 0;
    wcow_status status;
    int32_t hr;

    if (!path)
        return error_no_memory(err);
    hr = store->files->read(store->files, path, INDEX_LIMIT, &bytes, &size);
    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND) {
        index = empty_index();
        if (!index)
            return error_no_memory(err);
    } else {
        if (HR_FAILED(hr))
            return error_wrap(err, error_hresult(err, hr, "read"), "'%s'", path);
        status = parse_index(bytes, size, path, &index, err);
        if (status)
            return status;
    }
    *out = TAKE(index);
    return WCOW_OK;
}

/*
 * The index's spare: an index that names no more than before is written into it, so that images can
 * be removed.
 */
#define RESERVE      "reserve"
#define RESERVE_STEP 65536u

static char *reserve_path(const image_store *store)
{
    static const char *const parts[] = {RESERVE, NULL};

    return layout_path(store, parts);
}

/* Whole steps, so that it is not made anew for each name that the index gets. */
static size_t reserve_size(size_t index)
{
    return (index / RESERVE_STEP + (index % RESERVE_STEP || !index)) * RESERVE_STEP;
}

static void keep_reserve(const image_store *store, size_t index)
{
    cleanup_free char *path = reserve_path(store);

    if (path)
        spare_keep(store->files, path, reserve_size(index));
}

void layout_keep_reserve(const image_store *store)
{
    static const char *const parts[] = {INDEX, NULL};
    cleanup_free char *path = layout_path(store, parts);
    file_info info;

    if (path && HR_SUCCEEDED(store->files->info(store->files, path, &info)))
        keep_reserve(store, (size_t)info.size);
}

static bool grows(const image_store *store, const char *path, size_t size)
{
    file_info info;

    return HR_FAILED(store->files->info(store->files, path, &info)) || size > info.size;
}

static int32_t write_index(const image_store *store, const char *path, const char *bytes)
{
    const int32_t hr = spare_replace(store->files, path, NULL, bytes);
    cleanup_free char *reserve = NULL;

    if (hr != HR_DISK_FULL || grows(store, path, strlen(bytes)))
        return hr;
    reserve = reserve_path(store);
    return reserve ? spare_replace(store->files, path, reserve, bytes) : hr;
}

wcow_status layout_write_index(const image_store *store, const cJSON *index, wcow_error *err)
{
    const char *const parts[] = {INDEX, NULL};
    cleanup_free char *path = layout_path(store, parts);
    cleanup_free char *bytes = json_print(index);
    wcow_status status;

    if (!path || !bytes)
        return error_no_memory(err);
    status = error_check(err, write_index(store, path, bytes), "write index.json");
    if (!status)
        keep_reserve(store, strlen(bytes));
    return status;
}
