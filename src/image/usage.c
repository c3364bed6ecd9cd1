/* SPDX-License-Identifier: MIT */
/* How much the store takes. */
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "image/download.h"
#include "image/layout.h"
#include "image/lease.h"
#include "image/stage.h"

static uint64_t file_size(const image_store *store, const char *path)
{
    file_info info;

    if (!path || HR_FAILED(store->files->info(store->files, path, &info)) ||
        info.kind != FILE_KIND_FILE)
        return 0;
    return info.size;
}

/* All files of a folder, which need not be there. */
static wcow_status add_folder(const image_store *store, const char *folder, uint64_t *total,
                              wcow_error *err)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    int32_t hr = store->files->list(store->files, folder, &names);

    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND)
        return WCOW_OK;
    if (HR_FAILED(hr))
        return error_hresult(err, hr, "list the image store");
    for (size_t i = 0; i < names.count; i++) {
        cleanup_free char *path = path_join(folder, names.items[i]);

        if (!path)
            return error_no_memory(err);
        *total += file_size(store, path);
    }
    return WCOW_OK;
}

static wcow_status add_parts(const image_store *store, const char *const *parts, uint64_t *total,
                             wcow_error *err)
{
    cleanup_free char *folder = layout_path(store, parts);

    return folder ? add_folder(store, folder, total, err) : error_no_memory(err);
}

/* What is being written, and what was when somebody died of it. */
static wcow_status add_stages(const image_store *store, uint64_t *total, uint64_t *needed,
                              wcow_error *err)
{
    cleanup_strings string_list folders = STRING_LIST_INIT;
    wcow_status status = stages_list(store, &folders, err);

    for (size_t i = 0; i < folders.count && !status; i++) {
        uint64_t size = 0;

        status = add_folder(store, folders.items[i], &size, err);
        *total += size;
        *needed += size && stage_lives(store, folders.items[i]) ? size : 0;
    }
    return status;
}

static wcow_status add_all(const image_store *store, uint64_t *total, uint64_t *needed,
                           wcow_error *err)
{
    static const char *const blobs[] = {"blobs", "sha256", NULL};
    static const char *const downloads[] = {"downloads", NULL};
    wcow_status status = add_parts(store, blobs, total, err);

    if (!status)
        status = add_parts(store, downloads, total, err);
    return status ? status : add_stages(store, total, needed, err);
}

static wcow_status add_blob(const image_store *store, const char *digest, string_list *seen,
                            uint64_t *total, wcow_error *err)
{
    cleanup_free char *path = NULL;

    if (string_list_contains(seen, digest))
        return WCOW_OK;
    path = layout_blob_path(store, digest);
    if (!path || !string_list_add(seen, digest))
        return error_no_memory(err);
    *total += file_size(store, path);
    return WCOW_OK;
}

static wcow_status add_image(const image_store *store, const image *i, string_list *seen,
                             uint64_t *total, wcow_error *err)
{
    wcow_status status = add_blob(store, i->record.descriptor.digest, seen, total, err);

    if (!status)
        status = add_blob(store, i->manifest->config.digest, seen, total, err);
    for (size_t n = 0; n < i->manifest->count && !status; n++)
        status = add_blob(store, i->manifest->items[n].digest, seen, total, err);
    return status;
}

/* What pulls rely on that are under way, and what they have got so far. */
static wcow_status add_leased(const image_store *store, string_list *seen, uint64_t *total,
                              wcow_error *err)
{
    cleanup_strings string_list leased = STRING_LIST_INIT;
    wcow_status status = image_leased_digests(store, &leased, err);

    for (size_t i = 0; i < leased.count && !status; i++) {
        cleanup_free char *partial = NULL;

        if (!digest_valid(leased.items[i]))
            continue;
        partial = download_path(store, leased.items[i]);
        status =
            partial ? add_blob(store, leased.items[i], seen, total, err) : error_no_memory(err);
        *total += file_size(store, partial);
    }
    return status;
}

wcow_status image_store_usage(const image_store *store, const string_list *ids, uint64_t *total,
                              uint64_t *needed, wcow_error *err)
{
    cleanup_strings string_list seen = STRING_LIST_INIT;
    uint64_t all = 0;
    uint64_t some = 0;
    wcow_status status = add_all(store, &all, &some, err);

    for (size_t n = 0; n < ids->count && !status; n++) {
        cleanup_image image *i = NULL;

        status = image_store_open(store, ids->items[n], &i, err);
        if (status == WCOW_NOT_FOUND)
            status = WCOW_OK; /* forced away under its container, or removed meanwhile */
        else if (!status)
            status = add_image(store, i, &seen, &some, err);
    }
    if (!status)
        status = add_leased(store, &seen, &some, err);
    if (status)
        return status;
    *total = all;
    *needed = some < all ? some : all; /* pulls go on while this counts */
    return WCOW_OK;
}
