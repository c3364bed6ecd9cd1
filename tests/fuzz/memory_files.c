/* SPDX-License-Identifier: MIT */
/* The files port in memory. One lock is held during each call: nothing here waits. */
#include "tests/fuzz/memory_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "port/tree_name.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory_nodes.h"

#define DISK_SIZE   ((size_t)64 << 20)
#define HEADER_SIZE 20u
#define KIND_BITS   (FILE_ATTRIBUTE_DIRECTORY_BIT | FILE_ATTRIBUTE_REPARSE_BIT)

struct file_lock {
    char unused;
};

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
    basic_info info;
    bool plain, streamed;        /* how it is written */
    uint8_t header[HEADER_SIZE]; /* of a backup stream */
    size_t header_size;
    uint32_t id;
    uint64_t left;
};

static memory_files *lock(files_port *port)
{
    memory_files *m = (memory_files *)port;

    pthread_mutex_lock(&m->lock);
    return m;
}

static int32_t unlock(memory_files *m, int32_t hr)
{
    pthread_mutex_unlock(&m->lock);
    return hr;
}

/* ---- nodes ---- */

/* A path without its first separator: its way begins at the root. */
static const char *from_root(const char *path)
{
    FUZZ_CHECK(*path == '/');
    return path + 1;
}

static int32_t find_path(memory_files *m, const char *path, memory_node **out)
{
    if (path[1] == '\0') {
        *out = m->root;
        return HR_OK;
    }
    return node_find(m->root, from_root(path), out);
}

/* ---- by path ---- */

static int32_t read_whole(files_port *port, const char *path, size_t limit, char **out,
                          size_t *size)
{
    memory_files *m = lock(port);
    memory_node *node;
    int32_t hr = find_path(m, path, &node);

    if (HR_FAILED(hr))
        return unlock(m, hr);
    if (node->contents.length > limit)
        return unlock(m, HR_FILE_TOO_LARGE);
    *size = node->contents.length;
    *out = text_copy_bytes(text_get(&node->contents), *size);
    return unlock(m, HR_OK);
}

static int32_t replace_whole(files_port *port, const char *path, const void *bytes, size_t size)
{
    static const basic_info plain = {0};
    memory_files *m = lock(port);
    memory_node *node;
    int32_t hr = find_path(m, path, &node);

    if (hr == HR_FILE_NOT_FOUND)
        hr = node_create(m->root, from_root(path), &plain, &node);
    if (HR_FAILED(hr))
        return unlock(m, hr);
    text_cut(&node->contents, 0);
    text_add_bytes(&node->contents, bytes, size);
    return unlock(m, HR_OK);
}

static int32_t make_directory(files_port *port, const char *path)
{
    static const basic_info folder = {0, 0, 0, 0, FILE_ATTRIBUTE_DIRECTORY_BIT};
    memory_files *m = lock(port);
    memory_node *node;

    return unlock(m, node_create(m->root, from_root(path), &folder, &node));
}

static int32_t rename_path(files_port *port, const char *from, const char *to)
{
    memory_files *m = lock(port);
    memory_node *node;
    memory_node *folder;
    const char *base;
    int32_t hr = find_path(m, from, &node);

    if (HR_SUCCEEDED(hr))
        hr = node_find_folder(m->root, from_root(to), &folder, &base);
    if (HR_SUCCEEDED(hr) && node_child(folder, base, strlen(base)))
        hr = HR_ALREADY_EXISTS;
    if (HR_FAILED(hr))
        return unlock(m, hr);
    node_add(folder, base, node);
    return unlock(m, node_remove_path(m->root, from_root(from)));
}

static void describe(const memory_node *node, file_info *out)
{
    *out = (file_info){
        node->info.attributes & FILE_ATTRIBUTE_REPARSE_BIT ? FILE_KIND_REPARSE
        : node_is_folder(node)                             ? FILE_KIND_DIRECTORY
                                                           : FILE_KIND_FILE,
        node->contents.length,
        0,
    };
}

