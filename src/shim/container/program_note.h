/* SPDX-License-Identifier: MIT */
/**
 * Which program a container's shim is, in its bundle: for a containerd that is started anew.
 *
 * It writes that itself, as soon as it has called `start`. For a container that joins its pod
 * without that (version 3; in 2.0.0 to 2.0.4 every one) it would take the handler's runtime_type
 * instead, which is another shim's where runtime_path says who is started: it would forget the
 * container, or have the other one delete it.
 *
 * One that has joined and whose Create has not come yet has none: joining is no call of ours (its
 * bundle has containerd's own bootstrap.json and sandbox), so nobody here knows of it. It has taken
 * nothing either: a containerd that is started anew then asks our server for it (Connect: not
 * found) and has whatever program it finds, or none, `delete` a container that never was, and
 * removes the bundle (shim_load.go).
 */
#ifndef WCOW_SHIM_CONTAINER_PROGRAM_NOTE_H
#define WCOW_SHIM_CONTAINER_PROGRAM_NOTE_H

#include "base/error.h"
#include "port/files.h"

/** The file in a bundle: a path, and nothing behind it. */
#define PROGRAM_NOTE_FILE "shim-binary-path"

/** Writes it, if there is none. */
WCOW_CHECKED wcow_status program_note_write(files_port *files, const char *bundle,
                                            const char *program, wcow_error *err);

#endif
