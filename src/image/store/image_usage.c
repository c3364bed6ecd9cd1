/* SPDX-License-Identifier: MIT */
/* How much the store takes. */
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "image/store/downloads.h"
#include "image/store/layout.h"
#include "image/store/lease.h"
#include "image/store/stage.h"

typedef struct amount {
    uint64_t bytes;
    size_t files;
} amount;

static void add_file(const image_store *store, const char *path, amount *total)
{
    file_info info;

    if (!path || HR_FAILED(store->files->info(store->files, path, &info)) ||
        info.kind != FILE_KIND_FILE)
        return;
    total->bytes += info.size;
    total->files += info.size > 0; /* locks are empty */
}

/* All files of a folder, which need not be there. */
static wcow_status add_folder(const image_store *store, const char *folder, amount *total,
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
        add_file(store, path, total);
    }
    return WCOW_OK;
}

static wcow_status add_parts(const image_store *store, const char *const *parts, amount *total,
                             wcow_error *err)
{
    cleanup_free char *folder = layout_path(store, parts);

    return folder ? add_folder(store, folder, total, err) : error_no_memory(err);
}

static void add_amount(amount *to, const amount *from)
{
    to->bytes += from->bytes;
    to->files += from->files;
}

/* What is being written, and what was when somebody died of it. */
static wcow_status add_stages(const image_store *store, amount *total, amount *needed,
                              wcow_error *err)
{
    cleanup_strings string_list folders = STRING_LIST_INIT;
    wcow_status status = stages_list(store, &folders, err);

    for (size_t i = 0; i < folders.count && !status; i++) {
        const bool lives = stage_lives(store, folders.items[i]);
        amount size = {0, 0};

        status = add_folder(store, folders.items[i], &size, err);
        add_amount(total, &size);
        if (lives)
            add_amount(needed, &size);
    }
    return status;
}

static wcow_status add_all(const image_store *store, amount *total, amount *needed, wcow_error *err)
{
    static const char *const blobs[] = {"blobs", "sha256", NULL};
    static const char *const downloads[] = {"downloads", NULL};
    wcow_status status = add_parts(store, blobs, total, err);

    if (!status)
        status = add_parts(store, downloads, total, err);
    return status ? status : add_stages(store, total, needed, err);
}

static wcow_status add_blob(const image_store *store, const char *digest, string_list *seen,
                            amount *total, wcow_error *err)
{
    cleanup_free char *path = NULL;

    if (string_list_contains(seen, digest))
        return WCOW_OK;
    path = layout_blob_path(store, digest);
    if (!path || !string_list_add(seen, digest))
        return error_no_memory(err);
    add_file(store, path, total);
    return WCOW_OK;
}

static wcow_status add_image(const image_store *store, const image *i, string_list *seen,
                             amount *total, wcow_error *err)
{
    wcow_status status = add_blob(store, i->record.descriptor.digest, seen, total, err);

    if (!status)
        status = add_blob(store, i->manifest->config.digest, seen, total, err);
    for (size_t n = 0; n < i->manifest->count && !status; n++)
        status = add_blob(store, i->manifest->items[n].digest, seen, total, err);
    return status;
}

/* What pulls rely on that are under way, and what they have got so far. */
static wcow_status add_leased(const image_store *store, string_list *seen, amount *total,
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
        add_file(store, partial, total);
    }
    return status;
}

wcow_status image_store_usage(const image_store *store, const string_list *ids, store_usage *out,
                              wcow_error *err)
{
    cleanup_strings string_list seen = STRING_LIST_INIT;
    amount all = {0, 0};
    amount some = {0, 0};
    wcow_status status = add_all(store, &all, &some, err);

    for (size_t n = 0; n < ids->count && !status; n++) {
        cleanup_image image *i = NULL;
        wcow_error problem = WCOW_ERROR_INIT;

        status = image_store_open(store, ids->items[n], &i, &problem);
        if (status == WCOW_NOT_FOUND)
            status = WCOW_OK; /* forced away under its container, or removed meanwhile */
        else if (status)
            (void)error_pass(err, status, &problem);
        else
            status = add_image(store, i, &seen, &some, err);
    }
    if (!status)
        status = add_leased(store, &seen, &some, err);
    if (status)
        return status;
    *out = (store_usage){.total = all.bytes, .count = all.files};
    out->needed = some.bytes < all.bytes ? some.bytes : all.bytes; /* pulls go on meanwhile */
    out->needed_count = some.files < all.files ? some.files : all.files;
    return WCOW_OK;
}
