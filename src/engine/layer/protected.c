/* SPDX-License-Identifier: MIT */
/* What layer zap refuses: volumes, Windows' own folders, wcow's store. */
#include "engine/layer/protected.h"

#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "port/machine.h"

/* Without separators at its end, and with '\' for '/': to compare with. */
static char *plain_path(const char *path)
{
    char *plain = text_copy(path);
    size_t length = plain ? strlen(plain) : 0;

    for (size_t i = 0; i < length; i++)
        if (plain[i] == '/')
            plain[i] = '\\';
    while (length > 0 && plain[length - 1] == '\\')
        plain[--length] = '\0';
    return plain;
}

/* "C:\", "\\?\Volume{…}\", "\\server\share", "/": everything that is on a volume. */
static bool is_volume(const char *plain)
{
    const char *rest = plain;

    if (text_starts_with(rest, "\\\\?\\") || text_starts_with(rest, "\\\\.\\"))
        return !strchr(rest + 4, '\\');
    if (text_starts_with(rest, "\\\\")) {
        rest = strchr(rest + 2, '\\');
        return !rest || !strchr(rest + 1, '\\');
    }
    return !strchr(rest, '\\') || strrchr(plain, '\\') == plain;
}

static wcow_status refuse_volume(const char *path, wcow_error *err)
{
    return error_set(err, WCOW_INVALID, "'%s' is a whole volume", path);
}

static wcow_status refuse_store(const char *path, wcow_error *err)
{
    error_set(err, WCOW_INVALID, "'%s' belongs to wcow's own store", path);
    error_hint(err, "use: wcow layer rm, wcow system prune");
    return WCOW_INVALID;
}

static wcow_status refuse_windows(const char *path, wcow_error *err)
{
    return error_set(err, WCOW_INVALID, "'%s' belongs to Windows", path);
}

static bool meet(const char *one, const char *other)
{
    return path_lies_in(one, other) || path_lies_in(other, one);
}

static bool has_dots(const char *plain)
{
    return strstr(plain, "\\..\\") || text_ends_with(plain, "\\..") || strstr(plain, "\\.\\") ||
           text_ends_with(plain, "\\.");
}

wcow_status protected_check_name(const wcow_host *host, const char *path, wcow_error *err)
{
    cleanup_free char *plain = plain_path(path);

    if (!plain)
        return error_no_memory(err);
    if (!path_is_absolute(path))
        return error_set(err, WCOW_INVALID, "'%s' is not an absolute path", path);
    if (has_dots(plain))
        return error_set(err, WCOW_INVALID, "'%s' has '.' or '..' in it", path);
    if (is_volume(plain))
        return refuse_volume(path, err);
    if (meet(plain, host->root))
        return refuse_store(path, err);
    if (plain[1] == ':' && (path_lies_in(plain + 2, "\\Windows") ||
                            text_equal_ignore_case(plain + 2, "\\ProgramData") ||
                            text_equal_ignore_case(plain + 2, "\\Users")))
        return refuse_windows(path, err);
    return WCOW_OK;
}

static bool is_absent(int32_t hr)
{
    return hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND;
}

/* Where it is, to compare with; NULL where there is nothing. */
static wcow_status find_place(files_port *files, const char *path, char **out, wcow_error *err)
{
    cleanup_free char *found = NULL;
    int32_t hr = files->final_path(files, path, &found);

    *out = NULL;
    if (is_absent(hr))
        return WCOW_OK;
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "GetFinalPathNameByHandle"),
                          "cannot tell where '%s' is", path);
    *out = plain_path(found);
    return *out ? WCOW_OK : error_no_memory(err);
}

/* A folder of Windows': what the environment calls it, else what it is called almost everywhere. */
typedef struct windows_folder {
    const char *variable;
    const char *usual;
    bool parent; /* the variable names one of its folders */
    bool whole;  /* with all that is in it */
} windows_folder;

static const windows_folder windows_folders[] = {
    {"SystemRoot", "C:\\Windows", false, true},
    {"ProgramData", "C:\\ProgramData", false, false},
    {"PUBLIC", "C:\\Users\\Public", true, false},
};

static wcow_status check_windows(files_port *files, const char *place, const char *path,
                                 const windows_folder *one, wcow_error *err)
{
    cleanup_free char *set = machine_environment(one->variable);
    cleanup_free char *named = text_copy(set && *set ? set : one->usual);
    cleanup_free char *folder = !named ? NULL : one->parent ? path_parent(named) : TAKE(named);
    cleanup_free char *theirs = NULL;
    wcow_status status;

    if (!folder)
        return error_no_memory(err);
    status = find_place(files, folder, &theirs, err);
    if (status || !theirs)
        return status;
    if (path_lies_in(theirs, place) || (one->whole && path_lies_in(place, theirs)))
        return refuse_windows(path, err);
    return WCOW_OK;
}

wcow_status protected_check_place(wcow_host *host, const char *path, wcow_error *err)
{
    cleanup_free char *place = NULL;
    cleanup_free char *store = NULL;
    files_port *files = NULL;
    wcow_status status = host_files(host, &files, err);

    if (!status)
        status = find_place(files, path, &place, err);
    if (!status)
        status = find_place(files, host->root, &store, err);
    if (status)
        return status;
    if (!place)
        return error_set(err, WCOW_NOT_FOUND, "there is no folder '%s'", path);
    if (is_volume(place))
        return refuse_volume(path, err);
    if (store && meet(place, store))
        return refuse_store(path, err);
    for (size_t i = 0; i < sizeof(windows_folders) / sizeof(windows_folders[0]) && !status; i++)
        status = check_windows(files, place, path, &windows_folders[i], err);
    return status;
}

/* What every root of wcow's has, and nobody else's folder: a layout of OCI's would be called
 * otherwise than "images" and lie alone. */
static bool is_root_of_store(files_port *files, const char *folder)
{
    cleanup_free char *images = path_join(folder, "images");
    cleanup_free char *layout = images ? path_join(images, "oci-layout") : NULL;
    cleanup_free char *containers = path_join(folder, "containers");
    file_info info;

    return layout && containers && HR_SUCCEEDED(files->info(files, layout, &info)) &&
           HR_SUCCEEDED(files->info(files, containers, &info)) && info.kind == FILE_KIND_DIRECTORY;
}

wcow_status protected_check_stores(wcow_host *host, const char *path, wcow_error *err)
{
    files_port *files = NULL;
    cleanup_free char *folder = NULL;
    wcow_status status = host_files(host, &files, err);

    if (!status)
        status =
            error_check(err, files->final_path(files, path, &folder), "GetFinalPathNameByHandle");
    if (status)
        return error_wrap(err, status, "cannot tell where '%s' is", path);
    for (;;) {
        char *above = path_parent(folder);

        if (!above)
            return error_no_memory(err);
        if (is_root_of_store(files, folder)) {
            free(above);
            error_set(err, WCOW_INVALID, "'%s' belongs to the store of wcow in '%s'", path, folder);
            error_hint(err, "use: wcow --root \"%s\" layer rm, or system prune -a", folder);
            return WCOW_INVALID;
        }
        if (strlen(above) >= strlen(folder)) {
            free(above);
            return WCOW_OK;
        }
        free(folder);
        folder = above;
    }
}
