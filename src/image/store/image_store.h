/* SPDX-License-Identifier: MIT */
/**
 * The image store: an OCI image layout at <root>/images (oci-layout, index.json, blobs/sha256/…),
 * which skopeo and others read. An image is a manifest named in index.json; its id is its config's
 * digest.
 *
 * Changes are made under images/index.lock, held for moments. Readers take no lock: index.json is
 * replaced whole, and a blob that vanished meanwhile is WCOW_NOT_FOUND.
 */
#ifndef WCOW_IMAGE_STORE_IMAGE_STORE_H
#define WCOW_IMAGE_STORE_IMAGE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

#include "base/cleanup.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "oci/reference.h"
#include "port/files.h"

/** What image functions work on; a plain value, everything borrowed. */
typedef struct image_store {
    files_port *files;
    const char *root; /* the host's root folder; images are in <root>/images */
} image_store;

/** One entry of index.json: a manifest and perhaps its name. */
typedef struct image_record {
    image_reference *reference;  /* with a tag; NULL: it has none ("<none>") */
    image_reference *origin;     /* of one without a tag that was pulled by its digest: that name */
    image_descriptor descriptor; /* of the manifest */
    char id[DIGEST_SIZE];        /* the config's digest: the image id */
    char entry[DIGEST_SIZE];     /* what index.json names: that manifest, or an index it is in */
    int64_t tagged; /* when it was tagged here: nanoseconds since 1970; 0: it was not */
} image_record;

/** A list of records, in index order (oldest first). */
typedef struct image_records {
    image_record *items;
    size_t count;
} image_records;

#define IMAGE_RECORDS_INIT                                                                         \
    {                                                                                              \
        NULL, 0                                                                                    \
    }

void image_records_free(image_records *records);
DEFINE_CLEANUP_VALUE(image_records, image_records, image_records_free)
#define cleanup_image_records CLEANUP(image_records)

/** An image opened: its manifest and config, read and verified. */
typedef struct image {
    image_record record; /* the record it was found by */
    image_manifest *manifest;
    image_config *config; /* diff_ids[i] belongs to manifest->items[i] */
} image;

void image_free(image *i);
DEFINE_CLEANUP(image, image *, image_free)
#define cleanup_image CLEANUP(image)

/**
 * All images, one record a name; one without a name only where its image has none, and one that was
 * pulled by its digest only where its image has no tag of that repository. A store that does not
 * exist yet is empty.
 */
WCOW_CHECKED wcow_status image_store_list(const image_store *store, image_records *out,
                                          wcow_error *err);

/**
 * Finds and opens an image: "repo[:tag]" (tag latest), "repo@sha256:…" (the manifest's digest),
 * "sha256:…" or hexadecimal digits (the id or an unambiguous prefix of it; a name wins over a
 * prefix).
 *
 * @return WCOW_NOT_FOUND ("No such image: X"), WCOW_CONFLICT if a prefix fits several
 */
WCOW_CHECKED wcow_status image_store_open(const image_store *store, const char *reference,
                                          image **out, wcow_error *err);

/** The same without opening it: also one whose config is damaged, which can only be removed. */
WCOW_CHECKED wcow_status image_store_find(const image_store *store, const char *reference,
                                          image_record *out, wcow_error *err);
void image_record_clear(image_record *record);
DEFINE_CLEANUP_VALUE(image_record, image_record, image_record_clear)
#define cleanup_image_record CLEANUP(image_record)

/** Gives an image (a manifest whose blobs are in the store, or an index with the chosen one) a
 * name; another image loses it if it had it and stays as a dangling one. `reference` must have a
 * tag, or else a digest, as it was pulled; NULL: makes it known without a name. */
WCOW_CHECKED wcow_status image_store_name(const image_store *store,
                                          const image_descriptor *manifest,
                                          const image_reference *reference, wcow_error *err);

/** The same, as a user's wish: the time is noted. */
WCOW_CHECKED wcow_status image_store_tag(const image_store *store, const image_descriptor *manifest,
                                         const image_reference *reference, wcow_error *err);

/** Takes an entry without a name out of the index again. Its blobs stay until they are collected.
 */
WCOW_CHECKED wcow_status image_store_drop(const image_store *store,
                                          const image_descriptor *manifest, wcow_error *err);

/** What a removal did. */
typedef struct image_removal {
    string_list untagged; /* familiar names */
    bool deleted;         /* that was the last name: manifest, config and unshared blobs are gone */
    char id[DIGEST_SIZE];
    string_list diff_ids; /* of the deleted image, base first: its layers may go, too */
} image_removal;

void image_removal_free(image_removal *removal);
DEFINE_CLEANUP_VALUE(image_removal, image_removal, image_removal_free)
#define cleanup_image_removal CLEANUP(image_removal)

/** By an id: which images are not removed, but WCOW_CONFLICT, in Docker's words. */
typedef enum image_removal_rule {
    REMOVE_IF_CLEAR,    /* those with several names */
    REMOVE_ANY,         /* none */
    REMOVE_IF_NAMELESS, /* those with a name */
} image_removal_rule;

/**
 * Removes a name; with the last name (or by id) the image and those of its blobs that no other
 * uses and nobody has a lease of.
 */
WCOW_CHECKED wcow_status image_store_remove(const image_store *store, const char *reference,
                                            image_removal_rule rule, image_removal *out,
                                            wcow_error *err);

/** Removes what crashes left: staged files of loaders that are gone, blobs that nothing refers to.
 */
WCOW_CHECKED wcow_status image_store_collect(const image_store *store, wcow_error *err);
/** The same, and downloads that a later pull could go on with, but that nobody is at. */
WCOW_CHECKED wcow_status image_store_sweep(const image_store *store, wcow_error *err);

/** Blobs, downloads and what is being written. */
typedef struct store_usage {
    uint64_t total;  /* bytes */
    uint64_t needed; /* of what certain images need, or somebody is at work with */
    size_t count;    /* files, and how many of them are such */
    size_t needed_count;
} store_usage;

/**
 * What the store takes; each file counts once.
 *
 * @param ids  of the images, "sha256:…"
 */
WCOW_CHECKED wcow_status image_store_usage(const image_store *store, const string_list *ids,
                                           store_usage *out, wcow_error *err);

#endif
