/* SPDX-License-Identifier: MIT */
/* Copying one file, link or folder of a tree with all that is known of it. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "codes.h"
#include "files.h"

typedef struct place {
    int parent;
    const char *base;
} place;

static int32_t contents_copy(int from, int to, off_t size)
{
    while (size > 0) {
        ssize_t count = sendfile(to, from, NULL, (size_t)size);

        if (count < 0)
            return hresult_last();
        if (count == 0)
            break;
        size -= count;
    }
    return HR_OK;
}

static int32_t file_copy(const place *source, const place *target, off_t size)
{
    int from = openat(source->parent, source->base, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    int to;
    int32_t hr;

    if (from < 0)
        return hresult_last();
    to = openat(target->parent, target->base, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                0600);
    hr = to < 0 ? hresult_last() : contents_copy(from, to, size);
    close(from);
    if (to >= 0)
        close(to);
    return hr;
}

static int32_t link_copy(const place *source, const place *target)
{
    char text[4096];
    ssize_t length = readlinkat(source->parent, source->base, text, sizeof(text) - 1);

    if (length < 0)
        return hresult_last();
    text[length] = '\0';
    return symlinkat(text, target->parent, target->base) ? hresult_last() : HR_OK;
}

static int32_t metadata_copy(posix_files *files, const struct stat *from, const place *target,
                             const basic_info *info)
{
    metadata_record record = {0};
    bool known = metadata_get(files->metadata, from, &record);
    struct stat to;
    int32_t hr = times_set(target->parent, target->base, info);

    if (HR_SUCCEEDED(hr) && fstatat(target->parent, target->base, &to, AT_SYMLINK_NOFOLLOW))
        hr = hresult_last();
    if (HR_SUCCEEDED(hr) &&
        !metadata_put(files->metadata, &to, info, record.streams, known ? record.size : 0))
        hr = HR_OUT_OF_MEMORY;
    free(record.streams);
    return hr;
}

static int32_t copy_between(posix_files *files, const place *source, const place *target,
                            const basic_info *info)
{
    struct stat node;
    int32_t hr = HR_OK;

    if (fstatat(source->parent, source->base, &node, AT_SYMLINK_NOFOLLOW))
        return hresult_last();
    if (S_ISLNK(node.st_mode))
        hr = link_copy(source, target);
    else if (!S_ISDIR(node.st_mode))
        hr = file_copy(source, target, node.st_size);
    else if (mkdirat(target->parent, target->base, 0700))
        hr = hresult_last();
    return HR_FAILED(hr) ? hr : metadata_copy(files, &node, target, info);
}

int32_t tree_copy(files_port *port, file_tree *tree, const char *name, file_tree *source_tree,
                  const char *source)
{
    basic_info info;
    place from;
    place to;
    int32_t hr = tree_basic_info(port, source_tree, source, &info);

    if (HR_SUCCEEDED(hr))
        hr = tree_parent(source_tree, source, &from.parent, &from.base);
    if (HR_FAILED(hr))
        return hr;
    hr = tree_parent(tree, name, &to.parent, &to.base);
    if (HR_SUCCEEDED(hr)) {
        hr = copy_between((posix_files *)port, &from, &to, &info);
        close(to.parent);
    }
    close(from.parent);
    return hr;
}
