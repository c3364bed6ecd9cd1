/* SPDX-License-Identifier: MIT */
/*
 * What a tree holds as Win32 backup streams: what was recorded of a file, with its contents where
 * Windows has them, before the alternate streams. An empty file has no contents, as BackupRead has
 * it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "codes.h"
#include "files.h"

#define HEADER_SIZE      20u
#define STREAM_DATA      1u
#define STREAM_ALTERNATE 4u

struct tree_backup {
    basic_info info;
    file_identity identity;
    int descriptor; /* of a file with contents; -1: none */
    uint64_t left;  /* of them */
    text before;    /* the streams before the contents, and their header */
    text after;
    size_t before_done, after_done;
};

static uint64_t little_endian(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;

    for (size_t i = size; i > 0; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

static void split(tree_backup *backup, const metadata_record *record)
{
    size_t at = 0;

    while (at + HEADER_SIZE <= record->size) {
        const uint8_t *header = record->streams + at;
        bool alternate = little_endian(header, 4) == STREAM_ALTERNATE;
        size_t size = HEADER_SIZE + (size_t)little_endian(header + 8, 8) +
                      (size_t)little_endian(header + 16, 4);

        text_add_bytes(alternate ? &backup->after : &backup->before, header, size);
        at += size;
    }
}

static void add_data_header(tree_backup *backup, uint64_t size)
{
    char header[HEADER_SIZE] = {STREAM_DATA};

    for (size_t i = 0; i < sizeof(size); i++)
        header[8 + i] = (char)(size >> 8 * i & 0xff);
    text_add_bytes(&backup->before, header, sizeof(header));
}

static int32_t open_contents(tree_backup *backup, int parent, const char *base,
                             const struct stat *node)
{
    if (!S_ISREG(node->st_mode) || node->st_size == 0)
        return HR_OK;
    backup->descriptor = openat(parent, base, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (backup->descriptor < 0)
        return hresult_last();
    backup->left = (uint64_t)node->st_size;
    add_data_header(backup, backup->left);
    return HR_OK;
}

static int32_t fill(posix_files *files, tree_backup *backup, int parent, const char *base)
{
    metadata_record record = {0};
    struct stat node;
    int32_t hr;

    if (fstatat(parent, base, &node, AT_SYMLINK_NOFOLLOW))
        return hresult_last();
    node_basic_info(files, &node, &backup->info);
    node_identity(&node, &backup->identity);
    if (metadata_get(files->metadata, &node, &record))
        split(backup, &record);
    free(record.streams);
    hr = open_contents(backup, parent, base, &node);
    if (HR_SUCCEEDED(hr) && (backup->before.failed || backup->after.failed))
        hr = HR_OUT_OF_MEMORY;
    return hr;
}

int32_t tree_backup_open(files_port *port, file_tree *tree, const char *name, tree_backup **out)
{
    tree_backup *backup = calloc(1, sizeof(*backup));
    const char *base;
    int parent;
    int32_t hr;

    if (!backup)
        return HR_OUT_OF_MEMORY;
    backup->descriptor = -1;
    hr = tree_parent(tree, name, &parent, &base);
    if (HR_SUCCEEDED(hr)) {
        hr = fill((posix_files *)port, backup, parent, base);
        close(parent);
    }
    if (HR_FAILED(hr))
        tree_backup_close(port, backup);
    else
        *out = backup;
    return hr;
}

int32_t tree_backup_info(files_port *port, tree_backup *backup, basic_info *info,
                         file_identity *identity)
{
    (void)port;
    *info = backup->info;
    *identity = backup->identity;
    return HR_OK;
}

static size_t take(const text *from, size_t *done, void *buffer, size_t size)
{
    size_t left = from->length - *done;

    if (size > left)
        size = left;
    if (size > 0)
        memcpy(buffer, from->data + *done, size);
    *done += size;
    return size;
}

int32_t tree_backup_read(files_port *port, tree_backup *backup, void *buffer, size_t size,
                         size_t *got)
{
    ssize_t count;

    (void)port;
    *got = take(&backup->before, &backup->before_done, buffer, size);
    if (*got > 0 || size == 0)
        return HR_OK;
    if (backup->left == 0) {
        *got = take(&backup->after, &backup->after_done, buffer, size);
        return HR_OK;
    }
    count = read(backup->descriptor, buffer, size < backup->left ? size : (size_t)backup->left);
    if (count < 0)
        return hresult_last();
    if (count == 0)
        return HR_FROM_WIN32(38); /* ERROR_HANDLE_EOF: it became shorter */
    backup->left -= (uint64_t)count;
    *got = (size_t)count;
    return HR_OK;
}

void tree_backup_close(files_port *port, tree_backup *backup)
{
    (void)port;
    if (!backup)
        return;
    if (backup->descriptor >= 0)
        close(backup->descriptor);
    text_free(&backup->before);
    text_free(&backup->after);
    free(backup);
}
