/* SPDX-License-Identifier: MIT */
/** What a scratch removed of its parents: the service's tombstones.txt, by the folders names are
 * in. */
#ifndef WCOW_LAYER_EXPORT_TOMBSTONES_H
#define WCOW_LAYER_EXPORT_TOMBSTONES_H

#include <stddef.h>

#include <wcow/error.h>

#include "base/cleanup.h"
#include "port/files.h"

/** A name that is gone. */
typedef struct tombstone {
    const char *folder; /* "\dir" below Files; "" for Files itself */
    const char *name;
    size_t number; /* in the file */
} tombstone;

typedef struct tombstones {
    char *text; /* what the names point into */
    tombstone *items;
    size_t count;
} tombstones;

#define TOMBSTONES_INIT                                                                            \
    {                                                                                              \
        NULL, NULL, 0                                                                              \
    }

/** @param bytes  of the file, NUL-terminated */
WCOW_CHECKED wcow_status tombstones_parse(const char *bytes, tombstones *out, wcow_error *err);
/** Of a transport folder; one that has no such file has none. */
WCOW_CHECKED wcow_status tombstones_read(files_port *files, const char *folder, tombstones *out,
                                         wcow_error *err);
/** The names that are gone from a folder, as they stand in the file. */
const tombstone *tombstones_of(const tombstones *all, const char *folder, size_t *count);
void tombstones_free(tombstones *all);
DEFINE_CLEANUP_VALUE(tombstones, tombstones, tombstones_free)
#define cleanup_tombstones CLEANUP(tombstones)

#endif
