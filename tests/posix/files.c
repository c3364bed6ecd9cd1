/* SPDX-License-Identifier: MIT */
/* State: small files, folders and locks; and the table of it all. */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "codes.h"
#include "port/clock.h"

#define LOCK_INTERVAL_MAX 20u /* ms */

struct file_lock {
    int descriptor;
};

int32_t path_error(const char *path)
{
    int code = errno;
    cleanup_free char *parent = NULL;
    struct stat folder;

    if (code == ENOTDIR)
        return HR_PATH_NOT_FOUND;
    if (code != ENOENT)
        return hresult_from_errno(code);
    parent = path_parent(path);
    return parent && *parent && stat(parent, &folder) ? HR_PATH_NOT_FOUND : HR_FILE_NOT_FOUND;
}

static int32_t read_descriptor(int descriptor, size_t limit, char **out, size_t *size)
{
    struct stat node;
    size_t length = 0;
    cleanup_free char *bytes = NULL;

    if (fstat(descriptor, &node))
        return hresult_last();
    if (S_ISDIR(node.st_mode))
        return HR_ACCESS_DENIED;
    if ((uint64_t)node.st_size > limit)
        return HR_FILE_TOO_LARGE;
    bytes = malloc((size_t)node.st_size + 1);
    if (!bytes)
        return HR_OUT_OF_MEMORY;
    while (length < (size_t)node.st_size) {
        ssize_t count = read(descriptor, bytes + length, (size_t)node.st_size - length);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return hresult_last();
        if (count == 0)
            break;
        length += (size_t)count;
    }
    bytes[length] = '\0';
    *out = TAKE(bytes);
    *size = length;
    return HR_OK;
}

static int32_t file_read(files_port *port, const char *path, size_t limit, char **out, size_t *size)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    int32_t hr;

    (void)port;
    if (descriptor < 0)
        return path_error(path);
    hr = read_descriptor(descriptor, limit, out, size);
    close(descriptor);
    return hr;
}

static int32_t file_replace(files_port *port, const char *path, const void *bytes, size_t size)
{
    cleanup_free char *temporary = text_format("%s.tmp-XXXXXX", path);
    int descriptor;
    int32_t hr;

    (void)port;
    if (!temporary)
        return HR_OUT_OF_MEMORY;
    descriptor = mkostemp(temporary, O_CLOEXEC);
    if (descriptor < 0)
        return path_error(path);
    hr = descriptor_write(descriptor, bytes, size);
    if (HR_SUCCEEDED(hr) && fsync(descriptor))
        hr = hresult_last();
    if (close(descriptor) && HR_SUCCEEDED(hr))
        hr = hresult_last();
    if (HR_SUCCEEDED(hr) && rename(temporary, path))
        hr = hresult_last();
    if (HR_FAILED(hr))
        unlink(temporary);
    return hr;
}

static int32_t file_replace_with(files_port *port, const char *path, const char *spare,
                                 const void *bytes, size_t size)
{
    const int descriptor = open(spare, O_WRONLY | O_CLOEXEC);
    int32_t hr;

    (void)port;
    if (descriptor < 0)
        return path_error(spare);
    hr = descriptor_write(descriptor, bytes, size);
    if (HR_SUCCEEDED(hr) && (ftruncate(descriptor, (off_t)size) || fsync(descriptor)))
        hr = hresult_last();
    if (close(descriptor) && HR_SUCCEEDED(hr))
        hr = hresult_last();
    return HR_SUCCEEDED(hr) && rename(spare, path) ? path_error(path) : hr;
}

static int32_t directory_make(files_port *port, const char *path)
{
    (void)port;
    if (mkdir(path, 0700) == 0)
        return HR_OK;
    return errno == ENOENT ? HR_PATH_NOT_FOUND : path_error(path);
}

static int32_t file_rename(files_port *port, const char *from, const char *to)
{
    (void)port;
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return HR_OK;
    if (errno == ENOENT && access(from, F_OK) == 0)
        return HR_PATH_NOT_FOUND;
    return path_error(from);
}

