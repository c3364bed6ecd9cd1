/* SPDX-License-Identifier: MIT */
/** One backup stream as tar entries; private to the export. */
#ifndef WCOW_LAYER_EXPORT_EXPORT_FILE_H
#define WCOW_LAYER_EXPORT_EXPORT_FILE_H

#include "base/sink.h"
#include "port/files.h"

/**
 * What is exported: of a transport folder a file with attributes (4 bytes), then a Win32 backup
 * stream; of a base layer a file itself, of which the stream is read.
 */
typedef struct exported_file {
    files_port *files;
    const char *path;    /* of the file that holds the stream; NULL: a file itself, */
    file_tree *tree;     /* in this tree */
    const char *in_tree; /* by this name */
    const char *name;    /* in the tar */
    basic_info info;     /* times; and attributes, unless they are in the file */
    tree_backup *opened; /* it, unless `path` is what holds its stream */
} exported_file;

/** Opens a file of a tree, and asks that what it is: its info, and which file. */
WCOW_CHECKED wcow_status exported_file_open(exported_file *from, file_identity *identity,
                                            wcow_error *err);
void exported_file_close(exported_file *from);
DEFINE_CLEANUP_VALUE(exported_file, exported_file, exported_file_close)

/** Writes it, and its alternate streams after it; what was opened is read, and closed. */
WCOW_CHECKED wcow_status export_stream(exported_file *from, const byte_sink *sink, wcow_error *err);

/**
 * Writes a plain file (a hive): its bytes are its contents. What else there is to say of it, its
 * security, is that of the file in the tree, if one was opened.
 */
WCOW_CHECKED wcow_status export_plain(exported_file *from, const byte_sink *sink, wcow_error *err);

#endif
