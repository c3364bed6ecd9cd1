/* SPDX-License-Identifier: MIT */
/** Entries of index.json as image records. Private to src/image. */
#ifndef WCOW_IMAGE_STORE_IMAGE_RECORDS_H
#define WCOW_IMAGE_STORE_IMAGE_RECORDS_H

#include <cjson/cJSON.h>

#include "image/store/image_store.h"

#define ANNOTATION_NAME     "io.containerd.image.name"
#define ANNOTATION_REF_NAME "org.opencontainers.image.ref.name"

/**
 * The name of an index entry: with a tag, or else with the digest that it was pulled by; NULL (and
 * WCOW_OK) if it has none that is valid.
 */
WCOW_CHECKED wcow_status record_name(const image_descriptor *descriptor, image_reference **out,
                                     wcow_error *err);

/** The name of a record, whichever it has; NULL: none. */
const image_reference *record_any_name(const image_record *record);

bool reference_same_repository(const image_reference *a, const image_reference *b);
/** Whether two references name the same tag, or digest, of the same repository. */
bool reference_same(const image_reference *a, const image_reference *b);

/** Reads an index entry's manifest; of an index (of several platforms) the one that was chosen when
 * it came here. */
WCOW_CHECKED wcow_status record_manifest(const image_store *store, const image_descriptor *entry,
                                         image_descriptor *descriptor, image_manifest **out,
                                         wcow_error *err);

/**
 * All records of an index, each with the position of its entry in "manifests". Entries whose
 * manifest cannot be read are left out.
 *
 * @param[out] positions  malloc'ed, as many as records; may be NULL
 */
WCOW_CHECKED wcow_status records_of_index(const image_store *store, const cJSON *index,
                                          image_records *out, int **positions, wcow_error *err);

/** Which of a manifest's or index's items is for Windows on amd64: the first; NULL if none is. */
const image_descriptor *manifest_for_windows(const image_manifest *index);

/**
 * Adds a manifest, without a name, to an index that is going to be written, unless it is there. Its
 * blob must be in place.
 */
WCOW_CHECKED wcow_status index_add(const image_store *store, cJSON *index,
                                   const image_descriptor *manifest, bool *added, wcow_error *err);

/** Gives an image of it a name, as image_store_name() does; its entry, NULL: out of memory. */
cJSON *index_name(cJSON *index, const image_descriptor *manifest, const image_reference *reference);

/** What a reference that a user typed fits. */
typedef struct record_match {
    const image_record *first; /* NULL: nothing */
    bool by_name;              /* else by digest or prefix of an id */
    bool ambiguous;            /* a prefix that several ids have */
} record_match;

WCOW_CHECKED wcow_status records_find(const image_records *records, const char *reference,
                                      record_match *out, wcow_error *err);
/** "No such image: X", with the tag that was looked for. */
wcow_status records_not_found(const char *reference, wcow_error *err);

#endif
