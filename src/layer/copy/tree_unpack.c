/* SPDX-License-Identifier: MIT */
/* Plain tars into folders. */
#include "layer/copy/tree_unpack.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "layer/backup/backup_stream.h"
#include "layer/backup/bytes.h"
#include "layer/backup/entry.h"
#include "layer/backup/reparse.h"
#include "layer/store/name.h"
#include "layer/tar/tar.h"
#include "port/clock.h"

#define PIECE_SIZE (64u * 1024)
#define MAY_WRITE  0200u
#define NAME_SHOWN 200

typedef struct unpacking {
    const unpack_target *target;
    files_port *files;
    copy_notes *notes;
    tar_reader *reader;
    char *buffer;
    string_list folders; /* those whose contents are being written, outermost first: paths… */
    basic_info *infos;   /* …and the times that they get afterwards */
} unpacking;

static void unpacking_clear(unpacking *u)
{
    tar_reader_free(u->reader);
    string_list_free(&u->folders);
    free(u->infos);
    free(u->buffer);
}

DEFINE_CLEANUP_VALUE(unpacking, unpacking, unpacking_clear)

/* Where an entry goes. */
typedef struct spot {
    char *path;
    view_place *place;
    const char *name; /* in the place's tree */
} spot;

static void spot_clear(spot *s)
{
    free(s->path);
}

DEFINE_CLEANUP_VALUE(spot, spot, spot_clear)

/* ---- names ---- */

static wcow_status find_spot(const unpacking *u, const char *in_tar, spot *out, wcow_error *err)
{
    cleanup_free char *name = NULL;
    wcow_status status = archive_name(in_tar, &name, err);

    if (status)
        return status;
    out->path = copy_path_join(u->target->folder, name);
    if (!out->path)
        return error_no_memory(err);
    status = file_view_place(u->target->view, out->path, &out->place, &out->name, err);
    if (!status && out->place->read_only)
        status = error_set(err, WCOW_CONFLICT, "mounted volume is marked read-only");
    return status;
}

/* ---- times of folders: writing into one changes them, so they are set when it is left ---- */

static wcow_status settle_folder(const unpacking *u, size_t n, wcow_error *err)
{
    view_place *place;
    const char *name;
    basic_info info = {0};
    wcow_status status = file_view_place(u->target->view, u->folders.items[n], &place, &name, err);
    int32_t hr;

    if (status || !*name || !u->infos[n].write)
        return status;
    hr = u->files->tree_basic_info(u->files, place->tree, name, &info);
    info.write = u->infos[n].write; /* all else stays as it is */
    if (HR_SUCCEEDED(hr))
        hr = u->files->tree_set_info(u->files, place->tree, name, &info);
    /* A later entry may have put something else in its place. */
    return hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND || hr == HR_REPARSE_POINT
               ? WCOW_OK
               : error_check(err, hr, "set its times");
}

/* Leaves all folders that this path is not in; NULL: all. */
static wcow_status leave_folders(unpacking *u, const char *path, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    while (!status && u->folders.count) {
        const size_t last = u->folders.count - 1;

        if (path && copy_path_is_in(path, u->folders.items[last]))
            break;
        status = settle_folder(u, last, err);
        free(u->folders.items[last]);
        u->folders.items[last] = NULL;
        u->folders.count--;
    }
    return status;
}

static wcow_status enter_folder(unpacking *u, const char *path, const basic_info *info,
                                wcow_error *err)
{
    basic_info *infos = realloc(u->infos, (u->folders.count + 1) * sizeof(*infos));

    if (infos)
        u->infos = infos;
    if (!infos || !string_list_add(&u->folders, path))
        return error_no_memory(err);
    infos[u->folders.count - 1] = *info;
    return WCOW_OK;
}

/* ---- what is there ---- */

static wcow_status refuse_link(wcow_error *err)
{
    return error_set(err, WCOW_CORRUPT, "it lies behind a link");
}

static wcow_status failed(int32_t hr, const char *call, wcow_error *err)
{
    return hr == HR_REPARSE_POINT ? refuse_link(err) : error_check(err, hr, call);
}

