/* SPDX-License-Identifier: MIT */
/*
 * -v as Docker on Windows has it: [SOURCE:]DESTINATION[:MODE]. What Docker's client does first (a
 * relative source is one of this process's folder) is done here, too, for whoever calls the
 * library. Source of the rules: moby, daemon/volume/mounts/windows_parser.go.
 */
#include "engine/container/mount_spec.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/host/volume_store.h"
#include "port/machine.h"

const char *const mount_types[] = {
    [MOUNT_BIND] = "bind",
    [MOUNT_VOLUME] = "volume",
    [MOUNT_PIPE] = "npipe",
    NULL,
};

void mount_spec_free(mount_spec *mount)
{
    free(mount->name);
    free(mount->source);
    free(mount->destination);
    free(mount->mode);
    free(mount->given);
    free(mount->subpath);
    string_list_free(&mount->labels);
    *mount = (mount_spec)MOUNT_SPEC_INIT;
}

/* ---- what both grammars share ---- */

wcow_status mount_misconfigured(const mount_spec *mount, wcow_error *err, const char *format, ...)
{
    cleanup_text text why = TEXT_INIT;
    const char *type = mount_types[mount->type];
    va_list arguments;

    va_start(arguments, format);
    text_addv(&why, format, arguments);
    va_end(arguments);
    if (mount->with_option || mount->origin == MOUNT_FROM_CONTAINER)
        return error_set(err, WCOW_INVALID, "invalid mount config for type \"%s\": %s", type,
                         text_get(&why));
    return error_set(err, WCOW_INVALID,
                     "invalid volume specification: '%s': invalid mount config for type \"%s\": %s",
                     mount->given, type, text_get(&why));
}

bool mount_is_pipe(const char *path)
{
    static const char prefix[] = "\\\\.\\pipe\\";
    const size_t length = sizeof(prefix) - 1;
    cleanup_free char *start = text_copy_bytes(path, strnlen(path, length));

    for (char *c = start; c && *c; c++)
        *c = *c == '/' ? '\\' : *c;
    return start && text_equal_ignore_case(start, prefix) && path[length];
}

/* Docker's client takes either separator, and its engine gives the service one. */
static void use_backslashes(char *path)
{
    if (path_separator(path) != '\\' && !mount_is_pipe(path))
        return;
    for (char *c = path; *c; c++)
        *c = *c == '/' ? '\\' : *c;
}

/* But for "C:\". */
static void cut_end(char *path)
{
    size_t length = strlen(path);

    while (length > 3 && (path[length - 1] == '\\' || path[length - 1] == '/'))
        path[--length] = '\0';
}

bool mount_take_source(mount_spec *mount, const char *source, size_t length)
{
    cleanup_free char *given = text_copy_bytes(source, length);

    free(mount->source);
    mount->source = given && *given == '.' ? machine_whole_path(given) : text_copy(given);
    if (!mount->source)
        return false;
    use_backslashes(mount->source);
    cut_end(mount->source);
    return true;
}

/* Docker's names for files: none of them may hold what Windows' may not. */
static bool is_path(const char *path)
{
    return *path != '\0' && !strpbrk(path, ":*?\"<>|\r\n") && !strstr(path, "\\\\");
}

static bool has_dots(const char *path)
{
    for (const char *at = path; (at = strchr(at, '\\')) != NULL;) {
        const size_t length = strcspn(++at, "\\");

        if ((length == 1 && at[0] == '.') || (length == 2 && at[0] == '.' && at[1] == '.'))
            return true;
    }
    return false;
}

/* "d:", "d:\", "d:\folder" */
static bool is_destination(const char *path)
{
    if (mount_is_pipe(path))
        return is_path(path + strlen("\\\\.\\pipe\\"));
    if (!isalpha((unsigned char)path[0]) || path[1] != ':')
        return false;
    return !path[2] || (path[2] == '\\' && (!path[3] || is_path(path + 3)) && !has_dots(path));
}

wcow_status mount_take_destination(mount_spec *mount, const char *destination, size_t length,
                                   const char *what, wcow_error *err)
{
    /* The service is told of a path in the container, which needs no such prefix. */
    const size_t prefix = length > 4 && !strncmp(destination, "\\\\?\\", 4) ? 4 : 0;
    char *taken = text_copy_bytes(destination + prefix, length - prefix);

    free(mount->destination);
    mount->destination = taken;
    if (!taken)
        return error_no_memory(err);
    for (char *c = taken; *c; c++)
        *c = *c == '/' ? '\\' : *c;
    cut_end(taken);
    if (text_equal_ignore_case(taken, "C:") || text_equal_ignore_case(taken, "C:\\"))
        return mount_misconfigured(mount, err, "destination path (%s) cannot be 'c:' or 'c:\\'",
                                   taken);
    if (is_destination(taken))
        return WCOW_OK;
    if (what)
        return error_set(err, WCOW_INVALID,
                         "invalid volume specification: '%s': '%s' is no folder in a container: "
                         "both paths must be absolute, C:\\host:C:\\container",
                         what, taken);
    return mount_misconfigured(mount, err,
                               "invalid mount path: '%s': it must be absolute, like "
                               "C:\\data or D:",
                               taken);
}