static int32_t path_info(files_port *port, const char *path, file_info *out)
{
    memory_files *m = lock(port);
    memory_node *node;
    int32_t hr = find_path(m, path, &node);

    if (HR_SUCCEEDED(hr))
        describe(node, out);
    return unlock(m, hr);
}

static int32_t file_system(files_port *port, const char *path, char **out)
{
    (void)port;
    (void)path;
    *out = text_copy("NTFS");
    return *out ? HR_OK : HR_OUT_OF_MEMORY;
}

static void add_names(const memory_node *folder, string_list *out)
{
    for (size_t i = 0; i < folder->count; i++)
        FUZZ_CHECK(string_list_add(out, folder->children[i].name));
}

static int32_t list_path(files_port *port, const char *path, string_list *out)
{
    memory_files *m = lock(port);
    memory_node *node;
    int32_t hr = find_path(m, path, &node);

    if (HR_SUCCEEDED(hr))
        add_names(node, out);
    return unlock(m, hr);
}

/* There is one caller at a time: nobody waits. */
static int32_t take_lock(files_port *port, const char *path, uint32_t milliseconds, file_lock **out)
{
    memory_files *m = lock(port);

    (void)path;
    (void)milliseconds;
    *out = calloc(1, sizeof(**out));
    FUZZ_CHECK(*out);
    m->open++;
    return unlock(m, HR_OK);
}

static void give_lock(files_port *port, file_lock *held)
{
    memory_files *m = lock(port);

    m->open--;
    free(held);
    (void)unlock(m, HR_OK);
}

/* ---- trees ---- */

static int32_t open_tree(files_port *port, const char *path, file_tree **out)
{
    memory_files *m = lock(port);
    memory_node *node;
    int32_t hr = find_path(m, path, &node);

    if (HR_FAILED(hr))
        return unlock(m, hr);
    FUZZ_CHECK(node_is_folder(node));
    *out = calloc(1, sizeof(**out));
    FUZZ_CHECK(*out);
    (*out)->root = node;
    node->names++;
    m->open++;
    return unlock(m, HR_OK);
}

static void close_tree(files_port *port, file_tree *tree)
{
    memory_files *m = lock(port);

    node_release(tree->root);
    free(tree);
    m->open--;
    (void)unlock(m, HR_OK);
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
        return HR_INVALID_PARAMETER;
    m = lock(port);
    hr = node_create(tree->root, name, info, &node);
    if (HR_SUCCEEDED(hr))
        *out = entry_new(m, node, info);
    return unlock(m, hr);
}

/* What a name of a tree stands for; with the lock held. */
static int32_t find_in(file_tree *tree, const char *name, memory_node **out)
{
    if (!tree_name_valid(name))
        return HR_INVALID_PARAMETER;
    return node_find(tree->root, name, out);
}

static int32_t reopen_entry(files_port *port, file_tree *tree, const char *name,
                            const basic_info *info, tree_entry **out)
{
    memory_files *m = lock(port);
    memory_node *node;
    int32_t hr = find_in(tree, name, &node);

    if (HR_SUCCEEDED(hr) && !node_is_folder(node))
        hr = HR_REPARSE_POINT;
    if (HR_SUCCEEDED(hr))
        *out = entry_new(m, node, info);
    return unlock(m, hr);
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
    memory_files *m = lock(port);

    int32_t hr = take_room(m, size);

    (void)bytes;
    FUZZ_CHECK(!entry->streamed);
    entry->plain = true;
    entry->node->size += HR_SUCCEEDED(hr) ? size : 0;
    return unlock(m, hr);
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
    memory_files *m = lock(port);
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
    return unlock(m, hr);
}