static wcow_status make_folder(const unpacking *u, file_tree *tree, const char *name,
                               wcow_error *err)
{
    static const basic_info info = {.attributes = FILE_ATTRIBUTE_DIRECTORY_BIT};
    tree_entry *entry = NULL;
    int32_t hr = u->files->tree_create(u->files, tree, name, &info, &entry);

    if (HR_SUCCEEDED(hr))
        hr = u->files->entry_close(u->files, entry);
    return hr == HR_ALREADY_EXISTS ? WCOW_OK : failed(hr, "make a folder", err);
}

/* Folders on the way that the archive does not name. */
static wcow_status make_parents(const unpacking *u, const spot *s, wcow_error *err)
{
    for (const char *c = strchr(s->name, '\\'); c; c = strchr(c + 1, '\\')) {
        cleanup_free char *parent = text_copy_bytes(s->name, (size_t)(c - s->name));
        wcow_status status =
            parent ? make_folder(u, s->place->tree, parent, err) : error_no_memory(err);

        if (status)
            return status;
    }
    return WCOW_OK;
}

/* Whether what is no folder can go there: the folder it is to lie in is made, and a file or a link
 * that is there stays until the new one is whole. */
static wcow_status prepare(const unpacking *u, const spot *s, wcow_error *err)
{
    file_info info = {.kind = FILE_KIND_DIRECTORY};
    int32_t hr = *s->name ? u->files->tree_info(u->files, s->place->tree, s->name, &info) : HR_OK;

    if (hr == HR_PATH_NOT_FOUND)
        return make_parents(u, s, err);
    if (hr == HR_FILE_NOT_FOUND)
        return WCOW_OK;
    if (HR_FAILED(hr))
        return failed(hr, "look at", err);
    if (info.kind == FILE_KIND_DIRECTORY)
        return error_set(err, WCOW_CONFLICT, "cannot overwrite directory \"%s\" with non-directory",
                         s->path);
    return WCOW_OK;
}

/* What was written beside it takes its place, if that went well. */
static wcow_status place(const unpacking *u, tree_entry *to, wcow_status status, wcow_error *err)
{
    if (!status)
        return failed(u->files->entry_place(u->files, to), "put it in its place", err);
    (void)u->files->entry_close(u->files, to);
    return status;
}

/* ---- entries ---- */

static basic_info info_of(const tar_entry *entry, uint32_t attributes)
{
    basic_info whole;
    basic_info info = {.attributes = attributes};

    if (entry->write.present && !entry_basic_info(entry, &whole, NULL))
        info.write = whole.write;
    return info;
}

static wcow_status unpack_folder(unpacking *u, const tar_entry *entry, const spot *s,
                                 wcow_error *err)
{
    file_info there = {.kind = FILE_KIND_DIRECTORY};
    const basic_info info = info_of(entry, 0); /* its attributes stay as they are */
    int32_t hr;
    wcow_status status = WCOW_OK;

    if (!*s->name)
        return WCOW_OK;
    hr = u->files->tree_info(u->files, s->place->tree, s->name, &there);
    if (hr == HR_REPARSE_POINT)
        return refuse_link(err);
    if (HR_SUCCEEDED(hr) && there.kind != FILE_KIND_DIRECTORY)
        return error_set(err, WCOW_CONFLICT, "cannot overwrite non-directory \"%s\" with directory",
                         s->path);
    if (HR_SUCCEEDED(hr) && copy_path_is_in(u->target->folder, s->path))
        return WCOW_OK; /* the folder itself */
    if (hr == HR_PATH_NOT_FOUND)
        status = make_parents(u, s, err);
    if (!status && HR_FAILED(hr))
        status = make_folder(u, s->place->tree, s->name, err);
    return status ? status : enter_folder(u, s->path, &info, err);
}

static wcow_status write_contents(const unpacking *u, const tar_entry *entry, tree_entry *to,
                                  wcow_error *err)
{
    size_t got = 1;
    wcow_status status = WCOW_OK;

    while (!status && got > 0) {
        status = tar_read(u->reader, u->buffer, PIECE_SIZE, &got, err);
        if (!status && got > 0)
            status = error_check(err, u->files->entry_write(u->files, to, u->buffer, got), "write");
    }
    if (!status)
        u->notes->content += entry->size;
    return status;
}

