/* SPDX-License-Identifier: MIT */
/** Making an image: what commit and import share. */
#ifndef WCOW_ENGINE_IMAGE_NEW_IMAGE_H
#define WCOW_ENGINE_IMAGE_NEW_IMAGE_H

#include <cjson/cJSON.h>

#include "engine/host/host.h"
#include "image/store/lease.h"
#include "oci/reference.h"

/**
 * What else is changed of the new image's "config" (of the OCI image document), before the image is
 * made of it. A function, since Dockerfile instructions, which this is mostly, go by what those
 * before have made of the config (WORKDIR, ENV); and whoever knows their language (build/) stands
 * above the engine. A failure of it is that of the whole call: then there is no image.
 */
typedef struct config_changer {
    wcow_status (*apply)(void *context, cJSON *config, wcow_error *err);
    void *context;
} config_changer;

/** The name that a user wants for a new image; NULL stays NULL. A digest is refused. */
WCOW_CHECKED wcow_status new_image_name(const char *reference, image_reference **out,
                                        wcow_error *err);

/**
 * Imports the layers of an image that is in the store and has no name, and then gives it one: so
 * whoever has the name now keeps it when something fails. Then the image goes.
 *
 * @param name   NULL: none
 * @param lease  of image_derive(); ends here
 */
WCOW_CHECKED wcow_status new_image_finish(wcow_host *host, const char *id,
                                          const image_reference *name, image_lease *lease,
                                          wcow_error *err);

#endif
