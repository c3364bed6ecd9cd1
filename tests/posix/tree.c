/* SPDX-License-Identifier: MIT */
/* Layer trees: everything is opened relative to the root's descriptor, and through no link. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "codes.h"
#include "files.h"
#include "port/tree_name.h"

/* 1601 → 1970 in units of 100 ns. */
#define EPOCH_DISTANCE 116444736000000000u
#define FOLDER_FLAGS   (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* O_NOFOLLOW and O_DIRECTORY together say ENOTDIR to a link and to a file. */
static int32_t root_error(const char *path)
{
    struct stat node;

    return lstat(path, &node) == 0 && S_ISLNK(node.st_mode) ? HR_REPARSE_POINT
                                                            : hresult_from_errno(ENOTDIR);
}

int32_t tree_open(files_port *port, const char *path, file_tree **out)
{
    file_tree *tree = malloc(sizeof(*tree));

    (void)port;
    if (!tree)
        return HR_OUT_OF_MEMORY;
    tree->descriptor = open(path, FOLDER_FLAGS);
    if (tree->descriptor < 0) {
        int32_t hr = errno == ENOTDIR ? root_error(path) : path_error(path);

        free(tree);
        return hr;
    }
    *out = tree;
    return HR_OK;
}

void tree_close(files_port *port, file_tree *tree)
{
    (void)port;
    if (!tree)
        return;
    close(tree->descriptor);
    free(tree);
}

