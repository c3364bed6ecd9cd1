/* SPDX-License-Identifier: MIT */
/**
 * Folders of the host in the file system of a container. Wine follows Linux' symbolic links, so a
 * folder that may be written becomes one; a read-only one becomes a copy, and what is written into
 * that is lost. A file becomes another name of it, or a copy.
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
 * @param drives text with a line for each that is a drive of its own ("d: /unix/path"), malloc'ed,
 *               for who makes them; NULL: they are made on this host, where everybody sees them
 * @param out    NULL when there are none
 */
int32_t mappings_make(const wchar_t *root, const char *const *mounts, char **drives,
                      mappings **out);
/** Takes them away again, never what they lead to, and frees it. */
void mappings_remove(mappings *m);

#endif