static int32_t file_remove(files_port *port, const char *path)
{
    (void)port;
    return unlink(path) ? path_error(path) : HR_OK;
}

static int32_t directory_remove(files_port *port, const char *path)
{
    struct stat node;

    (void)port;
    if (lstat(path, &node) == 0 && S_ISLNK(node.st_mode))
        return unlink(path) ? path_error(path) : HR_OK;
    if (rmdir(path) == 0)
        return HR_OK;
    return errno == ENOTDIR ? hresult_from_errno(ENOTDIR) : path_error(path);
}

static int32_t path_info(files_port *port, const char *path, file_info *out)
{
    struct stat node;

    (void)port;
    if (lstat(path, &node))
        return path_error(path);
    *out = (file_info){
        .kind = S_ISLNK(node.st_mode)   ? FILE_KIND_REPARSE
                : S_ISDIR(node.st_mode) ? FILE_KIND_DIRECTORY
                                        : FILE_KIND_FILE,
        .size = S_ISREG(node.st_mode) ? (uint64_t)node.st_size : 0,
        .modified = (int64_t)node.st_mtim.tv_sec * 1000000000 + node.st_mtim.tv_nsec,
    };
    return HR_OK;
}

static int32_t path_is_ours(files_port *port, const char *path, bool *out)
{
    struct stat node;

    (void)port;
    if (lstat(path, &node))
        return path_error(path);
    *out = node.st_uid == 0 || node.st_uid == geteuid();
    return HR_OK;
}

static int32_t path_is_shared(files_port *port, const char *path, bool *out)
{
    struct stat node;

    (void)port;
    if (stat(path, &node)) /* a link's own bits mean nothing */
        return path_error(path);
    *out = (node.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    return HR_OK;
}

/* As a Windows host is that can run containers. */
static int32_t path_file_system(files_port *port, const char *path, char **out)
{
    struct stat node;

    (void)port;
    if (stat(path, &node))
        return path_error(path);
    *out = text_copy("NTFS");
    return *out ? HR_OK : HR_OUT_OF_MEMORY;
}

int32_t folder_list(int descriptor, string_list *out)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    DIR *folder = fdopendir(descriptor);
    int32_t hr = HR_OK;

    if (!folder) {
        hr = hresult_last();
        close(descriptor);
        return hr;
    }
    while (HR_SUCCEEDED(hr)) {
        const struct dirent *entry = readdir(folder);

        if (!entry)
            break;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (!string_list_add(&names, entry->d_name))
            hr = HR_OUT_OF_MEMORY;
    }
    closedir(folder);
    for (size_t i = 0; HR_SUCCEEDED(hr) && i < names.count; i++) {
        if (!string_list_own(out, TAKE(names.items[i])))
            hr = HR_OUT_OF_MEMORY;
    }
    return hr;
}

static int32_t full_path(files_port *port, const char *path, char **out)
{
    cleanup_free char *here = *path == '/' ? NULL : getcwd(NULL, 0);
    char *whole = *path == '/' ? text_copy(path) : here ? path_join(here, path) : NULL;

    (void)port;
    if (!whole)
        return HR_OUT_OF_MEMORY;
    *out = whole;
    return HR_OK;
}

static int32_t final_path(files_port *port, const char *path, char **out)
{
    char *whole = realpath(path, NULL);

    (void)port;
    if (!whole) /* a circle is ERROR_CANT_RESOLVE_FILENAME there */
        return errno == ELOOP ? HR_FROM_WIN32(1921) : hresult_last();
    *out = whole;
    return HR_OK;
}

static int32_t path_list(files_port *port, const char *path, string_list *out)
{
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    (void)port;
    if (descriptor >= 0)
        return folder_list(descriptor, out);
    return errno == ENOENT ? HR_PATH_NOT_FOUND : hresult_last();
}

