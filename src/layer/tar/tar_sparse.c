/* SPDX-License-Identifier: MIT */
/* The maps of GNU tar's sparse files. */
#include "layer/tar/tar_sparse.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define MAP_LIMIT     ((size_t)1 << 20) /* bytes of a map, as it stands in the archive */
#define HEADER_PIECES 4u
#define BLOCK_PIECES  21u
#define PIECE_SIZE    (2 * TAR_NUMBER_SIZE)
#define BLOCK_FOLLOW  (BLOCK_PIECES * PIECE_SIZE) /* whether another block follows */
#define NUMBER_LIMIT  24u                         /* characters of a number in a map */

void sparse_map_free(sparse_map *map)
{
    free(map->items);
    *map = (sparse_map)SPARSE_MAP_INIT;
}

static wcow_status malformed(wcow_error *err)
{
    return error_set(err, WCOW_CORRUPT, "the map of a sparse file is malformed");
}

static wcow_status add_piece(sparse_map *map, int64_t offset, int64_t length, wcow_error *err)
{
    if (offset < 0 || length < 0)
        return malformed(err);
    if (map->count == map->capacity) {
        size_t capacity = map->capacity ? map->capacity * 2 : 16;
        sparse_piece *items = realloc(map->items, capacity * sizeof(*items));

        if (!items)
            return error_no_memory(err);
        map->items = items;
        map->capacity = capacity;
    }
    map->items[map->count++] = (sparse_piece){(uint64_t)offset, (uint64_t)length};
    return WCOW_OK;
}

wcow_status sparse_map_check(const sparse_map *map, uint64_t size, wcow_error *err)
{
    uint64_t end = 0;

    for (size_t i = 0; i < map->count; i++) {
        const sparse_piece *piece = &map->items[i];

        if (piece->offset < end || piece->offset > size || piece->length > size - piece->offset)
            return malformed(err);
        end = piece->offset + piece->length;
    }
    return WCOW_OK;
}

/* ---- which form it is ---- */

static bool says(const pax_records *pax, const char *key, const char *value)
{
    const pax_record *record = pax_find(pax, key);

    return text_equal(record ? record->value : "", value);
}

sparse_form sparse_form_of(char type, const pax_records *pax)
{
    static const char major[] = "GNU.sparse.major";
    static const char minor[] = "GNU.sparse.minor";

    if (type == 'S')
        return SPARSE_HEADER;
    if (says(pax, major, "1") && says(pax, minor, "0"))
        return SPARSE_CONTENT;
    if (says(pax, major, "0") && (says(pax, minor, "0") || says(pax, minor, "1")))
        return SPARSE_RECORDS;
    /* The first two versions did not tell theirs. A version that nobody knows is a plain file. */
    if (says(pax, major, "") && says(pax, minor, "") && pax_find(pax, PAX_SPARSE_MAP))
        return SPARSE_RECORDS;
    return SPARSE_NONE;
}

wcow_status sparse_records(const pax_records *pax, const char **name, uint64_t *size,
                           wcow_error *err)
{
    const pax_record *record = pax_find(pax, "GNU.sparse.name");
    int64_t number;

    *name = record ? record->value : NULL;
    record = pax_find(pax, "GNU.sparse.size");
    if (!record)
        record = pax_find(pax, "GNU.sparse.realsize");
    if (!record)
        return WCOW_OK;
    if (!pax_integer_parse(record->value, record->length, &number) || number < 0)
        return error_set(err, WCOW_CORRUPT, "the size of a sparse file is malformed");
    *size = (uint64_t)number;
    return WCOW_OK;
}

/* ---- in the header ---- */

/* Pieces until one that begins with a NUL. */
static wcow_status add_pieces(const char *fields, size_t count, sparse_map *out, wcow_error *err)
{
    for (size_t i = 0; i < count && fields[i * PIECE_SIZE]; i++) {
        const char *field = fields + i * PIECE_SIZE;
        int64_t offset;
        int64_t length;
        wcow_status status;

        if (!tar_number(field, TAR_NUMBER_SIZE, &offset) ||
            !tar_number(field + TAR_NUMBER_SIZE, TAR_NUMBER_SIZE, &length))
            return malformed(err);
        status = add_piece(out, offset, length, err);
        if (status)
            return status;
    }
    return WCOW_OK;
}

