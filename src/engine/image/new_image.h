/* SPDX-License-Identifier: MIT */
/** The last steps of making an image. */
#ifndef WCOW_ENGINE_IMAGE_NEW_IMAGE_H
#define WCOW_ENGINE_IMAGE_NEW_IMAGE_H

#include "engine/host/host.h"
#include "image/store/lease.h"
#include "oci/reference.h"

/** The name that a user wants for a new image; NULL stays NULL. A digest is refused. */
WCOW_CHECKED wcow_status new_image_name(const char *reference, image_reference **out,
                                        wcow_error *err);

/**
 * Imports the layers of an image that is in the store and has no name, and then gives it one: so
 * whoever has the name now keeps it when something fails. Then the image goes.
 *
 * @param name   NULL: none
 * @param lease  of image_commit(); ends here
 */
WCOW_CHECKED wcow_status new_image_finish(wcow_host *host, const char *id,
                                          const image_reference *name, image_lease *lease,
                                          wcow_error *err);

#endif