static wcow_status unpack_file(const unpacking *u, const tar_entry *entry, const spot *s,
                               wcow_error *err)
{
    const basic_info info =
        info_of(entry, entry->mode & MAY_WRITE ? 0 : FILE_ATTRIBUTE_READONLY_BIT);
    tree_entry *to = NULL;
    wcow_status status = prepare(u, s, err);

    if (!status)
        status = failed(u->files->tree_create_beside(u->files, s->place->tree, s->name, &info, &to),
                        "create", err);
    return status ? status : place(u, to, write_contents(u, entry, to, err), err);
}

/* ---- links ---- */

/* A link that is renamed over another name of the same file does nothing, so a second one beside it
 * only shows that it can be made, before what is there goes. */
static wcow_status replace_by_link(const unpacking *u, const spot *s, const spot *to,
                                   wcow_error *err)
{
    files_port *files = u->files;
    file_tree *tree = s->place->tree;
    cleanup_free char *beside =
        text_format("%s.wcow-%llu.tmp", s->name, (unsigned long long)clock_ticks());
    int32_t hr = beside ? files->tree_link(files, tree, beside, to->place->tree, to->name)
                        : HR_OUT_OF_MEMORY;
    int32_t removed;

    if (HR_FAILED(hr))
        return failed(hr, "link", err);
    hr = files->tree_remove(files, tree, s->name);
    if (HR_SUCCEEDED(hr))
        hr = files->tree_link(files, tree, s->name, to->place->tree, to->name);
    removed = files->tree_remove(files, tree, beside);
    return failed(HR_FAILED(hr) ? hr : removed, "link", err);
}

static wcow_status put_hard_link(const unpacking *u, const spot *s, const spot *to, wcow_error *err)
{
    file_info there;
    wcow_status status = prepare(u, s, err);

    if (status)
        return status;
    if (HR_SUCCEEDED(u->files->tree_info(u->files, s->place->tree, s->name, &there)))
        return replace_by_link(u, s, to, err);
    return failed(u->files->tree_link(u->files, s->place->tree, s->name, to->place->tree, to->name),
                  "link", err);
}

static wcow_status unpack_hard_link(const unpacking *u, const tar_entry *entry, const spot *s,
                                    wcow_error *err)
{
    CLEANUP(spot) spot to = {NULL, NULL, NULL};
    file_info info = {.kind = FILE_KIND_DIRECTORY};
    int32_t hr;
    wcow_status status = find_spot(u, entry->link, &to, err);

    if (status)
        return error_wrap(err, status, "its target '%.*s'", NAME_SHOWN, entry->link);
    if (to.place != s->place)
        return error_set(err, WCOW_CONFLICT, "a link to '%s', which is mounted", to.path);
    hr = *to.name ? u->files->tree_info(u->files, to.place->tree, to.name, &info) : HR_OK;
    if (HR_FAILED(hr) || info.kind != FILE_KIND_FILE)
        return error_set(err, WCOW_CORRUPT, "a link to '%s', which is no file here", to.path);
    if (text_equal_ignore_case(to.path, s->path))
        return error_set(err, WCOW_CORRUPT, "a link to itself");
    return put_hard_link(u, s, &to, err);
}

/* Whether the target of a link at this path stays in the folder, as text: Windows resolves ".."
 * before it looks at what is there. */
static bool stays_inside(const unpacking *u, const spot *s, const char *target)
{
    const char *below = s->path + strlen(u->target->folder);
    size_t depth = 0;

    for (const char *c = below; *c; c++)
        depth += *c == '\\' && c > below;
    if (strchr(target, ':') || *target == '\\' || *target == '/' || !*target)
        return false;
    while (*target) {
        const size_t length = strcspn(target, "/\\");
        const bool up = length == 2 && target[0] == '.' && target[1] == '.';

        if (up && depth == 0)
            return false;
        if (up)
            depth--;
        else if (length && !(length == 1 && *target == '.'))
            depth++;
        target += length;
        target += *target != '\0';
    }
    return true;
}