int32_t folder_open(int parent, const char *base, int *out)
{
    struct stat node;
    int code;

    *out = openat(parent, base, FOLDER_FLAGS);
    if (*out >= 0)
        return HR_OK;
    code = errno;
    if (code == ENOENT)
        return HR_PATH_NOT_FOUND;
    if (fstatat(parent, base, &node, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(node.st_mode))
        return HR_REPARSE_POINT;
    return code == ENOTDIR ? HR_PATH_NOT_FOUND : hresult_from_errno(code);
}

/* Opens what is below a folder, through no link. */
static int32_t open_below(int from, const char *name, size_t length, uint64_t flags, int *out)
{
    struct open_how how = {.flags = flags | O_CLOEXEC, /* O_NOFOLLOW would make ELOOP ENOTDIR */
                           .mode = flags & O_CREAT ? 0600 : 0,
                           .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH};
    char path[PATH_MAX];

    if (length >= sizeof(path))
        return HR_PATH_NOT_FOUND;
    for (size_t i = 0; i < length; i++)
        path[i] = name[i] == '\\' ? '/' : name[i];
    path[length] = '\0';
    *out = (int)syscall(SYS_openat2, from, path, &how, sizeof(how));
    if (*out >= 0)
        return HR_OK;
    if (errno == ELOOP)
        return HR_REPARSE_POINT;
    return errno == ENOENT || errno == ENOTDIR ? HR_PATH_NOT_FOUND : hresult_last();
}

/* How much of the name, whole folders, one call can take. */
static size_t stride(const char *name)
{
    const char *end = memrchr(name, '\\', strnlen(name, PATH_MAX));

    return end ? (size_t)(end - name) : strcspn(name, "\\");
}

/*
 * Opens folders of the name, until the rest of it is one component or as short as that. If that
 * takes none, *folder is the tree's own descriptor.
 */
static int32_t descend(const file_tree *tree, const char *name, size_t most, int *folder,
                       const char **rest)
{
    int from = tree->descriptor;

    if (!tree_name_valid(name))
        return HR_INVALID_NAME;
    while (strlen(name) > most && strchr(name, '\\')) {
        size_t length = stride(name);
        int next;
        int32_t hr = open_below(from, name, length, O_RDONLY | O_DIRECTORY, &next);

        if (from != tree->descriptor)
            close(from);
        if (HR_FAILED(hr))
            return hr;
        from = next;
        name += length + 1;
    }
    *folder = from;
    *rest = name;
    return HR_OK;
}

int32_t tree_parent(const file_tree *tree, const char *name, int *descriptor, const char **base)
{
    int32_t hr = descend(tree, name, 0, descriptor, base);

    if (HR_SUCCEEDED(hr) && *descriptor == tree->descriptor)
        *descriptor = dup(tree->descriptor);
    return HR_SUCCEEDED(hr) && *descriptor < 0 ? hresult_last() : hr;
}

int32_t tree_new_file(const file_tree *tree, const char *name, int *descriptor)
{
    const char *rest;
    int folder;
    int32_t hr = descend(tree, name, PATH_MAX - 1, &folder, &rest);

    if (HR_FAILED(hr))
        return hr;
    hr = open_below(folder, rest, strlen(rest), O_RDWR | O_CREAT | O_EXCL, descriptor);
    if (folder != tree->descriptor)
        close(folder);
    return hr;
}

static int32_t tree_stat(const file_tree *tree, const char *name, struct stat *out)
{
    const char *base;
    int parent;
    int32_t hr = tree_parent(tree, name, &parent, &base);

    if (HR_FAILED(hr))
        return hr;
    if (fstatat(parent, base, out, AT_SYMLINK_NOFOLLOW))
        hr = hresult_last();
    close(parent);
    return hr;
}

/* 0 and -1 mean "leave it", as in FILE_BASIC_INFO. */
static struct timespec time_from_windows(uint64_t time)
{
    int64_t ticks = (int64_t)(time - EPOCH_DISTANCE);
    struct timespec out = {(time_t)(ticks / 10000000), (long)(ticks % 10000000) * 100};

    if (time == 0 || time == UINT64_MAX)
        out.tv_nsec = UTIME_OMIT;
    else if (out.tv_nsec < 0) {
        out.tv_sec--;
        out.tv_nsec += 1000000000;
    }
    return out;
}

static uint64_t time_to_windows(struct timespec time)
{
    return (uint64_t)((int64_t)time.tv_sec * 10000000 + time.tv_nsec / 100) + EPOCH_DISTANCE;
}

int32_t descriptor_times_set(int descriptor, const basic_info *info)
{
    struct timespec times[2] = {time_from_windows(info->access), time_from_windows(info->write)};

    return futimens(descriptor, times) ? hresult_last() : HR_OK;
}

int32_t times_set(int parent, const char *base, const basic_info *info)
{
    struct timespec times[2] = {time_from_windows(info->access), time_from_windows(info->write)};

    return utimensat(parent, base, times, AT_SYMLINK_NOFOLLOW) ? hresult_last() : HR_OK;
}

int32_t tree_link(files_port *port, file_tree *tree, const char *name, file_tree *target_tree,
                  const char *target)
{
    const char *base;
    const char *target_base;
    int parent;
    int target_parent;
    int32_t hr = tree_parent(target_tree, target, &target_parent, &target_base);

    (void)port;
    if (HR_FAILED(hr))
        return hr;
    hr = tree_parent(tree, name, &parent, &base);
    if (HR_SUCCEEDED(hr)) {
        if (linkat(target_parent, target_base, parent, base, 0))
            hr = hresult_last();
        close(parent);
    }
    close(target_parent);
    return hr;
}

static int32_t remove_below(posix_files *files, int parent, const char *base);

static int32_t remove_contents(posix_files *files, int folder)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    int copy = openat(folder, ".", FOLDER_FLAGS);
    int32_t hr = copy < 0 ? hresult_last() : folder_list(copy, &names);

    for (size_t i = 0; HR_SUCCEEDED(hr) && i < names.count; i++)
        hr = remove_below(files, folder, names.items[i]);
    return hr;
}

static int32_t remove_below(posix_files *files, int parent, const char *base)
{
    struct stat node;
    int folder;
    int32_t hr;

    if (fstatat(parent, base, &node, AT_SYMLINK_NOFOLLOW))
        return hresult_last();
    if (S_ISDIR(node.st_mode)) {
        hr = folder_open(parent, base, &folder);
        if (HR_FAILED(hr))
            return hr;
        hr = remove_contents(files, folder);
        close(folder);
        if (HR_FAILED(hr))
            return hr;
    }
    if (unlinkat(parent, base, S_ISDIR(node.st_mode) ? AT_REMOVEDIR : 0))
        return hresult_last();
    if (S_ISDIR(node.st_mode) || node.st_nlink == 1)
        metadata_forget(files->metadata, &node);
    return HR_OK;
}

int32_t tree_remove(files_port *port, file_tree *tree, const char *name)
{
    const char *base;
    int parent;
    int32_t hr = tree_parent(tree, name, &parent, &base);

    if (HR_FAILED(hr))
        return hr;
    hr = remove_below((posix_files *)port, parent, base);
    close(parent);
    return hr;
}

