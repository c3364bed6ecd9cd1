/* SPDX-License-Identifier: MIT */
/* Backup streams as tar entries, the inverse of backup_stream.c. */
#include "layer/export/export_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "layer/backup/backup_stream.h"
#include "layer/backup/bytes.h"
#include "layer/backup/reparse.h"
#include "layer/export/export_input.h"
#include "layer/tar/tar_writer.h"

#define COPY_SIZE       (64u * 1024)
#define METADATA_LIMIT  ((uint64_t)1 << 20) /* of a descriptor, attributes or reparse data */
#define ATTRIBUTES_SIZE 4u
#define EA_HEADER_SIZE  8u

wcow_status exported_file_open(exported_file *from, file_identity *identity, wcow_error *err)
{
    files_port *files = from->files;
    wcow_status status = error_check(
        err, files->tree_backup_open(files, from->tree, from->in_tree, &from->opened), "open");

    return status ? status
                  : error_check(err, files->backup_info(files, from->opened, &from->info, identity),
                                "look at");
}

void exported_file_close(exported_file *from)
{
    if (from->opened)
        from->files->backup_close(from->files, from->opened);
}

/* ---- first pass: what the tar's header needs ---- */

typedef struct summary {
    string_list records; /* "KEY=value" */
    char *target;        /* of a reparse point */
    bool sparse, data;
    uint64_t size; /* of the contents */
} summary;

static void summary_free(summary *s)
{
    string_list_free(&s->records);
    free(s->target);
}

DEFINE_CLEANUP_VALUE(summary, summary, summary_free)

static wcow_status read_body(backup_reader *reader, const backup_header *header, text *out,
                             wcow_error *err)
{
    char buffer[4096];
    size_t got = 1;

    if (header->size > METADATA_LIMIT)
        return error_set(err, WCOW_CORRUPT, "its metadata is too long");
    while (got > 0) {
        wcow_status status = backup_read(reader, buffer, sizeof(buffer), &got, err);

        if (status)
            return status;
        text_add_bytes(out, buffer, got);
    }
    return out->failed ? error_no_memory(err) : WCOW_OK;
}

static wcow_status add_binary(summary *s, const char *key, const void *bytes, size_t size,
                              wcow_error *err)
{
    cleanup_free char *encoded = base64_encode(bytes, size);

    if (!encoded || !string_list_own(&s->records, text_format("%s=%s", key, encoded)))
        return error_no_memory(err);
    return WCOW_OK;
}

/* FILE_FULL_EA_INFORMATION: u32 offset of the next, u8 flags, u8 and u16 lengths, name, value. */
static wcow_status add_attributes(summary *s, const unsigned char *bytes, size_t size,
                                  wcow_error *err)
{
    for (size_t at = 0; at + EA_HEADER_SIZE < size;) {
        const unsigned char *ea = bytes + at;
        size_t next = bytes_u32(ea);
        size_t name = ea[5];
        size_t value = bytes_u16(ea + 6);
        cleanup_free char *key = NULL;
        wcow_status status;

        if (at + EA_HEADER_SIZE + name + 1 + value > size)
            return error_set(err, WCOW_CORRUPT, "malformed extended attributes");
        key = text_format("MSWINDOWS.xattr.%.*s", (int)name, (const char *)ea + EA_HEADER_SIZE);
        if (!key)
            return error_no_memory(err);
        status = add_binary(s, key, ea + EA_HEADER_SIZE + name + 1, value, err);
        if (status || next == 0)
            return status;
        at += next;
    }
    return WCOW_OK;
}

static wcow_status add_reparse(summary *s, const text *body, wcow_error *err)
{
    bool junction = false;
    wcow_status status = reparse_decode((const unsigned char *)text_get(body), body->length,
                                        &s->target, &junction, err);

    if (status)
        return status;
    if (junction && !string_list_add(&s->records, "MSWINDOWS.mountpoint=1"))
        return error_no_memory(err);
    return WCOW_OK;
}

