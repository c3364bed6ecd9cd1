/* SPDX-License-Identifier: MIT */
/* Blobs and logs: open files, streamed. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "codes.h"
#include "files.h"

struct file {
    int descriptor;
};

int32_t file_open(files_port *port, const char *path, int mode, file **out)
{
    int flags = O_RDONLY;
    file *f;

    (void)port;
    if (mode == FILE_CREATE)
        flags = O_WRONLY | O_CREAT | O_EXCL;
    else if (mode == FILE_APPEND)
        flags = O_WRONLY | O_CREAT | O_APPEND;
    else if (mode != FILE_READ)
        return HR_INVALID_PARAMETER;
    f = malloc(sizeof(*f));
    if (!f)
        return HR_OUT_OF_MEMORY;
    f->descriptor = open(path, flags | O_CLOEXEC, 0600);
    if (f->descriptor < 0) {
        /* CreateFile says "file exists" where others say "already exists". */
        int32_t hr = errno == EEXIST ? HR_FILE_EXISTS : path_error(path);

        free(f);
        return hr;
    }
    *out = f;
    return HR_OK;
}

int32_t file_from_descriptor(int descriptor, file **out)
{
    file *f = malloc(sizeof(*f));

    if (!f) {
        close(descriptor);
        return HR_OUT_OF_MEMORY;
    }
    f->descriptor = descriptor;
    *out = f;
    return HR_OK;
}

int32_t file_read_some(files_port *port, file *f, void *buffer, size_t size, size_t *got)
{
    ssize_t count;

    (void)port;
    do {
        count = read(f->descriptor, buffer, size);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return hresult_last();
    *got = (size_t)count;
    return HR_OK;
}

int32_t descriptor_write(int descriptor, const void *bytes, size_t size)
{
    const char *next = bytes;

    while (size > 0) {
        ssize_t count = write(descriptor, next, size);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return hresult_last();
        next += count;
        size -= (size_t)count;
    }
    return HR_OK;
}

int32_t file_write_all(files_port *port, file *f, const void *bytes, size_t size)
{
    (void)port;
    return descriptor_write(f->descriptor, bytes, size);
}

int32_t file_seek(files_port *port, file *f, uint64_t offset)
{
    (void)port;
    return lseek(f->descriptor, (off_t)offset, SEEK_SET) < 0 ? hresult_last() : HR_OK;
}

int32_t file_flush(files_port *port, file *f)
{
    (void)port;
    return fsync(f->descriptor) ? hresult_last() : HR_OK;
}

void file_close(files_port *port, file *f)
{
    (void)port;
    if (!f)
        return;
    close(f->descriptor);
    free(f);
}