/* Whether the locked file is still the one of that name, and not one that was removed meanwhile. */
static bool lock_is_current(int descriptor, const char *path)
{
    struct stat held;
    struct stat named;

    return fstat(descriptor, &held) == 0 && stat(path, &named) == 0 &&
           held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

/* HR_LOCK_VIOLATION when another holds it. */
static int32_t lock_try(const char *path, int *out)
{
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int32_t hr;

    if (descriptor < 0)
        return path_error(path);
    /* flock() belongs to the open file: it holds against threads of this process, too. */
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0 && lock_is_current(descriptor, path)) {
        *out = descriptor;
        return HR_OK;
    }
    hr = errno == EWOULDBLOCK || errno == EINTR || errno == ENOENT || errno == 0 ? HR_LOCK_VIOLATION
                                                                                 : hresult_last();
    close(descriptor);
    return hr;
}

static int32_t lock_take(files_port *port, const char *path, uint32_t milliseconds, file_lock **out)
{
    uint64_t deadline = clock_ticks() + milliseconds;
    uint32_t interval = 1;
    file_lock *lock = malloc(sizeof(*lock));
    int32_t hr;

    (void)port;
    if (!lock)
        return HR_OUT_OF_MEMORY;
    for (;;) {
        errno = 0;
        hr = lock_try(path, &lock->descriptor);
        if (hr != HR_LOCK_VIOLATION)
            break;
        if (clock_ticks() >= deadline) {
            hr = HR_WAIT_TIMEOUT;
            break;
        }
        clock_sleep(interval);
        interval = interval * 2 > LOCK_INTERVAL_MAX ? LOCK_INTERVAL_MAX : interval * 2;
    }
    if (HR_FAILED(hr))
        free(lock);
    else
        *out = lock;
    return hr;
}

static void lock_release(files_port *port, file_lock *lock)
{
    (void)port;
    if (!lock)
        return;
    close(lock->descriptor);
    free(lock);
}

static void files_free(files_port *port)
{
    posix_files *files = (posix_files *)port;

    if (!files)
        return;
    metadata_free(files->metadata);
    free(files);
}

int32_t files_port_open(files_port **out)
{
    static const files_port table = {
        .read = file_read,
        .replace = file_replace,
        .replace_with = file_replace_with,
        .make_directory = directory_make,
        .make_volume = directory_make,
        .rename = file_rename,
        .remove_file = file_remove,
        .remove_directory = directory_remove,
        .info = path_info,
        .is_ours = path_is_ours,
        .is_shared = path_is_shared,
        .file_system = path_file_system,
        .full_path = full_path,
        .final_path = final_path,
        .list = path_list,
        .lock = lock_take,
        .unlock = lock_release,
        .open = file_open,
        .read_some = file_read_some,
        .write_all = file_write_all,
        .seek = file_seek,
        .flush = file_flush,
        .close = file_close,
        .tree_open = tree_open,
        .tree_close = tree_close,
        .tree_create = tree_create,
        .tree_create_beside = tree_create_beside,
        .tree_reopen = tree_reopen,
        .entry_write = entry_write,
        .entry_restore = entry_restore,
        .entry_close = entry_close,
        .entry_place = entry_place,
        .tree_link = tree_link,
        .tree_remove = tree_remove,
        .tree_set_info = tree_set_info,
        .tree_info = tree_info,
        .tree_basic_info = tree_basic_info,
        .tree_list = tree_list,
        .tree_copy = tree_copy,
        .tree_identity = tree_identity,
        .tree_file_open = tree_file_open,
        .tree_backup_open = tree_backup_open,
        .backup_info = tree_backup_info,
        .backup_read = tree_backup_read,
        .backup_close = tree_backup_close,
        .free = files_free,
    };
    posix_files *files = calloc(1, sizeof(*files));

    if (!files)
        return HR_OUT_OF_MEMORY;
    files->port = table;
    files->metadata = metadata_new();
    if (!files->metadata) {
        free(files);
        return HR_OUT_OF_MEMORY;
    }
    *out = &files->port;
    return HR_OK;
}