static wcow_status summarise_one(summary *s, backup_reader *reader, const backup_header *header,
                                 wcow_error *err)
{
    cleanup_text text body = TEXT_INIT;
    wcow_status status;

    switch (header->id) {
    case BACKUP_DATA:
        s->data = true;
        s->size = header->size;
        s->sparse = (header->attributes & BACKUP_SPARSE_ATTRIBUTE) != 0;
        return WCOW_OK;
    case BACKUP_SPARSE_BLOCK:
        /* The last one is empty and stands where the file ends. */
        if (header->offset + header->size > s->size)
            s->size = header->offset + header->size;
        s->sparse = true;
        s->data = true;
        return WCOW_OK;
    case BACKUP_SECURITY_DATA:
    case BACKUP_EA_DATA:
    case BACKUP_REPARSE_DATA:
        status = read_body(reader, header, &body, err);
        break;
    default: /* links, object ids and the like are not for tars */
        return WCOW_OK;
    }
    if (status)
        return status;
    if (header->id == BACKUP_SECURITY_DATA)
        return add_binary(s, "MSWINDOWS.rawsd", text_get(&body), body.length, err);
    if (header->id == BACKUP_EA_DATA)
        return add_attributes(s, (const unsigned char *)text_get(&body), body.length, err);
    return add_reparse(s, &body, err);
}

static wcow_status summarise(const export_input *in, summary *s, wcow_error *err)
{
    cleanup_backup_reader backup_reader *reader = backup_reader_new(&in->source);
    const backup_header *header = NULL;
    wcow_status status;

    if (!reader)
        return error_no_memory(err);
    status = backup_next(reader, &header, err);
    while (!status && header) {
        status = summarise_one(s, reader, header, err);
        if (!status)
            status = backup_next(reader, &header, err);
    }
    return status;
}

/* ---- second pass: contents ---- */

/* The entry at hand: what was written of it, and what there is to be. */
typedef struct output {
    const byte_sink *sink;
    uint64_t done, size;
} output;

static wcow_status put(output *out, const void *bytes, size_t size, wcow_error *err)
{
    out->done += size;
    return sink_write(out->sink, bytes, size, err);
}

static wcow_status put_zeros(output *out, uint64_t until, wcow_error *err)
{
    static const char zeros[4096];

    while (out->done < until) {
        uint64_t left = until - out->done;
        wcow_status status =
            put(out, zeros, left < sizeof(zeros) ? (size_t)left : sizeof(zeros), err);

        if (status)
            return status;
    }
    return WCOW_OK;
}

static wcow_status put_body(output *out, backup_reader *reader, wcow_error *err)
{
    cleanup_free char *buffer = malloc(COPY_SIZE);
    size_t got = 1;

    if (!buffer)
        return error_no_memory(err);
    while (got > 0) {
        wcow_status status = backup_read(reader, buffer, COPY_SIZE, &got, err);

        if (!status && out->done + got > out->size)
            status = error_set(err, WCOW_CORRUPT, "its contents are longer than it");
        if (!status && got > 0)
            status = put(out, buffer, got, err);
        if (status)
            return status;
    }
    return WCOW_OK;
}

/* Ends the file's own contents: a sparse one may end in nothing. */
static wcow_status finish(output *out, wcow_error *err)
{
    wcow_status status = put_zeros(out, out->size, err);

    return status ? status : tar_write_padding(out->sink, out->size, err);
}

/* What all exporters make of the streams; they say nothing of who may do what. */
static uint32_t mode_of(const exported_file *from, const summary *s)
{
    bool folder = (from->info.attributes & FILE_ATTRIBUTE_DIRECTORY_BIT) != 0;

    return (folder ? MODE_DIRECTORY : 0u) | (s->data ? MODE_FILE : 0u) |
           (s->target ? MODE_LINK : 0u);
}

/* ":name:$DATA" → an entry "file:name" with the file's own times and mode. */
static wcow_status put_alternate(const exported_file *from, const summary *s,
                                 const backup_header *header, backup_reader *reader,
                                 const byte_sink *sink, wcow_error *err)
{
    static const char suffix[] = ":$DATA";
    size_t length = header->name ? strlen(header->name) : 0;
    cleanup_free char *name = NULL;
    tar_item item = {.kind = TAR_FILE,
                     .size = header->size,
                     .info = &from->info,
                     .has_mode = true,
                     .mode = mode_of(from, s),
                     .plain_info = true};
    output out = {sink, 0, header->size};
    wcow_status status;

    if (!length || header->name[0] != ':')
        return error_set(err, WCOW_CORRUPT, "an alternate stream without a name");
    if (text_ends_with(header->name, suffix))
        length -= strlen(suffix);
    name = text_format("%s%.*s", from->name, (int)length, header->name);
    if (!name)
        return error_no_memory(err);
    item.name = name;
    status = tar_write_header(sink, &item, err);
    if (!status)
        status = put_body(&out, reader, err);
    return status ? status : finish(&out, err);
}

