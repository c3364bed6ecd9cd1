/* SPDX-License-Identifier: MIT */
/** An image on its way to a registry. Private to src/image/transfer. */
#ifndef WCOW_IMAGE_TRANSFER_SEND_H
#define WCOW_IMAGE_TRANSFER_SEND_H

#include "image/transfer/transfer.h"

typedef struct sending {
    const send_request *request;
    registry *registry;
    http_client *client;
    image_records records; /* of the store: where blobs may be mounted from */
} sending;

/** Sees to it that the registry has a blob: there already, mounted, or sent. */
WCOW_CHECKED wcow_status send_blob(sending *s, const image_descriptor *blob, wcow_error *err);

WCOW_CHECKED wcow_status send_is_there(sending *s, const image_descriptor *blob, bool *out,
                                       wcow_error *err);

/**
 * Sends a blob that is not there, in pieces if it is long. What breaks goes on where the registry
 * says that it is, or else begins anew.
 *
 * @param from  a repository that it may be mounted from instead; NULL: none
 * @param[out] mounted  whether it was
 */
WCOW_CHECKED wcow_status send_upload(sending *s, const image_descriptor *blob, const char *from,
                                     bool *mounted, wcow_error *err);

/** Passes on how far a blob is (0: not telling); WCOW_CANCELLED if that is the answer. */
WCOW_CHECKED wcow_status send_tell(sending *s, const image_descriptor *blob, const char *state,
                                   uint64_t done, wcow_error *err);

#endif
