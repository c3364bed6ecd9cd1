/* SPDX-License-Identifier: MIT */
/* load: an archive into the store, and its layers onto the host. */
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "container/layers.h"
#include "container/store.h"
#include "image/archive.h"
#include "port/stream.h"

/* The archive as a source: a file, or this process's standard input. */
typedef struct archive_input {
    files_port *files;
    file *file;
    stream *stream;
    uint64_t size, done; /* bytes; size 0: unknown */
    const char *path;
    wcow_progress_fn *progress;
    void *context;
} archive_input;

static void archive_input_close(archive_input *input)
{
    if (input->file)
        input->files->close(input->files, input->file);
    stream_free(input->stream);
}

DEFINE_CLEANUP_VALUE(archive_input, archive_input, archive_input_close)

static wcow_status read_input(void *context, void *buffer, size_t size, size_t *got,
                              wcow_error *err)
{
    archive_input *input = context;
    int32_t hr;

    if (input->progress && !input->progress(input->context, input->path, input->done, input->size))
        return error_set(err, WCOW_CANCELLED, "cancelled");
    hr = input->file ? input->files->read_some(input->files, input->file, buffer, size, got)
                     : stream_read(input->stream, buffer, size, got);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "read"), "cannot read '%s'", input->path);
    input->done += *got;
    return WCOW_OK;
}

static wcow_status open_input(archive_input *input, wcow_error *err)
{
    file_info info = {.size = 0};
    int32_t hr;

    if (text_equal(input->path, "-")) {
        hr = stream_standard(STANDARD_INPUT, &input->stream);
        return error_check(err, hr, "open standard input");
    }
    hr = input->files->info(input->files, input->path, &info);
    if (HR_SUCCEEDED(hr))
        hr = input->files->open(input->files, input->path, FILE_READ, &input->file);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "open"), "cannot open '%s'", input->path);
    input->size = info.size;
    return WCOW_OK;
}

/* What its blobs say cannot be made: nobody can ever run it. */
static void forget(const image_store *images, const loaded_image *one)
{
    cleanup_image_removal image_removal removal = {.deleted = false};

    (void)!image_store_remove(images, one->id, true, &removal, NULL);
}

/* Where there is no storage service, as on Linux, the blobs alone are kept; create imports later.
 */
static wcow_status unpack_all(wcow_host *host, const loaded_images *loaded,
                              wcow_progress_fn *progress, void *context, wcow_error *err)
{
    storage_port *storage;
    image_store images;
    wcow_status status = host_images(host, &images, err);

    if (status || host_storage(host, &storage, NULL))
        return status;
    for (size_t i = 0; i < loaded->count && !status; i++) {
        cleanup_image image *one = NULL;

        status = image_store_open(&images, loaded->items[i].id, &one, err);
        if (!status)
            status = image_unpack(host, one, progress, context, err);
        if (status == WCOW_CORRUPT)
            forget(&images, &loaded->items[i]);
        if (status)
            error_wrap(err, status, "cannot import the layers of '%s'",
                       loaded->items[i].names.count ? loaded->items[i].names.items[0]
                                                    : loaded->items[i].id);
    }
    return status;
}

static void announce(const loaded_images *all, void (*loaded)(void *context, const char *reference),
                     void *context)
{
    for (size_t i = 0; loaded && i < all->count; i++) {
        const loaded_image *one = &all->items[i];

        for (size_t n = 0; n < one->names.count; n++)
            loaded(context, one->names.items[n]);
        if (!one->names.count)
            loaded(context, one->id);
    }
}

wcow_status wcow_image_load(wcow_host *host, const char *path,
                            void (*loaded)(void *context, const char *reference),
                            wcow_progress_fn *progress, void *context, wcow_error *err)
{
    CLEANUP(archive_input)
    archive_input input = {.path = path, .progress = progress, .context = context};
    const byte_source source = {.read = read_input, .context = &input};
    cleanup_loaded_images loaded_images all = LOADED_IMAGES_INIT;
    image_store images;
    wcow_status status = host_files(host, &input.files, err);

    if (!status)
        status = open_input(&input, err);
    if (!status)
        status = store_make_directory(host, host->root, err);
    if (!status)
        status = host_images(host, &images, err);
    if (!status)
        status = archive_load(&images, &source, &all, err);
    if (!status)
        status = unpack_all(host, &all, progress, context, err);
    if (status)
        return status;
    announce(&all, loaded, context);
    return WCOW_OK;
}
