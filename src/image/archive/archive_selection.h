/* SPDX-License-Identifier: MIT */
/** The images that go into an archive, and under which names. Private to src/image. */
#ifndef WCOW_IMAGE_ARCHIVE_ARCHIVE_SELECTION_H
#define WCOW_IMAGE_ARCHIVE_ARCHIVE_SELECTION_H

#include "image/store/image_store.h"

typedef struct selected_image {
    image *image;
    string_list names;      /* canonical: "docker.io/library/nano:latest" */
    string_list tags;       /* the same as a user writes them */
    string_list references; /* only the tags: "latest" */
} selected_image;

typedef struct archive_selection {
    selected_image *items; /* each image once, in the order of the references */
    size_t count;
} archive_selection;

void selection_free(archive_selection *selection);
DEFINE_CLEANUP_VALUE(selection, archive_selection, selection_free)

/** Finds them; WCOW_NOT_FOUND as soon as one is missing. */
WCOW_CHECKED wcow_status selection_make(const image_store *store, const char *const *references,
                                        size_t count, archive_selection *out, wcow_error *err);

#endif
