/* SPDX-License-Identifier: MIT */
/**
 * Copies that would read what they write. What is mounted into a container is a folder of the host:
 * `cp C:\data web:C:\mounted` may lead from a folder into itself, and would go on until the disk is
 * full; a file that is copied onto itself is lost. Docker does not look.
 */
#ifndef WCOW_ENGINE_CONTAINER_COPY_OVERLAP_H
#define WCOW_ENGINE_CONTAINER_COPY_OVERLAP_H

#include "layer/copy/file_view.h"

/** An end of a copy. */
typedef struct copy_side {
    const char *path;  /* without links, as far as the host knows them; need not be there */
    file_view *mounts; /* of a container, whose path it is; NULL: it is the host's */
} copy_side;

/**
 * Compares by what files are, not by their names: one folder has several, by links, drives of other
 * names, and short ones. What only the container sees is not looked at.
 *
 * @param host         a view of the host
 * @param folder       the source is one
 * @param destination  what the source becomes
 * @return WCOW_INVALID if one lies in the other, or they are the same
 */
WCOW_CHECKED wcow_status copy_check_apart(file_view *host, const copy_side *source, bool folder,
                                          const copy_side *destination, wcow_error *err);

#endif
