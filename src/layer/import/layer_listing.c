/* SPDX-License-Identifier: MIT */
/* What a layer tar says. */
#include "layer/import/layer_listing.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "layer/backup/backup_stream.h"
#include "layer/backup/entry.h"
#include "layer/codec/decompress.h"
#include "layer/store/name.h"
#include "layer/tar/tar.h"

#define BUFFER_SIZE (64u * 1024)

typedef struct listing {
    tar_reader *tar;
    const tar_entry *entry; /* the one at hand; NULL at the end */
    sha256 *hash;
    listed_entry_fn *each;
    void *context;
    char *buffer;
} listing;

static void listing_clear(listing *i)
{
    tar_reader_free(i->tar);
    sha256_free(i->hash);
    free(i->buffer);
}

DEFINE_CLEANUP_VALUE(listing, listing, listing_clear)

static void add_bytes(listing *i, const void *bytes, size_t size, listed_entry *out)
{
    sha256_update(i->hash, bytes, size);
    out->stream_length += size;
}

static wcow_status add_contents(listing *i, listed_entry *out, wcow_error *err)
{
    size_t got = 1;

    while (got > 0) {
        wcow_status status = tar_read(i->tar, i->buffer, BUFFER_SIZE, &got, err);

        if (status)
            return status;
        add_bytes(i, i->buffer, got, out);
    }
    return WCOW_OK;
}

/* The alternate streams that follow a file are part of its backup stream. */
static wcow_status add_streams(listing *i, listed_entry *out, wcow_error *err)
{
    size_t length = strlen(out->name);

    while (i->entry && i->entry->kind == TAR_FILE &&
           strncmp(i->entry->name, out->name, length) == 0 && i->entry->name[length] == ':') {
        cleanup_text text header = TEXT_INIT;
        wcow_status status =
            backup_encode_alternate(i->entry->name + length + 1, i->entry->size, &header, err);

        if (status)
            return status;
        add_bytes(i, text_get(&header), header.length, out);
        status = add_contents(i, out, err);
        if (!status)
            status = tar_next(i->tar, &i->entry, err);
        if (status)
            return status;
        out->stream_count++;
    }
    return WCOW_OK;
}

static size_t count_attributes(const tar_entry *entry)
{
    size_t count = 0;

    for (size_t n = 0; n < entry->pax.count; n++)
        count += text_starts_with(entry->pax.items[n].key, "MSWINDOWS.xattr.");
    return count;
}

/* A file, folder or reparse point; moves on to the entry after it. */
static wcow_status inspect_file(listing *i, listed_entry *out, wcow_error *err)
{
    cleanup_text text head = TEXT_INIT;
    wcow_status status = entry_basic_info(i->entry, &out->info, err);

    if (!status)
        status = backup_encode(i->entry, &head, err);
    if (status)
        return status;
    out->size = i->entry->size;
    out->security = backup_has_security(i->entry);
    out->junction = pax_find_any(&i->entry->pax, "MSWINDOWS.mountpoint") != NULL;
    out->attribute_count = count_attributes(i->entry);
    add_bytes(i, text_get(&head), head.length, out);
    status = add_contents(i, out, err);
    if (!status)
        status = tar_next(i->tar, &i->entry, err);
    if (!status)
        status = add_streams(i, out, err);
    sha256_finish(i->hash, out->stream_sha256);
    return status;
}

/* The last component counts, slashes at the end do not. */
static bool is_whiteout(const char *name)
{
    size_t length = strlen(name);

    while (length > 0 && name[length - 1] == '/')
        length--;
    while (length > 0 && name[length - 1] != '/')
        length--;
    return text_starts_with(name + length, WHITEOUT_PREFIX);
}

static wcow_status inspect_entry(listing *i, const char *name, wcow_error *err)
{
    cleanup_free char *link = text_copy(i->entry->link);
    listed_entry out = {.name = name, .whiteout = is_whiteout(name)};
    wcow_status status;

    if (!link)
        return error_no_memory(err);
    if (out.whiteout || i->entry->kind == TAR_HARD_LINK) {
        if (!out.whiteout)
            out.hard_link = link;
        status = tar_next(i->tar, &i->entry, err);
    } else {
        if (entry_is_reparse(i->entry))
            out.target = link;
        status = inspect_file(i, &out, err);
    }
    return status ? status : i->each(i->context, &out, err);
}

wcow_status layer_list_entries(const byte_source *blob, listed_entry_fn *each, void *context,
                               wcow_error *err)
{
    cleanup_decompressor decompressor *plain = NULL;
    CLEANUP(listing) listing i = {.each = each, .context = context};
    wcow_status status = decompressor_new(blob, &plain, err);

    if (status)
        return status;
    i.tar = tar_reader_new(decompressor_source(plain));
    i.hash = sha256_new();
    i.buffer = malloc(BUFFER_SIZE);
    if (!i.tar || !i.hash || !i.buffer)
        return error_no_memory(err);
    status = tar_next(i.tar, &i.entry, err);
    while (!status && i.entry) {
        /* By the time of a failure the reader may stand at another entry. */
        cleanup_free char *name = text_copy(i.entry->name);

        if (!name)
            return error_no_memory(err);
        status = inspect_entry(&i, name, err);
        if (status)
            return error_wrap(err, status, "entry '%s'", name);
    }
    return status ? status : tar_drain(i.tar, err);
}
