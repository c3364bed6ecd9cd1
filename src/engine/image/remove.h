/* SPDX-License-Identifier: MIT */
/** rmi: an image, with the layers that nothing else needs. */
#ifndef WCOW_ENGINE_IMAGE_REMOVE_H
#define WCOW_ENGINE_IMAGE_REMOVE_H

#include <wcow/image.h>

#include "engine/host/host.h"
#include "image/store/image_store.h"

/** Whom to tell what went, in Docker's words: "Untagged: …", "Deleted: …". */
typedef struct removal_listener {
    void (*removed)(void *context, const char *line); /* NULL: nobody */
    void *context;
} removal_listener;

/** wcow_image_remove() by any rule. */
WCOW_CHECKED wcow_status image_remove(wcow_host *host, const char *reference,
                                      image_removal_rule rule, removal_listener to,
                                      wcow_error *err);

#endif
