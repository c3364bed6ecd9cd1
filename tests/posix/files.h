/* SPDX-License-Identifier: MIT */
/** What the files of the Linux half of port/files.h share. */
#ifndef POSIX_FILES_H
#define POSIX_FILES_H

#include <sys/types.h>

#include "metadata.h"
#include "port/files.h"

typedef struct posix_files {
    files_port port; /* first: a files_port is one of these */
    metadata *metadata;
} posix_files;

struct file_tree {
    int descriptor;
};

/** The last errno for a path: a missing parent folder is HR_PATH_NOT_FOUND, as on Windows. */
int32_t path_error(const char *path);
/** Takes the descriptor, also on failure. */
int32_t file_from_descriptor(int descriptor, file **out);
/** Names in an open folder; takes the descriptor. */
int32_t folder_list(int descriptor, string_list *out);

/* file_io.c */
int32_t file_open(files_port *port, const char *path, int mode, file **out);
int32_t file_read_some(files_port *port, file *f, void *buffer, size_t size, size_t *got);
int32_t file_write_all(files_port *port, file *f, const void *bytes, size_t size);
int32_t file_seek(files_port *port, file *f, uint64_t offset);
int32_t file_flush(files_port *port, file *f);
void file_close(files_port *port, file *f);
int32_t descriptor_write(int descriptor, const void *bytes, size_t size);

/* tree.c */
int32_t tree_open(files_port *port, const char *path, file_tree **out);
void tree_close(files_port *port, file_tree *tree);
int32_t tree_link(files_port *port, file_tree *tree, const char *name, file_tree *target_tree,
                  const char *target);
int32_t tree_remove(files_port *port, file_tree *tree, const char *name);
int32_t tree_set_info(files_port *port, file_tree *tree, const char *name, const basic_info *info);
int32_t tree_info(files_port *port, file_tree *tree, const char *name, file_info *out);
int32_t tree_file_open(files_port *port, file_tree *tree, const char *name, file **out,
                       file_info *info);
int32_t tree_basic_info(files_port *port, file_tree *tree, const char *name, basic_info *out);
int32_t tree_list(files_port *port, file_tree *tree, const char *name, string_list *out);
int32_t tree_copy(files_port *port, file_tree *tree, const char *name, file_tree *source_tree,
                  const char *source);
int32_t tree_identity(files_port *port, file_tree *tree, const char *name, file_identity *out);

/* tree_backup.c */
int32_t tree_backup_open(files_port *port, file_tree *tree, const char *name, tree_backup **out);
int32_t tree_backup_info(files_port *port, tree_backup *backup, basic_info *info,
                         file_identity *identity);
int32_t tree_backup_read(files_port *port, tree_backup *backup, void *buffer, size_t size,
                         size_t *got);
void tree_backup_close(files_port *port, tree_backup *backup);

/** The folder that holds `name`, opened without following a link, and the last component. */
int32_t tree_parent(const file_tree *tree, const char *name, int *descriptor, const char **base);
/** Makes a file and opens it for reading and writing, through no link. */
int32_t tree_new_file(const file_tree *tree, const char *name, int *descriptor);
/** Opens one component as a folder, and no link. */
int32_t folder_open(int parent, const char *base, int *out);
/** What is known of a file: attributes and times; which one it is. */
void node_basic_info(const posix_files *files, const struct stat *node, basic_info *out);
void node_identity(const struct stat *node, file_identity *out);
/** Sets access and write time as far as `info` has them. */
int32_t times_set(int parent, const char *base, const basic_info *info);
int32_t descriptor_times_set(int descriptor, const basic_info *info);

/* tree_entry.c */
int32_t tree_create(files_port *port, file_tree *tree, const char *name, const basic_info *info,
                    tree_entry **out);
int32_t tree_reopen(files_port *port, file_tree *tree, const char *name, const basic_info *info,
                    tree_entry **out);
int32_t tree_create_beside(files_port *port, file_tree *tree, const char *name,
                           const basic_info *info, tree_entry **out);
int32_t entry_write(files_port *port, tree_entry *entry, const void *bytes, size_t size);
int32_t entry_restore(files_port *port, tree_entry *entry, const void *bytes, size_t size,
                      bool security);
int32_t entry_close(files_port *port, tree_entry *entry);
int32_t entry_place(files_port *port, tree_entry *entry);

#endif
