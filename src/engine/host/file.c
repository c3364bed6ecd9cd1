/* SPDX-License-Identifier: MIT */
/* Small files that callers name, through the files port: UTF-8 and long paths on every Windows. */
#include <wcow/file.h>

#include "base/error.h"
#include "port/files.h"

static wcow_status open_port(files_port **out, wcow_error *err)
{
    return error_check(err, files_port_open(out), "opening files");
}

/* Windows says "access is denied" of a folder that is opened as a file: a hint that leads astray.
 */
static bool is_folder(files_port *port, const char *path)
{
    file_info info;

    return HR_SUCCEEDED(port->info(port, path, &info)) && info.kind == FILE_KIND_DIRECTORY;
}

static wcow_status read_with(files_port *port, const char *path, size_t limit, char **bytes,
                             size_t *size, wcow_error *err)
{
    file_info info;
    int32_t hr = port->info(port, path, &info);

    if (HR_SUCCEEDED(hr) && info.kind == FILE_KIND_DIRECTORY)
        return error_set(err, WCOW_INVALID, "it is a folder, not a file");
    hr = port->read(port, path, limit, bytes, size);
    if (hr == HR_FILE_TOO_LARGE)
        return error_set(err, WCOW_INVALID, "the file is larger than %zu bytes", limit);
    if (HR_FAILED(hr) && is_folder(port, path))
        return error_set(err, WCOW_INVALID, "it is a folder, not a file");
    return error_check(err, hr, "reading");
}

wcow_status wcow_file_read(const char *path, size_t limit, char **bytes, size_t *size,
                           wcow_error *err)
{
    files_port *port = NULL;
    wcow_status status = open_port(&port, err);

    if (status)
        return status;
    status = read_with(port, path, limit, bytes, size, err);
    port->free(port);
    return status;
}

static wcow_status create_with(files_port *port, const char *path, const void *bytes, size_t size,
                               wcow_error *err)
{
    file *created = NULL;
    int32_t hr = port->open(port, path, FILE_CREATE, &created);

    if (HR_FAILED(hr) && is_folder(port, path))
        return error_set(err, WCOW_ALREADY_EXISTS, "it is a folder, not a file");
    if (HR_FAILED(hr))
        return error_hresult(err, hr, "creating");
    hr = port->write_all(port, created, bytes, size);
    if (HR_SUCCEEDED(hr))
        hr = port->flush(port, created);
    port->close(port, created);
    if (HR_SUCCEEDED(hr))
        return WCOW_OK;
    (void)port->remove_file(port, path);
    return error_hresult(err, hr, "writing");
}

wcow_status wcow_file_create(const char *path, const void *bytes, size_t size, wcow_error *err)
{
    files_port *port = NULL;
    wcow_status status = open_port(&port, err);

    if (status)
        return status;
    status = create_with(port, path, bytes, size, err);
    port->free(port);
    return status;
}

wcow_status wcow_file_try(const char *path, wcow_error *err)
{
    files_port *port = NULL;
    wcow_status status = open_port(&port, err);

    if (status)
        return status;
    status = create_with(port, path, "", 0, err);
    if (!status)
        status = error_check(err, port->remove_file(port, path), "removing");
    port->free(port);
    return status;
}

bool wcow_file_exists(const char *path)
{
    files_port *port = NULL;
    file_info info;
    bool found;

    if (HR_FAILED(files_port_open(&port)))
        return false;
    found = HR_SUCCEEDED(port->info(port, path, &info));
    port->free(port);
    return found;
}
