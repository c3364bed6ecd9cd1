/* SPDX-License-Identifier: MIT */
/* The files port in memory: trees, and the files in them. */
#include "tests/fuzz/memory_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "port/tree_name.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory_nodes.h"

#define HEADER_SIZE 20u
#define KIND_BITS   (FILE_ATTRIBUTE_DIRECTORY_BIT | FILE_ATTRIBUTE_REPARSE_BIT)

struct file_tree {
    memory_node *root;
};

/* A file that is read: as many zeros as were written. */
struct file {
    uint64_t left;
};

/* What a link looks like, whatever was written: each leads to one place. */
struct tree_backup {
    size_t done;
};

struct tree_entry {
    memory_node *node;
    memory_node *root;       /* of one that is made beside… */
    char *temporary, *place; /* …its place */
    basic_info info;
    bool plain, streamed;        /* how it is written */
    uint8_t header[HEADER_SIZE]; /* of a backup stream */
    size_t header_size;
    uint32_t id;
    uint64_t left;
};

static int32_t open_tree(files_port *port, const char *path, file_tree **out)
{
    memory_files *m = memory_lock(port);
    memory_node *node;
    int32_t hr = memory_find(m, path, &node);

    if (HR_FAILED(hr))
        return memory_unlock(m, hr);
    FUZZ_CHECK(node_is_folder(node));
    *out = calloc(1, sizeof(**out));
    FUZZ_CHECK(*out);
    (*out)->root = node;
    node->names++;
    m->open++;
    return memory_unlock(m, HR_OK);
}

static void close_tree(files_port *port, file_tree *tree)
{
    memory_files *m = memory_lock(port);

    node_release(tree->root);
    free(tree);
    m->open--;
    (void)memory_unlock(m, HR_OK);
}

static tree_entry *entry_new(memory_files *m, memory_node *node, const basic_info *info)
{
    tree_entry *entry = calloc(1, sizeof(*entry));

    FUZZ_CHECK(entry);
    entry->node = node;
    entry->info = *info;
    node->names++;
    m->open++;
    return entry;
}

static int32_t create_entry(files_port *port, file_tree *tree, const char *name,
                            const basic_info *info, tree_entry **out)
{
    memory_files *m;
    memory_node *node;
    int32_t hr;

    if (!tree_name_valid(name))
        return HR_INVALID_NAME;
    m = memory_lock(port);
    hr = node_create(tree->root, name, info, &node);
    if (HR_SUCCEEDED(hr))
        *out = entry_new(m, node, info);
    return memory_unlock(m, hr);
}

static int32_t create_entry_beside(files_port *port, file_tree *tree, const char *name,
                                   const basic_info *info, tree_entry **out)
{
    const char *last = strrchr(name, '\\');
    cleanup_free char *temporary =
        text_format("%.*swcow.tmp", last ? (int)(last + 1 - name) : 0, name);
    int32_t hr = create_entry(port, tree, temporary, info, out);

    if (HR_FAILED(hr))
        return hr;
    (*out)->root = tree->root;
    (*out)->place = text_copy(name);
    (*out)->temporary = TAKE(temporary);
    return HR_OK;
}

/* What a name of a tree stands for; with the lock held. */
static int32_t find_in(file_tree *tree, const char *name, memory_node **out)
{
    if (!tree_name_valid(name))
        return HR_INVALID_NAME;
    return node_find(tree->root, name, out);
}

static int32_t reopen_entry(files_port *port, file_tree *tree, const char *name,
                            const basic_info *info, tree_entry **out)
{
    memory_files *m = memory_lock(port);
    memory_node *node;
    int32_t hr = find_in(tree, name, &node);

    if (HR_SUCCEEDED(hr) && !node_is_folder(node))
        hr = HR_REPARSE_POINT;
    if (HR_SUCCEEDED(hr))
        *out = entry_new(m, node, info);
    return memory_unlock(m, hr);
}

/* The disk has room for it. */
static int32_t take_room(memory_files *m, size_t size)
{
    if (size > m->room)
        return HR_DISK_FULL;
    m->room -= size;
    return HR_OK;
}

static int32_t write_entry(files_port *port, tree_entry *entry, const void *bytes, size_t size)
{
    memory_files *m = memory_lock(port);

    int32_t hr = take_room(m, size);

    (void)bytes;
    FUZZ_CHECK(!entry->streamed);
    entry->plain = true;
    entry->node->size += HR_SUCCEEDED(hr) ? size : 0;
    return memory_unlock(m, hr);
}

