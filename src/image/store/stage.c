/* SPDX-License-Identifier: MIT */
/* Blobs on their way in. */
#include "image/store/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "image/store/blob.h"
#include "image/store/layout.h"
#include "port/hash.h"

#define COPY_SIZE   (256u * 1024)
#define LOCK_SUFFIX ".lock"
#define LOCK_WAIT   10000u /* somebody may ask just now whether the new stage is a dead one */

struct blob_stage {
    image_store store;
    char *folder;
    char *lock_path;
    file_lock *lock;
    size_t count;
};

static wcow_status name_stage(const image_store *store, blob_stage *stage, wcow_error *err)
{
    uint64_t random = 0;
    char name[17];
    const char *const parts[] = {"ingest", name, NULL};
    int32_t hr = random_bytes(&random, sizeof(random));

    if (HR_FAILED(hr))
        return error_hresult(err, hr, "get random bytes");
    snprintf(name, sizeof(name), "%016llx", (unsigned long long)random);
    stage->folder = layout_path(store, parts);
    stage->lock_path = stage->folder ? text_format("%s" LOCK_SUFFIX, stage->folder) : NULL;
    return stage->lock_path ? WCOW_OK : error_no_memory(err);
}

wcow_status stage_open(const image_store *store, blob_stage **out, wcow_error *err)
{
    cleanup_stage blob_stage *stage = calloc(1, sizeof(*stage));
    files_port *files = store->files;
    wcow_status status;

    if (!stage)
        return error_no_memory(err);
    stage->store = *store;
    status = layout_ensure(store, err);
    if (!status)
        status = name_stage(store, stage, err);
    /* The lock first: a folder without one counts as left by a crash. */
    if (!status)
        status = error_check(err, files->lock(files, stage->lock_path, LOCK_WAIT, &stage->lock),
                             "lock the stage");
    if (!status)
        status = error_check(err, files->make_directory(files, stage->folder), "make a stage");
    if (status)
        return error_wrap(err, status, "cannot write to the image store");
    *out = TAKE(stage);
    return WCOW_OK;
}

/* A folder with nothing but files. Failures leave something to the next sweep. */
static void remove_folder(files_port *files, const char *folder)
{
    cleanup_strings string_list names = STRING_LIST_INIT;

    (void)files->list(files, folder, &names);
    for (size_t i = 0; i < names.count; i++) {
        cleanup_free char *path = path_join(folder, names.items[i]);

        if (path)
            (void)files->remove_file(files, path);
    }
    (void)files->remove_directory(files, folder);
}

void stage_close(blob_stage *stage)
{
    files_port *files;

    if (!stage)
        return;
    files = stage->store.files;
    if (stage->lock) {
        remove_folder(files, stage->folder);
        files->unlock(files, stage->lock);
        (void)files->remove_file(files, stage->lock_path);
    }
    free(stage->folder);
    free(stage->lock_path);
    free(stage);
}

static char *file_path(const blob_stage *stage, size_t number)
{
    cleanup_free char *name = text_format("%zu", number);

    return name ? path_join(stage->folder, name) : NULL;
}

static wcow_status copy(files_port *files, const byte_source *source, file *to, staged_blob *out,
                        wcow_error *err)
{
    cleanup_free char *buffer = malloc(COPY_SIZE);
    cleanup_sha256 sha256 *hash = sha256_new();
    size_t got = 1;

    if (!buffer || !hash)
        return error_no_memory(err);
    while (got > 0) {
        wcow_status status = source_read(source, buffer, COPY_SIZE, &got, err);

        if (!status && got > 0)
            status = error_check(err, files->write_all(files, to, buffer, got),
                                 "write to the image store");
        if (status)
            return status;
        sha256_update(hash, buffer, got);
        out->size += got;
    }
    memcpy(out->digest, "sha256:", strlen("sha256:"));
    sha256_finish(hash, out->digest + strlen("sha256:"));
    return error_check(err, files->flush(files, to), "flush a blob");
}

wcow_status stage_add(blob_stage *stage, const byte_source *source, staged_blob *out,
                      wcow_error *err)
{
    files_port *files = stage->store.files;
    staged_blob blob = {"", 0, stage->count};
    cleanup_free char *path = file_path(stage, blob.number);
    file *to = NULL;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    status = error_check(err, files->open(files, path, FILE_CREATE, &to),
                         "create a file in the image store");
    if (status)
        return status;
    stage->count++;
    status = copy(files, source, to, &blob, err);
    files->close(files, to);
    if (!status)
        *out = blob;
    return status;
}

wcow_status stage_add_bytes(blob_stage *stage, const void *bytes, size_t size, staged_blob *out,
                            wcow_error *err)
{
    memory_bytes source;

    memory_bytes_init(&source, bytes, size);
    return stage_add(stage, &source.source, out, err);
}

wcow_status stage_read(blob_stage *stage, const staged_blob *blob, size_t limit, char **out,
                       size_t *size, wcow_error *err)
{
    files_port *files = stage->store.files;
    cleanup_free char *path = file_path(stage, blob->number);

    if (!path)
        return error_no_memory(err);
    return error_check(err, files->read(files, path, limit, out, size), "read");
}

