/* SPDX-License-Identifier: MIT */
/*
 * Copying what the image has into a volume. Docker on Linux does it for each new volume; on Windows
 * it cannot (moby, daemon/create_windows.go: it cannot follow paths of volumes), and so does not.
 *
 * The copy is made beside the data, and takes its place whole, under containers.lock, if nobody has
 * put anything there meanwhile: so there is never half of it. What a crash leaves beside the data
 * is removed by the next copy, or with the volume.
 */
#include "engine/container/volume_copy.h"

#include <ctype.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/container/catalog.h"
#include "engine/container/state.h"
#include "engine/host/paths.h"
#include "engine/host/volume_store.h"
#include "layer/store/scratch.h"

#define COPY        "_copy-" /* and who makes it: there may be two at once */
#define DEPTH_LIMIT 1000     /* of folders; deeper ones have no name in a Windows path anyway */

/* ---- a tree ---- */

typedef struct copier {
    files_port *files;
    file_tree *from;
    file_tree *to;
    const char *source; /* the folder in `from` that is copied into the root of `to` */
} copier;

static wcow_status copy_folder(const copier *c, const char *name, unsigned depth, wcow_error *err);

static wcow_status copy_one(const copier *c, const char *name, unsigned depth, wcow_error *err)
{
    const uint32_t kind_bits = FILE_ATTRIBUTE_DIRECTORY_BIT | FILE_ATTRIBUTE_REPARSE_BIT;
    cleanup_free char *from = text_format("%s\\%s", c->source, name);
    basic_info info = {0};
    wcow_status status;
    int32_t hr;

    if (!from)
        return error_no_memory(err);
    hr = c->files->tree_basic_info(c->files, c->from, from, &info);
    if (HR_SUCCEEDED(hr))
        hr = c->files->tree_copy(c->files, c->to, name, c->from, from);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "copy"), "'%s'", from);
    if ((info.attributes & kind_bits) != FILE_ATTRIBUTE_DIRECTORY_BIT)
        return WCOW_OK;
    status = copy_folder(c, name, depth + 1, err);
    if (status)
        return status;
    hr = c->files->tree_set_info(c->files, c->to, name, &info); /* its times, which that changed */
    return HR_FAILED(hr) ? error_wrap(err, error_hresult(err, hr, "set times"), "'%s'", from)
                         : WCOW_OK;
}

/* `name` is relative to both roots; "" are those themselves. */
static wcow_status copy_folder(const copier *c, const char *name, unsigned depth, wcow_error *err)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    cleanup_free char *from = *name ? text_format("%s\\%s", c->source, name) : text_copy(c->source);
    wcow_status status;

    if (!from)
        return error_no_memory(err);
    if (depth > DEPTH_LIMIT)
        return error_set(err, WCOW_CORRUPT, "its folders are nested too deeply");
    status =
        error_check(err, c->files->tree_list(c->files, c->from, from, &names), "list the folder");
    if (status)
        return error_wrap(err, status, "'%s'", from);
    for (size_t i = 0; i < names.count && !status; i++) {
        cleanup_free char *child =
            *name ? text_format("%s\\%s", name, names.items[i]) : text_copy(names.items[i]);

        status = child ? copy_one(c, child, depth, err) : error_no_memory(err);
    }
    return status;
}

/* ---- a volume ---- */

typedef struct filling {
    wcow_host *host;
    files_port *files;
    const char *id;   /* of the container */
    file_tree *image; /* its drive C: */
} filling;

static bool is_empty(const filling *f, const char *path)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    const int32_t hr = f->files->list(f->files, path, &names);

    /* who was about to put a copy there may have died between its removal and the copy's rename */
    return hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND || (HR_SUCCEEDED(hr) && !names.count);
}

/* Where it is in the container; NULL: on another drive, of which an image has nothing. */
static const char *source_of(const mount_spec *mount)
{
    const char *path = mount->destination;

    return toupper((unsigned char)path[0]) == 'C' && path[1] == ':' && path[2] == '\\' ? path + 3
                                                                                       : NULL;
}

/* Whether the image has a folder there; where a link leads, it has none. */
static bool has_folder(const filling *f, const char *source)
{
    file_info info;

    return source && HR_SUCCEEDED(f->files->tree_info(f->files, f->image, source, &info)) &&
           info.kind == FILE_KIND_DIRECTORY;
}

