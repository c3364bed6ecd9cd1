/* SPDX-License-Identifier: MIT */
/**
 * Writes backup streams into a layer folder: a base layer's files, or a diff layer's utility VM.
 * Keeps what processing changes: the boot configuration's original streams (bcd*.bak, which an
 * export of the layer gives back) and the times of folders (which writing into them changes).
 */
#ifndef WCOW_LAYER_IMPORT_TREE_WRITER_H
#define WCOW_LAYER_IMPORT_TREE_WRITER_H

#include "layer/import/writer.h"

typedef struct folder_times {
    char *name;
    basic_info info;
} folder_times;

typedef struct tree_writer {
    files_port *files;
    file_tree *tree;
    folder_times *folders;
    size_t folder_count;
    size_t folder_capacity;
} tree_writer;

#define TREE_WRITER_INIT                                                                           \
    {                                                                                              \
        NULL, NULL, NULL, 0, 0                                                                     \
    }

WCOW_CHECKED wcow_status tree_writer_open(tree_writer *w, files_port *files, const char *path,
                                          wcow_error *err);
void tree_writer_close(tree_writer *w);

/** Begins a new entry, or with `reopen` a folder that is there. Remembers a folder's times. */
WCOW_CHECKED wcow_status tree_writer_begin(tree_writer *w, const layer_entry *entry, bool reopen,
                                           layer_output *out, wcow_error *err);
WCOW_CHECKED wcow_status tree_writer_write(tree_writer *w, layer_output *out, const void *bytes,
                                           size_t size, wcow_error *err);
WCOW_CHECKED wcow_status tree_writer_end(tree_writer *w, layer_output *out, wcow_error *err);

/** Remembers times to be set at the end. */
WCOW_CHECKED wcow_status tree_writer_remember(tree_writer *w, const char *name,
                                              const basic_info *info, wcow_error *err);
/** Sets the folders' times, the last one first. Folders that are gone meanwhile do not matter. */
WCOW_CHECKED wcow_status tree_writer_apply_times(tree_writer *w, wcow_error *err);

#endif
