/* SPDX-License-Identifier: MIT */
/** An image on its way from a registry. Private to src/image/transfer. */
#ifndef WCOW_IMAGE_TRANSFER_FETCH_H
#define WCOW_IMAGE_TRANSFER_FETCH_H

#include "image/store/stage.h"
#include "image/transfer/transfer.h"
#include "oci/image_config.h"

/** A manifest or index as it came, byte by byte: its digest is of these bytes. */
typedef struct fetched_manifest {
    char *bytes;
    size_t size;
    image_manifest *parsed; /* NULL: none */
    char *media_type;
    char digest[DIGEST_SIZE];
} fetched_manifest;

typedef struct fetching {
    const fetch_request *request;
    registry *registry;
    http_client *client;
    fetched_manifest top;    /* what the tag or digest stands for */
    fetched_manifest chosen; /* of an index: the image's own */
    blob_stage *stage;       /* with the lease of what is relied on */
    bool fresh;              /* something was not there yet, or the name led elsewhere */
    bool refused;            /* a layer was not taken over: no other source helps */
    bool unusable;           /* its blobs are what they should be, and yet no image */
    bool added;              /* the image was not in the store before, and has no name yet */
} fetching;

void fetched_manifest_clear(fetched_manifest *m);
DEFINE_CLEANUP_VALUE(fetched_manifest, fetched_manifest, fetched_manifest_clear)
void fetch_clear(fetching *f);
DEFINE_CLEANUP_VALUE(fetching, fetching, fetch_clear)

/** The image's manifest: the top one, or the one that was chosen of an index. */
const fetched_manifest *fetch_own_manifest(const fetching *f);

/** Tells of each layer whether it is to be downloaded; of none if all are there. */
WCOW_CHECKED wcow_status fetch_announce(fetching *f, wcow_error *err);

/** Downloads the layers that the store does not have, each once, and hands over what there is a
 * taker for. The caller has locked their downloads. */
WCOW_CHECKED wcow_status fetch_layers(fetching *f, const image_config *config, wcow_error *err);

/** The error for an image that has builds of Windows, but none that is usable. */
wcow_status fetch_refuse(const fetching *f, const string_list *builds, wcow_error *err);

/** Gets what the reference stands for and, of an index, the image for this host. */
WCOW_CHECKED wcow_status fetch_manifests(fetching *f, wcow_error *err);

#endif
