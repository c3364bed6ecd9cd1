/* SPDX-License-Identifier: MIT */
/* save: images into an archive. */
#include <wcow/image.h>

#include "base/error.h"
#include "engine/host/file_output.h"
#include "engine/host/host_stores.h"
#include "engine/image/image_event.h"
#include "image/archive/archive.h"

static void tell(wcow_host *host, const image_store *images, const char *reference)
{
    cleanup_image_record image_record found = {0};

    if (!image_store_find(images, reference, &found, NULL))
        image_event(host, "save", found.id, found.id);
}

wcow_status wcow_image_save(wcow_host *host, const char *const *references, size_t count,
                            const char *path, wcow_error *err)
{
    cleanup_file_output file_output output = {.path = path};
    image_store images;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = file_output_open(host, path, &output, err);
    if (!status)
        status = archive_save(&images, references, count, &output.sink, err);
    if (!status)
        status = file_output_done(&output, err);
    for (size_t i = 0; i < count && !status; i++)
        tell(host, &images, references[i]);
    return status;
}