int32_t tree_set_info(files_port *port, file_tree *tree, const char *name, const basic_info *info)
{
    posix_files *files = (posix_files *)port;
    struct stat node;
    const char *base;
    int parent;
    int32_t hr = tree_parent(tree, name, &parent, &base);

    if (HR_FAILED(hr))
        return hr;
    if (fstatat(parent, base, &node, AT_SYMLINK_NOFOLLOW))
        hr = hresult_last();
    else
        hr = times_set(parent, base, info);
    close(parent);
    if (HR_SUCCEEDED(hr) && !metadata_set_info(files->metadata, &node, info))
        hr = HR_OUT_OF_MEMORY;
    return hr;
}

static void describe(const struct stat *node, file_info *out)
{
    *out = (file_info){
        .kind = S_ISLNK(node->st_mode)   ? FILE_KIND_REPARSE
                : S_ISDIR(node->st_mode) ? FILE_KIND_DIRECTORY
                                         : FILE_KIND_FILE,
        .size = S_ISREG(node->st_mode) ? (uint64_t)node->st_size : 0,
        .modified = (int64_t)node->st_mtim.tv_sec * 1000000000 + node->st_mtim.tv_nsec,
    };
}

int32_t tree_info(files_port *port, file_tree *tree, const char *name, file_info *out)
{
    struct stat node;
    int32_t hr = tree_stat(tree, name, &node);

    (void)port;
    if (HR_SUCCEEDED(hr))
        describe(&node, out);
    return hr;
}

int32_t tree_file_open(files_port *port, file_tree *tree, const char *name, file **out,
                       file_info *info)
{
    struct stat node;
    file_info found;
    const char *base;
    int descriptor;
    int parent;
    int32_t hr = tree_parent(tree, name, &parent, &base);

    (void)port;
    if (HR_FAILED(hr))
        return hr;
    descriptor = openat(parent, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    hr = descriptor >= 0 ? HR_OK : errno == ELOOP ? HR_REPARSE_POINT : hresult_last();
    close(parent);
    if (HR_FAILED(hr))
        return hr;
    if (fstat(descriptor, &node) || S_ISDIR(node.st_mode)) {
        close(descriptor);
        return HR_ACCESS_DENIED;
    }
    describe(&node, &found);
    hr = file_from_descriptor(descriptor, out);
    if (HR_SUCCEEDED(hr))
        *info = found;
    return hr;
}

static uint32_t attributes_of(const struct stat *node)
{
    if (S_ISLNK(node->st_mode))
        return FILE_ATTRIBUTE_REPARSE_BIT;
    return S_ISDIR(node->st_mode) ? FILE_ATTRIBUTE_DIRECTORY_BIT : 0;
}

void node_basic_info(const posix_files *files, const struct stat *node, basic_info *out)
{
    metadata_record record;

    if (metadata_get(files->metadata, node, &record)) {
        *out = record.info;
        out->attributes |= attributes_of(node);
        free(record.streams);
        return;
    }
    *out = (basic_info){
        .creation = time_to_windows(node->st_mtim),
        .access = time_to_windows(node->st_atim),
        .write = time_to_windows(node->st_mtim),
        .change = time_to_windows(node->st_ctim),
        .attributes = attributes_of(node),
    };
}

void node_identity(const struct stat *node, file_identity *out)
{
    *out = (file_identity){.links = (uint32_t)node->st_nlink, .volume = (uint64_t)node->st_dev};
    memcpy(out->id, &node->st_ino, sizeof(node->st_ino));
}

int32_t tree_basic_info(files_port *port, file_tree *tree, const char *name, basic_info *out)
{
    struct stat node;
    int32_t hr = tree_stat(tree, name, &node);

    if (HR_SUCCEEDED(hr))
        node_basic_info((posix_files *)port, &node, out);
    return hr;
}

int32_t tree_identity(files_port *port, file_tree *tree, const char *name, file_identity *out)
{
    struct stat node;
    int32_t hr = tree_stat(tree, name, &node);

    (void)port;
    if (HR_SUCCEEDED(hr))
        node_identity(&node, out);
    return hr;
}

int32_t tree_list(files_port *port, file_tree *tree, const char *name, string_list *out)
{
    const char *base = ".";
    int parent;
    int folder;
    int32_t hr = HR_OK;

    (void)port;
    if (*name == '\0') {
        parent = dup(tree->descriptor);
        hr = parent < 0 ? hresult_last() : HR_OK;
    } else {
        hr = tree_parent(tree, name, &parent, &base);
    }
    if (HR_FAILED(hr))
        return hr;
    hr = folder_open(parent, base, &folder);
    close(parent);
    return HR_FAILED(hr) ? hr : folder_list(folder, out);
}