static int32_t close_entry(files_port *port, tree_entry *entry)
{
    memory_files *m = lock(port);
    bool whole = entry->left == 0 && entry->header_size == 0;
    uint32_t kind = entry->node->info.attributes & KIND_BITS;

    entry->node->info = entry->info;
    entry->node->info.attributes = (entry->info.attributes & ~KIND_BITS) | kind;
    node_release(entry->node);
    free(entry);
    m->open--;
    return unlock(m, whole ? HR_OK : HR_FROM_WIN32(13));
}

static int32_t link_in_tree(files_port *port, file_tree *tree, const char *name,
                            file_tree *target_tree, const char *target)
{
    memory_files *m = lock(port);
    memory_node *node;
    int32_t hr = find_in(target_tree, target, &node);

    if (HR_SUCCEEDED(hr))
        hr = tree_name_valid(name) ? node_link(tree->root, name, node) : HR_INVALID_PARAMETER;
    return unlock(m, hr);
}

static int32_t remove_in_tree(files_port *port, file_tree *tree, const char *name)
{
    memory_files *m = lock(port);

    return unlock(m, tree_name_valid(name) ? node_remove_path(tree->root, name)
                                           : HR_INVALID_PARAMETER);
}

static int32_t set_info(files_port *port, file_tree *tree, const char *name, const basic_info *info)
{
    memory_files *m = lock(port);
    memory_node *node;
    int32_t hr = find_in(tree, name, &node);

    if (HR_SUCCEEDED(hr)) {
        uint32_t kind = node->info.attributes & KIND_BITS;

        node->info = *info;
        node->info.attributes = (info->attributes & ~KIND_BITS) | kind;
    }
    return unlock(m, hr);
}

static int32_t info_in_tree(files_port *port, file_tree *tree, const char *name, file_info *out)
{
    memory_files *m = lock(port);
    memory_node *node;
    int32_t hr = find_in(tree, name, &node);

    if (HR_SUCCEEDED(hr))
        describe(node, out);
    return unlock(m, hr);
}

static int32_t basic_info_in_tree(files_port *port, file_tree *tree, const char *name,
                                  basic_info *out)
{
    memory_files *m = lock(port);
    memory_node *node;
    int32_t hr = find_in(tree, name, &node);

    if (HR_SUCCEEDED(hr))
        *out = node->info;
    return unlock(m, hr);
}

static int32_t list_in_tree(files_port *port, file_tree *tree, const char *name, string_list *out)
{
    memory_files *m = lock(port);
    memory_node *node = tree->root;
    int32_t hr = *name ? find_in(tree, name, &node) : HR_OK;

    if (HR_SUCCEEDED(hr))
        add_names(node, out);
    return unlock(m, hr);
}

static int32_t copy_in_tree(files_port *port, file_tree *tree, const char *name,
                            file_tree *source_tree, const char *source)
{
    memory_files *m = lock(port);
    memory_node *from;
    memory_node *node;
    int32_t hr = find_in(source_tree, source, &from);

    if (HR_SUCCEEDED(hr))
        hr = tree_name_valid(name) ? node_create(tree->root, name, &from->info, &node)
                                   : HR_INVALID_PARAMETER;
    if (HR_SUCCEEDED(hr))
        node->info = from->info;
    return unlock(m, hr);
}

/* ---- reading ---- */

static int32_t open_file(files_port *port, file_tree *tree, const char *name, file **out,
                         file_info *info)
{
    memory_files *m = lock(port);
    memory_node *node;
    int32_t hr = find_in(tree, name, &node);

    if (HR_SUCCEEDED(hr)) {
        describe(node, info);
        hr = info->kind == FILE_KIND_REPARSE     ? HR_REPARSE_POINT
             : info->kind == FILE_KIND_DIRECTORY ? HR_ACCESS_DENIED
                                                 : HR_OK;
    }
    if (HR_FAILED(hr))
        return unlock(m, hr);
    info->size = node->size;
    *out = calloc(1, sizeof(**out));
    FUZZ_CHECK(*out);
    (*out)->left = node->size;
    m->open++;
    return unlock(m, HR_OK);
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
    memory_files *m = lock(port);

    free(f);
    m->open--;
    (void)unlock(m, HR_OK);
}

