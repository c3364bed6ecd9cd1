/* SPDX-License-Identifier: MIT */
/** A pull under way. Private to src/image/pull*.c. */
#ifndef WCOW_IMAGE_TRANSFER_FETCH_H
#define WCOW_IMAGE_TRANSFER_FETCH_H

#include "image/store/stage.h"
#include "image/transfer/transfer.h"
#include "oci/image_config.h"

/** A manifest or index as it came, byte by byte: its digest is of these bytes. */
typedef struct pulled_manifest {
    char *bytes;
    size_t size;
    image_manifest *parsed; /* NULL: none */
    char *media_type;
    char digest[DIGEST_SIZE];
} pulled_manifest;

typedef struct pull {
    const pull_request *request;
    registry *registry;
    http_client *client;
    pulled_manifest top;    /* what the tag or digest stands for */
    pulled_manifest chosen; /* of an index: the image's own */
    blob_stage *stage;      /* with the lease of what the pull relies on */
    bool refused;           /* a layer was not taken over: no other source helps */
    bool unusable;          /* its blobs are what they should be, and yet no image */
    bool added;             /* the image was not in the store before, and has no name yet */
} pull;

void pulled_manifest_clear(pulled_manifest *m);
DEFINE_CLEANUP_VALUE(pulled_manifest, pulled_manifest, pulled_manifest_clear)
void pull_clear(pull *p);
DEFINE_CLEANUP_VALUE(pull, pull, pull_clear)

/** The image's manifest: the top one, or the one that was chosen of an index. */
const pulled_manifest *pull_own_manifest(const pull *p);

/** Tells of each layer whether it is to be downloaded; of none if all are there. */
WCOW_CHECKED wcow_status pull_announce(pull *p, wcow_error *err);

/** Downloads the layers that the store does not have, each once, and hands over what there is a
 * taker for. The caller has locked their downloads. */
WCOW_CHECKED wcow_status pull_layers(pull *p, const image_config *config, bool *fresh,
                                     wcow_error *err);

/** The error for an image that has builds of Windows, but none that is usable. */
wcow_status pull_refuse(const pull *p, const string_list *builds, wcow_error *err);

/** Gets what the reference stands for and, of an index, the image for this host. */
WCOW_CHECKED wcow_status pull_manifests(pull *p, wcow_error *err);

#endif
