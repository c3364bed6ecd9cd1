/* SPDX-License-Identifier: MIT */
/** Files and folders as a plain tar, as Docker's `cp` makes one: contents, times of the last write,
 * and whether they are read-only. No security, no alternate streams. */
#ifndef WCOW_LAYER_COPY_TREE_PACK_H
#define WCOW_LAYER_COPY_TREE_PACK_H

#include "base/sink.h"
#include "layer/copy/copy_notes.h"
#include "layer/copy/file_view.h"

/**
 * Writes what lies at a path without links, and all below it. Links become symbolic links, as their
 * targets stand in them.
 *
 * What cannot be read below a folder (other reparse points, files that their owner does not share)
 * is left out and told. A file that shrinks while it is read is filled with zeros, and told. The
 * tar is whole then, and the call fails. What goes away meanwhile is not missed. What is a volume's
 * own in its root (name_is_volume_s()) is no file of anybody's.
 *
 * @param name  what it is called in the tar; NULL: "." (what it holds is what counts)
 * @return WCOW_FAILED if anything was left out
 */
WCOW_CHECKED wcow_status tree_pack(file_view *view, const char *path, const char *name,
                                   const byte_sink *sink, copy_notes *notes, wcow_error *err);

#endif
