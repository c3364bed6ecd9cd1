/* SPDX-License-Identifier: MIT */
/**
 * The files of a container that runs with Hyper-V isolation, through C:\Windows\System32\tar.exe in
 * it: the host does not see them. Windows has that program, bsdtar of libarchive, since build
 * 17063; an image may have taken it away, or put another one in its place: what it writes is a
 * stranger's.
 */
#ifndef WCOW_ENGINE_CONTAINER_GUEST_TAR_H
#define WCOW_ENGINE_CONTAINER_GUEST_TAR_H

#include "base/sink.h"
#include "base/source.h"
#include "engine/container/container.h"
#include "layer/copy/copy_notes.h"
#include "layer/copy/file_view.h"

/** See file_view_find(); the path stays as it is, since the guest follows links itself. */
WCOW_CHECKED wcow_status guest_find(wcow_container *container, const char *path, bool follow,
                                    view_file *out, wcow_error *err);
/** See tree_pack(). */
WCOW_CHECKED wcow_status guest_pack(wcow_container *container, const char *path, bool follow,
                                    const char *name, const byte_sink *sink, copy_notes *notes,
                                    wcow_error *err);
/** See tree_unpack(). */
WCOW_CHECKED wcow_status guest_unpack(wcow_container *container, const byte_source *tar,
                                      const char *folder, copy_notes *notes, wcow_error *err);

#endif
