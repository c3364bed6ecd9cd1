/* SPDX-License-Identifier: MIT */
/*
 * A streaming tar reader. Formats: POSIX.1-2001 pax (ustar + extended headers) and what GNU tar
 * adds (long names, base-256 numbers, access and change times in the header, sparse files).
 */
#include "layer/tar.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/utf.h"
#include "layer/tar_header.h"
#include "layer/tar_sparse.h"

#define BUFFER_SIZE (64u * 1024)
/* Of an extended header. Any Windows path (32767 units) is far shorter. */
#define HEADER_LIMIT PAX_HEADER_LIMIT
/* Of a sparse file, which costs the archive nothing: what the disk of a container can hold. */
#define SPARSE_LIMIT ((uint64_t)1 << 40)
/* Extended headers in a row before an entry; more only serve to waste time. */
#define EXTENSION_LIMIT 16

struct tar_reader {
    const byte_source *source;
    uint64_t left;    /* content of the current entry that is unread, as it is stored */
    uint64_t padding; /* after it, to the next block */
    bool is_sparse;   /* what is stored are the pieces of a larger file: */
    sparse_map map;
    size_t piece;      /* the one that is next or being read */
    uint64_t position; /* in the file */
    pax_records global;
    tar_entry entry;
    bool ended;
    size_t start, end; /* what is filled of the buffer */
    unsigned char buffer[BUFFER_SIZE];
};

/* What extended headers said about the entry that follows them. */
typedef struct extension {
    char *name, *link;
    pax_records pax;
} extension;

static void extension_clear(extension *e)
{
    free(e->name);
    free(e->link);
    pax_clear(&e->pax);
}

DEFINE_CLEANUP_VALUE(extension, extension, extension_clear)

