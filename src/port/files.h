/* SPDX-License-Identifier: MIT */
/**
 * Files: state, blobs, and the trees of Windows layers. A table, so that tests can fail each call.
 * Failures are HRESULTs (the Linux half maps errno to the Win32 code of the same meaning). Paths
 * are UTF-8, absolute; the Windows half adds \\?\ so that long ones work.
 */
#ifndef WCOW_PORT_FILES_H
#define WCOW_PORT_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"

typedef struct files_port files_port;
typedef struct file file;               /* an open file */
typedef struct file_lock file_lock;     /* a held lock */
typedef struct file_tree file_tree;     /* an open root folder; nothing outside it can be reached */
typedef struct tree_entry tree_entry;   /* one file or folder of a tree, being written */
typedef struct tree_backup tree_backup; /* one of them, being read as a backup stream */

typedef enum file_kind { FILE_KIND_FILE, FILE_KIND_DIRECTORY, FILE_KIND_REPARSE } file_kind;

typedef struct file_info {
    file_kind kind;
    uint64_t size;
    int64_t modified; /* nanoseconds since 1970 */
} file_info;

enum {
    FILE_READ = 1,
    FILE_CREATE = 2 /* new, for writing */,
    FILE_APPEND = 4 /* made if absent */
};

/** FILE_BASIC_INFO: attributes and times in units of 100 ns since 1601. */
typedef struct basic_info {
    uint64_t creation, access, write, change;
    uint32_t attributes;
} basic_info;

/** Which file it is that a name stands for, and how many names it has. */
typedef struct file_identity {
    uint32_t links;
    uint64_t volume; /* its serial number */
    uint8_t id[16];  /* the same for all names of a file, on one volume */
} file_identity;

#define FILE_ATTRIBUTE_READONLY_BIT  0x1u
#define FILE_ATTRIBUTE_DIRECTORY_BIT 0x10u
#define FILE_ATTRIBUTE_REPARSE_BIT   0x400u

struct files_port {
    /* ---- state: small files, whole ---- */
    /** Reads all of it (malloc, NUL-terminated); HR_FILE_TOO_LARGE beyond `limit` bytes. */
    int32_t (*read)(files_port *port, const char *path, size_t limit, char **out, size_t *size);
    /** Writes a temporary file beside it, flushes, renames over (retried on sharing violation). */
    int32_t (*replace)(files_port *port, const char *path, const void *bytes, size_t size);
    /**
     * The same where there is no room for a second file: it is written over the beginning of
     * `spare`, a file of the same volume, which is cut behind it, flushed, and renamed over. If
     * that fails, `spare` stays, and what is in it is lost; HR_FILE_NOT_FOUND if it is not there.
     */
    int32_t (*replace_with)(files_port *port, const char *path, const char *spare,
                            const void *bytes, size_t size);
    /** Makes the folder; HR_ALREADY_EXISTS. Tight: SYSTEM, Administrators and the owner only. */
    int32_t (*make_directory)(files_port *port, const char *path);
    /**
     * The same for what containers are to write into: the accounts that their programs run as may
     * change what is in it, too. Those are ContainerAdministrator (S-1-5-93-2-1) and ContainerUser
     * (S-1-5-93-2-2; moby, pkg/idtools), which no program of the host itself is. dockerd admits
     * SYSTEM and Administrators alone, so that ContainerUser cannot even list a volume
     * (docker/for-win issue 13539).
     */
    int32_t (*make_volume)(files_port *port, const char *path);
    /**
     * Whether what is there, itself and not where a link leads, belongs to this user, to
     * Administrators or to SYSTEM (GetSecurityInfo, OWNER_SECURITY_INFORMATION): whoever else owns
     * it may change its access rights at any time.
     */
    int32_t (*is_ours)(files_port *port, const char *path, bool *out);
    /**
     * Whether others than those may put something into that folder, or take something away. A
     * folder that is made by hand in %ProgramData% is: all users may add to it.
     */
    int32_t (*is_shared)(files_port *port, const char *path, bool *out);
    /** What the volume that holds a folder is formatted with: "NTFS", "ReFS" (malloc). */
    int32_t (*file_system)(files_port *port, const char *path, char **out);
    /** Of a file or folder; `to` must not exist (HR_ALREADY_EXISTS). */
    int32_t (*rename)(files_port *port, const char *from, const char *to);
    int32_t (*remove_file)(files_port *port, const char *path);
    /** An empty folder, or a reparse point itself. */
    int32_t (*remove_directory)(files_port *port, const char *path);
    /** Never follows a final link. */
    int32_t (*info)(files_port *port, const char *path, file_info *out);
    /**
     * The whole path of one that a user wrote: what is relative is taken from this process's
     * current folder, "." and ".." are resolved as text (GetFullPathName). In fresh memory; whether
     * it is there plays no part.
     */
    int32_t (*full_path)(files_port *port, const char *path, char **out);
    /**
     * Where a path of a file or folder leads when every link on it is followed, its own, too, in
     * fresh memory: "\\?\Volume{GUID}\…", or "\\server\share\…" of a share
     * (GetFinalPathNameByHandle). HR_FILE_NOT_FOUND or HR_PATH_NOT_FOUND if that is not
     * there.
     */
    int32_t (*final_path)(files_port *port, const char *path, char **out);
    /** Names in a folder, unsorted, without "." and "..". */
    int32_t (*list)(files_port *port, const char *path, string_list *out);
    /**
     * Exclusive lock on a lock file, made if absent and left behind. Released by unlock() and by
     * the death of the process. HR_WAIT_TIMEOUT when another holds it for all that time.
     */
    int32_t (*lock)(files_port *port, const char *path, uint32_t milliseconds, file_lock **out);
    void (*unlock)(files_port *port, file_lock *lock);

