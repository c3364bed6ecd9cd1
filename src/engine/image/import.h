/* SPDX-License-Identifier: MIT */
/** import: a root file system as an image of one layer. */
#ifndef WCOW_ENGINE_IMAGE_IMPORT_H
#define WCOW_ENGINE_IMAGE_IMPORT_H

#include <wcow/image.h>

#include "engine/image/new_image.h"

/** wcow_image_import(), with `change` in place of options->changes, which are not read. */
WCOW_CHECKED wcow_status image_import(wcow_host *host, const char *source, const char *reference,
                                      const wcow_import_options *options,
                                      const config_changer *change, char **id, wcow_error *err);

#endif
