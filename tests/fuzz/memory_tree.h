/* SPDX-License-Identifier: MIT */
/** What the two halves of the files port in memory share. */
#ifndef FUZZ_MEMORY_TREE_H
#define FUZZ_MEMORY_TREE_H

#include "tests/fuzz/memory_files.h"

/** The port, locked until memory_unlock(), which returns `hr`. */
memory_files *memory_lock(files_port *port);
int32_t memory_unlock(memory_files *m, int32_t hr);

/* With the lock held. */
int32_t memory_find(memory_files *m, const char *path, memory_node **out);
void memory_describe(const memory_node *node, file_info *out);
void memory_add_names(const memory_node *folder, string_list *out);

/** Puts the calls on trees, and on files in them, into a port. */
void memory_tree_calls(files_port *port);

#endif
