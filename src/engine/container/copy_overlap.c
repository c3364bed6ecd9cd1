/* SPDX-License-Identifier: MIT */
/* Whether a copy would read what it writes. */
#include "engine/container/copy_overlap.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

/* ---- where an end lies on the host ---- */

/* The container's own volume is no folder of the host's. */
static bool is_mount(const view_place *place)
{
    return !text_equal(place->at, "C:\\");
}

/* A path of the host, below one of its folders, clean. */
static wcow_status add(string_list *out, const char *folder, const char *rest, wcow_error *err)
{
    cleanup_free char *clean = copy_path_clean(folder);

    rest += *rest == '\\';
    if (!clean || !string_list_own(out, copy_path_join(clean, rest)))
        return error_no_memory(err);
    return WCOW_OK;
}

static const view_place *mount_of(const copy_side *side)
{
    const view_place *found = NULL;

    for (size_t i = 0; i < side->mounts->count; i++) {
        const view_place *place = side->mounts->places[i];

        if (is_mount(place) && copy_path_is_in(side->path, place->at) &&
            (!found || strlen(place->at) > strlen(found->at)))
            found = place;
    }
    return found;
}

/* Where the end itself lies, if that is on the host. */
static wcow_status locate(const copy_side *side, string_list *out, wcow_error *err)
{
    const view_place *place;

    if (!side->mounts)
        return add(out, side->path, "", err);
    place = mount_of(side);
    return place ? add(out, place->source, side->path + strlen(place->at), err) : WCOW_OK;
}

/* What is mounted below it, and what of `other` goes there: with nothing, nothing does. */
static wcow_status locate_below(file_view *host, const copy_side *side, const char *other,
                                string_list *out, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    for (size_t i = 0; !status && side->mounts && i < side->mounts->count; i++) {
        const view_place *place = side->mounts->places[i];
        const char *rest = place->at + strlen(side->path);
        cleanup_free char *met = NULL;
        cleanup_view_file view_file found = {0};

        if (!is_mount(place) || !copy_path_is_in(place->at, side->path) ||
            copy_path_is_in(side->path, place->at))
            continue;
        met = other ? copy_path_join(other, rest + (*rest == '\\')) : NULL;
        if (other)
            status = met ? file_view_find(host, met, true, &found, err) : error_no_memory(err);
        if (!status && (!other || found.exists))
            status = add(out, place->source, "", err);
    }
    return status;
}

/* ---- what is the same ---- */

/* False also if there is nothing. */
static bool identify(file_view *host, const char *path, file_identity *out)
{
    cleanup_view_file view_file found = {0};
    view_place *place;
    const char *name;

    return !file_view_find(host, path, true, &found, NULL) && found.exists &&
           !file_view_place(host, found.path, &place, &name, NULL) && *name &&
           HR_SUCCEEDED(host->files->tree_identity(host->files, place->tree, name, out));
}

static bool are_one(file_view *host, const char *path, const char *other)
{
    file_identity a = {0};
    file_identity b = {0};

    if (copy_path_is_in(path, other) && copy_path_is_in(other, path))
        return true;
    return identify(host, path, &a) && identify(host, other, &b) && a.volume == b.volume &&
           memcmp(a.id, b.id, sizeof(a.id)) == 0;
}

/* Whether a path is the folder, or one of the folders that it lies in is. */
static wcow_status lies_in(file_view *host, const char *path, const char *folder, bool *out,
                           wcow_error *err)
{
    cleanup_free char *at = text_copy(path);

    *out = copy_path_is_in(path, folder);
    while (!*out && at && *copy_path_base(at)) {
        char *parent = copy_path_parent(at);

        *out = are_one(host, at, folder);
        free(at);
        at = parent;
    }
    return at ? WCOW_OK : error_no_memory(err);
}

static wcow_status refuse(bool folder, const char *from, const char *to, wcow_error *err)
{
    return folder ? error_set(err, WCOW_INVALID, "cannot copy '%s' into itself: '%s' lies in it",
                              from, to)
                  : error_set(err, WCOW_INVALID, "'%s' and '%s' are the same file", from, to);
}

wcow_status copy_check_apart(file_view *host, const copy_side *source, bool folder,
                             const copy_side *destination, wcow_error *err)
{
    cleanup_strings string_list from = STRING_LIST_INIT;
    cleanup_strings string_list to = STRING_LIST_INIT;
    wcow_status status = locate(source, &from, err);

    if (!status && folder)
        status = locate_below(host, source, NULL, &from, err);
    if (!status)
        status = locate(destination, &to, err);
    if (!status && folder && !source->mounts)
        status = locate_below(host, destination, source->path, &to, err);
    for (size_t i = 0; !status && i < from.count; i++) {
        for (size_t n = 0; !status && n < to.count; n++) {
            bool same = !folder && are_one(host, to.items[n], from.items[i]);

            if (folder)
                status = lies_in(host, to.items[n], from.items[i], &same, err);
            if (!status && same)
                status = refuse(folder, from.items[i], to.items[n], err);
        }
    }
    return status;
}
