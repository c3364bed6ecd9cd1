/* SPDX-License-Identifier: MIT */
/* Win32 backup streams, read. */
#include <stdlib.h>

#include "base/error.h"
#include "base/utf.h"
#include "layer/backup/backup_stream.h"
#include "layer/backup/bytes.h"

#define HEADER_SIZE 20u
#define OFFSET_SIZE 8u
/* ":" + 255 units + ":$DATA" is the longest that NTFS makes; anything beyond is not a stream. */
#define NAME_LIMIT 1024u

struct backup_reader {
    const byte_source *source;
    uint64_t left;
    backup_header header;
};

backup_reader *backup_reader_new(const byte_source *source)
{
    backup_reader *reader = calloc(1, sizeof(*reader));

    if (reader)
        reader->source = source;
    return reader;
}

void backup_reader_free(backup_reader *reader)
{
    if (!reader)
        return;
    free(reader->header.name);
    free(reader);
}

static wcow_status cut_off(wcow_error *err)
{
    return error_set(err, WCOW_CORRUPT, "the backup stream is cut off");
}

/* Reads exactly size bytes; *got == 0 if the source ended before the first. */
static wcow_status read_exactly(backup_reader *reader, unsigned char *out, size_t size, size_t *got,
                                wcow_error *err)
{
    size_t done = 0;

    while (done < size) {
        size_t n = 0;
        wcow_status status = source_read(reader->source, out + done, size - done, &n, err);

        if (status)
            return status;
        if (n == 0)
            break;
        done += n;
    }
    if (done > 0 && done < size)
        return cut_off(err);
    *got = done;
    return WCOW_OK;
}

static wcow_status read_name(backup_reader *reader, uint32_t size, wcow_error *err)
{
    unsigned char bytes[NAME_LIMIT];
    uint16_t name[NAME_LIMIT / 2];
    size_t got = 0;
    wcow_status status;

    if (size > NAME_LIMIT || size % 2 != 0)
        return error_set(err, WCOW_CORRUPT, "a stream's name of %u bytes", size);
    status = read_exactly(reader, bytes, size, &got, err);
    if (status)
        return status;
    if (got < size)
        return cut_off(err);
    for (size_t i = 0; i < size / 2; i++)
        name[i] = bytes_u16(bytes + 2 * i);
    reader->header.name = utf8_from_utf16(name, size / 2);
    return reader->header.name ? WCOW_OK : error_no_memory(err);
}

/* A sparse block's body starts with its offset in the file. */
static wcow_status read_offset(backup_reader *reader, wcow_error *err)
{
    unsigned char bytes[OFFSET_SIZE];
    size_t got = 0;
    wcow_status status;

    if (reader->header.size < OFFSET_SIZE)
        return error_set(err, WCOW_CORRUPT, "a sparse block without an offset");
    status = read_exactly(reader, bytes, sizeof(bytes), &got, err);
    if (status)
        return status;
    if (got == 0)
        return cut_off(err);
    reader->header.offset = bytes_u64(bytes);
    reader->header.size -= OFFSET_SIZE;
    if (reader->header.offset > INT64_MAX)
        return error_set(err, WCOW_CORRUPT, "a sparse block at a negative offset");
    return WCOW_OK;
}

static wcow_status skip(backup_reader *reader, wcow_error *err)
{
    char waste[4096];
    size_t got = 1;

    while (got > 0) {
        wcow_status status = backup_read(reader, waste, sizeof(waste), &got, err);

        if (status)
            return status;
    }
    return WCOW_OK;
}

wcow_status backup_next(backup_reader *reader, const backup_header **out, wcow_error *err)
{
    backup_header *header = &reader->header;
    unsigned char bytes[HEADER_SIZE];
    uint32_t name_size;
    size_t got = 0;
    wcow_status status = skip(reader, err);

    if (!status)
        status = read_exactly(reader, bytes, sizeof(bytes), &got, err);
    if (status)
        return status;
    free(header->name);
    *header = (backup_header){0};
    if (got == 0) {
        *out = NULL;
        return WCOW_OK;
    }

    header->id = bytes_u32(bytes);
    header->attributes = bytes_u32(bytes + 4);
    header->size = bytes_u64(bytes + 8);
    name_size = bytes_u32(bytes + 16);
    if (header->id < BACKUP_DATA || header->id > BACKUP_TXFS_DATA)
        return error_set(err, WCOW_CORRUPT, "an unknown backup stream (id %u)", header->id);
    if (header->size > INT64_MAX)
        return error_set(err, WCOW_CORRUPT, "a backup stream of a negative size");
    if (name_size > 0)
        status = read_name(reader, name_size, err);
    if (!status && header->id == BACKUP_SPARSE_BLOCK)
        status = read_offset(reader, err);
    if (status)
        return status;
    reader->left = header->size;
    *out = header;
    return WCOW_OK;
}

wcow_status backup_read(backup_reader *reader, void *buffer, size_t size, size_t *got,
                        wcow_error *err)
{
    wcow_status status;

    if (size > reader->left)
        size = (size_t)reader->left;
    if (size == 0) {
        *got = 0;
        return WCOW_OK;
    }
    status = source_read(reader->source, buffer, size, got, err);
    if (status)
        return status;
    if (*got == 0)
        return cut_off(err);
    reader->left -= *got;
    return WCOW_OK;
}
