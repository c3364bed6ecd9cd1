/* SPDX-License-Identifier: MIT */
/*
 * A streaming tar reader. Formats: POSIX.1-2001 pax (ustar + extended headers) and what GNU tar
 * adds (long names, base-256 numbers, access and change times in the header, sparse files).
 */
#include "layer/tar/tar.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "layer/tar/tar_entry.h"
#include "layer/tar/tar_header.h"
#include "layer/tar/tar_input.h"
#include "layer/tar/tar_sparse.h"

/* Of an extended header. Any Windows path (32767 units) is far shorter. */
#define HEADER_LIMIT PAX_HEADER_LIMIT
/* Of a sparse file, which costs the archive nothing: what the disk of a container can hold. */
#define SPARSE_LIMIT ((uint64_t)1 << 40)
/* Extended headers in a row before an entry; more only serve to waste time. */
#define EXTENSION_LIMIT 16

struct tar_reader {
    uint64_t left;    /* content of the current entry that is unread, as it is stored */
    uint64_t padding; /* after it, to the next block */
    bool is_sparse;   /* what is stored are the pieces of a larger file: */
    sparse_map map;
    size_t piece;      /* the one that is next or being read */
    uint64_t position; /* in the file */
    pax_records global;
    tar_entry entry;
    bool ended;
    uint64_t last; /* where the entries end, as far as they are read */
    tar_input input;
};

static void entry_clear(tar_reader *reader)
{
    tar_entry_clear(&reader->entry);
    sparse_map_free(&reader->map);
    reader->is_sparse = false;
    reader->piece = 0;
    reader->position = 0;
}

tar_reader *tar_reader_new(const byte_source *source)
{
    tar_reader *reader = malloc(sizeof(*reader));

    if (!reader)
        return NULL;
    reader->left = 0;
    reader->padding = 0;
    reader->is_sparse = false;
    reader->map = (sparse_map)SPARSE_MAP_INIT;
    reader->piece = 0;
    reader->position = 0;
    reader->global = (pax_records)PAX_RECORDS_INIT;
    reader->entry = (tar_entry){0};
    reader->ended = false;
    reader->last = 0;
    tar_input_init(&reader->input, source);
    return reader;
}

void tar_reader_free(tar_reader *reader)
{
    if (!reader)
        return;
    entry_clear(reader);
    pax_clear(&reader->global);
    free(reader);
}

static wcow_status cut_off(const tar_reader *reader, wcow_error *err)
{
    if (reader->entry.name)
        return error_set(err, WCOW_CORRUPT, "the archive ends within '%s'", reader->entry.name);
    return error_set(err, WCOW_CORRUPT, "the archive ends within a header");
}

/* On to the next header. */
static wcow_status skip_rest(tar_reader *reader, wcow_error *err)
{
    wcow_status status = tar_input_skip(&reader->input, &reader->left, err);

    if (!status && reader->left == 0)
        status = tar_input_skip(&reader->input, &reader->padding, err);
    if (status)
        return status;
    return reader->left > 0 || reader->padding > 0 ? cut_off(reader, err) : WCOW_OK;
}

wcow_status tar_drain_within(tar_reader *reader, uint64_t most, wcow_error *err)
{
    char waste[4096];
    size_t got = 1;

    while (got > 0) {
        wcow_status status = tar_input_some(&reader->input, waste, sizeof(waste), &got, err);

        if (status)
            return status;
        if (got > most)
            return error_set(err, WCOW_CORRUPT, "the archive goes on after its end");
        most -= got;
    }
    reader->ended = true;
    return WCOW_OK;
}

wcow_status tar_drain(tar_reader *reader, wcow_error *err)
{
    return tar_drain_within(reader, UINT64_MAX, err);
}

/* ---- headers ---- */

/* Reads the content of an extended header. */
static wcow_status read_extension(tar_reader *reader, uint64_t size, char **out, wcow_error *err)
{
    cleanup_free char *bytes = NULL;
    size_t got = 0;
    wcow_status status;

    if (size > HEADER_LIMIT)
        return error_set(err, WCOW_CORRUPT, "an extended header of %llu bytes is too long",
                         (unsigned long long)size);
    bytes = malloc((size_t)size + 1);
    if (!bytes)
        return error_no_memory(err);
    status = tar_input_full(&reader->input, bytes, (size_t)size, &got, err);
    if (status)
        return status;
    if (got < size)
        return cut_off(reader, err);
    bytes[size] = '\0';
    reader->left = 0;
    *out = TAKE(bytes);
    return WCOW_OK;
}

