/* SPDX-License-Identifier: MIT */
/** Which names a layer tree accepts: the same rule for every half of port/files.h. */
#ifndef WCOW_PORT_TREE_NAME_H
#define WCOW_PORT_TREE_NAME_H

#include <stdbool.h>
#include <string.h>

/** Windows' own limit, in UTF-16 units; in bytes it is never less. */
#define TREE_NAME_LIMIT 32767

/**
 * Whether it is one component or several with '\' between them, none of them "." or "..". NT gives
 * ".." no meaning in a root-relative open, other file systems do; ':' would name a stream, '/'
 * nothing.
 */
static inline bool tree_name_valid(const char *name)
{
    if (strlen(name) > TREE_NAME_LIMIT || strpbrk(name, ":/*?\"<>|"))
        return false;
    for (;;) {
        size_t length = strcspn(name, "\\");

        if (length == 0 || (length <= 2 && strncmp(name, "..", length) == 0))
            return false;
        if (name[length] == '\0')
            return true;
        name += length + 1;
    }
}

#endif