wcow_status stage_read_start(blob_stage *stage, const staged_blob *blob, void *buffer, size_t size,
                             size_t *got, wcow_error *err)
{
    files_port *files = stage->store.files;
    cleanup_free char *path = file_path(stage, blob->number);
    file *from = NULL;
    int32_t hr;

    if (!path)
        return error_no_memory(err);
    hr = files->open(files, path, FILE_READ, &from);
    if (HR_SUCCEEDED(hr)) {
        hr = files->read_some(files, from, buffer, size, got);
        files->close(files, from);
    }
    return error_check(err, hr, "read");
}

wcow_status stage_publish(blob_stage *stage, const staged_blob *blob, wcow_error *err)
{
    files_port *files = stage->store.files;
    cleanup_free char *from = file_path(stage, blob->number);
    cleanup_free char *to = layout_blob_path(&stage->store, blob->digest);

    if (!from || !to)
        return error_no_memory(err);
    if (blob->size <= IMAGE_JSON_LIMIT)
        blob_discard_damaged(&stage->store, blob->digest);
    if (blob_exists(&stage->store, blob->digest))
        return WCOW_OK;
    return error_check(err, files->rename(files, from, to), "put a blob in place");
}

/* A file of the stage being written. */
typedef struct staging {
    files_port *files;
    file *to;
    sha256 *hash;
    uint64_t size;
} staging;

static wcow_status write_staged(void *context, const void *bytes, size_t size, wcow_error *err)
{
    staging *s = context;

    sha256_update(s->hash, bytes, size);
    s->size += size;
    return error_check(err, s->files->write_all(s->files, s->to, bytes, size),
                       "write to the image store");
}

wcow_status stage_add_produced(blob_stage *stage, blob_producer *produce, void *context,
                               staged_blob *out, wcow_error *err)
{
    cleanup_free char *path = file_path(stage, stage->count);
    cleanup_sha256 sha256 *hash = sha256_new();
    staging s = {stage->store.files, NULL, hash, 0};
    const byte_sink sink = {write_staged, &s};
    wcow_status status;

    if (!path || !hash)
        return error_no_memory(err);
    status = error_check(err, s.files->open(s.files, path, FILE_CREATE, &s.to), "stage a blob");
    if (status)
        return status;
    status = produce(context, &sink, err);
    if (!status)
        status = error_check(err, s.files->flush(s.files, s.to), "flush a blob");
    s.files->close(s.files, s.to);
    if (status)
        return status;
    out->number = stage->count++;
    out->size = s.size;
    memcpy(out->digest, "sha256:", strlen("sha256:"));
    sha256_finish(hash, out->digest + strlen("sha256:"));
    return WCOW_OK;
}

wcow_status stage_note(blob_stage *stage, const void *bytes, size_t size, wcow_error *err)
{
    files_port *files = stage->store.files;
    cleanup_free char *path = path_join(stage->folder, STAGE_NOTE);

    if (!path)
        return error_no_memory(err);
    return error_check(err, files->replace(files, path, bytes, size), "write a lease");
}

/* ---- all stages ---- */

/* Whether its owner is gone, and the lock ours: `folder` is a stage's, there or not. */
static bool take_dead(files_port *files, const char *lock_path, file_lock **out)
{
    return HR_SUCCEEDED(files->lock(files, lock_path, 0, out));
}

static void let_go(files_port *files, const char *lock_path, file_lock *lock)
{
    files->unlock(files, lock);
    (void)files->remove_file(files, lock_path);
}

bool stage_lives(const image_store *store, const char *folder)
{
    cleanup_free char *lock_path = text_format("%s" LOCK_SUFFIX, folder);
    file_lock *lock = NULL;

    if (!lock_path || !take_dead(store->files, lock_path, &lock))
        return true;
    let_go(store->files, lock_path, lock);
    return false;
}

static void sweep_one(files_port *files, const char *folder)
{
    cleanup_free char *lock_path = text_format("%s" LOCK_SUFFIX, folder);
    file_lock *lock = NULL;

    if (!lock_path || !take_dead(files, lock_path, &lock))
        return;
    remove_folder(files, folder);
    let_go(files, lock_path, lock);
}

/* A crash may have left a lock alone. */
static wcow_status add_stage(const char *ingest, const char *name, string_list *out,
                             wcow_error *err)
{
    cleanup_free char *path = path_join(ingest, name);

    if (path && text_ends_with(path, LOCK_SUFFIX))
        path[strlen(path) - strlen(LOCK_SUFFIX)] = '\0';
    if (!path || (!string_list_contains(out, path) && !string_list_add(out, path)))
        return error_no_memory(err);
    return WCOW_OK;
}

wcow_status stages_list(const image_store *store, string_list *out, wcow_error *err)
{
    const char *const parts[] = {"ingest", NULL};
    cleanup_free char *ingest = layout_path(store, parts);
    cleanup_strings string_list names = STRING_LIST_INIT;
    int32_t hr;

    if (!ingest)
        return error_no_memory(err);
    hr = store->files->list(store->files, ingest, &names);
    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND)
        return WCOW_OK;
    if (HR_FAILED(hr))
        return error_hresult(err, hr, "list the image store");
    for (size_t i = 0; i < names.count; i++) {
        wcow_status status = add_stage(ingest, names.items[i], out, err);

        if (status)
            return status;
    }
    return WCOW_OK;
}

wcow_status stage_sweep(const image_store *store, wcow_error *err)
{
    cleanup_strings string_list folders = STRING_LIST_INIT;
    wcow_status status = stages_list(store, &folders, err);

    for (size_t i = 0; i < folders.count; i++)
        sweep_one(store->files, folders.items[i]);
    return status;
}
