/* SPDX-License-Identifier: MIT */
/* load: an archive into the store, and its layers onto the host. */
#include <stdlib.h>

#include "base/error.h"
#include "container/host/file_input.h"
#include "container/host/layers.h"
#include "container/host/store.h"
#include "container/images/removal.h"
#include "image/archive/archive.h"

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
        if (status == WCOW_NOT_FOUND)
            status = image_was_removed(loaded->items[i].id, err);
        if (!status)
            status = image_unpack(host, one, progress, context, err);
        if (status == WCOW_CORRUPT)
            image_forget(host, loaded->items[i].id); /* nobody can ever run it */
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
    cleanup_file_input file_input input = {.progress = progress, .context = context};
    cleanup_loaded_images loaded_images all = LOADED_IMAGES_INIT;
    image_store images;
    wcow_status status = file_input_open(host, path, &input, err);

    if (!status)
        status = store_make_directory(host, host->root, err);
    if (!status)
        status = host_images(host, &images, err);
    if (!status)
        status = archive_load(&images, &input.source, &all, err);
    if (!status)
        status = unpack_all(host, &all, progress, context, err);
    if (status)
        return status;
    announce(&all, loaded, context);
    return WCOW_OK;
}
