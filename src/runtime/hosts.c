/* SPDX-License-Identifier: MIT */
/* Names into a container's hosts file. */
#include "runtime/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"

/* In the separators of the volume's own path: on the host that tests this it is Linux's. */
static char *path_of(const char *volume)
{
    char *path = path_join(volume, HOSTS_FILE);

    for (char *c = path; c && path_separator(volume) == '/' && *c; c++)
        *c = *c == '\\' ? '/' : *c;
    return path;
}

/* Whoever made the image, or ran in it, decides what is there: a link would lead to a file of the
 * host. Nobody runs in it now, so what is found stays so. */
static wcow_status check_way(files_port *files, const char *volume, wcow_error *err)
{
    file_info info = {.kind = FILE_KIND_FILE};
    file_tree *tree = NULL;
    int32_t hr = files->tree_open(files, volume, &tree);

    if (HR_FAILED(hr))
        return error_hresult(err, hr, "open its drive");
    hr = files->tree_info(files, tree, HOSTS_FILE, &info);
    files->tree_close(files, tree);
    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND)
        return WCOW_OK;
    if (hr == HR_REPARSE_POINT || info.kind != FILE_KIND_FILE)
        return error_set(err, WCOW_CORRUPT,
                         "%s in it is no file, or is reached through a link, which may lead to a "
                         "file of the host",
                         HOSTS_FILE);
    return error_check(err, hr, "look at it");
}

static wcow_status read_old(files_port *files, const char *path, char **out, size_t *size,
                            wcow_error *err)
{
    const int32_t hr = files->read(files, path, HOSTS_FILE_LIMIT, out, size);

    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND) {
        *out = text_copy("");
        *size = 0;
        return *out ? WCOW_OK : error_no_memory(err);
    }
    return error_check(err, hr, "read");
}

static host_name *with_gateway(const host_name *names, size_t count, const char *gateway,
                               size_t *left)
{
    host_name *known = calloc(count + 1, sizeof *known);

    for (size_t i = 0; known && i < count; i++) {
        const bool open = text_equal(names[i].address, HOST_GATEWAY);

        if (open && (!gateway || !*gateway))
            continue;
        known[(*left)++] = (host_name){names[i].name, open ? gateway : names[i].address};
    }
    return known;
}

wcow_status hosts_write(files_port *files, const char *volume, const host_name *names, size_t count,
                        const char *gateway, wcow_error *err)
{
    cleanup_free char *path = path_of(volume);
    cleanup_free char *old = NULL;
    cleanup_text text made = TEXT_INIT;
    size_t size = 0;
    size_t left = 0;
    cleanup_free host_name *known = with_gateway(names, count, gateway, &left);
    wcow_status status = path && known ? check_way(files, volume, err) : error_no_memory(err);

    if (!status)
        status = read_old(files, path, &old, &size, err);
    if (status)
        return error_wrap(err, status, "cannot write its hosts file");
    hosts_file_write(old, size, known, left, &made);
    if (made.failed)
        return error_no_memory(err);
    if (made.length == size && memcmp(text_get(&made), old, size) == 0)
        return WCOW_OK;
    status = error_check(err, files->replace(files, path, text_get(&made), made.length), "write");
    return status ? error_wrap(err, status, "cannot write its hosts file '%s'", path) : WCOW_OK;
}
