/* SPDX-License-Identifier: MIT */
/**
 * The files port in memory: folders, files, links and lock files, all below "/". It holds its
 * callers to what the port asks of them (names, kinds, whole backup streams, everything closed),
 * refuses as Windows does, and its disk is small. What no import calls is not there.
 */
#ifndef FUZZ_MEMORY_FILES_H
#define FUZZ_MEMORY_FILES_H

#include <pthread.h>

#include "port/files.h"

typedef struct memory_node memory_node;

typedef struct memory_files {
    files_port port; /* hand this out */
    pthread_mutex_t lock;
    memory_node *root;
    size_t room; /* on the disk, in bytes of contents */
    size_t open; /* trees, entries and locks that were not closed */
} memory_files;

void memory_files_init(memory_files *m);
/** Everything must be closed. */
void memory_files_clear(memory_files *m);

/** How many things there are below a path, itself included, lock files not. */
size_t memory_files_count(memory_files *m, const char *path);
/** Moves a child of one folder into another one, as a service does; nothing there: nothing is done.
 */
void memory_files_move(memory_files *m, const char *from, const char *to, const char *name);
void memory_files_remove(memory_files *m, const char *path);

#endif
