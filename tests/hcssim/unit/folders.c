/* SPDX-License-Identifier: MIT */
#include "folders.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

char *in(const fixture *f, const char *name)
{
    return text_format("%s/%s", f->host->folder, name);
}

void put(const char *folder, const char *name, const void *bytes, size_t size)
{
    cleanup_free char *path = text_format("%s/%s", folder, name);
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

void make(const char *folder, const char *name)
{
    cleanup_free char *path = text_format("%s/%s", folder, name);

    assert_int_equal(mkdir(path, 0700), 0);
}

bool is_there(const char *folder, const char *name)
{
    cleanup_free char *path = text_format("%s/%s", folder, name);

    return access(path, F_OK) == 0;
}

char *get(const char *folder, const char *name)
{
    cleanup_free char *path = text_format("%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    char buffer[4096];
    size_t size;

    assert_non_null(file);
    size = fread(buffer, 1, sizeof(buffer), file);
    fclose(file);
    return text_copy_bytes(buffer, size);
}
