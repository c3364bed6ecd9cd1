/* SPDX-License-Identifier: MIT */
/* Blobs of the store, read. */
#include "image/store/blob.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "image/store/layout.h"
#include "port/hash.h"

struct blob_reader {
    byte_source source;
    files_port *files;
    file *file;
    sha256 *hash;
    char digest[DIGEST_SIZE];
    uint64_t size;
    uint64_t position;
    bool verified;
    progress_sink *progress; /* NULL: nobody is told */
    const char *doing;
};

bool blob_exists(const image_store *store, const char *digest)
{
    cleanup_free char *path = layout_blob_path(store, digest);
    file_info info;

    return path && HR_SUCCEEDED(store->files->info(store->files, path, &info)) &&
           info.kind == FILE_KIND_FILE;
}

static wcow_status open_error(int32_t hr, const char *digest, wcow_error *err)
{
    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND)
        return error_set(err, WCOW_NOT_FOUND, "blob %s is not in the image store", digest);
    return error_wrap(err, error_hresult(err, hr, "read"), "blob %s", digest);
}

static wcow_status wrong_digest(const char *digest, const char *found, wcow_error *err)
{
    return error_set(err, WCOW_CORRUPT, "blob %s is damaged: it hashes to sha256:%s", digest,
                     found);
}

wcow_status blob_read(const image_store *store, const char *digest, size_t limit, char **out,
                      size_t *size, wcow_error *err)
{
    cleanup_free char *path = layout_blob_path(store, digest);
    cleanup_sha256 sha256 *hash = sha256_new();
    cleanup_free char *bytes = NULL;
    char found[SHA256_HEX_SIZE];
    size_t length = 0;
    int32_t hr;

    if (!path || !hash)
        return error_no_memory(err);
    hr = store->files->read(store->files, path, limit, &bytes, &length);
    if (HR_FAILED(hr))
        return open_error(hr, digest, err);
    sha256_update(hash, bytes, length);
    sha256_finish(hash, found);
    if (strcmp(found, digest + strlen("sha256:")) != 0)
        return wrong_digest(digest, found, err);
    *out = TAKE(bytes);
    *size = length;
    return WCOW_OK;
}

void blob_discard_damaged(const image_store *store, const char *digest)
{
    cleanup_free char *path = layout_blob_path(store, digest);
    cleanup_free char *bytes = NULL;
    size_t size = 0;

    if (path && blob_read(store, digest, IMAGE_JSON_LIMIT, &bytes, &size, NULL) == WCOW_CORRUPT)
        (void)store->files->remove_file(store->files, path);
}

static wcow_status verify(blob_reader *reader, wcow_error *err)
{
    char found[SHA256_HEX_SIZE];

    if (reader->verified)
        return WCOW_OK;
    sha256_finish(reader->hash, found);
    if (strcmp(found, reader->digest + strlen("sha256:")) != 0)
        return wrong_digest(reader->digest, found, err);
    reader->verified = true;
    return WCOW_OK;
}

static wcow_status read_and_hash(void *context, void *buffer, size_t size, size_t *got,
                                 wcow_error *err)
{
    blob_reader *reader = context;
    wcow_status status = progress_tell(reader->progress, reader->digest, reader->doing,
                                       reader->position, reader->size, err);
    int32_t hr;

    if (status)
        return status;
    hr = reader->files->read_some(reader->files, reader->file, buffer, size, got);
    if (HR_FAILED(hr))
        return open_error(hr, reader->digest, err);
    if (*got == 0)
        return verify(reader, err);
    sha256_update(reader->hash, buffer, *got);
    reader->position += *got;
    return WCOW_OK;
}

wcow_status blob_open(const image_store *store, const char *digest, blob_reader **out,
                      wcow_error *err)
{
    cleanup_free char *path = layout_blob_path(store, digest);

    return path ? blob_open_file(store, path, digest, out, err) : error_no_memory(err);
}

wcow_status blob_open_file(const image_store *store, const char *path, const char *digest,
                           blob_reader **out, wcow_error *err)
{
    cleanup_blob_reader blob_reader *reader = calloc(1, sizeof(*reader));
    file_info info;
    int32_t hr;

    if (!reader)
        return error_no_memory(err);
    reader->source = (byte_source){.read = read_and_hash, .context = reader};
    reader->files = store->files;
    memcpy(reader->digest, digest, strlen(digest) + 1);
    reader->hash = sha256_new();
    if (!reader->hash)
        return error_no_memory(err);
    hr = store->files->info(store->files, path, &info);
    if (HR_SUCCEEDED(hr))
        hr = store->files->open(store->files, path, FILE_READ, &reader->file);
    if (HR_FAILED(hr))
        return open_error(hr, digest, err);
    reader->size = info.size;
    *out = TAKE(reader);
    return WCOW_OK;
}

const byte_source *blob_source(blob_reader *reader)
{
    return &reader->source;
}

uint64_t blob_size(const blob_reader *reader)
{
    return reader->size;
}

void blob_report(blob_reader *reader, progress_sink *progress, const char *doing)
{
    reader->progress = progress;
    reader->doing = doing;
}

uint64_t blob_position(const blob_reader *reader)
{
    return reader->position;
}

void blob_close(blob_reader *reader)
{
    if (!reader)
        return;
    if (reader->file)
        reader->files->close(reader->files, reader->file);
    sha256_free(reader->hash);
    free(reader);
}
