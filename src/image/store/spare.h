/* SPDX-License-Identifier: MIT */
/**
 * A file of no use but for its room, kept beside one that a full disk must not keep from being
 * replaced: that is written into it then, and it takes the name. Never it is given up first:
 * whoever else writes would take what becomes free.
 */
#ifndef WCOW_IMAGE_STORE_SPARE_H
#define WCOW_IMAGE_STORE_SPARE_H

#include "port/files.h"

/** Sees that it has `size` bytes; where there is no room for them it has those that fitted. */
void spare_keep(files_port *files, const char *spare, size_t size);
/**
 * Replaces a file whole; on a full disk with the spare's room, which is gone after that.
 *
 * @param spare  NULL: there is none
 */
int32_t spare_replace(files_port *files, const char *path, const char *spare, const char *bytes);

#endif
