/* SPDX-License-Identifier: MIT */
/** The rules of image prune. */
#ifndef WCOW_ENGINE_IMAGE_PRUNE_H
#define WCOW_ENGINE_IMAGE_PRUNE_H

#include "engine/image/remove.h"

/**
 * wcow_image_prune(), not measured. Blobs and layers that no image names go, too, unless somebody
 * has a lease of them.
 *
 * @param options         read by options_copy()
 * @param[in,out] layers  how many of them went by themselves is added, also on failure
 */
WCOW_CHECKED wcow_status images_prune(wcow_host *host, const wcow_image_prune_options *options,
                                      removal_listener to, size_t *layers, wcow_error *err);

#endif
