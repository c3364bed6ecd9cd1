/* SPDX-License-Identifier: MIT */
/*
 * A layer tar, entry by entry, into a writer.
 *
 * One thread parses. It gathers each entry's backup stream in a buffer; small files then become
 * pieces of work for the threads that write. It writes itself what is larger than the buffer, and
 * folders, since what comes after them needs them.
 */
#include "layer/import/unpack.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "layer/backup/backup_stream.h"
#include "layer/backup/entry.h"
#include "layer/import/file_batch.h"
#include "layer/import/work_queue.h"
#include "layer/tar/tar.h"

/* Where making a file means waiting (a scanner, a journal, a server), more threads help. */
#define WRITERS     4
#define QUEUE_LIMIT ((size_t)4 << 20)

/* What writers keep of names to the end. Windows Server Core has 150,000 entries and 10 MB. */
#define NAMES_LIMIT ((size_t)512 << 20)
#define NAME_COST   64u /* of any entry, beside the name itself */

typedef struct unpacker {
    tar_reader *tar;
    const tar_entry *entry; /* the one at hand; NULL at the end */
    layer_writer *writer;
    work_queue *queue; /* files being written */
    file_batch_pool *pool;
    file_batch *batch; /* those to be written next, and behind them the buffer */
    layer_totals totals;
    size_t names_left;       /* memory for what is kept of names to the end */
    const layer_entry *file; /* what the buffer is for, or NULL */
    const char *raw_name;    /* of that file, in the tar */
    file_room buffer;        /* gathers headers and contents */
    size_t filled;           /* of the buffer */
    layer_output out;        /* where it goes, once the buffer was full */
    bool begun;
    bool lost; /* there is no telling which entry comes after the one at hand */
} unpacker;

/* Moves what there is of the file at hand to the new batch: it has more room there. */
static wcow_status move_on(unpacker *u, file_batch *fresh, wcow_error *err)
{
    file_room room;
    wcow_status status = file_batch_begin(fresh, u->file, u->raw_name, &room, err);

    if (status)
        return status;
    if (u->filled > 0)
        memcpy(room.bytes, u->buffer.bytes, u->filled);
    u->buffer = room;
    return WCOW_OK;
}

/* Hands on the small files that were gathered. */
static wcow_status pass_on(unpacker *u, wcow_error *err)
{
    file_batch *fresh = NULL;
    wcow_status status = WCOW_OK;

    if (file_batch_is_empty(u->batch))
        return WCOW_OK;
    fresh = file_batch_new(u->pool);
    if (!fresh)
        return error_no_memory(err);
    if (u->file)
        status = move_on(u, fresh, err);
    if (status) {
        file_batch_free(fresh);
        return status;
    }
    work_queue_add(u->queue, file_batch_work(u->batch));
    u->batch = fresh;
    return WCOW_OK;
}

/* Waits until the entries before the one at hand are written. */
static wcow_status settle(unpacker *u, wcow_error *err)
{
    wcow_status status = pass_on(u, err);

    return status ? status : work_queue_wait(u->queue, err);
}

/* An empty buffer for the file at hand. */
static wcow_status start_buffer(unpacker *u, wcow_error *err)
{
    wcow_status status = file_batch_begin(u->batch, u->file, u->raw_name, &u->buffer, err);

    u->filled = 0;
    return status || u->buffer.size > 0 ? status : pass_on(u, err);
}

/* The folder of an entry, unless the layer brought it; NULL, too, without memory and for one that
 * has none. */
static char *missing_folder(const unpacker *u, const char *name)
{
    const char *base = name_base(name);
    cleanup_free char *folder =
        base > name ? text_copy_bytes(name, (size_t)(base - 1 - name)) : NULL;

    return !folder || name_set_find(&u->writer->names, folder) == NAME_DIRECTORY ? NULL
                                                                                 : TAKE(folder);
}

/* An entry is alone as well if nobody knows its folder: it may be one that comes too late. */
static bool is_alone(const unpacker *u, const char *name)
{
    cleanup_free char *missing = missing_folder(u, name);

    return missing || name_looks_short(name) || u->writer->is_alone(u->writer, name);
}

/* That there is no such path is the archive's fault if it left out the folder. */
static wcow_status blame(const unpacker *u, const char *name, wcow_status status, wcow_error *err)
{
    cleanup_free char *missing = status == WCOW_NOT_FOUND ? missing_folder(u, name) : NULL;

    return missing
               ? error_set(err, WCOW_CORRUPT, "the archive has no folder '%s' before it", missing)
               : status;
}

/* Waits for the entries before this one, if they matter to it. */
static wcow_status take_turn(unpacker *u, wcow_error *err)
{
    return is_alone(u, u->file->name) ? settle(u, err) : WCOW_OK;
}

