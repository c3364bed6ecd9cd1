/* SPDX-License-Identifier: MIT */
/* A layer tar, entry by entry, into a writer. */
#include "layer/unpack.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "layer/backup_stream.h"
#include "layer/entry.h"
#include "layer/tar.h"

#define BUFFER_SIZE (128u * 1024)

typedef struct unpacker {
    tar_reader *tar;
    const tar_entry *entry; /* the one at hand; NULL at the end */
    layer_writer *writer;
    layer_totals totals;
    size_t filled; /* of the buffer, which gathers headers and contents of small files */
    char buffer[BUFFER_SIZE];
} unpacker;

static wcow_status flush(unpacker *u, wcow_error *err)
{
    size_t filled = u->filled;

    u->filled = 0;
    return filled ? u->writer->write(u->writer, u->buffer, filled, err) : WCOW_OK;
}

static wcow_status put(unpacker *u, const char *bytes, size_t size, wcow_error *err)
{
    while (size > 0) {
        size_t room = BUFFER_SIZE - u->filled;
        size_t piece = size < room ? size : room;

        memcpy(u->buffer + u->filled, bytes, piece);
        u->filled += piece;
        bytes += piece;
        size -= piece;
        if (u->filled == BUFFER_SIZE) {
            wcow_status status = flush(u, err);

            if (status)
                return status;
        }
    }
    return WCOW_OK;
}

/* The contents of the tar entry at hand. */
static wcow_status copy_contents(unpacker *u, wcow_error *err)
{
    for (;;) {
        size_t got = 0;
        wcow_status status =
            tar_read(u->tar, u->buffer + u->filled, BUFFER_SIZE - u->filled, &got, err);

        if (status || got == 0)
            return status;
        u->filled += got;
        if (u->filled == BUFFER_SIZE) {
            status = flush(u, err);
            if (status)
                return status;
        }
    }
}

/* Whether the entry at hand is an alternate stream of the file of that (raw) name. */
static const char *stream_of(const unpacker *u, const char *name)
{
    size_t length = strlen(name);

    if (!u->entry || u->entry->kind != TAR_FILE || strncmp(u->entry->name, name, length) != 0 ||
        u->entry->name[length] != ':')
        return NULL;
    return u->entry->name + length + 1;
}

static wcow_status next(unpacker *u, wcow_error *err)
{
    wcow_status status = tar_next(u->tar, &u->entry, err);

    if (!status && u->entry)
        u->totals.files++;
    return status;
}

/* The alternate streams that follow a file belong to it. */
static wcow_status copy_streams(unpacker *u, const char *name, wcow_error *err)
{
    const char *stream;

    while ((stream = stream_of(u, name)) != NULL) {
        cleanup_text text header = TEXT_INIT;
        wcow_status status = layer_stream_name(stream, err);

        if (!status)
            status = backup_encode_alternate(stream, u->entry->size, &header, err);
        if (!status)
            status = put(u, header.data, header.length, err);
        if (!status)
            status = copy_contents(u, err);
        if (status)
            return error_wrap(err, status, "stream '%s'", stream);
        status = next(u, err);
        if (status)
            return status;
    }
    return WCOW_OK;
}

/* Attributes and tar type must agree about what is a folder. */
static wcow_status check_kind(const tar_entry *entry, const basic_info *info, wcow_error *err)
{
    bool folder = (info->attributes & FILE_ATTRIBUTE_DIRECTORY_BIT) != 0;

    if (entry->kind == TAR_OTHER)
        return error_set(err, WCOW_CORRUPT, "a Windows layer cannot hold this kind of entry ('%c')",
                         entry->type);
    if ((entry->kind == TAR_DIRECTORY && !folder) || (entry->kind == TAR_FILE && folder))
        return error_set(err, WCOW_CORRUPT, "its attributes (0x%x) do not fit its type ('%c')",
                         info->attributes, entry->type);
    return WCOW_OK;
}