/* Takes an extended header in. */
static wcow_status extend(tar_reader *reader, char type, tar_extension *e, wcow_error *err)
{
    size_t size = (size_t)reader->left;
    char *bytes = NULL;
    wcow_status status = read_extension(reader, reader->left, &bytes, err);

    return status ? status : tar_extension_add(e, type, bytes, size, &reader->global, err);
}

/* Reads one header block. *found is false at the end of the archive. */
static wcow_status read_header(tar_reader *reader, tar_header *h, bool *found, wcow_error *err)
{
    static const tar_header zeros;
    size_t got = 0;
    wcow_status status = tar_input_full(&reader->input, h, sizeof(*h), &got, err);

    if (status)
        return status;
    *found = false;
    /* Two blocks of zeros end an archive; tars without them, or with one, are met and harmless. */
    if (got == 0)
        return WCOW_OK;
    if (got < sizeof(*h))
        return error_set(err, WCOW_CORRUPT, "the archive ends within a header");
    if (memcmp(h, &zeros, sizeof(*h)) == 0) {
        status = tar_input_full(&reader->input, h, sizeof(*h), &got, err);
        if (status)
            return status;
        if (got == 0 || (got == sizeof(*h) && memcmp(h, &zeros, sizeof(*h)) == 0))
            return WCOW_OK;
        return error_set(err, WCOW_CORRUPT, "the archive goes on after a block of zeros");
    }
    if (!tar_checksum_fits(h))
        return error_set(err, WCOW_CORRUPT, "a tar header's checksum is wrong");
    *found = true;
    return WCOW_OK;
}

static uint64_t padding_of(uint64_t size)
{
    return (TAR_BLOCK_SIZE - size % TAR_BLOCK_SIZE) % TAR_BLOCK_SIZE;
}

/* Checks a header's numbers, those of extended headers too, and takes the size, which says where
 * the next one is. */
static wcow_status begin_content(tar_reader *reader, const tar_header *h, wcow_error *err)
{
    tar_entry times = {0};
    int64_t size;

    if (!tar_number(h->size, sizeof(h->size), &size) || (size < 0 && tar_has_content(h->type[0])))
        return error_set(err, WCOW_CORRUPT, "malformed size of '%.*s'", (int)sizeof(h->name),
                         h->name);
    if (!tar_header_times(h, &times))
        return error_set(err, WCOW_CORRUPT, "malformed time of '%.*s'", (int)sizeof(h->name),
                         h->name);
    if (!tar_header_is_sound(h))
        return error_set(err, WCOW_CORRUPT, "malformed mode, owner or device of '%.*s'",
                         (int)sizeof(h->name), h->name);
    reader->left = tar_has_content(h->type[0]) ? (uint64_t)size : 0;
    reader->padding = padding_of(reader->left);
    return WCOW_OK;
}

/* ---- sparse files ---- */

static wcow_status next_archive_block(void *context, void *block, wcow_error *err)
{
    tar_reader *reader = context;
    size_t got = 0;
    wcow_status status = tar_input_full(&reader->input, block, TAR_BLOCK_SIZE, &got, err);

    if (!status && got < TAR_BLOCK_SIZE)
        return cut_off(reader, err);
    return status;
}

static wcow_status next_content_block(void *context, void *block, wcow_error *err)
{
    tar_reader *reader = context;

    if (reader->left < TAR_BLOCK_SIZE)
        return error_set(err, WCOW_CORRUPT, "the map of a sparse file is cut off");
    reader->left -= TAR_BLOCK_SIZE;
    return next_archive_block(reader, block, err);
}

static wcow_status read_map(tar_reader *reader, const tar_header *h, sparse_form form,
                            uint64_t *size, wcow_error *err)
{
    switch (form) {
    case SPARSE_HEADER:
        return sparse_map_from_header(h, next_archive_block, reader, &reader->map, size, err);
    case SPARSE_RECORDS:
        return sparse_map_from_records(&reader->entry.pax, &reader->map, err);
    default:
        return sparse_map_from_content(next_content_block, reader, &reader->map, err);
    }
}

