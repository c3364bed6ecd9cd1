/* SPDX-License-Identifier: MIT */
/* One blob from a registry, in as many pieces as the network makes of it. */
#include "image/transfer/download.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "image/store/layout.h"
#include "port/hash.h"

#define READ_SIZE (256u * 1024)

/* A download under way; the context of the sink. */
typedef struct download {
    files_port *files;
    const image_descriptor *blob;
    progress_sink *progress;
    char *path;
    file *file;
    sha256 *hash; /* of what the file has */
    uint64_t size;
    uint64_t asked;          /* how long the registry wants us to wait, in ms */
    bool resumed;            /* some of it is of an earlier process */
    http_response *response; /* being received */
    bool begun;              /* its first bytes were seen */
} download;

static void download_clear(download *d)
{
    if (d->file)
        d->files->close(d->files, d->file);
    sha256_free(d->hash);
    free(d->path);
}

DEFINE_CLEANUP_VALUE(download, download, download_clear)

/* ---- the file ---- */

static wcow_status hash_file(download *d, wcow_error *err)
{
    cleanup_free char *buffer = malloc(READ_SIZE);
    file *f = NULL;
    size_t got = 1;
    wcow_status status = WCOW_OK;
    int32_t hr = d->files->open(d->files, d->path, FILE_READ, &f);

    if (!buffer || HR_FAILED(hr)) {
        if (HR_SUCCEEDED(hr))
            d->files->close(d->files, f);
        return buffer ? error_hresult(err, hr, "open a download") : error_no_memory(err);
    }
    while (got > 0 && HR_SUCCEEDED(hr) && !status) {
        hr = d->files->read_some(d->files, f, buffer, READ_SIZE, &got);
        if (HR_SUCCEEDED(hr)) {
            sha256_update(d->hash, buffer, got);
            d->size += got;
        }
        status = progress_check(d->progress, err);
    }
    d->files->close(d->files, f);
    return status ? status : error_check(err, hr, "read a download");
}

static wcow_status open_file(download *d, int mode, wcow_error *err)
{
    return error_check(err, d->files->open(d->files, d->path, mode, &d->file), "create a download");
}

static wcow_status start_over(download *d, wcow_error *err)
{
    char unused[SHA256_HEX_SIZE];

    if (d->file)
        d->files->close(d->files, d->file);
    d->file = NULL;
    sha256_finish(d->hash, unused);
    d->size = 0;
    d->resumed = false;
    (void)d->files->remove_file(d->files, d->path);
    return open_file(d, FILE_CREATE, err);
}

static wcow_status open_download(const image_store *store, download *d, wcow_error *err)
{
    file_info info;
    wcow_status status;

    d->path = download_path(store, d->blob->digest);
    d->hash = sha256_new();
    if (!d->path || !d->hash)
        return error_no_memory(err);
    if (HR_FAILED(d->files->info(d->files, d->path, &info)) || info.size > d->blob->size)
        return start_over(d, err);
    status = hash_file(d, err);
    d->resumed = d->size > 0;
    return status ? status : open_file(d, FILE_APPEND, err);
}

/* ---- receiving ---- */

/* What came first of an answer: does it go on where we are, or begin anew? */
static wcow_status begin(download *d, wcow_error *err)
{
    const char *range = http_header(d->response, "content-range");

    d->begun = true;
    if (d->response->status != 206)
        return d->size ? start_over(d, err) : WCOW_OK;
    if (!range || !text_starts_with(range, "bytes ") ||
        strtoull(range + strlen("bytes "), NULL, 10) != d->size)
        return error_set(err, WCOW_CORRUPT,
                         "blob %s: asked for bytes from %" PRIu64 ", got '%.60s'", d->blob->digest,
                         d->size, range ? range : "");
    return WCOW_OK;
}

static wcow_status receive(void *context, const void *bytes, size_t size, wcow_error *err)
{
    download *d = context;
    wcow_status status = d->begun ? WCOW_OK : begin(d, err);

    if (status)
        return status;
    if (size > d->blob->size - d->size)
        return error_set(err, WCOW_CORRUPT,
                         "blob %s is longer than the %" PRIu64 " bytes that its manifest says",
                         d->blob->digest, d->blob->size);
    status = error_check(err, d->files->write_all(d->files, d->file, bytes, size),
                         "write to the image store");
    if (status)
        return status;
    sha256_update(d->hash, bytes, size);
    d->size += size;
    return progress_tell(d->progress, d->blob->digest, "Downloading", d->size, d->blob->size, err);
}

