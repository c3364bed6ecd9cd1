/* SPDX-License-Identifier: MIT */
/* Room for one more file. */
#include "image/store/spare.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "port/hash.h"

/*
 * What is missing is appended: what is there stays in any case, and where there was nothing,
 * nothing is left. Nothing of it is worth a flush: a crash ends what it is kept for, too, or leaves
 * one that is too short, which is seen. Its bytes are random, since a compressed folder would keep
 * hardly any room for others.
 */
void spare_keep(files_port *files, const char *spare, size_t size)
{
    cleanup_free char *bytes = NULL;
    file *f = NULL;
    file_info info = {.size = 0};
    int32_t hr;

    if (HR_FAILED(files->info(files, spare, &info)))
        info.size = 0;
    if (info.size >= size)
        return;
    size -= (size_t)info.size;
    bytes = malloc(size);
    if (!bytes || HR_FAILED(random_bytes(bytes, size)) ||
        HR_FAILED(files->open(files, spare, FILE_APPEND, &f)))
        return;
    hr = files->write_all(files, f, bytes, size);
    files->close(files, f);
    if (HR_FAILED(hr) && !info.size)
        (void)files->remove_file(files, spare);
}

int32_t spare_replace(files_port *files, const char *path, const char *spare, const char *bytes)
{
    const size_t size = strlen(bytes);
    const int32_t hr = files->replace(files, path, bytes, size);

    return hr == HR_DISK_FULL && spare &&
                   HR_SUCCEEDED(files->replace_with(files, path, spare, bytes, size))
               ? HR_OK
               : hr;
}
