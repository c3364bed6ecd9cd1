/* SPDX-License-Identifier: MIT */
/* What a path leads to. */
#include "layer/copy/file_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "layer/backup/backup_stream.h"
#include "layer/backup/reparse.h"

#define LINKS_MOST    255
#define REPARSE_LIMIT 16384u /* MAXIMUM_REPARSE_DATA_BUFFER_SIZE */

static void place_free(file_view *view, view_place *place)
{
    if (place->tree)
        view->files->tree_close(view->files, place->tree);
    free(place->at);
    free(place->source);
    free(place);
}

void file_view_close(file_view *view)
{
    for (size_t i = 0; i < view->count; i++)
        place_free(view, view->places[i]);
    free(view->places);
    *view = (file_view)FILE_VIEW_INIT;
}

void view_file_free(view_file *found)
{
    free(found->path);
    *found = (view_file){0};
}

wcow_status file_view_add(file_view *view, const char *at, const char *source, bool read_only,
                          wcow_error *err)
{
    view_place *place = calloc(1, sizeof(*place));
    view_place **places = realloc(view->places, (view->count + 1) * sizeof(view_place *));

    if (places)
        view->places = places;
    if (place)
        *place = (view_place){copy_path_clean(at), text_copy(source), NULL, read_only};
    if (!places || !place || !place->at || !place->source) {
        if (place)
            place_free(view, place);
        return error_no_memory(err);
    }
    places[view->count++] = place;
    return WCOW_OK;
}

/* ---- places ---- */

static view_place *innermost(file_view *view, const char *path)
{
    view_place *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        view_place *place = view->places[i];

        if (copy_path_is_in(path, place->at) && (!found || strlen(place->at) > strlen(found->at)))
            found = place;
    }
    return found;
}

static wcow_status add_root(file_view *view, const char *path, wcow_error *err)
{
    cleanup_free char *root = text_copy_bytes(path, copy_path_root(path));
    cleanup_free char *native = root ? copy_path_native(root) : NULL;

    return native ? file_view_add(view, root, native, false, err) : error_no_memory(err);
}

static wcow_status open_place(file_view *view, view_place *place, wcow_error *err)
{
    int32_t hr;

    if (place->tree)
        return WCOW_OK;
    hr = view->files->tree_open(view->files, place->source, &place->tree);
    return HR_FAILED(hr) ? error_wrap(err, error_hresult(err, hr, "open"), "'%s'", place->source)
                         : WCOW_OK;
}

wcow_status file_view_place(file_view *view, const char *path, view_place **place,
                            const char **name, wcow_error *err)
{
    view_place *found = innermost(view, path);
    wcow_status status = WCOW_OK;

    if (!found && view->host && copy_path_root(path)) {
        status = add_root(view, path, err);
        found = status ? NULL : innermost(view, path);
    }
    if (status)
        return status;
    if (!found)
        return error_set(err, WCOW_INVALID, "the specified path is not on the system drive (C:)");
    status = open_place(view, found, err);
    if (status)
        return status;
    *name = path + strlen(found->at);
    if (**name == '\\')
        ++*name;
    *place = found;
    return WCOW_OK;
}

/* ---- links ---- */

static wcow_status read_reparse(const byte_source *source, char **target, wcow_error *err)
{
    cleanup_backup_reader backup_reader *reader = backup_reader_new(source);
    const backup_header *header = NULL;
    unsigned char bytes[REPARSE_LIMIT];
    size_t length = 0;
    size_t got = 1;
    bool junction;
    wcow_status status = reader ? backup_next(reader, &header, err) : error_no_memory(err);

    while (!status && header && header->id != BACKUP_REPARSE_DATA)
        status = backup_next(reader, &header, err);
    if (!status && !header)
        status = error_set(err, WCOW_UNSUPPORTED, "a reparse point that is no link");
    while (!status && got > 0 && length < sizeof(bytes)) {
        status = backup_read(reader, bytes + length, sizeof(bytes) - length, &got, err);
        length += status ? 0 : got;
    }
    return status ? status : reparse_decode(bytes, length, target, &junction, err);
}

typedef struct open_backup {
    files_port *files;
    tree_backup *backup;
} open_backup;

static wcow_status read_backup(void *context, void *buffer, size_t size, size_t *got,
                               wcow_error *err)
{
    open_backup *from = context;

    return error_check(err, from->files->backup_read(from->files, from->backup, buffer, size, got),
                       "BackupRead");
}

wcow_status file_view_read_link(file_view *view, const char *path, char **target, wcow_error *err)
{
    files_port *files = view->files;
    open_backup from = {files, NULL};
    const byte_source source = {.read = read_backup, .context = &from};
    view_place *place;
    const char *name;
    wcow_status status = file_view_place(view, path, &place, &name, err);

    if (!status)
        status = error_check(err, files->tree_backup_open(files, place->tree, name, &from.backup),
                             "open");
    if (status)
        return error_name(err, status, path, path);
    status = read_reparse(&source, target, err);
    files->backup_close(files, from.backup);
    return status ? error_wrap(err, status, "'%s'", path) : WCOW_OK;
}

/* ---- walking ---- */

typedef struct walk {
    file_view *view;
    char *path;    /* so far, without links */
    char *pending; /* what follows */
    int links;
    bool missing; /* from here on nothing is looked at any more */
    file_info info;
} walk;

static void walk_clear(walk *w)
{
    free(w->path);
    free(w->pending);
}

DEFINE_CLEANUP_VALUE(walk, walk, walk_clear)