/* Windows keeps apart links to files and to folders; what is there when it is made decides. */
static bool leads_to_folder(const unpacking *u, const spot *s, const char *target)
{
    cleanup_free char *parent = copy_path_parent(s->path);
    cleanup_free char *joined = parent ? copy_path_join(parent, target) : NULL;
    cleanup_free char *path = copy_path_root(target) > 1 ? copy_path_clean(target)
                              : joined                   ? copy_path_clean(joined)
                                                         : NULL;
    cleanup_view_file view_file found = {0};

    return path && !file_view_find(u->target->view, path, true, &found, NULL) && found.exists &&
           found.info.kind == FILE_KIND_DIRECTORY;
}

static wcow_status make_link(const unpacking *u, const spot *s, const char *target,
                             const basic_info *info, wcow_error *err)
{
    cleanup_text text body = TEXT_INIT;
    cleanup_text text stream = TEXT_INIT;
    tree_entry *to = NULL;
    int32_t hr;
    wcow_status status = reparse_encode(target, false, &body, err);

    if (status)
        return status;
    bytes_add_u32(&stream, BACKUP_REPARSE_DATA);
    bytes_add_u32(&stream, 0);
    bytes_add_u64(&stream, body.length);
    bytes_add_u32(&stream, 0);
    text_add_bytes(&stream, text_get(&body), body.length);
    if (body.failed || stream.failed)
        return error_no_memory(err);
    hr = u->files->tree_create_beside(u->files, s->place->tree, s->name, info, &to);
    if (HR_FAILED(hr))
        return failed(hr, "create", err);
    hr = u->files->entry_restore(u->files, to, text_get(&stream), stream.length, false);
    return place(u, to, failed(hr, "make a link", err), err);
}

static wcow_status unpack_symbolic_link(const unpacking *u, const tar_entry *entry, const spot *s,
                                        wcow_error *err)
{
    basic_info info = info_of(entry, FILE_ATTRIBUTE_REPARSE_BIT);
    wcow_status status;

    if (!u->target->own_links && !stays_inside(u, s, entry->link)) {
        copy_leave_out(u->notes, text_format("'%.*s' is left out: a link to '%.*s', which is "
                                             "outside of what is copied",
                                             NAME_SHOWN, entry->name, NAME_SHOWN, entry->link));
        return WCOW_OK;
    }
    if (leads_to_folder(u, s, entry->link))
        info.attributes |= FILE_ATTRIBUTE_DIRECTORY_BIT;
    status = prepare(u, s, err);
    return status ? status : make_link(u, s, entry->link, &info, err);
}

static wcow_status unpack_entry(unpacking *u, const tar_entry *entry, wcow_error *err)
{
    CLEANUP(spot) spot s = {NULL, NULL, NULL};
    wcow_status status = find_spot(u, entry->name, &s, err);

    if (!status)
        status = leave_folders(u, s.path, err);
    if (status)
        return status;
    switch (entry->kind) {
    case TAR_DIRECTORY:
        return unpack_folder(u, entry, &s, err);
    case TAR_FILE:
        return unpack_file(u, entry, &s, err);
    case TAR_HARD_LINK:
        return unpack_hard_link(u, entry, &s, err);
    case TAR_SYMBOLIC_LINK:
        return unpack_symbolic_link(u, entry, &s, err);
    case TAR_OTHER:
        break;
    }
    copy_leave_out(u->notes, text_format("'%.*s' is left out: Windows has no such files (type "
                                         "'%c' of the archive)",
                                         NAME_SHOWN, entry->name, entry->type));
    return WCOW_OK;
}

wcow_status tree_unpack(const byte_source *tar, const unpack_target *target, copy_notes *notes,
                        wcow_error *err)
{
    CLEANUP(unpacking)
    unpacking u = {.target = target,
                   .files = target->view->files,
                   .notes = notes,
                   .reader = tar_reader_new(tar),
                   .buffer = malloc(PIECE_SIZE)};
    const tar_entry *entry = NULL;
    wcow_status status =
        u.reader && u.buffer ? tar_next(u.reader, &entry, err) : error_no_memory(err);

    while (!status && entry) {
        status = unpack_entry(&u, entry, err);
        if (status)
            return error_wrap(err, status, "'%.*s'", NAME_SHOWN, entry->name);
        status = tar_next(u.reader, &entry, err);
    }
    if (!status)
        status = leave_folders(&u, NULL, err);
    return status ? status : tar_drain(u.reader, err);
}