/* Makes room in the buffer, which is full. */
static wcow_status flush(unpacker *u, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    /* Without other files beside it, more of this one fits. */
    if (!u->begun && !file_batch_is_empty(u->batch))
        return pass_on(u, err);
    if (!u->begun) {
        status = take_turn(u, err);
        if (!status)
            status = u->writer->begin(u->writer, u->file, &u->out, err);
        if (status)
            return status;
        u->begun = true;
    }
    status = u->writer->write(u->writer, &u->out, u->buffer.bytes, u->filled, err);
    u->filled = 0;
    return status;
}

/* Ends what was begun, or writes what is small enough to be all in the buffer. */
static wcow_status finish_file(unpacker *u, wcow_error *err)
{
    bool folder = (u->file->info.attributes & FILE_ATTRIBUTE_DIRECTORY_BIT) != 0;
    wcow_status status;

    if (!u->begun && !folder && !is_alone(u, u->file->name)) {
        file_batch_add(u->batch, u->filled);
        return WCOW_OK;
    }
    if (!u->begun) {
        status = take_turn(u, err);
        if (status)
            return status;
        return layer_write_entry(u->writer, u->file, u->buffer.bytes, u->filled, err);
    }
    if (u->filled > 0) {
        status = flush(u, err);
        if (status)
            return status;
    }
    u->begun = false;
    return u->writer->end(u->writer, &u->out, err);
}

