/* SPDX-License-Identifier: MIT */
/* Parsing of bind mounts as Docker on Windows writes them. */
#include "container/mount_spec.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"

void mount_spec_free(mount_spec *mount)
{
    free(mount->source);
    free(mount->destination);
    mount->source = NULL;
    mount->destination = NULL;
}

/* The colon that ends a path: the one after a drive letter belongs to the path. */
static const char *path_end(const char *path)
{
    const char *from = path;

    if (isalpha((unsigned char)path[0]) && path[1] == ':')
        from = path + 2;
    return from + strcspn(from, ":");
}

static bool read_mode(const char *mode, bool *read_only)
{
    if (!*mode || text_equal_ignore_case(mode, ":rw"))
        *read_only = false;
    else if (text_equal_ignore_case(mode, ":ro"))
        *read_only = true;
    else
        return false;
    return true;
}

/* Docker's client takes either separator, and its engine gives the service one. */
static void use_backslashes(char *path)
{
    if (path_separator(path) != '\\')
        return;
    for (char *c = path; *c; c++)
        *c = *c == '/' ? '\\' : *c;
}

static bool is_system_drive(const char *path)
{
    return text_equal_ignore_case(path, "C:") || text_equal_ignore_case(path, "C:\\");
}

wcow_status mount_spec_parse(const char *specification, mount_spec *out, wcow_error *err)
{
    cleanup_mount_spec mount_spec mount = {NULL, NULL, false};
    const char *middle = path_end(specification);
    const char *end = *middle ? path_end(middle + 1) : middle;

    if (!*middle || !read_mode(end, &mount.read_only))
        return error_set(err, WCOW_INVALID, "invalid volume specification: '%s'", specification);
    mount.source = text_copy_bytes(specification, (size_t)(middle - specification));
    mount.destination = text_copy_bytes(middle + 1, (size_t)(end - middle - 1));
    if (!mount.source || !mount.destination)
        return error_no_memory(err);
    if (!path_is_absolute(mount.source) || !path_is_absolute(mount.destination))
        return error_set(err, WCOW_INVALID,
                         "invalid volume specification: '%s': both paths must be absolute",
                         specification);
    use_backslashes(mount.source);
    use_backslashes(mount.destination);
    if (is_system_drive(mount.destination))
        return error_set(err, WCOW_INVALID,
                         "invalid volume specification: '%s': destination path (%s) cannot be 'c:' "
                         "or 'c:\\'",
                         specification, mount.destination);
    *out = mount;
    mount = (mount_spec){NULL, NULL, false};
    return WCOW_OK;
}