static wcow_status copy_to(const filling *f, const char *source, const char *path, wcow_error *err)
{
    copier c = {.files = f->files, .from = f->image, .source = source};
    wcow_status status =
        error_check(err, f->files->make_volume(f->files, path), "make the folder for the copy");

    if (!status)
        status = error_check(err, f->files->tree_open(f->files, path, &c.to), "open it");
    if (status)
        return status;
    status = copy_folder(&c, "", 0, err);
    f->files->tree_close(f->files, c.to);
    return status;
}

/* Of two that fill it at once the first wins. */
static wcow_status take_its_place(const filling *f, const char *copy, const char *data,
                                  wcow_error *err)
{
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    wcow_status status = catalog_lock(f->host, &lock, err);
    int32_t hr;

    if (status || !is_empty(f, data))
        return status;
    hr = f->files->remove_directory(f->files, data);
    if (HR_FAILED(hr) && hr != HR_FILE_NOT_FOUND && hr != HR_PATH_NOT_FOUND)
        return error_check(err, hr, "make room for the copy");
    hr = f->files->rename(f->files, copy, data);
    if (HR_FAILED(hr)) /* an empty one is better than none */
        (void)f->files->make_volume(f->files, data);
    return error_check(err, hr, "rename the copy");
}

static wcow_status fill(const filling *f, const mount_spec *mount, wcow_error *err)
{
    const char *source = source_of(mount);
    cleanup_free char *folder = path_of_volume(f->host, mount->name);
    cleanup_free char *data = path_of_volume_data(f->host, mount->name);
    cleanup_free char *name = text_format(COPY "%s", f->id);
    cleanup_free char *copy = folder && name ? path_join(folder, name) : NULL;
    wcow_status status;

    if (!folder || !data || !copy)
        return error_no_memory(err);
    if (!is_empty(f, data) || !has_folder(f, source))
        return WCOW_OK;
    status = store_remove(f->host, folder, name, err);
    if (!status)
        status = copy_to(f, source, copy, err);
    if (!status)
        status = take_its_place(f, copy, data, err);
    ignore(store_remove(f->host, folder, name, NULL));
    return status ? error_wrap(err, status, "cannot copy %s of the image into volume %s",
                               mount->destination, mount->name)
                  : WCOW_OK;
}

/* ---- all of them ---- */

static wcow_status fill_all(wcow_host *host, const record *r, const char *drive, wcow_error *err)
{
    filling f = {.host = host, .id = r->id};
    wcow_status status = host_files(host, &f.files, err);

    if (!status)
        status = error_check(err, f.files->tree_open(f.files, drive, &f.image), "open the scratch");
    if (status)
        return status;
    for (size_t i = 0; i < r->points.count && !status; i++)
        if (r->points.items[i].type == MOUNT_VOLUME && r->points.items[i].copies)
            status = fill(&f, &r->points.items[i], err);
    f.files->tree_close(f.files, f.image);
    return status;
}

static wcow_status note(void *context, state *s, wcow_error *err)
{
    (void)err;
    s->mounted = *(const bool *)context;
    return WCOW_OK;
}

static wcow_status set_mounted(wcow_host *host, const char *id, bool mounted, wcow_error *err)
{
    return state_change(host, id, note, &mounted, err);
}

static bool asks_for_it(const record *r)
{
    for (size_t i = 0; i < r->points.count; i++)
        if (r->points.items[i].copies)
            return true;
    return false;
}

/* Mounted for process isolation, whatever the container's own: the volume is the same. */
wcow_status volumes_fill(wcow_host *host, const record *r, const layer_store *layers,
                         const layer_chain *chain, wcow_error *err)
{
    cleanup_free char *scratch = path_of_scratch(host, r->id);
    cleanup_free char *drive = NULL;
    wcow_status unmounted;
    wcow_status status;

    if (!asks_for_it(r))
        return WCOW_OK;
    status = scratch ? set_mounted(host, r->id, true, err) : error_no_memory(err);
    if (!status)
        status = scratch_mount(layers, scratch, chain, &drive, err);
    if (status)
        return status;
    status = fill_all(host, r, drive, err);
    unmounted = scratch_unmount(layers, scratch, status ? NULL : err);
    if (!status)
        status = unmounted;
    return status ? status : set_mounted(host, r->id, false, err);
}
