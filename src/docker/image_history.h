/* SPDX-License-Identifier: MIT */
/** How an image came to be, as `docker history` asks for it. */
#ifndef WCOW_DOCKER_IMAGE_HISTORY_H
#define WCOW_DOCKER_IMAGE_HISTORY_H

#include "oci/image_config.h"

/** One step. Borrowed. */
typedef struct history_facts {
    const image_history *step; /* NULL: a layer that the image's history does not tell of */
    uint64_t size;             /* bytes of its layer; 0 if it has none */
} history_facts;

/**
 * The JSON: newest first, and only the newest has an id, the image's.
 *
 * @param steps  base first
 * @return malloc'ed; NULL: out of memory
 */
char *image_history_print(const char *id, const history_facts *steps, size_t count);

#endif
