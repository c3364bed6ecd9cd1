/* SPDX-License-Identifier: MIT */
/*
 * A streaming tar reader. Formats: POSIX.1-2001 pax (ustar + extended headers) and what GNU tar
 * adds (long names, base-256 numbers, access and change times in the header).
 */
#include "layer/tar.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/utf.h"
#include "layer/tar_header.h"

#define BUFFER_SIZE (64u * 1024)
/* Longer than any Windows path in UTF-8 (32767 units), and all that GNU long names may take. */
#define LONG_NAME_LIMIT ((size_t)1 << 17)
/* Extended headers in a row before an entry; more only serve to waste time. */
#define EXTENSION_LIMIT 16

struct tar_reader {
    const byte_source *source;
    uint64_t left;    /* content of the current entry that is unread */
    uint64_t padding; /* after it, to the next block */
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

static void entry_clear(tar_entry *entry)
{
    free(entry->name);
    free(entry->link);
    pax_clear(&entry->pax);
    *entry = (tar_entry){0};
}

tar_reader *tar_reader_new(const byte_source *source)
{
    tar_reader *reader = malloc(sizeof(*reader));

    if (!reader)
        return NULL;
    reader->source = source;
    reader->left = 0;
    reader->padding = 0;
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
    entry_clear(&reader->entry);
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
static wcow_status read_extension(tar_reader *reader, uint64_t size, size_t limit, char **out,
                                  wcow_error *err)
{
    cleanup_free char *bytes = NULL;
    size_t got = 0;
    wcow_status status;

    if (size > limit)
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

    status = read_extension(reader, size, pax ? PAX_HEADER_LIMIT : LONG_NAME_LIMIT, &bytes, err);
    if (status)
        return status;
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

/* The size in the header, which says where the next one is. */
static wcow_status begin_content(tar_reader *reader, const tar_header *h, wcow_error *err)
{
    int64_t size;

    if (!tar_number(h->size, sizeof(h->size), &size) || size < 0)
        return error_set(err, WCOW_CORRUPT, "malformed size of '%.*s'", (int)sizeof(h->name),
                         h->name);
    reader->left = (uint64_t)size;
    reader->padding = (TAR_BLOCK_SIZE - (uint64_t)size % TAR_BLOCK_SIZE) % TAR_BLOCK_SIZE;
    return WCOW_OK;
}

static bool take_time(const pax_records *pax, const char *key, tar_time *out)
{
    const pax_record *record = pax_find(pax, key);

    return !record || pax_time_parse(record->value, out);
}

static bool header_time(const char *field, tar_time *out)
{
    int64_t seconds;

    if (!tar_number(field, sizeof(((tar_header *)0)->mtime), &seconds))
        return false;
    *out = (tar_time){true, seconds, 0};
    return true;
}

/* Times: the header's, where PAX has no better ones. */
static bool take_times(const tar_header *h, tar_entry *entry)
{
    const char *access = h->prefix + GNU_ACCESS_TIME;
    const char *change = h->prefix + GNU_CHANGE_TIME;

    if (!header_time(h->mtime, &entry->write))
        return false;
    if (tar_is_gnu(h) && *access && !header_time(access, &entry->access))
        return false;
    if (tar_is_gnu(h) && *change && !header_time(change, &entry->change))
        return false;
    return take_time(&entry->pax, "mtime", &entry->write) &&
           take_time(&entry->pax, "atime", &entry->access) &&
           take_time(&entry->pax, "ctime", &entry->change);
}

/* A name or link target: PAX's, GNU's, the header's. */
static wcow_status take_text(const pax_records *pax, const char *key, char **longer, char *plain,
                             char **out, wcow_error *err)
{
    cleanup_free char *chosen = plain;
    const pax_record *record = pax_find(pax, key);

    if (record) {
        if (strlen(record->value) != record->length)
            return error_set(err, WCOW_CORRUPT, "a NUL within a name");
        free(chosen);
        chosen = text_copy(record->value);
    } else if (*longer) {
        free(chosen);
        chosen = TAKE(*longer);
    }
    if (!chosen)
        return error_no_memory(err);
    if (!utf8_valid(chosen, strlen(chosen)))
        return error_set(err, WCOW_CORRUPT, "the name '%s' is not UTF-8", chosen);
    *out = TAKE(chosen);
    return WCOW_OK;
}

/* "dir/" of old tars is a directory, whatever its type says. */
static void settle_kind(tar_entry *entry, char type)
{
    size_t length = strlen(entry->name);

    entry->type = type == '\0' ? '0' : type;
    entry->kind = tar_kind_of(entry->type);
    if (length > 1 && entry->name[length - 1] == '/') {
        while (length > 1 && entry->name[length - 1] == '/')
            entry->name[--length] = '\0';
        if (type == '\0')
            entry->kind = TAR_DIRECTORY;
    }
}

static wcow_status take_size(tar_reader *reader, tar_entry *entry, wcow_error *err)
{
    const pax_record *record = pax_find(&entry->pax, "size");
    uint64_t size = reader->left;

    if (record && !pax_number_parse(record->value, INT64_MAX, &size))
        return error_set(err, WCOW_CORRUPT, "malformed size of '%s'", entry->name);
    /* Links and directories may tell a size, but have no content (as every tar reads them). */
    if (entry->kind != TAR_FILE && entry->kind != TAR_OTHER)
        size = 0;
    entry->size = size;
    reader->left = size;
    reader->padding = (TAR_BLOCK_SIZE - size % TAR_BLOCK_SIZE) % TAR_BLOCK_SIZE;
    return WCOW_OK;
}

/* Its contents would be a map of the file's pieces and the pieces. Nothing makes Windows layers so.
 */
static bool is_sparse(const tar_entry *entry)
{
    for (size_t i = 0; i < entry->pax.count; i++) {
        if (text_starts_with(entry->pax.items[i].key, "GNU.sparse."))
            return true;
    }
    return entry->type == 'S';
}

/* Makes the entry of its header and the extended headers before it. */
static wcow_status make_entry(tar_reader *reader, const tar_header *h, extension *e,
                              wcow_error *err)
{
    tar_entry *entry = &reader->entry;
    wcow_status status;

    entry->pax = e->pax;
    e->pax = (pax_records)PAX_RECORDS_INIT;
    if (!pax_inherit(&entry->pax, &reader->global))
        return error_no_memory(err);

    status = take_text(&entry->pax, "path", &e->name, tar_header_name(h), &entry->name, err);
    if (status)
        return status;
    status = take_text(&entry->pax, "linkpath", &e->link, tar_field_text(h->link, sizeof(h->link)),
                       &entry->link, err);
    if (status)
        return error_wrap(err, status, "'%s'", entry->name);
    settle_kind(entry, h->type[0]);
    if (is_sparse(entry))
        return error_set(err, WCOW_UNSUPPORTED, "'%s' is stored as a sparse file of GNU tar",
                         entry->name);
    if (!take_times(h, entry))
        return error_set(err, WCOW_CORRUPT, "malformed time of '%s'", entry->name);
    return take_size(reader, entry, err);
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
        entry_clear(&reader->entry);

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

wcow_status tar_read(tar_reader *reader, void *buffer, size_t size, size_t *got, wcow_error *err)
{
    wcow_status status;

    if (size > reader->left)
        size = (size_t)reader->left;
    if (size == 0) {
        *got = 0;
        return WCOW_OK;
    }
    status = read_some(reader, buffer, size, got, err);
    if (status)
        return status;
    if (*got == 0)
        return cut_off(reader, err);
    reader->left -= *got;
    return WCOW_OK;
}