wcow_status mount_take_name(mount_spec *mount, const char *name, wcow_error *err)
{
    free(mount->name);
    mount->name = NULL;
    return volume_name_take(name, &mount->name, err);
}

/* ---- -v ---- */

static bool is_drive(const char *path)
{
    return isalpha((unsigned char)path[0]) && path[1] == ':' &&
           (path[2] == '\\' || path[2] == '/' || path[2] == ':' || !path[2]);
}

/* The colon that ends a path: the one after a drive letter belongs to the path. */
static const char *path_end(const char *path)
{
    const char *from = path + (text_starts_with(path, "\\\\?\\") ? 4 : 0);

    if (is_drive(from))
        from += 2;
    return from + strcspn(from, ":");
}

static bool read_mode(const char *mode, bool *read_only)
{
    if (!*mode || text_equal_ignore_case(mode, "rw"))
        *read_only = false;
    else if (text_equal_ignore_case(mode, "ro"))
        *read_only = true;
    else
        return false;
    return true;
}

static wcow_status invalid(const char *specification, const char *why, wcow_error *err)
{
    return error_set(err, WCOW_INVALID, "invalid volume specification: '%s'%s%s", specification,
                     *why ? ": " : "", why);
}

/* What has neither a drive nor a slash is a volume's name. */
static wcow_status take_volume(mount_spec *mount, wcow_error *err)
{
    cleanup_free char *name = TAKE(mount->source);

    mount->type = MOUNT_VOLUME;
    return mount_take_name(mount, name, err);
}

static wcow_status read_kind(mount_spec *mount, wcow_error *err)
{
    const char *source = mount->source;

    if (mount_is_pipe(source)) {
        mount->type = MOUNT_PIPE;
        return WCOW_OK;
    }
    if (text_starts_with(source, "\\\\") && !text_starts_with(source, "\\\\?\\"))
        return invalid(mount->given,
                       "a share cannot be mounted by its name: give it a drive for all sessions "
                       "(New-SmbGlobalMapping), and mount that",
                       err);
    if (path_is_absolute(source))
        return WCOW_OK;
    if (strpbrk(source, "/\\:"))
        return invalid(mount->given, "both paths must be absolute", err);
    return take_volume(mount, err);
}

/* What the kind of its source asks of the destination. */
static wcow_status check_ends(const mount_spec *mount, wcow_error *err)
{
    const bool pipe = mount_is_pipe(mount->destination);

    if (mount->type == MOUNT_PIPE && !pipe)
        return mount_misconfigured(mount, err, "'%s' is not a valid pipe path", mount->destination);
    if (mount->type != MOUNT_PIPE && pipe)
        return mount_misconfigured(mount, err, "a folder cannot be mounted as a pipe: '%s'",
                                   mount->destination);
    return WCOW_OK;
}

/* DESTINATION alone. */
static wcow_status parse_anonymous(const char *specification, mount_spec *mount, wcow_error *err)
{
    wcow_status status;

    mount->type = MOUNT_VOLUME;
    mount->anonymous = true;
    mount->origin = MOUNT_FROM_CONFIG;
    mount->given = text_copy(specification);
    status = mount->given ? mount_take_destination(mount, specification, strlen(specification),
                                                   specification, err)
                          : error_no_memory(err);
    return status ? status : check_ends(mount, err);
}

static wcow_status parse_parts(const char *specification, const char *middle, mount_spec *mount,
                               wcow_error *err)
{
    const char *end = path_end(middle + 1);
    const char *mode = *end ? end + 1 : end;
    wcow_status status;

    if (!read_mode(mode, &mount->read_only) || middle == specification)
        return invalid(specification, "", err);
    mount->mode = text_copy(mode);
    if (!mount->mode || !mount_take_source(mount, specification, (size_t)(middle - specification)))
        return error_no_memory(err);
    /* A relative one is kept as what it is, wherever it is read again. */
    mount->given = *specification == '.' ? text_format("%s%s", mount->source, middle)
                                         : text_copy(specification);
    if (!mount->given)
        return error_no_memory(err);
    status = read_kind(mount, err);
    if (!status)
        status = mount_take_destination(mount, middle + 1, (size_t)(end - middle - 1),
                                        specification, err);
    return status ? status : check_ends(mount, err);
}