    /* ---- blobs and logs: streamed ---- */
    /** FILE_CREATE of what exists is HR_FILE_EXISTS (80), as CreateFile says it. */
    int32_t (*open)(files_port *port, const char *path, int mode, file **out);
    int32_t (*read_some)(files_port *port, file *f, void *buffer, size_t size, size_t *got);
    int32_t (*write_all)(files_port *port, file *f, const void *bytes, size_t size);
    int32_t (*seek)(files_port *port, file *f, uint64_t offset);
    int32_t (*flush)(files_port *port, file *f);
    void (*close)(files_port *port, file *f);

    /* ---- layer trees: every name relative to a root, no reparse point followed ---- */
    /** Opens a folder as a root; HR_REPARSE_POINT when it is a link itself. */
    int32_t (*tree_open)(files_port *port, const char *path, file_tree **out);
    void (*tree_close)(files_port *port, file_tree *tree);
    /**
     * Creates a file or folder (`info.attributes` decides) that must not exist, sets its times and
     * attributes, and opens it for its contents. `name` uses '\', is relative and has no "." or
     * "..". HR_REPARSE_POINT if a folder on the way is a link.
     */
    int32_t (*tree_create)(files_port *port, file_tree *tree, const char *name,
                           const basic_info *info, tree_entry **out);
    /** The same for a folder that exists: its times and attributes are set, it is opened for
     * restoring. */
    int32_t (*tree_reopen)(files_port *port, file_tree *tree, const char *name,
                           const basic_info *info, tree_entry **out);
    /**
     * The same as tree_create() of what is to take the place of a file or link: made beside it,
     * under a name that nobody else uses, to be put in its place by entry_place(). Without that it
     * goes with entry_close(), and on Windows with this process, however that ends.
     */
    int32_t (*tree_create_beside)(files_port *port, file_tree *tree, const char *name,
                                  const basic_info *info, tree_entry **out);
    /** Plain bytes into it (transport format, hives' data). */
    int32_t (*entry_write)(files_port *port, tree_entry *entry, const void *bytes, size_t size);
    /** A piece of a Win32 backup stream into it: BackupWrite, security included if asked for. */
    int32_t (*entry_restore)(files_port *port, tree_entry *entry, const void *bytes, size_t size,
                             bool security);
    /**
     * Ends it: frees the backup context, applies the times for good, closes. Always frees. A stream
     * that is not complete is ERROR_INVALID_DATA (13).
     */
    int32_t (*entry_close)(files_port *port, tree_entry *entry);
    /**
     * Ends one of tree_create_beside() as entry_close() does, and renames it to the name it was
     * made for: over a file, read-only or not, or a link. What is there is replaced at once and
     * whole, where the system can; if that fails, it stays. A folder is HR_ACCESS_DENIED. Always
     * frees.
     */
    int32_t (*entry_place)(files_port *port, tree_entry *entry);
    /** Hard link `name` → `target` of `target_tree` (perhaps another tree on the same volume). */
    int32_t (*tree_link)(files_port *port, file_tree *tree, const char *name,
                         file_tree *target_tree, const char *target);
    /** Removes a file, or a folder with all in it, never through a reparse point. */
    int32_t (*tree_remove)(files_port *port, file_tree *tree, const char *name);
    /** Sets times and attributes of what exists (folders, after their children were written). */
    int32_t (*tree_set_info)(files_port *port, file_tree *tree, const char *name,
                             const basic_info *info);
    int32_t (*tree_info)(files_port *port, file_tree *tree, const char *name, file_info *out);
    /** Attributes and times of what exists, of a reparse point its own. */
    int32_t (*tree_basic_info)(files_port *port, file_tree *tree, const char *name,
                               basic_info *out);
    /** Names in a folder of the tree ("" is the root), unsorted, without "." and "..". */
    int32_t (*tree_list)(files_port *port, file_tree *tree, const char *name, string_list *out);
    /**
     * Copies one file, reparse point, or folder without what is in it, to `name`, which must not
     * exist: BackupRead → BackupWrite, security included, times and attributes kept.
     */
    int32_t (*tree_copy)(files_port *port, file_tree *tree, const char *name,
                         file_tree *source_tree, const char *source);
    /** Of a reparse point its own. */
    int32_t (*tree_identity)(files_port *port, file_tree *tree, const char *name,
                             file_identity *out);
    /**
     * Opens a file for reading, whoever else reads, writes or removes it. HR_REPARSE_POINT for a
     * link, HR_ACCESS_DENIED for a folder. read_some(), seek() and close() are for it.
     *
     * @param[out] info  of what was opened
     */
    int32_t (*tree_file_open)(files_port *port, file_tree *tree, const char *name, file **out,
                              file_info *info);
    /** Opens a file, folder or reparse point to be read as a Win32 backup stream: BackupRead,
     * security included. */
    int32_t (*tree_backup_open)(files_port *port, file_tree *tree, const char *name,
                                tree_backup **out);
    /** What tree_basic_info() and tree_identity() tell, of what is open. */
    int32_t (*backup_info)(files_port *port, tree_backup *backup, basic_info *info,
                           file_identity *identity);
    /** *got is 0 at the end only. */
    int32_t (*backup_read)(files_port *port, tree_backup *backup, void *buffer, size_t size,
                           size_t *got);
    void (*backup_close)(files_port *port, tree_backup *backup);
    void (*free)(files_port *port);
};

/** Opens the platform's files. Enables backup, restore and security privileges when first needed.
 */
int32_t files_port_open(files_port **out);

#endif