/* As BackupWrite judges it; and a folder has no contents, a link to be has no other kind. */
static void begin_stream(tree_entry *entry)
{
    uint32_t name_size;

    memcpy(&entry->id, entry->header, sizeof(entry->id));
    memcpy(&entry->left, entry->header + 8, sizeof(entry->left));
    memcpy(&name_size, entry->header + 16, sizeof(name_size));
    FUZZ_CHECK(entry->id >= 1 && entry->id <= 10);
    FUZZ_CHECK(entry->left <= INT64_MAX && name_size <= 2 * (255 + 8));
    FUZZ_CHECK(entry->id != 1 || !node_is_folder(entry->node));
    entry->left += name_size;
    if (entry->id == 8)
        entry->node->info.attributes |= FILE_ATTRIBUTE_REPARSE_BIT;
    entry->header_size = 0;
}

static int32_t restore_entry(files_port *port, tree_entry *entry, const void *bytes, size_t size,
                             bool security)
{
    memory_files *m = memory_lock(port);
    const uint8_t *next = bytes;
    int32_t hr = take_room(m, size);

    (void)security;
    FUZZ_CHECK(!entry->plain);
    entry->streamed = true;
    while (HR_SUCCEEDED(hr) && size > 0) {
        size_t piece = entry->left < size ? (size_t)entry->left : size;

        if (piece > 0) {
            entry->left -= piece;
        } else {
            piece = HEADER_SIZE - entry->header_size;
            piece = piece < size ? piece : size;
            memcpy(entry->header + entry->header_size, next, piece);
            entry->header_size += piece;
            if (entry->header_size == HEADER_SIZE)
                begin_stream(entry);
        }
        next += piece;
        size -= piece;
    }
    return memory_unlock(m, hr);
}

/* The name it was made for is its own, if that can be. */
static int32_t put_in_place(const tree_entry *entry)
{
    memory_node *there;
    int32_t hr = node_find(entry->root, entry->place, &there);

    if (HR_SUCCEEDED(hr) && node_is_folder(there))
        return HR_ACCESS_DENIED;
    if (HR_SUCCEEDED(hr))
        FUZZ_CHECK(HR_SUCCEEDED(node_remove_path(entry->root, entry->place)));
    return node_link(entry->root, entry->place, entry->node);
}

static int32_t end_entry(files_port *port, tree_entry *entry, bool place)
{
    memory_files *m = memory_lock(port);
    bool whole = entry->left == 0 && entry->header_size == 0;
    uint32_t kind = entry->node->info.attributes & KIND_BITS;
    int32_t hr = whole ? HR_OK : HR_FROM_WIN32(13);

    entry->node->info = entry->info;
    entry->node->info.attributes = (entry->info.attributes & ~KIND_BITS) | kind;
    if (place && whole)
        hr = put_in_place(entry);
    if (entry->temporary)
        FUZZ_CHECK(HR_SUCCEEDED(node_remove_path(entry->root, entry->temporary)));
    node_release(entry->node);
    free(entry->temporary);
    free(entry->place);
    free(entry);
    m->open--;
    return memory_unlock(m, hr);
}

static int32_t close_entry(files_port *port, tree_entry *entry)
{
    return end_entry(port, entry, false);
}

static int32_t place_entry(files_port *port, tree_entry *entry)
{
    return end_entry(port, entry, true);
}

static int32_t link_in_tree(files_port *port, file_tree *tree, const char *name,
                            file_tree *target_tree, const char *target)
{
    memory_files *m = memory_lock(port);
    memory_node *node;
    int32_t hr = find_in(target_tree, target, &node);

    if (HR_SUCCEEDED(hr))
        hr = tree_name_valid(name) ? node_link(tree->root, name, node) : HR_INVALID_NAME;
    return memory_unlock(m, hr);
}

static int32_t remove_in_tree(files_port *port, file_tree *tree, const char *name)
{
    memory_files *m = memory_lock(port);

    return memory_unlock(m, tree_name_valid(name) ? node_remove_path(tree->root, name)
                                                  : HR_INVALID_NAME);
}

static int32_t set_info(files_port *port, file_tree *tree, const char *name, const basic_info *info)
{
    memory_files *m = memory_lock(port);
    memory_node *node;
    int32_t hr = find_in(tree, name, &node);

    if (HR_SUCCEEDED(hr)) {
        uint32_t kind = node->info.attributes & KIND_BITS;

        node->info = *info;
        node->info.attributes = (info->attributes & ~KIND_BITS) | kind;
    }
    return memory_unlock(m, hr);
}

static int32_t info_in_tree(files_port *port, file_tree *tree, const char *name, file_info *out)
{
    memory_files *m = memory_lock(port);
    memory_node *node;
    int32_t hr = find_in(tree, name, &node);

    if (HR_SUCCEEDED(hr))
        memory_describe(node, out);
    return memory_unlock(m, hr);
}

static int32_t basic_info_in_tree(files_port *port, file_tree *tree, const char *name,
                                  basic_info *out)
{
    memory_files *m = memory_lock(port);
    memory_node *node;
    int32_t hr = find_in(tree, name, &node);

    if (HR_SUCCEEDED(hr))
        *out = node->info;
    return memory_unlock(m, hr);
}

