/* SPDX-License-Identifier: MIT */
/* The folder of downloads and its locks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "image/store/blob.h"
#include "image/store/downloads.h"
#include "image/store/layout.h"

#define LOCK_STEP   250u
#define LOCK_SUFFIX ".lock"

char *download_path(const image_store *store, const char *digest)
{
    const char *const parts[] = {"downloads", digest + strlen("sha256:"), NULL};

    return layout_path(store, parts);
}

wcow_status downloads_ensure(const image_store *store, wcow_error *err)
{
    static const char *const parts[] = {"downloads", NULL};
    cleanup_free char *path = layout_path(store, parts);
    wcow_status status = layout_ensure(store, err);
    int32_t hr;

    if (status)
        return status;
    if (!path)
        return error_no_memory(err);
    hr = store->files->make_directory(store->files, path);
    if (HR_FAILED(hr) && hr != HR_ALREADY_EXISTS && hr != HR_FILE_EXISTS)
        return error_wrap(err, error_hresult(err, hr, "make folder"), "'%s'", path);
    return WCOW_OK;
}

static unsigned bucket_of(const char *digest)
{
    const char pair[] = {digest[strlen("sha256:")], digest[strlen("sha256:") + 1], '\0'};

    return (unsigned)strtoul(pair, NULL, 16);
}

static char *lock_path(const image_store *store, unsigned bucket)
{
    char name[16];
    const char *const parts[] = {"downloads", name, NULL};

    snprintf(name, sizeof(name), "%02x" LOCK_SUFFIX, bucket & 0xff);
    return layout_path(store, parts);
}

static wcow_status lock_one(const image_store *store, unsigned bucket, progress_sink *progress,
                            file_lock **out, wcow_error *err)
{
    cleanup_free char *path = lock_path(store, bucket);
    int32_t hr = HR_WAIT_TIMEOUT;

    if (!path)
        return error_no_memory(err);
    while (hr == HR_WAIT_TIMEOUT || hr == HR_LOCK_VIOLATION) {
        wcow_status status = progress_check(progress, err);

        if (status)
            return status;
        hr = store->files->lock(store->files, path, LOCK_STEP, out);
    }
    return error_check(err, hr, "lock a download");
}

wcow_status downloads_lock(const image_store *store, const image_descriptor *const *blobs,
                           size_t count, progress_sink *progress, download_locks *out,
                           wcow_error *err)
{
    bool wanted[256] = {false};
    wcow_status status = WCOW_OK;

    out->files = store->files;
    for (size_t i = 0; i < count; i++)
        wanted[bucket_of(blobs[i]->digest) & 0xff] = true;
    for (unsigned i = 0; i < 256 && !status; i++) {
        if (wanted[i])
            status = lock_one(store, i, progress, &out->held[i], err);
    }
    return status;
}

void downloads_unlock(download_locks *locks)
{
    for (unsigned i = 0; i < 256; i++) {
        if (locks->held[i])
            locks->files->unlock(locks->files, locks->held[i]);
        locks->held[i] = NULL;
    }
}

wcow_status download_publish(const image_store *store, const char *digest, wcow_error *err)
{
    cleanup_free char *from = download_path(store, digest);
    cleanup_free char *to = layout_blob_path(store, digest);

    if (!from || !to)
        return error_no_memory(err);
    if (blob_exists(store, digest)) {
        (void)store->files->remove_file(store->files, from);
        return WCOW_OK;
    }
    return error_check(err, store->files->rename(store->files, from, to), "put a blob in place");
}

wcow_status downloads_sweep(const image_store *store, wcow_error *err)
{
    static const char *const parts[] = {"downloads", NULL};
    cleanup_free char *folder = layout_path(store, parts);
    cleanup_strings string_list names = STRING_LIST_INIT;
    files_port *files = store->files;
    int32_t hr;

    if (!folder)
        return error_no_memory(err);
    hr = files->list(files, folder, &names);
    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND)
        return WCOW_OK;
    for (size_t i = 0; HR_SUCCEEDED(hr) && i < names.count; i++) {
        cleanup_free char *path = path_join(folder, names.items[i]);
        cleanup_free char *digest = text_format("sha256:%s", names.items[i]);
        cleanup_free char *lock =
            digest && digest_valid(digest) ? lock_path(store, bucket_of(digest)) : NULL;
        file_lock *held = NULL;

        if (!path || !lock || HR_FAILED(files->lock(files, lock, 0, &held)))
            continue;
        (void)files->remove_file(files, path);
        files->unlock(files, held);
    }
    return error_check(err, hr, "list the downloads");
}
