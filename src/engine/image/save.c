/* SPDX-License-Identifier: MIT */
/* save: images into an archive. */
#include <wcow/image.h>

#include "base/error.h"
#include "engine/host/file_output.h"
#include "engine/host/host_stores.h"
#include "image/archive/archive.h"

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
    return status ? status : file_output_done(&output, err);
}