/* Makes the entry the file that is stored in pieces. */
static wcow_status take_sparse(tar_reader *reader, const tar_header *h, sparse_form form,
                               wcow_error *err)
{
    tar_entry *entry = &reader->entry;
    const char *name = NULL;
    uint64_t size = reader->left;
    uint64_t stored = 0;
    wcow_status status = WCOW_OK;

    if (form != SPARSE_HEADER)
        status = sparse_records(&entry->pax, &name, &size, err);
    if (!status && name)
        status = tar_entry_text(name, &entry->name, err);
    if (!status)
        status = read_map(reader, h, form, &size, err);
    if (!status)
        status = sparse_map_check(&reader->map, size, err);
    if (status)
        return status;
    for (size_t i = 0; i < reader->map.count; i++)
        stored += reader->map.items[i].length;
    if (!tar_has_content(entry->type) || stored != reader->left)
        return error_set(err, WCOW_CORRUPT, "the map of a sparse file does not fit its content");
    if (size > SPARSE_LIMIT)
        return error_set(err, WCOW_CORRUPT, "a sparse file of %llu bytes is too large",
                         (unsigned long long)size);
    reader->is_sparse = true;
    entry->size = entry->kind == TAR_FILE ? size : 0;
    return WCOW_OK;
}

/* Makes the entry of its header and the extended headers before it. */
static wcow_status make_entry(tar_reader *reader, const tar_header *h, tar_extension *e,
                              wcow_error *err)
{
    sparse_form form = sparse_form_of(h->type[0], &e->pax);
    wcow_status status = tar_entry_make(h, e, &reader->global, &reader->left, &reader->entry, err);

    if (status)
        return status;
    reader->padding = padding_of(reader->left);
    if (form == SPARSE_NONE)
        return WCOW_OK;
    status = take_sparse(reader, h, form, err);
    return status ? error_wrap(err, status, "'%s'", reader->entry.name) : WCOW_OK;
}

wcow_status tar_next(tar_reader *reader, const tar_entry **out, wcow_error *err)
{
    CLEANUP(tar_extension) tar_extension e = {0};
    tar_header h;
    bool found = false;

    for (int headers = 0; !reader->ended; headers++) {
        wcow_status status = skip_rest(reader, err);

        if (status)
            return status;
        entry_clear(reader);
        reader->last = reader->input.given;

        status = read_header(reader, &h, &found, err);
        if (!status && found)
            status = begin_content(reader, &h, err);
        if (status)
            return status;
        if (!found)
            break;
        if (!tar_is_extension(h.type[0])) {
            status = make_entry(reader, &h, &e, err);
            if (!status)
                *out = &reader->entry;
            return status;
        }
        if (headers == EXTENSION_LIMIT)
            return error_set(err, WCOW_CORRUPT, "too many extended headers before an entry");
        status = extend(reader, h.type[0], &e, err);
        if (status)
            return status;
    }
    if (e.name || e.link || e.pax.count)
        return error_set(err, WCOW_CORRUPT, "the archive ends after an extended header");
    reader->ended = true;
    *out = NULL;
    return WCOW_OK;
}

uint64_t tar_position(const tar_reader *reader)
{
    return reader->last;
}

bool tar_is_cut(const tar_reader *reader)
{
    return reader->input.given == reader->last;
}

/* How much of the sparse file comes before the next border between data and hole. */
static uint64_t until_border(tar_reader *reader, bool *hole)
{
    const sparse_map *map = &reader->map;

    for (; reader->piece < map->count; reader->piece++) {
        const sparse_piece *piece = &map->items[reader->piece];

        *hole = reader->position < piece->offset;
        if (*hole)
            return piece->offset - reader->position;
        if (reader->position < piece->offset + piece->length)
            return piece->offset + piece->length - reader->position;
    }
    *hole = true;
    return reader->entry.size - reader->position;
}

wcow_status tar_read(tar_reader *reader, void *buffer, size_t size, size_t *got, wcow_error *err)
{
    bool hole = false;
    uint64_t most = reader->is_sparse ? until_border(reader, &hole) : reader->left;
    wcow_status status;

    if (size > most)
        size = (size_t)most;
    if (hole)
        memset(buffer, 0, size);
    if (size == 0 || hole || reader->entry.kind != TAR_FILE) {
        *got = reader->entry.kind == TAR_FILE ? size : 0;
        reader->position += *got;
        return WCOW_OK;
    }
    status = tar_input_some(&reader->input, buffer, size, got, err);
    if (status)
        return status;
    if (*got == 0)
        return cut_off(reader, err);
    reader->left -= *got;
    reader->position += *got;
    return WCOW_OK;
}
