/* SPDX-License-Identifier: MIT */
/*
 * A file or folder of a tree, being written: plain, or from a Win32 backup stream.
 *
 * Of a backup stream only the data lands in the file; the other streams are recorded as they came.
 * A reparse point becomes a symbolic link that leads nowhere, so that whoever follows links finds
 * out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "codes.h"
#include "files.h"

#define HEADER_SIZE     20u
#define HR_INVALID_DATA HR_FROM_WIN32(13)
#define STREAM_DATA     1u
#define STREAM_SECURITY 3u
#define STREAM_REPARSE  8u
#define STREAM_SPARSE   9u
#define STREAM_LAST     10u

struct tree_entry {
    file_tree *tree;
    char *name;
    char *place; /* the name it is made for, if that is another one */
    int descriptor;
    bool directory, reparse;
    basic_info info;
    text streams; /* recorded */
    /* where we are in the backup stream */
    uint8_t header[HEADER_SIZE];
    size_t header_size;
    uint32_t id;
    uint32_t name_left;
    uint64_t body_left;
    uint8_t offset[8]; /* of a sparse block */
    size_t offset_size;
    bool skipped;
};

static int32_t folder_enter(tree_entry *entry, bool existing)
{
    const char *base;
    int parent;
    int32_t hr = tree_parent(entry->tree, entry->name, &parent, &base);

    if (HR_FAILED(hr))
        return hr;
    if (!existing && mkdirat(parent, base, 0700))
        hr = hresult_last();
    if (HR_SUCCEEDED(hr))
        hr = folder_open(parent, base, &entry->descriptor);
    close(parent);
    return existing && hr == HR_PATH_NOT_FOUND ? HR_FILE_NOT_FOUND : hr;
}

static void entry_free(tree_entry *entry)
{
    if (entry->descriptor >= 0)
        close(entry->descriptor);
    free(entry->name);
    free(entry->place);
    text_free(&entry->streams);
    free(entry);
}

static int32_t entry_new(file_tree *tree, const char *name, const basic_info *info, bool existing,
                         tree_entry **out)
{
    tree_entry *entry = calloc(1, sizeof(*entry));
    int32_t hr;

    if (!entry)
        return HR_OUT_OF_MEMORY;
    entry->tree = tree;
    entry->name = text_copy(name);
    entry->info = *info;
    entry->directory = existing || (info->attributes & FILE_ATTRIBUTE_DIRECTORY_BIT);
    entry->descriptor = -1;
    if (!entry->name)
        hr = HR_OUT_OF_MEMORY;
    else if (entry->directory)
        hr = folder_enter(entry, existing);
    else
        hr = tree_new_file(tree, name, &entry->descriptor);
    if (HR_FAILED(hr)) {
        entry_free(entry);
        return hr;
    }
    *out = entry;
    return HR_OK;
}

int32_t tree_create(files_port *port, file_tree *tree, const char *name, const basic_info *info,
                    tree_entry **out)
{
    (void)port;
    return entry_new(tree, name, info, false, out);
}

int32_t tree_reopen(files_port *port, file_tree *tree, const char *name, const basic_info *info,
                    tree_entry **out)
{
    (void)port;
    return entry_new(tree, name, info, true, out);
}

/* A name in the same folder that nobody else uses. */
static char *beside(const char *name)
{
    static atomic_uint counter;
    const char *last = strrchr(name, '\\');

    return text_format("%.*swcow-%ld-%u.tmp", last ? (int)(last + 1 - name) : 0, name,
                       (long)getpid(), atomic_fetch_add(&counter, 1));
}

int32_t tree_create_beside(files_port *port, file_tree *tree, const char *name,
                           const basic_info *info, tree_entry **out)
{
    cleanup_free char *temporary = beside(name);
    cleanup_free char *place = text_copy(name);
    int32_t hr =
        temporary && place ? entry_new(tree, temporary, info, false, out) : HR_OUT_OF_MEMORY;

    (void)port;
    if (HR_SUCCEEDED(hr))
        (*out)->place = TAKE(place);
    return hr;
}

int32_t entry_write(files_port *port, tree_entry *entry, const void *bytes, size_t size)
{
    (void)port;
    if (entry->directory)
        return HR_INVALID_PARAMETER;
    return descriptor_write(entry->descriptor, bytes, size);
}