static wcow_status put_contents(const export_input *in, const summary *s, const byte_sink *sink,
                                wcow_error *err)
{
    cleanup_backup_reader backup_reader *reader = backup_reader_new(&in->source);
    const backup_header *header = NULL;
    output out = {sink, 0, s->size};
    bool finished = false;
    wcow_status status = reader ? backup_next(reader, &header, err) : error_no_memory(err);

    while (!status && header) {
        if (header->id == BACKUP_SPARSE_BLOCK)
            status = put_zeros(&out, header->offset, err);
        if (!status && (header->id == BACKUP_DATA || header->id == BACKUP_SPARSE_BLOCK))
            status = put_body(&out, reader, err);
        if (!status && header->id == BACKUP_ALTERNATE_DATA) {
            status = finished ? WCOW_OK : finish(&out, err);
            finished = true;
            if (!status)
                status = put_alternate(in->from, s, header, reader, sink, err);
        }
        if (!status)
            status = backup_next(reader, &header, err);
    }
    if (!status && !finished)
        status = finish(&out, err);
    return status;
}

static tar_kind kind_of(const exported_file *from, const summary *s)
{
    if (s->target)
        return TAR_SYMBOLIC_LINK;
    return from->info.attributes & FILE_ATTRIBUTE_DIRECTORY_BIT ? TAR_DIRECTORY : TAR_FILE;
}

wcow_status export_stream(exported_file *from, const byte_sink *sink, wcow_error *err)
{
    CLEANUP(summary) summary s = {.target = NULL};
    CLEANUP(export_input)
    export_input in = {.from = from, .head = from->path ? ATTRIBUTES_SIZE : 0};
    wcow_status status;

    in.backup = TAKE(from->opened);
    status = export_input_start(&in, err);
    if (!status && from->path)
        from->info.attributes = bytes_u32((const unsigned char *)in.piece);
    if (!status)
        status = summarise(&in, &s, err);
    if (status)
        return error_wrap(err, status, "'%s'", from->name);

    tar_item item = {.name = from->name,
                     .link = s.target,
                     .kind = kind_of(from, &s),
                     .info = &from->info,
                     .extra = &s.records,
                     .has_mode = true,
                     .mode = mode_of(from, &s)};

    if (item.kind == TAR_FILE)
        item.size = s.size;
    else
        s.size = 0;
    status = tar_write_header(sink, &item, err);
    if (!status)
        status = export_input_restart(&in, err);
    if (!status) /* folders and links have no contents, but may have alternate streams */
        status = put_contents(&in, &s, sink, err);
    return status ? error_wrap(err, status, "'%s'", from->name) : WCOW_OK;
}

/* What there is to say of the file whose place a hive takes. */
static wcow_status summarise_replaced(exported_file *from, summary *s, wcow_error *err)
{
    CLEANUP(export_input) export_input in = {.from = from};
    wcow_status status;

    in.backup = TAKE(from->opened);
    status = export_input_start(&in, err);
    return status ? status : summarise(&in, s, err);
}

wcow_status export_plain(exported_file *from, const byte_sink *sink, wcow_error *err)
{
    CLEANUP(export_input) export_input in = {.from = from};
    CLEANUP(summary) summary s = {.target = NULL};
    cleanup_free char *buffer = malloc(COPY_SIZE);
    tar_item item = {.name = from->name,
                     .kind = TAR_FILE,
                     .info = &from->info,
                     .extra = &s.records,
                     .has_mode = true};
    file_info info = {.size = 0};
    uint64_t done = 0;
    size_t got = 1;
    wcow_status status =
        error_check(err, from->files->info(from->files, from->path, &info), "open");

    if (!status && from->opened)
        status = summarise_replaced(from, &s, err);
    if (!status)
        status = buffer ? export_input_start(&in, err) : error_no_memory(err);
    item.size = info.size;
    item.mode = info.size ? MODE_FILE : 0;
    if (!status)
        status = tar_write_header(sink, &item, err);
    while (!status && got > 0) {
        status = export_input_read(&in, buffer, COPY_SIZE, &got, err);
        done += got;
        if (!status && got > 0)
            status = sink_write(sink, buffer, got, err);
    }
    if (!status && done != info.size)
        status = error_set(err, WCOW_CORRUPT, "its size changes");
    if (!status)
        status = tar_write_padding(sink, info.size, err);
    return status ? error_wrap(err, status, "'%s'", from->name) : WCOW_OK;
}
