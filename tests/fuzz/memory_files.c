/* SPDX-License-Identifier: MIT */
/* The files port in memory. One lock is held during each call: nothing here waits. */
#include "tests/fuzz/memory_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory_nodes.h"
#include "tests/fuzz/memory_tree.h"

#define DISK_SIZE ((size_t)64 << 20)

struct file_lock {
    char unused;
};

memory_files *memory_lock(files_port *port)
{
    memory_files *m = (memory_files *)port;

    pthread_mutex_lock(&m->lock);
    return m;
}

int32_t memory_unlock(memory_files *m, int32_t hr)
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

int32_t memory_find(memory_files *m, const char *path, memory_node **out)
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
    memory_files *m = memory_lock(port);
    memory_node *node;
    int32_t hr = memory_find(m, path, &node);

    if (HR_FAILED(hr))
        return memory_unlock(m, hr);
    if (node->contents.length > limit)
        return memory_unlock(m, HR_FILE_TOO_LARGE);
    *size = node->contents.length;
    *out = text_copy_bytes(text_get(&node->contents), *size);
    return memory_unlock(m, HR_OK);
}

static int32_t replace_whole(files_port *port, const char *path, const void *bytes, size_t size)
{
    static const basic_info plain = {0};
    memory_files *m = memory_lock(port);
    memory_node *node;
    int32_t hr = memory_find(m, path, &node);

    if (hr == HR_FILE_NOT_FOUND)
        hr = node_create(m->root, from_root(path), &plain, &node);
    if (HR_FAILED(hr))
        return memory_unlock(m, hr);
    text_cut(&node->contents, 0);
    text_add_bytes(&node->contents, bytes, size);
    return memory_unlock(m, HR_OK);
}

static int32_t make_directory(files_port *port, const char *path)
{
    static const basic_info folder = {0, 0, 0, 0, FILE_ATTRIBUTE_DIRECTORY_BIT};
    memory_files *m = memory_lock(port);
    memory_node *node;

    return memory_unlock(m, node_create(m->root, from_root(path), &folder, &node));
}

static int32_t rename_path(files_port *port, const char *from, const char *to)
{
    memory_files *m = memory_lock(port);
    memory_node *node;
    memory_node *folder;
    const char *base;
    int32_t hr = memory_find(m, from, &node);

    if (HR_SUCCEEDED(hr))
        hr = node_find_folder(m->root, from_root(to), &folder, &base);
    if (HR_SUCCEEDED(hr) && node_child(folder, base, strlen(base)))
        hr = HR_ALREADY_EXISTS;
    if (HR_FAILED(hr))
        return memory_unlock(m, hr);
    node_add(folder, base, node);
    return memory_unlock(m, node_remove_path(m->root, from_root(from)));
}

void memory_describe(const memory_node *node, file_info *out)
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
    memory_files *m = memory_lock(port);
    memory_node *node;
    int32_t hr = memory_find(m, path, &node);

    if (HR_SUCCEEDED(hr))
        memory_describe(node, out);
    return memory_unlock(m, hr);
}

static int32_t file_system(files_port *port, const char *path, char **out)
{
    (void)port;
    (void)path;
    *out = text_copy("NTFS");
    return *out ? HR_OK : HR_OUT_OF_MEMORY;
}

void memory_add_names(const memory_node *folder, string_list *out)
{
    for (size_t i = 0; i < folder->count; i++)
        FUZZ_CHECK(string_list_add(out, folder->children[i].name));
}

static int32_t list_path(files_port *port, const char *path, string_list *out)
{
    memory_files *m = memory_lock(port);
    memory_node *node;
    int32_t hr = memory_find(m, path, &node);

    if (HR_SUCCEEDED(hr))
        memory_add_names(node, out);
    return memory_unlock(m, hr);
}

/* There is one caller at a time: nobody waits. */
static int32_t take_lock(files_port *port, const char *path, uint32_t milliseconds, file_lock **out)
{
    memory_files *m = memory_lock(port);

    (void)path;
    (void)milliseconds;
    *out = calloc(1, sizeof(**out));
    FUZZ_CHECK(*out);
    m->open++;
    return memory_unlock(m, HR_OK);
}

static void give_lock(files_port *port, file_lock *held)
{
    memory_files *m = memory_lock(port);

    m->open--;
    free(held);
    (void)memory_unlock(m, HR_OK);
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
            },
        .root = node_new(&folder),
        .room = DISK_SIZE,
    };
    memory_tree_calls(&m->port);
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

    return HR_SUCCEEDED(memory_find(m, path, &node)) ? count_nodes(node) : 0;
}

void memory_files_move(memory_files *m, const char *from, const char *to, const char *name)
{
    memory_node *source;
    memory_node *target;
    edge *child;

    FUZZ_CHECK(HR_SUCCEEDED(memory_find(m, from, &source)));
    FUZZ_CHECK(HR_SUCCEEDED(memory_find(m, to, &target)));
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