static name_kind kind_of(const tar_entry *entry)
{
    if (entry_is_reparse(entry))
        return NAME_REPARSE;
    return entry->kind == TAR_DIRECTORY ? NAME_DIRECTORY : NAME_FILE;
}

/* Writes a file, folder or reparse point, and moves on to the entry after it. */
static wcow_status unpack_file(unpacker *u, const char *name, wcow_error *err)
{
    layer_entry entry = {name, {0}, entry_is_reparse(u->entry)};
    cleanup_free char *raw_name = text_copy(u->entry->name);
    cleanup_text text head = TEXT_INIT;
    wcow_status status;

    if (!raw_name)
        return error_no_memory(err);
    status = entry_basic_info(u->entry, &entry.info, err);
    if (!status)
        status = check_kind(u->entry, &entry.info, err);
    if (!status)
        status = backup_encode(u->entry, &head, err);
    if (!status)
        status = name_set_claim(&u->writer->names, name, kind_of(u->entry), err);
    if (!status)
        status = u->writer->begin(u->writer, &entry, err);
    if (!status)
        status = put(u, text_get(&head), head.length, err);
    if (!status)
        status = copy_contents(u, err);
    if (status)
        return status;

    u->totals.size += u->entry->size;
    status = next(u, err);
    if (!status)
        status = copy_streams(u, raw_name, err);
    if (!status)
        status = flush(u, err);
    return status ? status : u->writer->end(u->writer, err);
}

static wcow_status unpack_link(unpacker *u, const char *name, wcow_error *err)
{
    cleanup_free char *target = NULL;
    wcow_status status = layer_name(u->entry->link, &target, err);

    if (status)
        return error_wrap(err, status, "its target '%s'", u->entry->link);
    status = name_set_claim(&u->writer->names, name, NAME_HARD_LINK, err);
    if (!status)
        status = u->writer->link(u->writer, name, target, err);
    return status ? status : next(u, err);
}

/* "dir/.wh.name" removes "dir/name". */
static wcow_status unpack_whiteout(unpacker *u, const char *name, wcow_error *err)
{
    const char *base = name_base(name);
    cleanup_free char *removed =
        text_format("%.*s%s", (int)(base - name), name, base + strlen(WHITEOUT_PREFIX));
    cleanup_free char *checked = NULL;
    wcow_status status;

    if (!removed)
        return error_no_memory(err);
    status = layer_name(removed, &checked, err);
    if (!status)
        status = u->writer->remove(u->writer, checked, err);
    return status ? status : next(u, err);
}

static wcow_status unpack_entry(unpacker *u, wcow_error *err)
{
    cleanup_free char *name = NULL;
    wcow_status status = layer_name(u->entry->name, &name, err);

    if (status)
        return status;
    if (text_starts_with(name_base(name), WHITEOUT_PREFIX))
        return unpack_whiteout(u, name, err);
    if (u->entry->kind == TAR_HARD_LINK)
        return unpack_link(u, name, err);
    return unpack_file(u, name, err);
}

static wcow_status unpack_all(unpacker *u, wcow_error *err)
{
    wcow_status status = next(u, err);

    while (!status && u->entry) {
        /* By the time of a failure the reader may stand at another entry. */
        cleanup_free char *raw_name = text_copy(u->entry->name);

        if (!raw_name)
            return error_no_memory(err);
        status = unpack_entry(u, err);
        if (status)
            return error_wrap(err, status, "entry '%s'", raw_name);
    }
    return status ? status : tar_drain(u->tar, err);
}

wcow_status layer_unpack(const byte_source *tar, layer_writer *writer, layer_totals *totals,
                         wcow_error *err)
{
    cleanup_tar_reader tar_reader *reader = tar_reader_new(tar);
    cleanup_free unpacker *u = malloc(sizeof(*u));
    wcow_status status;

    if (!reader || !u)
        return error_no_memory(err);
    u->tar = reader;
    u->entry = NULL;
    u->writer = writer;
    u->totals = (layer_totals){0, 0};
    u->filled = 0;
    status = unpack_all(u, err);
    if (!status)
        *totals = u->totals;
    return status;
}
