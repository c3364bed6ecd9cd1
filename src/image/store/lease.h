/* SPDX-License-Identifier: MIT */
/**
 * Leases: what a process relies on in the store before any image names it. Whoever removes a blob
 * or a layer asks for them first, so that nothing goes from under a pull.
 *
 * A lease is a note (images/ingest/<random>/lease.json) in the stage of its owner, and holds as
 * long as he does the stage's lock file: a crash ends it. What makes it safe is the order: the
 * owner notes what he needs *before* he looks whether it is there – blobs with the store locked,
 * layers before he takes the layer's lock to look for it – and a remover asks with that same lock
 * held, and keeps it until he is done. So of two who come at once one sees the other. A lease ends
 * only after the index names what it was for: who asks for leases first and for images then misses
 * neither.
 */
#ifndef WCOW_IMAGE_STORE_LEASE_H
#define WCOW_IMAGE_STORE_LEASE_H

#include "image/store/image_store.h"

/** A held lease: the stage of its owner. */
typedef struct blob_stage image_lease;

/** What somebody relies on. */
typedef struct lease_needs {
    string_list digests;  /* of blobs; that of a config keeps its image from prunes, too */
    string_list diff_ids; /* of an image's layers, base first: those imported of them */
} lease_needs;

void lease_needs_clear(lease_needs *needs);
DEFINE_CLEANUP_VALUE(lease_needs, lease_needs, lease_needs_clear)

/** Notes what the owner needs from now on, instead of what he needed before. */
WCOW_CHECKED wcow_status image_lease_write(image_lease *lease, const lease_needs *needs,
                                           wcow_error *err);
/** Ends it. */
void image_lease_end(image_lease *lease);
DEFINE_CLEANUP(image_lease, image_lease *, image_lease_end)
#define cleanup_image_lease CLEANUP(image_lease)

/** Told of a lease; its failure ends the visit. */
typedef wcow_status lease_visitor(void *context, const lease_needs *needs, wcow_error *err);

/** Tells of every lease whose owner lives. */
WCOW_CHECKED wcow_status image_leases_visit(const image_store *store, lease_visitor *visit,
                                            void *context, wcow_error *err);

/** The blobs of all of them. */
WCOW_CHECKED wcow_status image_leased_digests(const image_store *store, string_list *out,
                                              wcow_error *err);

#endif
