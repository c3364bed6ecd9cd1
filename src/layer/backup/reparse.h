/* SPDX-License-Identifier: MIT */
/** REPARSE_DATA_BUFFER of symbolic links and junctions. */
#ifndef WCOW_LAYER_BACKUP_REPARSE_H
#define WCOW_LAYER_BACKUP_REPARSE_H

#include <stdbool.h>
#include <stddef.h>

#include <wcow/error.h>

#include "base/text.h"

/**
 * Adds the buffer for a link.
 *
 * @param target    as a user types it: "C:\x", "\\server\share", "..\x"; slashes are taken for '\'
 * @param junction  a mount point instead of a symbolic link
 */
WCOW_CHECKED wcow_status reparse_encode(const char *target, bool junction, text *out,
                                        wcow_error *err);

/**
 * Reads a buffer back.
 *
 * @param[out] target  its print name, malloc'ed
 * @return WCOW_UNSUPPORTED for tags of other kinds
 */
WCOW_CHECKED wcow_status reparse_decode(const unsigned char *bytes, size_t size, char **target,
                                        bool *junction, wcow_error *err);

#endif
