/* SPDX-License-Identifier: MIT */
/* Parsing of bind mounts as Docker on Windows writes them. */
#include "engine/container/mount_spec.h"

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

/* "d:", as Docker takes it and sends it on: the whole of another drive. */
static bool is_drive(const char *path)
{
    return isalpha((unsigned char)path[0]) && path[1] == ':' && !path[2];
}

static bool is_system_drive(const char *path)
{
    return text_equal_ignore_case(path, "C:") || text_equal_ignore_case(path, "C:\\");
}

static bool is_pipe(const char *path)
{
    static const char prefix[] = "\\\\.\\pipe\\";
    cleanup_free char *start = text_copy_bytes(path, strnlen(path, sizeof(prefix) - 1));

    return start && text_equal_ignore_case(start, prefix);
}

static wcow_status invalid(const char *specification, const char *why, wcow_error *err)
{
    return error_set(err, WCOW_INVALID, "invalid volume specification: '%s': %s", specification,
                     why);
}

/* What is neither a folder nor a pipe. A name without a slash is one of Docker's volumes. */
static wcow_status refuse_source(const char *specification, const char *source, wcow_error *err)
{
    if (strpbrk(source, "/\\:") || *source == '.' || !*source)
        return invalid(specification, "both paths must be absolute", err);
    return invalid(specification,
                   "volumes by name are not supported yet: give a folder of the host, "
                   "C:\\host:C:\\container",
                   err);
}

wcow_status mount_spec_parse(const char *specification, mount_spec *out, wcow_error *err)
{
    cleanup_mount_spec mount_spec mount = MOUNT_SPEC_INIT;
    const char *middle = path_end(specification);
    const char *end = *middle ? path_end(middle + 1) : middle;

    if (!*middle && path_is_absolute(specification))
        return invalid(specification,
                       "volumes without a name are not supported yet: give a folder of the host, "
                       "C:\\host:C:\\container",
                       err);
    if (!*middle || !read_mode(end, &mount.read_only))
        return error_set(err, WCOW_INVALID, "invalid volume specification: '%s'", specification);
    mount.source = text_copy_bytes(specification, (size_t)(middle - specification));
    mount.destination = text_copy_bytes(middle + 1, (size_t)(end - middle - 1));
    if (!mount.source || !mount.destination)
        return error_no_memory(err);
    if (!path_is_absolute(mount.source))
        return refuse_source(specification, mount.source, err);
    if (!path_is_absolute(mount.destination) && !is_drive(mount.destination))
        return invalid(specification, "both paths must be absolute", err);
    use_backslashes(mount.source);
    use_backslashes(mount.destination);
    if (is_system_drive(mount.destination))
        return error_set(err, WCOW_INVALID,
                         "invalid volume specification: '%s': destination path (%s) cannot be 'c:' "
                         "or 'c:\\'",
                         specification, mount.destination);
    mount.given = specification;
    *out = mount;
    mount = (mount_spec)MOUNT_SPEC_INIT;
    return WCOW_OK;
}

wcow_status mount_source_check(files_port *files, const mount_spec *mount, wcow_error *err)
{
    file_info info;
    int32_t hr;

    if (is_pipe(mount->source))
        return WCOW_OK;
    hr = files->info(files, mount->source, &info);
    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND)
        return error_set(err, WCOW_INVALID,
                         "invalid volume specification: '%s': invalid mount config for type "
                         "\"bind\": bind source path does not exist: %s",
                         mount->given, mount->source);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "looking at it"),
                          "invalid volume specification: '%s': %s", mount->given, mount->source);
    if (info.kind == FILE_KIND_FILE) /* where a link leads is the service's business */
        return error_set(err, WCOW_INVALID,
                         "invalid volume specification: '%s': invalid mount config for type "
                         "\"bind\": source path must be a directory: %s is a file",
                         mount->given, mount->source);
    return WCOW_OK;
}

void mount_list_free(mount_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        mount_spec_free(&list->items[i]);
    free(list->items);
    *list = (mount_list)MOUNT_LIST_INIT;
}

wcow_status mount_list_parse(const char *const *specifications, mount_list *out, wcow_error *err)
{
    CLEANUP(mount_list) mount_list list = MOUNT_LIST_INIT;
    size_t count = 0;

    while (specifications && specifications[count])
        count++;
    if (!count) {
        *out = list;
        return WCOW_OK;
    }
    list.items = calloc(count, sizeof *list.items);
    if (!list.items)
        return error_no_memory(err);
    for (; list.count < count; list.count++) {
        wcow_status status =
            mount_spec_parse(specifications[list.count], &list.items[list.count], err);

        if (status)
            return status;
    }
    *out = list;
    list = (mount_list)MOUNT_LIST_INIT;
    return WCOW_OK;
}
