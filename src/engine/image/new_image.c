/* SPDX-License-Identifier: MIT */
/* The last steps of making an image. */
#include "engine/image/new_image.h"

#include <wcow/image.h>

#include "base/error.h"
#include "engine/host/image_layers.h"

wcow_status new_image_name(const char *reference, image_reference **out, wcow_error *err)
{
    cleanup_reference image_reference *name = NULL;
    wcow_status status;

    if (!reference)
        return WCOW_OK;
    status = reference_parse(reference, &name, err);
    if (status)
        return status;
    if (name->digest)
        return error_set(err, WCOW_INVALID, "refusing to create a tag with a digest reference");
    if (!reference_default_tag(name))
        return error_no_memory(err);
    *out = TAKE(name);
    return WCOW_OK;
}

/* Where there is no storage service, as on Linux, the blobs alone are kept. */
static wcow_status finish(wcow_host *host, const char *id, const image_reference *name,
                          wcow_error *err)
{
    cleanup_image image *made = NULL;
    storage_port *storage;
    image_store images;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = image_store_open(&images, id, &made, err);
    if (!status && !host_storage(host, &storage, NULL))
        status = image_unpack(host, made, NULL, err);
    if (!status && name)
        status = image_store_tag(&images, &made->record.descriptor, name, err);
    return status;
}

wcow_status new_image_finish(wcow_host *host, const char *id, const image_reference *name,
                             image_lease *lease, wcow_error *err)
{
    wcow_status status = finish(host, id, name, err);

    image_lease_end(lease); /* what fails is removed with all that it has */
    if (status)
        ignore(wcow_image_remove(host, id, true, NULL, NULL, NULL));
    return status;
}
