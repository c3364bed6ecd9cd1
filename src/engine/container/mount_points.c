/* SPDX-License-Identifier: MIT */
/* The mounts of a container, put together. Source of the rules: moby, daemon/volumes.go
 * (registerMountPoints) and daemon/create_windows.go. */
#include "engine/container/mount_points.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/container/catalog.h"
#include "engine/container/id.h"
#include "engine/host/volume_store.h"

/* Windows does not tell cases apart. */
static mount_spec *find(const mount_list *list, const char *destination)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal_ignore_case(list->items[i].destination, destination))
            return &list->items[i];
    return NULL;
}

/* Owns the mount. */
static wcow_status add(mount_list *out, mount_spec *mount, wcow_error *err)
{
    mount_spec *there = find(out, mount->destination);

    if (there && there->origin != MOUNT_FROM_CONTAINER && mount->origin != MOUNT_FROM_CONTAINER)
        return error_set(err, WCOW_INVALID, "Duplicate mount point: %s", mount->destination);
    if (!there)
        return mount_list_add(out, mount) ? WCOW_OK : error_no_memory(err);
    mount_spec_free(there);
    *there = *mount;
    *mount = (mount_spec)MOUNT_SPEC_INIT;
    return WCOW_OK;
}

/* ---- --volumes-from ---- */

static bool copy(const mount_spec *from, bool read_only, mount_spec *out)
{
    out->type = from->type;
    out->name = text_copy(from->name);
    out->source = text_copy(from->source);
    out->destination = text_copy(from->destination);
    out->mode = text_copy("");
    out->given = text_copy("");
    out->subpath = from->subpath && *from->subpath ? text_copy(from->subpath) : NULL;
    out->read_only = from->read_only || read_only;
    out->anonymous = from->anonymous;
    out->origin = MOUNT_FROM_CONTAINER;
    return out->name && out->source && out->destination && out->mode && out->given &&
           (!from->subpath || !*from->subpath || out->subpath);
}

/* "CONTAINER[:ro]" */
static wcow_status take_apart(const char *given, char **reference, bool *read_only, wcow_error *err)
{
    const size_t length = strcspn(given, ":");
    const char *mode = given[length] ? given + length + 1 : "rw";

    *read_only = text_equal_ignore_case(mode, "ro");
    if (!length)
        return error_set(err, WCOW_INVALID, "volumes-from specification cannot be an empty string");
    if (!*read_only && *mode && !text_equal_ignore_case(mode, "rw"))
        return error_set(err, WCOW_INVALID, "invalid mode: %s", mode);
    *reference = text_copy_bytes(given, length);
    return *reference ? WCOW_OK : error_no_memory(err);
}

static wcow_status add_from(wcow_host *host, const char *given, mount_list *out, wcow_error *err)
{
    cleanup_free char *reference = NULL;
    cleanup_free char *id = NULL;
    cleanup_free char *name = NULL;
    cleanup_record record *other = NULL;
    bool read_only = false;
    wcow_status status = take_apart(given, &reference, &read_only, err);

    if (!status)
        status = catalog_find(host, reference, &id, &name, err);
    if (!status)
        status = record_read(host, id, &other, err);
    for (size_t i = 0; !status && i < other->points.count; i++) {
        cleanup_mount_spec mount_spec mount = MOUNT_SPEC_INIT;

        status = copy(&other->points.items[i], read_only, &mount) ? add(out, &mount, err)
                                                                  : error_no_memory(err);
    }
    return status;
}

/* ---- what nobody gave a source ---- */

/* Left out where something is mounted already. Owns the mount. */
static wcow_status add_unless_mounted(mount_list *out, mount_spec *mount, wcow_error *err)
{
    if (find(out, mount->destination))
        return WCOW_OK;
    return mount_list_add(out, mount) ? WCOW_OK : error_no_memory(err);
}

static wcow_status add_image_volume(mount_list *out, const char *path, wcow_error *err)
{
    cleanup_mount_spec mount_spec mount = MOUNT_SPEC_INIT;
    wcow_status status = mount_spec_parse(path, &mount, err);

    if (status)
        return error_wrap(err, status, "unrecognised VOLUME of the image");
    return add_unless_mounted(out, &mount, err);
}

/* ---- where they are ---- */

static wcow_status place(wcow_host *host, mount_spec *mount, wcow_error *err)
{
    char id[ID_LENGTH + 1];
    cleanup_free char *data = NULL;
    wcow_status status = WCOW_OK;

    if (mount->type != MOUNT_VOLUME || mount->origin == MOUNT_FROM_CONTAINER)
        return WCOW_OK;
    if (mount->anonymous) {
        status = id_make(id, err);
        if (!status && !text_replace(&mount->name, id))
            status = error_no_memory(err);
    }
    if (status)
        return status;
    data = path_of_volume_data(host, mount->name);
    free(mount->source);
    mount->source = data && mount->subpath ? path_join(data, mount->subpath) : TAKE(data);
    if (!mount->source)
        return error_no_memory(err);
    for (char *c = mount->source; path_separator(mount->source) == '\\' && *c; c++)
        *c = *c == '/' ? '\\' : *c;
    return WCOW_OK;
}

static size_t depth(const char *path)
{
    size_t count = 0;

    for (; *path; path++)
        count += *path == '\\' && path[1];
    return count;
}

/* Few, and mostly in order. Those of one depth stay as they are. */
static void sort(mount_list *list)
{
    for (size_t i = 1; i < list->count; i++) {
        for (size_t at = i;
             at > 0 && depth(list->items[at].destination) < depth(list->items[at - 1].destination);
             at--) {
            const mount_spec moved = list->items[at];

            list->items[at] = list->items[at - 1];
            list->items[at - 1] = moved;
        }
    }
}

static wcow_status collect(wcow_host *host, const wcow_container_spec *spec, mount_list *given,
                           const string_list *image, mount_list *list, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    for (const char *const *from = spec->volumes_from; from && *from && !status; from++)
        status = add_from(host, *from, list, err);
    for (size_t i = 0; i < given->count && !status; i++)
        if (given->items[i].origin != MOUNT_FROM_CONFIG)
            status = add(list, &given->items[i], err);
    for (size_t i = 0; i < given->count && !status; i++)
        if (given->items[i].destination && given->items[i].origin == MOUNT_FROM_CONFIG)
            status = add_unless_mounted(list, &given->items[i], err);
    for (size_t i = 0; i < image->count && !status; i++)
        status = add_image_volume(list, image->items[i], err);
    return status;
}

wcow_status mount_points_settle(wcow_host *host, const wcow_container_spec *spec, mount_list *given,
                                const string_list *image, mount_list *out, wcow_error *err)
{
    CLEANUP(mount_list) mount_list list = MOUNT_LIST_INIT;
    wcow_status status = collect(host, spec, given, image, &list, err);

    for (size_t i = 0; i < list.count && !status; i++)
        status = place(host, &list.items[i], err);
    if (status)
        return status;
    sort(&list);
    *out = list;
    list = (mount_list)MOUNT_LIST_INIT;
    return WCOW_OK;
}