static wcow_status put(unpacker *u, const char *bytes, size_t size, wcow_error *err)
{
    while (size > 0) {
        size_t room = u->buffer.size - u->filled;
        size_t piece = size < room ? size : room;

        memcpy(u->buffer.bytes + u->filled, bytes, piece);
        u->filled += piece;
        bytes += piece;
        size -= piece;
        if (u->filled == u->buffer.size) {
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
            tar_read(u->tar, u->buffer.bytes + u->filled, u->buffer.size - u->filled, &got, err);

        if (status || got == 0)
            return status;
        u->filled += got;
        if (u->filled == u->buffer.size) {
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
    u->lost = status != WCOW_OK;
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

/* An archive of a few compressed megabytes can hold many millions of entries. */
static wcow_status count_name(unpacker *u, size_t kept, wcow_error *err)
{
    if (kept + NAME_COST > u->names_left)
        return error_set(err, WCOW_CORRUPT, "the archive has more names than there is memory for");
    u->names_left -= kept + NAME_COST;
    return WCOW_OK;
}

/* Attributes and tar type must agree about what is a folder; others lie in some that must be. */
static wcow_status check_kind(const tar_entry *entry, const char *name, const basic_info *info,
                              wcow_error *err)
{
    bool folder = (info->attributes & FILE_ATTRIBUTE_DIRECTORY_BIT) != 0;

    if (entry->kind == TAR_OTHER)
        return error_set(err, WCOW_CORRUPT, "a Windows layer cannot hold this kind of entry ('%c')",
                         entry->type);
    if ((entry->kind == TAR_DIRECTORY && !folder) || (entry->kind == TAR_FILE && folder))
        return error_set(err, WCOW_CORRUPT, "its attributes (0x%x) do not fit its type ('%c')",
                         info->attributes, entry->type);
    if (name_is_root(name) && entry->kind != TAR_DIRECTORY)
        return error_set(err, WCOW_CORRUPT, "it must be a folder");
    return WCOW_OK;
}

/*
 * Whoever makes layers elsewhere than on Windows knows no attributes of links, and nothing that
 * says "reparse point" comes along with the data: ImportLayer would take the link for a file
 * without contents. A junction is always a folder; what a symbolic link is for, nobody says then.
 */
static void complete_link(const tar_entry *entry, basic_info *info)
{
    info->attributes |= FILE_ATTRIBUTE_REPARSE_BIT;
    if (entry_is_junction(entry))
        info->attributes |= FILE_ATTRIBUTE_DIRECTORY_BIT;
}

static name_kind kind_of(const tar_entry *entry)
{
    if (entry_is_reparse(entry))
        return NAME_REPARSE;
    return entry->kind == TAR_DIRECTORY ? NAME_DIRECTORY : NAME_FILE;
}

/* The whole stream of a file, and on to the entry after it. */
static wcow_status copy_file(unpacker *u, const text *head, wcow_error *err)
{
    wcow_status status = start_buffer(u, err);

    if (!status)
        status = put(u, text_get(head), head->length, err);
    if (!status)
        status = copy_contents(u, err);
    if (status)
        return status;
    u->totals.size += u->entry->size;
    status = next(u, err);
    if (!status)
        status = copy_streams(u, u->raw_name, err);
    return status ? status : finish_file(u, err);
}

/* Writes a file, folder or reparse point, and moves on to the entry after it. */
static wcow_status unpack_file(unpacker *u, const char *name, const char *raw_name, wcow_error *err)
{
    layer_entry entry = {name, {0}, entry_is_reparse(u->entry)};
    cleanup_text text head = TEXT_INIT;
    wcow_status status;

    status = entry_basic_info(u->entry, &entry.info, err);
    if (entry.reparse)
        complete_link(u->entry, &entry.info);
    if (!status)
        status = check_kind(u->entry, name, &entry.info, err);
    if (!status)
        status = backup_encode(u->entry, &head, err);
    if (!status)
        status = count_name(u, u->entry->kind == TAR_FILE ? 0 : strlen(name), err);
    if (!status)
        status = name_set_claim(&u->writer->names, name, kind_of(u->entry), err);
    if (status)
        return status;
    u->file = &entry;
    u->raw_name = raw_name;
    u->out = (layer_output){0};
    status = copy_file(u, &head, err);
    if (u->begun)
        (void)u->writer->end(u->writer, &u->out, NULL);
    u->begun = false;
    u->file = NULL;
    return blame(u, name, status, err);
}

static wcow_status unpack_link(unpacker *u, const char *name, wcow_error *err)
{
    cleanup_free char *target = NULL;
    wcow_status status = layer_name(u->entry->link, &target, err);

    if (status)
        return error_wrap(err, status, "its target '%s'", u->entry->link);
    if (name_is_root(name))
        return error_set(err, WCOW_CORRUPT, "it must be a folder");
    status = count_name(u, strlen(name) + strlen(target), err);
    if (!status)
        status = name_set_claim(&u->writer->names, name, NAME_HARD_LINK, err);
    if (!status) /* its target may not be written yet */
        status = settle(u, err);
    if (!status)
        status = blame(u, name, u->writer->link(u->writer, name, target, err), err);
    return status ? status : next(u, err);
}

/* "dir/.wh.name" removes "dir/name", "dir/.wh..wh..opq" what is in "dir". */
static wcow_status unpack_whiteout(unpacker *u, const char *name, wcow_error *err)
{
    const char *base = name_base(name);
    bool opaque = base > name && text_equal(base, WHITEOUT_OPAQUE);
    cleanup_free char *removed =
        opaque ? text_copy_bytes(name, (size_t)(base - 1 - name))
               : text_format("%.*s%s", (int)(base - name), name, base + strlen(WHITEOUT_PREFIX));
    cleanup_free char *checked = NULL;
    wcow_status status;

    if (!removed)
        return error_no_memory(err);
    status = layer_name(removed, &checked, err);
    if (!status)
        status = count_name(u, strlen(checked), err);
    if (!status)
        status = name_set_check_way(&u->writer->names, opaque ? name : checked, err);
    if (!status)
        status = settle(u, err);
    if (!status)
        status = opaque ? u->writer->clear(u->writer, checked, err)
                        : u->writer->remove(u->writer, checked, err);
    return status ? status : next(u, err);
}

static wcow_status unpack_named(unpacker *u, const char *raw_name, wcow_error *err)
{
    cleanup_free char *name = NULL;
    wcow_status status = layer_name(u->entry->name, &name, err);

    if (status)
        return status;
    if (text_starts_with(name_base(name), WHITEOUT_PREFIX))
        return unpack_whiteout(u, name, err);
    if (u->entry->kind == TAR_HARD_LINK)
        return unpack_link(u, name, err);
    return unpack_file(u, name, raw_name, err);
}

static wcow_status unpack_entry(unpacker *u, wcow_error *err)
{
    /* By the time of a failure the reader may stand at another entry. */
    cleanup_free char *raw_name = text_copy(u->entry->name);
    wcow_status status;

    if (!raw_name)
        return error_no_memory(err);
    status = unpack_named(u, raw_name, err);
    /* What is wrong with the header after it is not its fault. */
    return status && !u->lost ? error_wrap(err, status, "entry '%s'", raw_name) : status;
}

static wcow_status unpack_all(unpacker *u, wcow_error *err)
{
    wcow_status status = next(u, err);
    wcow_status earlier;

    while (!status && u->entry && !work_queue_failed(u->queue))
        status = unpack_entry(u, err);
    /* What was gathered or added to the queue comes before what was read after it. */
    work_queue_add(u->queue, file_batch_work(TAKE(u->batch)));
    earlier = work_queue_wait(u->queue, err);
    if (earlier)
        return earlier;
    return status ? status : tar_drain(u->tar, err);
}

wcow_status layer_unpack(const byte_source *tar, layer_writer *writer, layer_totals *totals,
                         wcow_error *err)
{
    cleanup_tar_reader tar_reader *reader = tar_reader_new(tar);
    cleanup_file_batch_pool file_batch_pool *pool = file_batch_pool_new(writer);
    cleanup_work_queue work_queue *queue = NULL;
    unpacker u = {.tar = reader, .writer = writer, .pool = pool};
    wcow_status status;

    if (!reader || !pool)
        return error_no_memory(err);
    status = work_queue_new(WRITERS, QUEUE_LIMIT, &queue, err);
    if (status)
        return status;
    u.queue = queue;
    u.names_left = writer->names_limit ? writer->names_limit : NAMES_LIMIT;
    u.batch = file_batch_new(pool);
    if (!u.batch)
        return error_no_memory(err);
    status = unpack_all(&u, err);
    if (!status) {
        *totals = u.totals;
        totals->end = tar_position(reader);
    }
    return status;
}
