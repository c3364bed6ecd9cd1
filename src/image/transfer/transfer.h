/* SPDX-License-Identifier: MIT */
/** Images from and to registries: fetched into the store, sent from it. */
#ifndef WCOW_IMAGE_TRANSFER_TRANSFER_H
#define WCOW_IMAGE_TRANSFER_TRANSFER_H

#include "base/progress.h"
#include "image/registry/registry.h"
#include "image/store/blob.h"
#include "image/store/image_store.h"
#include "oci/choice.h"

/** A layer of a fetched image that is on this machine, whole and verified. */
typedef struct arrived_layer {
    const image_store *store;
    const string_list *diff_ids; /* of all the image's layers, base first */
    size_t number;               /* which of them it is */
    const char *digest;          /* of its blob */
    bool fresh;                  /* it was downloaded just now */
} arrived_layer;

/** Opens its blob, which need not be in the store yet. */
WCOW_CHECKED wcow_status arrived_layer_open(const arrived_layer *layer, blob_reader **out,
                                            wcow_error *err);

/** Takes a layer over; it is valid during the call. Its failure is that of the whole. */
typedef wcow_status layer_taker(void *context, const arrived_layer *layer, wcow_error *err);

/**
 * Called when all blobs of an image are in the store, before it gets its name: whoever has the name
 * keeps it if this fails, and what was brought is taken back.
 *
 * @param id  of the image, which the store can open
 */
typedef wcow_status image_taker(void *context, const char *id, wcow_error *err);

typedef struct fetch_request {
    const image_store *store;
    const registry_context *registry;
    const image_reference *reference; /* with a tag or digest */
    image_choice choice;
    progress_sink *progress;
    layer_taker *take;   /* called on the fetching thread for each layer of an image of which
                            something   is to be downloaded, base first, while later ones still come;
                            NULL: nobody   takes them. The image may still fail after that. */
    image_taker *finish; /* NULL: nobody */
    void *take_context;  /* of both */
} fetch_request;

typedef struct fetch_result {
    char digest[DIGEST_SIZE]; /* what the reference stands for: an index, or a manifest */
    bool fresh;               /* something was not there yet */
} fetch_result;

/**
 * Brings an image into the store: what is there already is not downloaded, what a killed one left
 * is gone on with. Every blob is verified before it becomes visible; the name comes last.
 *
 * @return WCOW_NOT_FOUND, WCOW_DENIED, WCOW_UNSUPPORTED (no image for this host; the message lists
 *         those that there are), WCOW_CORRUPT, WCOW_UNAVAILABLE, WCOW_CANCELLED
 */
WCOW_CHECKED wcow_status image_fetch(const fetch_request *request, fetch_result *out,
                                     wcow_error *err);

/** The tags of a repository. */
WCOW_CHECKED wcow_status image_tags(const registry_context *context,
                                    const image_reference *reference, string_list *out,
                                    wcow_error *err);

typedef struct send_request {
    const image_store *store;
    const registry_context *registry;
    const image_reference *reference; /* with a tag; of an image in the store */
    progress_sink *progress;
    uint64_t chunk; /* blobs longer than this are sent in pieces of it */
} send_request;

#define SEND_CHUNK ((uint64_t)64 << 20)

typedef struct send_result {
    char digest[DIGEST_SIZE];
    uint64_t size; /* of the manifest */
} send_result;

/** Sends an image: blobs that the registry has, or can take from another repository, are not sent.
 */
WCOW_CHECKED wcow_status image_send(const send_request *request, send_result *out, wcow_error *err);

/** Tries credentials; a WCOW_DENIED says that they are not accepted. */
WCOW_CHECKED wcow_status registry_check(const registry_context *context, const char *host,
                                        const credentials *given, wcow_error *err);

#endif
