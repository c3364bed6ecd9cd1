/* SPDX-License-Identifier: MIT */
/**
 * A plain tar into a folder, as Docker's `cp` does it. The tar is a stranger's (a container's, or
 * what a user was given), and so is what is in the folder already.
 *
 * Nothing is written outside of the folder, or through a link: each name is checked (see
 * archive_name()), and opened so that no link may lie on it. Refused, with nothing written of that
 * entry: names with "..", a drive, a stream, a device; what lies behind a link; hard links to what
 * is outside of the folder, is no file or is behind a link; what is mounted read-only.
 */
#ifndef WCOW_LAYER_COPY_TREE_UNPACK_H
#define WCOW_LAYER_COPY_TREE_UNPACK_H

#include "base/source.h"
#include "layer/copy/copy_notes.h"
#include "layer/copy/file_view.h"

typedef struct unpack_target {
    file_view *view;
    const char *folder; /* a path without links, of a folder that is there */
    bool own_links;     /* links may lead out: those of a container lead into it. Else they are left
                           out, and told, unless they stay in the folder */
} unpack_target;

/**
 * Unpacks to the end of the archive. Files take the place of files and links, never of folders;
 * folders that are there stay. What is there stays until what takes its place is whole, which is
 * written beside it: of a file that breaks off nothing stays, and the old one does. Files get the
 * time of their last write, and are read-only if nobody may write them. What a folder cannot hold
 * (devices) is left out, and told.
 *
 * @return WCOW_CORRUPT for an archive that is damaged or refused, WCOW_CONFLICT for what is in its
 *         way
 */
WCOW_CHECKED wcow_status tree_unpack(const byte_source *tar, const unpack_target *target,
                                     copy_notes *notes, wcow_error *err);

#endif
