/* SPDX-License-Identifier: MIT */
/**
 * The maps of GNU tar's sparse files; private to the tar reader. Such a file's content in the
 * archive is its pieces of data only; the map says where they belong. Four forms are met: in the
 * header block and blocks after it (type 'S'), in PAX records (0.0 and 0.1), and before the
 * content (1.0).
 */
#ifndef WCOW_LAYER_TAR_TAR_SPARSE_H
#define WCOW_LAYER_TAR_TAR_SPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

#include "layer/tar/pax.h"
#include "layer/tar/tar_header.h"

typedef struct sparse_piece {
    uint64_t offset, length;
} sparse_piece;

typedef struct sparse_map {
    sparse_piece *items; /* ascending, apart */
    size_t count;
    size_t capacity;
} sparse_map;

#define SPARSE_MAP_INIT                                                                            \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

void sparse_map_free(sparse_map *map);

/** Gives the next block of the archive (of the entry's content, for a map that is there). */
typedef wcow_status sparse_block_fn(void *context, void *block, wcow_error *err);

/** Where an entry's map is. */
typedef enum sparse_form { SPARSE_NONE, SPARSE_HEADER, SPARSE_RECORDS, SPARSE_CONTENT } sparse_form;

sparse_form sparse_form_of(char type, const pax_records *pax);

/**
 * What the records say of a sparse file in place of the header.
 *
 * @param[out] name  borrowed; NULL if they do not say. `size` is left as it is then.
 */
WCOW_CHECKED wcow_status sparse_records(const pax_records *pax, const char **name, uint64_t *size,
                                        wcow_error *err);

/** The map of SPARSE_HEADER, and the file's size. */
WCOW_CHECKED wcow_status sparse_map_from_header(const tar_header *h, sparse_block_fn *next,
                                                void *context, sparse_map *out, uint64_t *size,
                                                wcow_error *err);
/** The map of SPARSE_RECORDS. */
WCOW_CHECKED wcow_status sparse_map_from_records(const pax_records *pax, sparse_map *out,
                                                 wcow_error *err);
/** The map of SPARSE_CONTENT: whole blocks of the content. */
WCOW_CHECKED wcow_status sparse_map_from_content(sparse_block_fn *next, void *context,
                                                 sparse_map *out, wcow_error *err);

/** Checks that the pieces are in order and within `size`. */
WCOW_CHECKED wcow_status sparse_map_check(const sparse_map *map, uint64_t size, wcow_error *err);

#endif
