/* SPDX-License-Identifier: MIT */
/** The files with several names that an export met, by what makes them the same file. */
#ifndef WCOW_LAYER_EXPORT_LINK_SET_H
#define WCOW_LAYER_EXPORT_LINK_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "port/files.h"

typedef struct link_set {
    struct link_slot *slots;
    size_t count;
    size_t capacity;
} link_set;

#define LINK_SET_INIT                                                                              \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

/**
 * The first name that the file was met by; files that have but one are not kept.
 *
 * @param[out] first  borrowed; NULL if it was not met before, and `name` is noted
 * @return false when out of memory
 */
bool link_set_meet(link_set *set, const file_identity *identity, const char *name,
                   const char **first);
void link_set_free(link_set *set);

#endif
