/* SPDX-License-Identifier: MIT */
/** What an image archive holds, once all of it was read into a stage. Private to src/image. */
#ifndef WCOW_IMAGE_ARCHIVE_ARCHIVE_CONTENTS_H
#define WCOW_IMAGE_ARCHIVE_ARCHIVE_CONTENTS_H

#include "image/archive/archive.h"
#include "image/store/stage.h"

/** One entry: a file, or a link to one. */
typedef struct archive_file {
    char *name;       /* with '/', without "./" */
    char *link;       /* the name of what it links to; NULL for a file */
    staged_blob blob; /* of a file */
} archive_file;

typedef struct archive_contents {
    blob_stage *stage; /* borrowed */
    archive_file *items;
    size_t count;
    size_t capacity;
} archive_contents;

/** Reads the archive to its end. */
WCOW_CHECKED wcow_status contents_read(const byte_source *archive, archive_contents *out,
                                       wcow_error *err);
void contents_free(archive_contents *contents);
DEFINE_CLEANUP_VALUE(contents, archive_contents, contents_free)

/** The file of that name, through links; NULL if there is none. */
const staged_blob *contents_find(const archive_contents *contents, const char *name);
/** A file with that digest; NULL if there is none. */
const staged_blob *contents_find_digest(const archive_contents *contents, const char *digest);
/** Reads a small file. */
WCOW_CHECKED wcow_status contents_json(const archive_contents *contents, const staged_blob *blob,
                                       const char *name, char **out, size_t *size, wcow_error *err);

/** An image found in the archive: what must be put in place for it. */
typedef struct found_image {
    loaded_image image;
    char *os_version; /* NULL: it does not tell */
    char *architecture;
    string_list present; /* digests of blobs that only the store has */
    staged_blob *blobs;  /* manifest, config and layers of the archive */
    size_t blob_count;
} found_image;

typedef struct found_images {
    found_image *items;
    size_t count;
} found_images;

void found_images_free(found_images *images);
/** A new, empty one at the end; NULL when out of memory. */
found_image *found_images_add(found_images *images);
bool found_image_needs(found_image *found, const staged_blob *blob);

/** Notes what it is for. */
WCOW_CHECKED wcow_status found_image_describe(found_image *found, const image_config *config,
                                              wcow_error *err);

/** Finds the images of an archive that has an index.json (OCI layout). */
WCOW_CHECKED wcow_status archive_find_oci(const image_store *store, const image_choice *choice,
                                          const archive_contents *contents, found_images *out,
                                          wcow_error *err);
/** Finds the images of one that has a manifest.json (docker save); makes their manifests. */
WCOW_CHECKED wcow_status archive_find_docker(const archive_contents *contents, found_images *out,
                                             wcow_error *err);

/** Refuses images that are not for Windows. */
WCOW_CHECKED wcow_status archive_check_platform(const image_config *config, wcow_error *err);

#endif