wcow_status sparse_map_from_header(const tar_header *h, sparse_block_fn *next, void *context,
                                   sparse_map *out, uint64_t *size, wcow_error *err)
{
    const char *header = (const char *)h;
    bool more = header[GNU_SPARSE_FOLLOW] != 0;
    int64_t real_size;
    wcow_status status;

    if (tar_format_of(h) != TAR_FORMAT_GNU ||
        !tar_number(header + GNU_REAL_SIZE, TAR_NUMBER_SIZE, &real_size) || real_size < 0)
        return malformed(err);
    status = add_pieces(header + GNU_SPARSE, HEADER_PIECES, out, err);
    for (size_t total = TAR_BLOCK_SIZE; !status && more; total += TAR_BLOCK_SIZE) {
        char block[TAR_BLOCK_SIZE];

        if (total > MAP_LIMIT)
            return error_set(err, WCOW_CORRUPT, "the map of a sparse file is too long");
        status = next(context, block, err);
        if (!status)
            status = add_pieces(block, BLOCK_PIECES, out, err);
        more = !status && block[BLOCK_FOLLOW] != 0;
    }
    *size = (uint64_t)real_size;
    return status;
}

/* ---- in the records ---- */

wcow_status sparse_map_from_records(const pax_records *pax, sparse_map *out, wcow_error *err)
{
    const pax_record *count = pax_find(pax, "GNU.sparse.numblocks");
    const pax_record *map = pax_find(pax, PAX_SPARSE_MAP);
    const char *at = map ? map->value : "";
    int64_t expected;
    wcow_status status = WCOW_OK;

    if (!count || !pax_integer_parse(count->value, count->length, &expected) || expected < 0)
        return malformed(err);
    while (*at && !status) {
        size_t first = strcspn(at, ",");
        size_t second = at[first] ? strcspn(at + first + 1, ",") : 0;
        const char *end = at + first + 1 + second;
        int64_t offset;
        int64_t length;

        if (!pax_integer_parse(at, first, &offset) || !second ||
            !pax_integer_parse(at + first + 1, second, &length) || (*end == ',' && !end[1]))
            return malformed(err);
        status = add_piece(out, offset, length, err);
        at = end + (*end == ',');
    }
    if (!status && out->count != (uint64_t)expected)
        return malformed(err);
    return status;
}

/* ---- before the content ---- */

/* The blocks of a map, read one by one: never more than its last number takes. */
typedef struct map_text {
    sparse_block_fn *next;
    void *context;
    size_t total, at; /* bytes read, and where in the last block */
    char block[TAR_BLOCK_SIZE];
} map_text;

static wcow_status next_number(map_text *map, int64_t *out, wcow_error *err)
{
    char digits[NUMBER_LIMIT];
    size_t length = 0;

    for (;;) {
        char c;

        if (map->at == TAR_BLOCK_SIZE) {
            wcow_status status;

            if (map->total >= MAP_LIMIT)
                return error_set(err, WCOW_CORRUPT, "the map of a sparse file is too long");
            status = map->next(map->context, map->block, err);
            if (status)
                return status;
            map->total += TAR_BLOCK_SIZE;
            map->at = 0;
        }
        c = map->block[map->at++];
        if (c == '\n')
            break;
        if (length == sizeof(digits))
            return malformed(err);
        digits[length++] = c;
    }
    return pax_integer_parse(digits, length, out) ? WCOW_OK : malformed(err);
}

wcow_status sparse_map_from_content(sparse_block_fn *next, void *context, sparse_map *out,
                                    wcow_error *err)
{
    map_text map = {.next = next, .context = context, .at = TAR_BLOCK_SIZE};
    int64_t count = 0;
    wcow_status status = next_number(&map, &count, err);

    if (!status && count < 0)
        return malformed(err);
    for (int64_t i = 0; i < count && !status; i++) {
        int64_t offset = 0;
        int64_t length = 0;

        status = next_number(&map, &offset, err);
        if (!status)
            status = next_number(&map, &length, err);
        if (!status)
            status = add_piece(out, offset, length, err);
    }
    return status;
}
