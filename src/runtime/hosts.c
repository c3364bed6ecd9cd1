/* SPDX-License-Identifier: MIT */
/*
 * Names into a container's hosts file. Whoever made the image, or runs in it, decides what is
 * there: the file is reached, read and replaced through its drive's tree, which follows no link,
 * since that would lead to a file of the host.
 */
#include "runtime/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "port/clock.h"

#define FILE_ATTRIBUTE_ARCHIVE_BIT 0x20u
#define SINCE_1601(nanoseconds)    ((uint64_t)((nanoseconds) / 100 + INT64_C(116444736000000000)))

typedef struct hosts_place {
    files_port *files;
    file_tree *drive;
} hosts_place;

static void hosts_place_close(hosts_place *p)
{
    if (p->drive)
        p->files->tree_close(p->files, p->drive);
}

DEFINE_CLEANUP_VALUE(hosts_place, hosts_place, hosts_place_close)

static wcow_status read_all(files_port *files, file *f, size_t size, char **out, wcow_error *err)
{
    cleanup_free char *bytes = malloc(size + 1);
    size_t read = 0;
    size_t got = 1;
    int32_t hr = bytes ? HR_OK : HR_OUT_OF_MEMORY;

    while (HR_SUCCEEDED(hr) && got && read < size) {
        hr = files->read_some(files, f, bytes + read, size - read, &got);
        read += HR_SUCCEEDED(hr) ? got : 0;
    }
    if (HR_SUCCEEDED(hr) && read < size)
        return error_set(err, WCOW_CONFLICT, "it was cut off while it was read");
    if (HR_FAILED(hr))
        return error_check(err, hr, "read");
    bytes[size] = '\0';
    *out = TAKE(bytes);
    return WCOW_OK;
}

/* "" if there is none. */
static wcow_status read_old(const hosts_place *p, char **out, size_t *size, wcow_error *err)
{
    file_info info = {.kind = FILE_KIND_FILE};
    file *f = NULL;
    const int32_t hr = p->files->tree_file_open(p->files, p->drive, HOSTS_FILE, &f, &info);
    wcow_status status;

    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND) {
        *out = text_copy("");
        *size = 0;
        return *out ? WCOW_OK : error_no_memory(err);
    }
    if (hr == HR_REPARSE_POINT)
        return error_set(err, WCOW_CORRUPT,
                         "%s in it is no file, or is reached through a link, which may lead to a "
                         "file of the host",
                         HOSTS_FILE);
    if (HR_FAILED(hr))
        return error_check(err, hr, "open");
    status = info.size > HOSTS_FILE_LIMIT ? error_check(err, HR_FILE_TOO_LARGE, "read")
                                          : read_all(p->files, f, (size_t)info.size, out, err);
    p->files->close(p->files, f);
    *size = (size_t)info.size;
    return status;
}

/* Whole, or not at all. */
static wcow_status put(const hosts_place *p, const text *made, wcow_error *err)
{
    const uint64_t now = SINCE_1601(clock_now());
    const basic_info info = {now, now, now, now, FILE_ATTRIBUTE_ARCHIVE_BIT};
    tree_entry *entry = NULL;
    int32_t hr = p->files->tree_create_beside(p->files, p->drive, HOSTS_FILE, &info, &entry);

    if (HR_SUCCEEDED(hr)) {
        hr = p->files->entry_write(p->files, entry, text_get(made), made->length);
        if (HR_SUCCEEDED(hr))
            hr = p->files->entry_place(p->files, entry);
        else
            (void)p->files->entry_close(p->files, entry);
    }
    return error_check(err, hr, "write");
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

static wcow_status update(const hosts_place *p, const host_name *names, size_t count,
                          wcow_error *err)
{
    cleanup_free char *old = NULL;
    cleanup_text text made = TEXT_INIT;
    size_t size = 0;
    wcow_status status = read_old(p, &old, &size, err);

    if (status)
        return status;
    hosts_file_write(old, size, names, count, &made);
    if (made.failed)
        return error_no_memory(err);
    if (made.length == size && memcmp(text_get(&made), old, size) == 0)
        return WCOW_OK;
    return put(p, &made, err);
}

wcow_status hosts_write(files_port *files, const char *volume, const host_name *names, size_t count,
                        const char *gateway, wcow_error *err)
{
    CLEANUP(hosts_place) hosts_place p = {.files = files};
    size_t left = 0;
    cleanup_free host_name *known = with_gateway(names, count, gateway, &left);
    wcow_status status =
        known ? error_check(err, files->tree_open(files, volume, &p.drive), "open its drive")
              : error_no_memory(err);

    if (!status)
        status = update(&p, known, left, err);
    return status ? error_wrap(err, status, "cannot write its hosts file") : WCOW_OK;
}