static uint64_t little_endian(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;

    for (size_t i = size; i > 0; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

static size_t smaller(size_t a, uint64_t b)
{
    return b < a ? (size_t)b : a;
}

static void record(tree_entry *entry, const void *bytes, size_t size)
{
    if (entry->id != STREAM_DATA && entry->id != STREAM_SPARSE && !entry->skipped)
        text_add_bytes(&entry->streams, bytes, size);
}

static int32_t stream_begin(tree_entry *entry, bool security)
{
    entry->id = (uint32_t)little_endian(entry->header, 4);
    entry->body_left = little_endian(entry->header + 8, 8);
    entry->name_left = (uint32_t)little_endian(entry->header + 16, 4);
    entry->offset_size = 0;
    entry->skipped = entry->id == STREAM_SECURITY && !security;
    if (entry->id == 0 || entry->id > STREAM_LAST)
        return HR_INVALID_DATA;
    if (entry->directory && (entry->id == STREAM_DATA || entry->id == STREAM_SPARSE))
        return HR_INVALID_DATA;
    if (entry->id == STREAM_SPARSE && entry->body_left < sizeof(entry->offset))
        return HR_INVALID_DATA;
    if (entry->id == STREAM_REPARSE)
        entry->reparse = true;
    record(entry, entry->header, HEADER_SIZE);
    return HR_OK;
}

/* A sparse block starts with its offset; one without a body sets the file's size. */
static int32_t sparse_begin(tree_entry *entry, const uint8_t *bytes, size_t size)
{
    off_t offset;

    memcpy(entry->offset + entry->offset_size, bytes, size);
    entry->offset_size += size;
    if (entry->offset_size < sizeof(entry->offset))
        return HR_OK;
    offset = (off_t)little_endian(entry->offset, sizeof(entry->offset));
    if (entry->body_left == size)
        return ftruncate(entry->descriptor, offset) ? hresult_last() : HR_OK;
    return lseek(entry->descriptor, offset, SEEK_SET) < 0 ? hresult_last() : HR_OK;
}

/* Takes the next piece of one kind; returns how much it took. */
static int32_t piece_take(tree_entry *entry, const uint8_t *bytes, size_t size, bool security,
                          size_t *taken)
{
    int32_t hr = HR_OK;

    if (entry->header_size < HEADER_SIZE) {
        *taken = smaller(size, HEADER_SIZE - entry->header_size);
        memcpy(entry->header + entry->header_size, bytes, *taken);
        entry->header_size += *taken;
        if (entry->header_size == HEADER_SIZE)
            hr = stream_begin(entry, security);
    } else if (entry->name_left > 0) {
        *taken = smaller(size, entry->name_left);
        record(entry, bytes, *taken);
        entry->name_left -= (uint32_t)*taken;
    } else if (entry->id == STREAM_SPARSE && entry->offset_size < sizeof(entry->offset)) {
        *taken = smaller(size, sizeof(entry->offset) - entry->offset_size);
        hr = sparse_begin(entry, bytes, *taken);
        entry->body_left -= *taken;
    } else {
        *taken = smaller(size, entry->body_left);
        if (entry->id == STREAM_DATA || entry->id == STREAM_SPARSE)
            hr = descriptor_write(entry->descriptor, bytes, *taken);
        record(entry, bytes, *taken);
        entry->body_left -= *taken;
    }
    return hr;
}

int32_t entry_restore(files_port *port, tree_entry *entry, const void *bytes, size_t size,
                      bool security)
{
    const uint8_t *next = bytes;

    (void)port;
    while (size > 0) {
        size_t taken = 0;
        int32_t hr = piece_take(entry, next, size, security, &taken);

        if (HR_FAILED(hr))
            return hr;
        next += taken;
        size -= taken;
        if (entry->header_size == HEADER_SIZE && entry->name_left == 0 && entry->body_left == 0)
            entry->header_size = 0;
    }
    return entry->streams.failed ? HR_OUT_OF_MEMORY : HR_OK;
}

/* The link that stands for a reparse point: its target cannot exist. */
static int32_t link_make(const tree_entry *entry, int parent, const char *base, struct stat *node)
{
    int32_t hr;

    if (unlinkat(parent, base, entry->directory ? AT_REMOVEDIR : 0) ||
        symlinkat("\\reparse point", parent, base))
        return hresult_last();
    hr = times_set(parent, base, &entry->info);
    if (HR_SUCCEEDED(hr) && fstatat(parent, base, node, AT_SYMLINK_NOFOLLOW))
        hr = hresult_last();
    return hr;
}

/* Times, and which inode it is. */
static int32_t inode_finish(const tree_entry *entry, struct stat *node)
{
    const char *base;
    int parent;
    int32_t hr;

    if (!entry->reparse) {
        hr = descriptor_times_set(entry->descriptor, &entry->info);
        return HR_SUCCEEDED(hr) && fstat(entry->descriptor, node) ? hresult_last() : hr;
    }
    hr = tree_parent(entry->tree, entry->name, &parent, &base);
    if (HR_FAILED(hr))
        return hr;
    hr = link_make(entry, parent, base, node);
    close(parent);
    return hr;
}

static int32_t entry_finish(posix_files *files, tree_entry *entry)
{
    struct stat node;
    int32_t hr;

    if (entry->header_size > 0)
        return HR_INVALID_DATA;
    hr = inode_finish(entry, &node);
    if (HR_SUCCEEDED(hr) &&
        !metadata_put(files->metadata, &node, &entry->info,
                      (const uint8_t *)text_get(&entry->streams), entry->streams.length))
        hr = HR_OUT_OF_MEMORY;
    return hr;
}

int32_t entry_close(files_port *port, tree_entry *entry)
{
    int32_t hr = entry_finish((posix_files *)port, entry);

    if (entry->place)
        (void)tree_remove(port, entry->tree, entry->name);
    entry_free(entry);
    return hr;
}

/* Over what is there, but for folders. */
static int32_t put_in_place(files_port *port, const tree_entry *entry)
{
    file_info there = {.kind = FILE_KIND_FILE};
    const char *last = strrchr(entry->place, '\\');
    const char *base;
    int parent;
    int32_t hr;

    if (HR_SUCCEEDED(tree_info(port, entry->tree, entry->place, &there)) &&
        there.kind == FILE_KIND_DIRECTORY)
        return HR_ACCESS_DENIED;
    hr = tree_parent(entry->tree, entry->name, &parent, &base);
    if (HR_FAILED(hr))
        return hr;
    if (renameat(parent, base, parent, last ? last + 1 : entry->place))
        hr = hresult_last();
    close(parent);
    return hr;
}

int32_t entry_place(files_port *port, tree_entry *entry)
{
    int32_t hr = entry_finish((posix_files *)port, entry);

    if (HR_SUCCEEDED(hr))
        hr = put_in_place(port, entry);
    if (HR_FAILED(hr))
        (void)tree_remove(port, entry->tree, entry->name);
    entry_free(entry);
    return hr;
}
