/* SPDX-License-Identifier: MIT */
/** What the files of the Windows half of port/files.h share. */
#ifndef WIN32_FILES_H
#define WIN32_FILES_H

#include "platform.h"

/** All that a file may be shared for: nobody is kept from reading, replacing or removing it. */
#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

/* winbase.h has these two for newer versions of Windows than MinGW targets by default. */
#define FILE_DISPOSITION_INFO_EX_CLASS ((FILE_INFO_BY_HANDLE_CLASS)21)
#define FILE_RENAME_INFO_EX_CLASS      ((FILE_INFO_BY_HANDLE_CLASS)22)

/** 1601 → 1970 in units of 100 ns. */
#define EPOCH_DISTANCE 116444736000000000

/**
 * Readers on Windows make a replacement, a removal or another open fail now and then, for a moment.
 * Whether a call that failed with that code is to be tried again; sleeps before it says yes.
 */
bool retry_after(int32_t hr, unsigned *attempt);

/** Whether it is a link, a folder or a file. */
file_kind kind_from_attributes(DWORD attributes);
/** Removes what is open with DELETE access, read-only or not: the name is gone when it returns
 * true, or when the last handle is closed. */
int32_t handle_remove(HANDLE handle);
/** Names in an open folder: of plain files, and of folders and links. Both may be one list. */
int32_t handle_list(HANDLE folder, string_list *files, string_list *others);
/** The same of all of them, without asking what they are: for folders of wcow's own. */
int32_t handle_list_names(HANDLE folder, string_list *out);
/** Writes all of it through a handle opened for synchronous use. */
int32_t handle_write(HANDLE handle, const void *bytes, size_t size);
/** FILE_BASIC_INFO of an open file. */
int32_t handle_set_info(HANDLE handle, const basic_info *info);
int32_t handle_basic_info(HANDLE handle, basic_info *out);

/* file_state.c */
int32_t file_read(files_port *port, const char *path, size_t limit, char **out, size_t *size);
int32_t file_replace(files_port *port, const char *path, const void *bytes, size_t size);
int32_t file_replace_with(files_port *port, const char *path, const char *spare, const void *bytes,
                          size_t size);

/* file_lock.c */
int32_t lock_take(files_port *port, const char *path, uint32_t milliseconds, file_lock **out);
void lock_release(files_port *port, file_lock *lock);

/* file_io.c */
int32_t file_open(files_port *port, const char *path, int mode, file **out);
int32_t file_read_some(files_port *port, file *f, void *buffer, size_t size, size_t *got);
int32_t file_write_all(files_port *port, file *f, const void *bytes, size_t size);
int32_t file_seek(files_port *port, file *f, uint64_t offset);
int32_t file_flush(files_port *port, file *f);
void file_close(files_port *port, file *f);

/** Takes the handle, also on failure. */
int32_t file_from_handle(HANDLE handle, file **out);

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

#endif
