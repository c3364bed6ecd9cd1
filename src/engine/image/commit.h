/* SPDX-License-Identifier: MIT */
/** commit: a stopped container as an image. */
#ifndef WCOW_ENGINE_IMAGE_COMMIT_H
#define WCOW_ENGINE_IMAGE_COMMIT_H

#include <wcow/container.h>

#include "engine/image/new_image.h"

/** wcow_container_commit(), with `change` in place of options->changes, which are not read. */
WCOW_CHECKED wcow_status container_commit(wcow_container *container, const char *reference,
                                          const wcow_commit_options *options,
                                          const config_changer *change, char **id, wcow_error *err);

#endif