wcow_status mount_spec_parse(const char *specification, mount_spec *out, wcow_error *err)
{
    cleanup_mount_spec mount_spec mount = MOUNT_SPEC_INIT;
    const char *middle = path_end(specification);
    wcow_status status;
    bool unused;

    if (*middle && read_mode(middle + 1, &unused) && middle[1]) /* DESTINATION:MODE */
        return invalid(specification,
                       "a mode needs a source: C:\\host:C:\\container:ro, or a volume's name", err);
    status = *middle ? parse_parts(specification, middle, &mount, err)
                     : parse_anonymous(specification, &mount, err);
    if (status)
        return status;
    *out = mount;
    mount = (mount_spec)MOUNT_SPEC_INIT;
    return WCOW_OK;
}

/* ---- the host ---- */

static wcow_status no_folder(const mount_spec *mount, const char *what, wcow_error *err)
{
    return mount_misconfigured(
        mount, err,
        "source path must be a directory: %s %s; Windows mounts folders only: mount the "
        "folder that it is in, or copy the file in",
        mount->source, what);
}

static wcow_status not_there(const mount_spec *mount, wcow_error *err)
{
    return mount_misconfigured(mount, err, "bind source path does not exist: %s", mount->source);
}

#define HR_NO_DIRECTORY HR_FROM_WIN32(267)

/*
 * The service follows a link to a folder, in both schemas, and says little of one to a file (on the
 * way to those it does not even follow links, of schema 2: hcsshim,
 * internal/hcsoci/hcsdoc_wcow.go). What kind of link it is, and who may look behind it, is its
 * business.
 */
static wcow_status check_link(files_port *files, const mount_spec *mount, wcow_error *err)
{
    cleanup_strings string_list unused = STRING_LIST_INIT;
    const int32_t hr = files->list(files, mount->source, &unused);

    if (hr == HR_NO_DIRECTORY || hr == HR_INVALID_PARAMETER) /* Wine and POSIX; Windows */
        return no_folder(mount, "leads to a file", err);
    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND)
        return not_there(mount, err);
    return WCOW_OK;
}

wcow_status mount_source_check(files_port *files, const mount_spec *mount, wcow_error *err)
{
    file_info info;
    int32_t hr;

    if (mount->type != MOUNT_BIND)
        return WCOW_OK;
    hr = files->info(files, mount->source, &info);
    if ((hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND) && mount->creates_source)
        hr = files->make_volume(files, mount->source);
    else if (HR_SUCCEEDED(hr) && info.kind == FILE_KIND_FILE)
        return no_folder(mount, "is a file", err);
    else if (HR_SUCCEEDED(hr) && info.kind == FILE_KIND_REPARSE)
        return check_link(files, mount, err);
    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND)
        return not_there(mount, err);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "looking at it"),
                          "invalid volume specification: '%s': %s", mount->given, mount->source);
    return WCOW_OK;
}

/* ---- lists ---- */

void mount_list_free(mount_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        mount_spec_free(&list->items[i]);
    free(list->items);
    *list = (mount_list)MOUNT_LIST_INIT;
}

bool mount_list_add(mount_list *list, mount_spec *mount)
{
    mount_spec *more = realloc(list->items, (list->count + 1) * sizeof *more);

    if (!more) {
        mount_spec_free(mount);
        return false;
    }
    list->items = more;
    more[list->count++] = *mount;
    *mount = (mount_spec)MOUNT_SPEC_INIT;
    return true;
}

static wcow_status add_each(const char *const *texts,
                            wcow_status (*parse)(const char *text, mount_spec *out,
                                                 wcow_error *err),
                            mount_list *list, wcow_error *err)
{
    for (; texts && *texts; texts++) {
        mount_spec mount = MOUNT_SPEC_INIT;
        wcow_status status = parse(*texts, &mount, err);

        if (status)
            return status;
        if (!mount_list_add(list, &mount))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

wcow_status mount_list_parse(const wcow_container_spec *spec, mount_list *out, wcow_error *err)
{
    CLEANUP(mount_list) mount_list list = MOUNT_LIST_INIT;
    wcow_status status = add_each(spec->mounts, mount_spec_parse, &list, err);

    if (!status)
        status = add_each(spec->mount_options, mount_option_parse, &list, err);
    if (status)
        return status;
    *out = list;
    list = (mount_list)MOUNT_LIST_INIT;
    return WCOW_OK;
}
