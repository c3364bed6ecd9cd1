/* SPDX-License-Identifier: MIT */
/* What a container takes: `ps -s`, `inspect -s`. */
#include "base/error.h"
#include "engine/container/container.h"
#include "engine/container/reconcile.h"
#include "engine/container/record.h"
#include "engine/host/image_layers.h"
#include "engine/system/disk_usage_items.h"

/* An image that is gone has no size any more; its layers stay for the container, and count nothing.
 */
static uint64_t size_of_image(wcow_host *host, const char *id)
{
    cleanup_image image *found = NULL;
    layer_store layers;
    image_store images;

    if (host_images(host, &images, NULL) || host_layer_files(host, &layers, NULL) ||
        image_store_open(&images, id, &found, NULL))
        return 0;
    return image_size(&layers, found);
}

wcow_status wcow_container_sizes(wcow_container *container, uint64_t *own, uint64_t *whole,
                                 wcow_error *err)
{
    cleanup_record record *r = NULL;
    files_port *files;
    wcow_status status = host_files(container->host, &files, err);

    if (!status)
        status = container_record(container, &r, err);
    if (status)
        return error_wrap(err, status, "cannot tell the size of container '%s'", container->name);
    *own = container_scratch_size(container->host, files, container->id);
    *whole = *own + size_of_image(container->host, r->image_id);
    return WCOW_OK;
}