static void entry_clear(tar_reader *reader)
{
    free(reader->entry.name);
    free(reader->entry.link);
    pax_clear(&reader->entry.pax);
    reader->entry = (tar_entry){0};
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
    reader->source = source;
    reader->left = 0;
    reader->padding = 0;
    reader->is_sparse = false;
    reader->map = (sparse_map)SPARSE_MAP_INIT;
    reader->piece = 0;
    reader->position = 0;
    reader->global = (pax_records)PAX_RECORDS_INIT;
    reader->entry = (tar_entry){0};
    reader->ended = false;
    reader->start = 0;
    reader->end = 0;
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

/* ---- bytes ---- */

/* Reads some bytes; those in the buffer first, large pieces past it. *got == 0 at the end. */
static wcow_status read_some(tar_reader *reader, void *out, size_t size, size_t *got,
                             wcow_error *err)
{
    size_t filled;
    wcow_status status;

    if (reader->start == reader->end) {
        if (size >= BUFFER_SIZE)
            return source_read(reader->source, out, size, got, err);
        status = source_read(reader->source, reader->buffer, BUFFER_SIZE, &filled, err);
        if (status)
            return status;
        reader->start = 0;
        reader->end = filled;
    }
    filled = reader->end - reader->start;
    if (size > filled)
        size = filled;
    memcpy(out, reader->buffer + reader->start, size);
    reader->start += size;
    *got = size;
    return WCOW_OK;
}

/* Reads exactly size bytes, or fewer at the end of the source. */
static wcow_status read_full(tar_reader *reader, void *out, size_t size, size_t *got,
                             wcow_error *err)
{
    size_t done = 0;

    while (done < size) {
        size_t n = 0;
        wcow_status status = read_some(reader, (char *)out + done, size - done, &n, err);

        if (status)
            return status;
        if (n == 0)
            break;
        done += n;
    }
    *got = done;
    return WCOW_OK;
}

static wcow_status cut_off(const tar_reader *reader, wcow_error *err)
{
    if (reader->entry.name)
        return error_set(err, WCOW_CORRUPT, "the archive ends within '%s'", reader->entry.name);
    return error_set(err, WCOW_CORRUPT, "the archive ends within a header");
}

static wcow_status skip(tar_reader *reader, uint64_t count, wcow_error *err)
{
    char waste[4096];

    while (count > 0) {
        size_t size = count < sizeof(waste) ? (size_t)count : sizeof(waste);
        size_t got = 0;
        wcow_status status = read_some(reader, waste, size, &got, err);

        if (status)
            return status;
        if (got == 0)
            return cut_off(reader, err);
        count -= got;
    }
    return WCOW_OK;
}

wcow_status tar_drain(tar_reader *reader, wcow_error *err)
{
    char waste[4096];
    size_t got = 1;

    while (got > 0) {
        wcow_status status = read_some(reader, waste, sizeof(waste), &got, err);

        if (status)
            return status;
    }
    reader->ended = true;
    return WCOW_OK;
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
    status = read_full(reader, bytes, (size_t)size, &got, err);
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
static wcow_status extend(tar_reader *reader, char type, uint64_t size, extension *e,
                          wcow_error *err)
{
    cleanup_free char *bytes = NULL;
    bool pax = type == 'x' || type == 'g';
    char **longer = type == 'L' ? &e->name : &e->link;
    wcow_status status;

    status = read_extension(reader, size, &bytes, err);
    if (status)
        return status;
    if (type == 'x') /* of two in a row the second counts */
        pax_clear(&e->pax);
    if (pax)
        return pax_parse(bytes, (size_t)size, type == 'x' ? &e->pax : &reader->global, err);
    free(*longer);
    *longer = TAKE(bytes);
    return WCOW_OK;
}

/* Reads one header block. *found is false at the end of the archive. */
static wcow_status read_header(tar_reader *reader, tar_header *h, bool *found, wcow_error *err)
{
    static const tar_header zeros;
    size_t got = 0;
    wcow_status status = read_full(reader, h, sizeof(*h), &got, err);

    if (status)
        return status;
    *found = false;
    /* Two blocks of zeros end an archive; tars without them, or with one, are met and harmless. */
    if (got == 0)
        return WCOW_OK;
    if (got < sizeof(*h))
        return error_set(err, WCOW_CORRUPT, "the archive ends within a header");
    if (memcmp(h, &zeros, sizeof(*h)) == 0) {
        status = read_full(reader, h, sizeof(*h), &got, err);
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

/* Links, directories and devices may tell a size, but have no content. */
static bool has_content(char type)
{
    return type < '1' || type > '6';
}

/* Checks a header's numbers, those of extended headers too, and takes the size, which says where
 * the next one is. */
static wcow_status begin_content(tar_reader *reader, const tar_header *h, wcow_error *err)
{
    tar_entry times = {0};
    int64_t size;

    if (!tar_number(h->size, sizeof(h->size), &size) || (size < 0 && has_content(h->type[0])))
        return error_set(err, WCOW_CORRUPT, "malformed size of '%.*s'", (int)sizeof(h->name),
                         h->name);
    if (!tar_header_times(h, &times))
        return error_set(err, WCOW_CORRUPT, "malformed time of '%.*s'", (int)sizeof(h->name),
                         h->name);
    if (!tar_header_is_sound(h))
        return error_set(err, WCOW_CORRUPT, "malformed mode, owner or device of '%.*s'",
                         (int)sizeof(h->name), h->name);
    reader->left = has_content(h->type[0]) ? (uint64_t)size : 0;
    reader->padding = (TAR_BLOCK_SIZE - reader->left % TAR_BLOCK_SIZE) % TAR_BLOCK_SIZE;
    return WCOW_OK;
}

static bool take_time(const pax_records *pax, const char *key, tar_time *out)
{
    const pax_record *record = pax_find(pax, key);

    return !record || pax_time_parse(record->value, out);
}

/* Times: the header's, where PAX has no better ones. */
static bool take_times(const tar_header *h, tar_entry *entry)
{
    return tar_header_times(h, entry) && take_time(&entry->pax, "mtime", &entry->write) &&
           take_time(&entry->pax, "atime", &entry->access) &&
           take_time(&entry->pax, "ctime", &entry->change);
}

/* A name or link target: GNU's, PAX's, the header's. */
static wcow_status take_text(const pax_records *pax, const char *key, const char *longer,
                             const char *plain, char **out, wcow_error *err)
{
    const pax_record *record = pax_find(pax, key);
    const char *chosen = record ? record->value : plain;
    char *mended;

    if (longer && *longer)
        chosen = longer;
    mended = utf8_mended(chosen, strlen(chosen));
    if (!mended)
        return error_no_memory(err);
    free(*out);
    *out = mended;
    return WCOW_OK;
}

static wcow_status take_names(const tar_header *h, const extension *e, tar_entry *entry,
                              wcow_error *err)
{
    cleanup_free char *name = tar_header_name(h);
    cleanup_free char *link = tar_field_text(h->link, sizeof(h->link));
    wcow_status status;

    if (!name || !link)
        return error_no_memory(err);
    status = take_text(&entry->pax, "path", e->name, name, &entry->name, err);
    if (status)
        return status;
    return take_text(&entry->pax, "linkpath", e->link, link, &entry->link, err);
}

/* "dir/" of old tars is a directory. */
static void settle_kind(tar_entry *entry, char type)
{
    size_t length = strlen(entry->name);

    entry->type = type == '\0' ? '0' : type;
    if (type == '\0' && length > 0 && entry->name[length - 1] == '/')
        entry->type = '5';
    entry->kind = tar_kind_of(entry->type);
}

static wcow_status take_size(tar_reader *reader, tar_entry *entry, wcow_error *err)
{
    const pax_record *record = pax_find(&entry->pax, "size");
    int64_t size = (int64_t)reader->left;

    if (record && (!pax_integer_parse(record->value, record->length, &size) || size < 0))
        return error_set(err, WCOW_CORRUPT, "malformed size of '%s'", entry->name);
    if (!has_content(entry->type))
        size = 0;
    reader->left = (uint64_t)size;
    reader->padding = (TAR_BLOCK_SIZE - (uint64_t)size % TAR_BLOCK_SIZE) % TAR_BLOCK_SIZE;
    entry->size = entry->kind == TAR_FILE ? reader->left : 0;
    return WCOW_OK;
}

/* Owners that nobody uses must be numbers nevertheless. */
static bool has_owner(const pax_records *pax)
{
    static const char *const keys[] = {"uid", "gid"};
    int64_t number;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const pax_record *record = pax_find(pax, keys[i]);

        if (record && !pax_integer_parse(record->value, record->length, &number))
            return false;
    }
    return true;
}

/* ---- sparse files ---- */

static wcow_status next_archive_block(void *context, void *block, wcow_error *err)
{
    tar_reader *reader = context;
    size_t got = 0;
    wcow_status status = read_full(reader, block, TAR_BLOCK_SIZE, &got, err);

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
        status = take_text(&entry->pax, "", name, entry->name, &entry->name, err);
    if (!status)
        status = read_map(reader, h, form, &size, err);
    if (!status)
        status = sparse_map_check(&reader->map, size, err);
    if (status)
        return status;
    for (size_t i = 0; i < reader->map.count; i++)
        stored += reader->map.items[i].length;
    if (!has_content(entry->type) || stored != reader->left)
        return error_set(err, WCOW_CORRUPT, "the map of a sparse file does not fit its content");
    if (size > SPARSE_LIMIT)
        return error_set(err, WCOW_CORRUPT, "a sparse file of %llu bytes is too large",
                         (unsigned long long)size);
    reader->is_sparse = true;
    entry->size = entry->kind == TAR_FILE ? size : 0;
    return WCOW_OK;
}

/* Makes the entry of its header and the extended headers before it. */
static wcow_status make_entry(tar_reader *reader, const tar_header *h, extension *e,
                              wcow_error *err)
{
    tar_entry *entry = &reader->entry;
    sparse_form form;
    wcow_status status;

    entry->pax = e->pax;
    e->pax = (pax_records)PAX_RECORDS_INIT;
    form = sparse_form_of(h->type[0], &entry->pax);
    if (!pax_inherit(&entry->pax, &reader->global))
        return error_no_memory(err);
    status = take_names(h, e, entry, err);
    if (status)
        return status;
    settle_kind(entry, h->type[0]);
    if (!take_times(h, entry))
        return error_set(err, WCOW_CORRUPT, "malformed time of '%s'", entry->name);
    if (!has_owner(&entry->pax))
        return error_set(err, WCOW_CORRUPT, "malformed owner of '%s'", entry->name);
    status = take_size(reader, entry, err);
    if (status || form == SPARSE_NONE)
        return status;
    status = take_sparse(reader, h, form, err);
    return status ? error_wrap(err, status, "'%s'", entry->name) : WCOW_OK;
}

/* Whether the header belongs to the entry after it. */
static bool is_extension(char type)
{
    return type == 'x' || type == 'g' || type == 'L' || type == 'K';
}

wcow_status tar_next(tar_reader *reader, const tar_entry **out, wcow_error *err)
{
    CLEANUP(extension) extension e = {0};
    tar_header h;
    bool found = false;

    for (int headers = 0; !reader->ended; headers++) {
        wcow_status status = skip(reader, reader->left, err);

        if (!status)
            status = skip(reader, reader->padding, err);
        if (status)
            return status;
        reader->left = 0;
        reader->padding = 0;
        entry_clear(reader);

        status = read_header(reader, &h, &found, err);
        if (!status && found)
            status = begin_content(reader, &h, err);
        if (status)
            return status;
        if (!found)
            break;
        if (!is_extension(h.type[0])) {
            status = make_entry(reader, &h, &e, err);
            if (!status)
                *out = &reader->entry;
            return status;
        }
        if (headers == EXTENSION_LIMIT)
            return error_set(err, WCOW_CORRUPT, "too many extended headers before an entry");
        status = extend(reader, h.type[0], reader->left, &e, err);
        if (status)
            return status;
    }
    if (e.name || e.link || e.pax.count)
        return error_set(err, WCOW_CORRUPT, "the archive ends after an extended header");
    reader->ended = true;
    *out = NULL;
    return WCOW_OK;
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
    status = read_some(reader, buffer, size, got, err);
    if (status)
        return status;
    if (*got == 0)
        return cut_off(reader, err);
    reader->left -= *got;
    reader->position += *got;
    return WCOW_OK;
}
