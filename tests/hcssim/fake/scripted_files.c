/* SPDX-License-Identifier: MIT */
/* The files of the scripted host: those of this machine. */
#include "scripted.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"

static int32_t last_error(void)
{
    switch (errno) {
    case ENOENT:
        return HR_FILE_NOT_FOUND;
    case ENOTDIR:
        return HR_PATH_NOT_FOUND;
    case EEXIST:
        return HR_ALREADY_EXISTS;
    case EACCES:
    case EPERM:
        return HR_ACCESS_DENIED;
    case ENOTEMPTY:
        return HR_DIR_NOT_EMPTY;
    case ENOSPC:
        return HR_DISK_FULL;
    default:
        return HR_INVALID_PARAMETER;
    }
}

static bool exists(sim_machine *m, const char *path, bool *directory)
{
    struct stat found;

    (void)m;
    *directory = false;
    if (lstat(path, &found))
        return false;
    *directory = S_ISDIR(found.st_mode);
    return true;
}

static int32_t read_file(sim_machine *m, const char *path, char **out, size_t *size)
{
    cleanup_text text content = TEXT_INIT;
    FILE *file = fopen(path, "rb");
    char buffer[65536];
    size_t got;

    (void)m;
    if (!file)
        return last_error();
    while ((got = fread(buffer, 1, sizeof(buffer), file)) > 0)
        text_add_bytes(&content, buffer, got);
    fclose(file);
    *size = content.length;
    *out = content.length ? text_take(&content) : text_copy("");
    return *out ? HR_OK : HR_OUT_OF_MEMORY;
}

static int32_t write_file(sim_machine *m, const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    size_t put;

    (void)m;
    if (!file)
        return last_error();
    put = fwrite(bytes, 1, size, file);
    return fclose(file) || put != size ? last_error() : HR_OK;
}

static int32_t make_directory(sim_machine *m, const char *path)
{
    (void)m;
    return mkdir(path, 0700) ? last_error() : HR_OK;
}

static int32_t list(sim_machine *m, const char *path, char ***names)
{
    DIR *folder = opendir(path);
    string_list found = STRING_LIST_INIT;
    const struct dirent *entry;

    (void)m;
    if (!folder)
        return last_error();
    while ((entry = readdir(folder)))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            string_list_add(&found, entry->d_name);
    closedir(folder);
    string_list_sort(&found);
    *names = found.items ? found.items : calloc(1, sizeof(char *));
    return *names ? HR_OK : HR_OUT_OF_MEMORY;
}

void scripted_files_install(sim_machine *calls)
{
    calls->exists = exists;
    calls->read_file = read_file;
    calls->write_file = write_file;
    calls->make_directory = make_directory;
    calls->list = list;
}
