/* SPDX-License-Identifier: MIT */
/** How images go from a host, with their layers. */
#ifndef WCOW_ENGINE_IMAGE_REMOVE_H
#define WCOW_ENGINE_IMAGE_REMOVE_H

#include <wcow/image.h>

#include "engine/host/host.h"
#include "image/store/image_store.h"

/** wcow_image_remove() by any rule. */
WCOW_CHECKED wcow_status image_remove(wcow_host *host, const char *reference,
                                      image_removal_rule rule,
                                      void (*removed)(void *context, const char *line),
                                      void *context, wcow_error *err);

/**
 * wcow_image_prune(), not measured. Blobs and layers that no image names go, too, unless somebody
 * has a lease of them.
 *
 * @param[in,out] layers  how many of them went by themselves is added, also on failure
 */
WCOW_CHECKED wcow_status images_prune(wcow_host *host, const wcow_image_prune_options *options,
                                      void (*removed)(void *context, const char *line),
                                      void *context, size_t *layers, wcow_error *err);

#endif
