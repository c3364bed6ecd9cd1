/* SPDX-License-Identifier: MIT */
/* Files, folders and their names in memory. */
#include "tests/fuzz/memory_nodes.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "port/tree_name.h"
#include "tests/fuzz/fuzz.h"

#define KIND_BITS (FILE_ATTRIBUTE_DIRECTORY_BIT | FILE_ATTRIBUTE_REPARSE_BIT)

memory_node *node_new(const basic_info *info)
{
    memory_node *node = calloc(1, sizeof(*node));

    FUZZ_CHECK(node);
    node->info = *info;
    node->info.attributes &= ~FILE_ATTRIBUTE_REPARSE_BIT; /* a stream makes it one */
    return node;
}

void node_release(memory_node *node)
{
    FUZZ_CHECK(node->names > 0);
    if (--node->names > 0)
        return;
    for (size_t i = 0; i < node->count; i++) {
        free(node->children[i].name);
        node_release(node->children[i].node);
    }
    free(node->children);
    text_free(&node->contents);
    free(node);
}

bool node_is_folder(const memory_node *node)
{
    return (node->info.attributes & KIND_BITS) == FILE_ATTRIBUTE_DIRECTORY_BIT;
}

edge *node_child(const memory_node *folder, const char *name, size_t length)
{
    for (size_t i = 0; i < folder->count; i++) {
        edge *child = &folder->children[i];

        if (strlen(child->name) == length && strncasecmp(child->name, name, length) == 0)
            return child;
    }
    return NULL;
}

void node_add(memory_node *folder, const char *name, memory_node *node)
{
    char *copy = text_copy(name);
    edge *children;

    FUZZ_CHECK(copy && !node_child(folder, name, strlen(name)));
    children = realloc(folder->children, (folder->count + 1) * sizeof(*children));
    FUZZ_CHECK(children);
    folder->children = children;
    folder->children[folder->count++] = (edge){copy, node};
    node->names++;
}

void node_remove(memory_node *folder, edge *child)
{
    edge gone = *child;

    *child = folder->children[--folder->count];
    free(gone.name);
    node_release(gone.node);
}

/* The folder of a path's last component, which begins at *base. */
int32_t node_find_folder(memory_node *from, const char *path, memory_node **folder,
                         const char **base)
{
    for (;;) {
        size_t length = strcspn(path, "/\\");
        edge *child;

        FUZZ_CHECK(length > 0);
        if (!path[length]) {
            *folder = from;
            *base = path;
            return HR_OK;
        }
        child = node_child(from, path, length);
        if (!child)
            return HR_PATH_NOT_FOUND;
        if (child->node->info.attributes & FILE_ATTRIBUTE_REPARSE_BIT)
            return HR_REPARSE_POINT;
        if (!node_is_folder(child->node))
            return HR_PATH_NOT_FOUND;
        from = child->node;
        path += length + 1;
    }
}

int32_t node_find(memory_node *from, const char *path, memory_node **out)
{
    memory_node *folder;
    const char *base;
    edge *child;
    int32_t hr = node_find_folder(from, path, &folder, &base);

    if (HR_FAILED(hr))
        return hr;
    child = node_child(folder, base, strlen(base));
    if (!child)
        return HR_FILE_NOT_FOUND;
    *out = child->node;
    return HR_OK;
}

int32_t node_create(memory_node *from, const char *path, const basic_info *info, memory_node **out)
{
    memory_node *folder;
    const char *base;
    int32_t hr = node_find_folder(from, path, &folder, &base);

    if (HR_FAILED(hr))
        return hr;
    if (node_child(folder, base, strlen(base)))
        return HR_ALREADY_EXISTS;
    *out = node_new(info);
    node_add(folder, base, *out);
    return HR_OK;
}

int32_t node_remove_path(memory_node *from, const char *path)
{
    memory_node *folder;
    const char *base;
    edge *child;
    int32_t hr = node_find_folder(from, path, &folder, &base);

    if (HR_FAILED(hr))
        return hr;
    child = node_child(folder, base, strlen(base));
    if (!child)
        return HR_FILE_NOT_FOUND;
    node_remove(folder, child);
    return HR_OK;
}

int32_t node_link(memory_node *from, const char *path, memory_node *node)
{
    memory_node *folder;
    const char *base;
    int32_t hr = node_find_folder(from, path, &folder, &base);

    if (HR_FAILED(hr))
        return hr;
    if (node_is_folder(node))
        return HR_ACCESS_DENIED;
    if (node_child(folder, base, strlen(base)))
        return HR_ALREADY_EXISTS;
    node_add(folder, base, node);
    return HR_OK;
}
