/* SPDX-License-Identifier: MIT */
/**
 * What memory_files.c is made of: a node is a file or folder, a name an edge from a folder to it; a
 * node with several names is a file with hard links. Nothing here locks.
 */
#ifndef FUZZ_MEMORY_NODES_H
#define FUZZ_MEMORY_NODES_H

#include <stdbool.h>

#include "base/text.h"
#include "tests/fuzz/memory_files.h"

/** A name in a folder. */
typedef struct edge {
    char *name;
    memory_node *node;
} edge;

struct memory_node {
    size_t names; /* edges to it, and whoever has it open */
    basic_info info;
    edge *children;
    size_t count;
    text contents; /* of files that are written whole */
    uint64_t size; /* of others */
};

/** NULL when out of memory. */
memory_node *node_new(const basic_info *info);
/** One name or opener less: the last one frees it, with all below. */
void node_release(memory_node *node);
bool node_is_folder(const memory_node *node);
/** NULL: there is none of that name. */
edge *node_child(const memory_node *folder, const char *name, size_t length);
/** A name in a folder for a node. */
void node_add(memory_node *folder, const char *name, memory_node *node);
/** Takes a name out of its folder. */
void node_remove(memory_node *folder, edge *child);
/** The folder of a path's last component, which begins at *base. */
int32_t node_find_folder(memory_node *from, const char *path, memory_node **folder,
                         const char **base);
/** What a path leads to. */
int32_t node_find(memory_node *from, const char *path, memory_node **out);
/** A new one of that name. */
int32_t node_create(memory_node *from, const char *path, const basic_info *info, memory_node **out);
/** Removes a file, or a folder with all in it. */
int32_t node_remove_path(memory_node *from, const char *path);
/** Gives a node one more name. */
int32_t node_link(memory_node *from, const char *path, memory_node *node);

#endif