/* WIN32_STREAM_ID of reparse data, and a symbolic link to ..\secret. */
static const char link_stream[] = "\x08\0\0\0\0\0\0\0\x3c\0\0\0\0\0\0\0\0\0\0\0"
                                  "\x0c\0\0\xa0\x34\0\0\0\0\0\x12\0\x14\0\x12\0\x01\0\0\0"
                                  ".\0.\0\\\0s\0e\0c\0r\0e\0t\0\0\0"
                                  ".\0.\0\\\0s\0e\0c\0r\0e\0t\0\0";

static int32_t open_backup(files_port *port, file_tree *tree, const char *name, tree_backup **out)
{
    memory_files *m = lock(port);
    memory_node *node;
    int32_t hr = find_in(tree, name, &node);

    if (HR_FAILED(hr))
        return unlock(m, hr);
    FUZZ_CHECK(node->info.attributes & FILE_ATTRIBUTE_REPARSE_BIT);
    *out = calloc(1, sizeof(**out));
    FUZZ_CHECK(*out);
    m->open++;
    return unlock(m, HR_OK);
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
    memory_files *m = lock(port);

    free(backup);
    m->open--;
    (void)unlock(m, HR_OK);
}

/* ---- all of it ---- */

void memory_files_init(memory_files *m)
{
    static const basic_info folder = {0, 0, 0, 0, FILE_ATTRIBUTE_DIRECTORY_BIT};

    *m = (memory_files){
        .port =
            {
                .read = read_whole,
                .replace = replace_whole,
                .make_directory = make_directory,
                .make_volume = make_directory,
                .rename = rename_path,
                .info = path_info,
                .file_system = file_system,
                .list = list_path,
                .lock = take_lock,
                .unlock = give_lock,
                .tree_open = open_tree,
                .tree_close = close_tree,
                .tree_create = create_entry,
                .tree_reopen = reopen_entry,
                .entry_write = write_entry,
                .entry_restore = restore_entry,
                .entry_close = close_entry,
                .tree_link = link_in_tree,
                .tree_remove = remove_in_tree,
                .tree_set_info = set_info,
                .tree_info = info_in_tree,
                .tree_basic_info = basic_info_in_tree,
                .tree_list = list_in_tree,
                .tree_copy = copy_in_tree,
                .tree_file_open = open_file,
                .read_some = read_file,
                .close = close_file,
                .tree_backup_open = open_backup,
                .backup_read = read_backup,
                .backup_close = close_backup,
            },
        .root = node_new(&folder),
        .room = DISK_SIZE,
    };
    m->root->names = 1;
    pthread_mutex_init(&m->lock, NULL);
}

void memory_files_clear(memory_files *m)
{
    FUZZ_CHECK(m->open == 0);
    node_release(m->root);
    pthread_mutex_destroy(&m->lock);
}

static size_t count_nodes(const memory_node *node)
{
    size_t count = 1;

    for (size_t i = 0; i < node->count; i++)
        count += count_nodes(node->children[i].node);
    return count;
}

size_t memory_files_count(memory_files *m, const char *path)
{
    memory_node *node;

    return HR_SUCCEEDED(find_path(m, path, &node)) ? count_nodes(node) : 0;
}

void memory_files_move(memory_files *m, const char *from, const char *to, const char *name)
{
    memory_node *source;
    memory_node *target;
    edge *child;

    FUZZ_CHECK(HR_SUCCEEDED(find_path(m, from, &source)));
    FUZZ_CHECK(HR_SUCCEEDED(find_path(m, to, &target)));
    child = node_child(source, name, strlen(name));
    if (!child || node_child(target, name, strlen(name)))
        return;
    node_add(target, name, child->node);
    node_remove(source, child);
}

void memory_files_remove(memory_files *m, const char *path)
{
    (void)node_remove_path(m->root, from_root(path));
}
