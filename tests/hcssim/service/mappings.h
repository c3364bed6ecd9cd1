/* SPDX-License-Identifier: MIT */
/**
 * Folders of the host in the file system of a container. Wine follows Linux' symbolic links, so a
 * folder that may be written becomes one; a read-only one becomes a copy, and what is written into
 * that is lost.
 */
#ifndef HCSSIM_SERVICE_MAPPINGS_H
#define HCSSIM_SERVICE_MAPPINGS_H

#include <stdint.h>
#include <wchar.h>

typedef struct mappings mappings;

/**
 * Makes them below `root`, which is the container's drive C:. What has such a name already is
 * hidden until they are removed.
 *
 * @param mounts triples host, container, "ro"|"rw"; NULL-terminated; NULL for none
 * @param out    NULL when there are none
 */
int32_t mappings_make(const wchar_t *root, const char *const *mounts, mappings **out);
/** Takes them away again, never what they lead to, and frees it. */
void mappings_remove(mappings *m);

#endif