static bool is_gone(int32_t hr)
{
    return hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND;
}

/* What is at the path now; a place's root is a folder. */
static wcow_status look(walk *w, wcow_error *err)
{
    files_port *files = w->view->files;
    view_place *place;
    const char *name;
    wcow_status status = file_view_place(w->view, w->path, &place, &name, err);
    int32_t hr;

    w->info = (file_info){.kind = FILE_KIND_DIRECTORY};
    if (status || !*name)
        return status;
    hr = files->tree_info(files, place->tree, name, &w->info);
    w->missing = is_gone(hr);
    if (HR_FAILED(hr) && !w->missing)
        return error_wrap(err, error_hresult(err, hr, "look at"), "'%s'", w->path);
    return WCOW_OK;
}

static wcow_status replace(char **owned, char *fresh, wcow_error *err)
{
    if (!fresh)
        return error_no_memory(err);
    free(*owned);
    *owned = fresh;
    return WCOW_OK;
}

/* What the kernel calls \??\C:\x, and Win32 \\?\C:\x, is C:\x. */
static const char *plain_target(const char *target)
{
    const bool prefixed = text_starts_with(target, "\\??\\") || text_starts_with(target, "\\\\?\\");

    return prefixed && target[4] && target[5] == ':' ? target + 4 : target;
}

/* A container's volume has no name that it could be reached by within it. */
static bool leaves_view(const file_view *view, const char *target)
{
    return !view->host && text_starts_with(target, "\\\\");
}

/* Goes on with the target in place of the link. One that is absolute but for the drive begins at
 * the root that the link is on. */
static wcow_status follow(walk *w, wcow_error *err)
{
    cleanup_free char *read = NULL;
    const size_t root = copy_path_root(w->path);
    const char *target;
    size_t own_root;
    wcow_status status = file_view_read_link(w->view, w->path, &read, err);

    if (status)
        return status;
    if (++w->links > LINKS_MOST)
        return error_set(err, WCOW_INVALID, "too many links in '%s'", w->path);
    for (char *c = read; *c; c++)
        if (*c == '/')
            *c = '\\';
    target = plain_target(read);
    if (leaves_view(w->view, target))
        return error_set(err, WCOW_INVALID, "'%s' is a link to '%s', which leads out of it",
                         w->path, target);
    own_root = copy_path_root(target);
    status = replace(&w->pending, text_format("%s\\%s", target + own_root, w->pending), err);
    if (status)
        return status;
    if (own_root > 1)
        return replace(&w->path, text_copy_bytes(target, own_root), err);
    return replace(&w->path,
                   own_root == 1 ? text_copy_bytes(w->path, root) : copy_path_parent(w->path), err);
}

static wcow_status step(walk *w, bool follow_last, wcow_error *err)
{
    const size_t length = strcspn(w->pending, "\\");
    cleanup_free char *component = text_copy_bytes(w->pending, length);
    const char *rest = w->pending + length + (w->pending[length] == '\\');
    bool last;
    wcow_status status = component ? WCOW_OK : error_no_memory(err);

    if (!status && text_equal(component, "..")) {
        status = replace(&w->path, copy_path_parent(w->path), err);
    } else if (!status && length && !text_equal(component, ".")) {
        status = replace(&w->path, copy_path_join(w->path, component), err);
    }
    if (!status)
        status = replace(&w->pending, text_copy(rest), err);
    if (!status && !w->missing)
        status = look(w, err);
    if (status || w->missing || w->info.kind != FILE_KIND_REPARSE)
        return status;
    last = strspn(w->pending, "\\") == strlen(w->pending);
    return last && !follow_last ? WCOW_OK : follow(w, err);
}

wcow_status file_view_find(file_view *view, const char *path, bool follow_last, view_file *out,
                           wcow_error *err)
{
    const size_t root = copy_path_root(path);
    CLEANUP(walk)
    walk w = {.view = view, .path = text_copy_bytes(path, root), .pending = text_copy(path + root)};
    wcow_status status = w.path && w.pending ? look(&w, err) : error_no_memory(err);

    while (!status && *w.pending)
        status = step(&w, follow_last, err);
    if (status)
        return status;
    view_file_free(out);
    *out = (view_file){TAKE(w.path), !w.missing, w.info};
    return WCOW_OK;
}

/* ---- folders ---- */

/* Places that are seen right in this folder. */
static wcow_status add_places(const file_view *view, const char *path, string_list *out,
                              wcow_error *err)
{
    for (size_t i = 0; i < view->count; i++) {
        const char *at = view->places[i]->at;
        cleanup_free char *parent = copy_path_parent(at);
        bool known = false;

        if (!parent)
            return error_no_memory(err);
        if (!*copy_path_base(at) || !copy_path_is_in(parent, path) ||
            !copy_path_is_in(path, parent))
            continue;
        for (size_t n = 0; n < out->count && !known; n++)
            known = text_equal_ignore_case(out->items[n], copy_path_base(at));
        if (!known && !string_list_add(out, copy_path_base(at)))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

wcow_status file_view_list(file_view *view, const char *path, string_list *out, wcow_error *err)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    view_place *place;
    const char *name;
    wcow_status status = file_view_place(view, path, &place, &name, err);
    int32_t hr;

    if (status)
        return status;
    hr = view->files->tree_list(view->files, place->tree, name, &names);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "list"), "'%s'", path);
    status = add_places(view, path, &names, err);
    if (status)
        return status;
    string_list_sort(&names);
    *out = names;
    names = (string_list)STRING_LIST_INIT;
    return WCOW_OK;
}
