/* SPDX-License-Identifier: MIT */
/** A push under way. Private to src/image/push*.c. */
#ifndef WCOW_IMAGE_PUSH_INTERNAL_H
#define WCOW_IMAGE_PUSH_INTERNAL_H

#include "image/transfer.h"

typedef struct push {
    const push_request *request;
    registry *registry;
    http_client *client;
    image_records records; /* of the store: where blobs may be mounted from */
} push;

/** Sees to it that the registry has a blob: there already, mounted, or sent. */
WCOW_CHECKED wcow_status push_blob(push *p, const image_descriptor *blob, wcow_error *err);

#endif