static int32_t list_in_tree(files_port *port, file_tree *tree, const char *name, string_list *out)
{
    memory_files *m = memory_lock(port);
    memory_node *node = tree->root;
    int32_t hr = *name ? find_in(tree, name, &node) : HR_OK;

    if (HR_SUCCEEDED(hr))
        memory_add_names(node, out);
    return memory_unlock(m, hr);
}

static int32_t copy_in_tree(files_port *port, file_tree *tree, const char *name,
                            file_tree *source_tree, const char *source)
{
    memory_files *m = memory_lock(port);
    memory_node *from;
    memory_node *node;
    int32_t hr = find_in(source_tree, source, &from);

    if (HR_SUCCEEDED(hr))
        hr = tree_name_valid(name) ? node_create(tree->root, name, &from->info, &node)
                                   : HR_INVALID_NAME;
    if (HR_SUCCEEDED(hr))
        node->info = from->info;
    return memory_unlock(m, hr);
}

/* ---- reading ---- */

static int32_t open_file(files_port *port, file_tree *tree, const char *name, file **out,
                         file_info *info)
{
    memory_files *m = memory_lock(port);
    memory_node *node;
    int32_t hr = find_in(tree, name, &node);

    if (HR_SUCCEEDED(hr)) {
        memory_describe(node, info);
        hr = info->kind == FILE_KIND_REPARSE     ? HR_REPARSE_POINT
             : info->kind == FILE_KIND_DIRECTORY ? HR_ACCESS_DENIED
                                                 : HR_OK;
    }
    if (HR_FAILED(hr))
        return memory_unlock(m, hr);
    info->size = node->size;
    *out = calloc(1, sizeof(**out));
    FUZZ_CHECK(*out);
    (*out)->left = node->size;
    m->open++;
    return memory_unlock(m, HR_OK);
}

static int32_t read_file(files_port *port, file *f, void *buffer, size_t size, size_t *got)
{
    (void)port;
    *got = f->left < size ? (size_t)f->left : size;
    memset(buffer, 0, *got);
    f->left -= *got;
    return HR_OK;
}

static void close_file(files_port *port, file *f)
{
    memory_files *m = memory_lock(port);

    free(f);
    m->open--;
    (void)memory_unlock(m, HR_OK);
}

/* WIN32_STREAM_ID of reparse data, and a symbolic link to ..\secret. */
static const char link_stream[] = "\x08\0\0\0\0\0\0\0\x3c\0\0\0\0\0\0\0\0\0\0\0"
                                  "\x0c\0\0\xa0\x34\0\0\0\0\0\x12\0\x14\0\x12\0\x01\0\0\0"
                                  ".\0.\0\\\0s\0e\0c\0r\0e\0t\0\0\0"
                                  ".\0.\0\\\0s\0e\0c\0r\0e\0t\0\0";

static int32_t open_backup(files_port *port, file_tree *tree, const char *name, tree_backup **out)
{
    memory_files *m = memory_lock(port);
    memory_node *node;
    int32_t hr = find_in(tree, name, &node);

    if (HR_FAILED(hr))
        return memory_unlock(m, hr);
    FUZZ_CHECK(node->info.attributes & FILE_ATTRIBUTE_REPARSE_BIT);
    *out = calloc(1, sizeof(**out));
    FUZZ_CHECK(*out);
    m->open++;
    return memory_unlock(m, HR_OK);
}

static int32_t read_backup(files_port *port, tree_backup *backup, void *buffer, size_t size,
                           size_t *got)
{
    size_t left = sizeof(link_stream) - backup->done;

    (void)port;
    *got = left < size ? left : size;
    memcpy(buffer, link_stream + backup->done, *got);
    backup->done += *got;
    return HR_OK;
}

static void close_backup(files_port *port, tree_backup *backup)
{
    memory_files *m = memory_lock(port);

    free(backup);
    m->open--;
    (void)memory_unlock(m, HR_OK);
}

void memory_tree_calls(files_port *port)
{
    port->tree_open = open_tree;
    port->tree_close = close_tree;
    port->tree_create = create_entry;
    port->tree_create_beside = create_entry_beside;
    port->tree_reopen = reopen_entry;
    port->entry_write = write_entry;
    port->entry_restore = restore_entry;
    port->entry_close = close_entry;
    port->entry_place = place_entry;
    port->tree_link = link_in_tree;
    port->tree_remove = remove_in_tree;
    port->tree_set_info = set_info;
    port->tree_info = info_in_tree;
    port->tree_basic_info = basic_info_in_tree;
    port->tree_list = list_in_tree;
    port->tree_copy = copy_in_tree;
    port->tree_file_open = open_file;
    port->read_some = read_file;
    port->close = close_file;
    port->tree_backup_open = open_backup;
    port->backup_read = read_backup;
    port->backup_close = close_backup;
}