static wcow_status ask(download *d, registry *r, http_client *client, const char *url,
                       wcow_error *err)
{
    cleanup_http_response http_response response = {.status = 0};
    cleanup_free char *range = text_format("Range: bytes=%" PRIu64 "-", d->size);
    const char *const headers[] = {d->size ? range : NULL, NULL};
    const registry_request request = {.method = "GET",
                                      .url = url,
                                      .headers = headers,
                                      .sink = receive,
                                      .sink_context = d,
                                      .once = true};
    wcow_status status;

    if (!range)
        return error_no_memory(err);
    d->response = &response;
    d->begun = false;
    status = registry_send(r, client, &request, &response, err);
    d->response = NULL;
    if (status || http_succeeded(&response))
        return status;
    if (response.status == 416) /* no more of it, where our file ends: so it is another's start */
        return start_over(d, err);
    d->asked = registry_retry_after(&response);
    return registry_refused(&response, err);
}

/* Until it is whole. An attempt that got further than all before is not counted: a server that
 * always begins anew brings something each time, too. */
static wcow_status fetch(download *d, registry *r, http_client *client, const char *url,
                         wcow_error *err)
{
    uint64_t furthest = d->size;
    unsigned futile = 0;

    while (d->size < d->blob->size) {
        wcow_status status;

        d->asked = 0;
        status = ask(d, r, client, url, err);
        if (status && status != WCOW_UNAVAILABLE)
            return status;
        if (d->size == d->blob->size)
            break;
        futile = d->size > furthest ? 0 : futile + 1;
        furthest = d->size > furthest ? d->size : furthest;
        if (futile == REGISTRY_ATTEMPTS)
            return status ? status
                          : error_set(err, WCOW_CORRUPT,
                                      "blob %s is shorter than the %" PRIu64
                                      " bytes that its manifest says",
                                      d->blob->digest, d->blob->size);
        status = registry_pause(r, futile ? futile - 1 : 0, d->asked, err);
        if (!status)
            status = progress_tell(d->progress, d->blob->digest, "Retrying", 0, 0, err);
        if (status)
            return status;
    }
    return WCOW_OK;
}

static bool verify(download *d)
{
    char found[SHA256_HEX_SIZE];

    sha256_finish(d->hash, found);
    return strcmp(found, d->blob->digest + strlen("sha256:")) == 0;
}

static wcow_status wrong(download *d, wcow_error *err)
{
    d->files->close(d->files, d->file);
    d->file = NULL;
    (void)d->files->remove_file(d->files, d->path);
    return error_set(err, WCOW_CORRUPT, "filesystem layer verification failed for digest %s",
                     d->blob->digest);
}

/* What an earlier process left may be damaged: once more, from the start. */
static wcow_status fetch_verified(download *d, registry *r, http_client *client, const char *url,
                                  wcow_error *err)
{
    wcow_status status = fetch(d, r, client, url, err);
    bool resumed = d->resumed;

    if (!status)
        status = progress_tell(d->progress, d->blob->digest, "Verifying Checksum", 0, 0, err);
    if (status)
        return status;
    if (verify(d))
        return WCOW_OK;
    if (!resumed)
        return wrong(d, err);
    status = start_over(d, err);
    if (!status)
        status = fetch(d, r, client, url, err);
    if (status)
        return status;
    return verify(d) ? WCOW_OK : wrong(d, err);
}

/* The registry first; what it does not have, foreign layers, from where their manifest says. */
static wcow_status fetch_anywhere(download *d, registry *r, http_client *client, wcow_error *err)
{
    cleanup_free char *own = text_format("blobs/%s", d->blob->digest);
    wcow_status status;

    if (!own)
        return error_no_memory(err);
    status = fetch_verified(d, r, client, own, err);
    for (size_t i = 0; i < d->blob->urls.count && status == WCOW_NOT_FOUND; i++) {
        const char *url = d->blob->urls.items[i];

        if (text_starts_with(url, "https://") || text_starts_with(url, "http://"))
            status = fetch_verified(d, r, client, url, err);
    }
    return status;
}

wcow_status download_blob(const image_store *store, registry *r, http_client *client,
                          const image_descriptor *blob, progress_sink *progress, wcow_error *err)
{
    CLEANUP(download)
    download d = {.files = store->files, .blob = blob, .progress = progress};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = open_download(store, &d, err);

    if (!status)
        status = error_pass(err, fetch_anywhere(&d, r, client, &problem), &problem);
    if (!status)
        status = error_check(err, d.files->flush(d.files, d.file), "flush a blob");
    if (!status)
        status = progress_tell(progress, blob->digest, "Download complete", 0, 0, err);
    return status;
}
