/* SPDX-License-Identifier: MIT */
/* Trees as plain tars. */
#include "layer/copy/tree_pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "layer/store/name.h"
#include "layer/tar/tar_writer.h"

#define PIECE_SIZE       (64u * 1024)
#define UNITS_PER_SECOND UINT64_C(10000000)
#define READ_ONLY_MODE   0555u /* what Docker makes of them on Windows */
#define MODE             0755u

typedef struct packing {
    file_view *view;
    const char *path, *name; /* of the top */
    const byte_sink *sink;
    copy_notes *notes;
    string_list pending; /* names below the top, the next one last; "" is the top */
    char *buffer;
} packing;

static void packing_clear(packing *p)
{
    string_list_free(&p->pending);
    free(p->buffer);
}

DEFINE_CLEANUP_VALUE(packing, packing, packing_clear)

/* "name/below/it", with a separator behind a folder's. */
static char *name_in_tar(const packing *p, const char *below, bool folder)
{
    char *made = text_format("%s%s%s%s", p->name, *below ? "/" : "", below, folder ? "/" : "");

    for (char *c = made; c && *c; c++)
        if (*c == '\\')
            *c = '/';
    return made;
}

static wcow_status put_header(const packing *p, const char *below, tar_kind kind, const char *link,
                              uint64_t size, const basic_info *info, wcow_error *err)
{
    const bool read_only = kind == TAR_FILE && (info->attributes & FILE_ATTRIBUTE_READONLY_BIT);
    cleanup_free char *name = name_in_tar(p, below, kind == TAR_DIRECTORY);
    basic_info rounded = *info;
    tar_item item = {.name = name,
                     .link = link,
                     .kind = kind,
                     .size = size,
                     .info = &rounded,
                     .has_mode = true,
                     .mode = read_only ? READ_ONLY_MODE : MODE,
                     .write_only = true};

    if (!name)
        return error_no_memory(err);
    rounded.write -= rounded.write % UNITS_PER_SECOND;
    return tar_write_header(p->sink, &item, err);
}

/* ---- folders ---- */

/* Whether it is the root of a volume: of the container's, of a drive, or of one that is mounted. */
static wcow_status is_volume(const packing *p, const char *path, bool *out, wcow_error *err)
{
    view_place *place;
    const char *name;
    wcow_status status = file_view_place(p->view, path, &place, &name, err);

    if (!status)
        *out = !*copy_path_base(path) ||
               (!*name && copy_path_root(place->source) == strlen(place->source));
    return status;
}

static wcow_status push_children(packing *p, const char *path, const char *below, wcow_error *err)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    bool volume = false;
    wcow_status status = is_volume(p, path, &volume, err);

    if (!status)
        status = file_view_list(p->view, path, &names, err);
    for (size_t i = names.count; !status && i-- > 0;) {
        if (volume && name_is_volume_s(names.items[i]))
            continue;
        if (!string_list_own(&p->pending,
                             text_format("%s%s%s", below, *below ? "\\" : "", names.items[i])))
            status = error_no_memory(err);
    }
    return status;
}

/* ---- files ---- */

static wcow_status put_zeros(const packing *p, uint64_t size, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    memset(p->buffer, 0, PIECE_SIZE);
    while (!status && size) {
        const size_t piece = size < PIECE_SIZE ? (size_t)size : PIECE_SIZE;

        status = sink_write(p->sink, p->buffer, piece, err);
        size -= piece;
    }
    return status;
}

/* As many bytes as the header says, whatever becomes of the file meanwhile. */
static wcow_status put_contents(const packing *p, const char *path, file *from, uint64_t size,
                                wcow_error *err)
{
    files_port *files = p->view->files;
    uint64_t left = size;
    wcow_status status = WCOW_OK;

    while (!status && left) {
        size_t got = 0;
        int32_t hr = files->read_some(files, from, p->buffer,
                                      left < PIECE_SIZE ? (size_t)left : PIECE_SIZE, &got);

        if (HR_FAILED(hr))
            return error_hresult(err, hr, "read");
        if (!got) {
            copy_leave_unread(p->notes, text_format("'%s' became shorter while it was read: zeros "
                                                    "are in the place of its end",
                                                    path));
            status = put_zeros(p, left, err);
            left = 0;
        } else {
            status = sink_write(p->sink, p->buffer, got, err);
            left -= got;
        }
    }
    p->notes->content += size;
    return status ? status : tar_write_padding(p->sink, size, err);
}

/* It went away just now. */
static bool is_gone(int32_t hr)
{
    return hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND;
}

/* Others have it for themselves. */
static bool may_be_left_out(int32_t hr)
{
    return hr == HR_SHARING_VIOLATION || hr == HR_LOCK_VIOLATION || hr == HR_ACCESS_DENIED;
}

static wcow_status leave_out(const packing *p, const char *path, const wcow_error *why)
{
    copy_leave_unread(p->notes, text_format("'%s' is left out: %s", path, why->message));
    return WCOW_OK;
}

static wcow_status pack_file(const packing *p, const char *path, const char *below, file_tree *tree,
                             const char *name, const basic_info *info, wcow_error *err)
{
    files_port *files = p->view->files;
    wcow_error why = WCOW_ERROR_INIT;
    file *from = NULL;
    file_info opened;
    int32_t hr = files->tree_file_open(files, tree, name, &from, &opened);
    wcow_status status;

    if (*below && is_gone(hr))
        return WCOW_OK;
    if (HR_FAILED(hr)) {
        status = error_hresult(&why, hr, "open");
        return *below && may_be_left_out(hr) ? leave_out(p, path, &why)
                                             : error_pass(err, status, &why);
    }
    status = put_header(p, below, TAR_FILE, NULL, opened.size, info, err);
    if (!status)
        status = put_contents(p, path, from, opened.size, err);
    files->close(files, from);
    return status;
}

/* ---- all ---- */

static wcow_status pack_link(const packing *p, const char *path, const char *below,
                             const basic_info *info, wcow_error *err)
{
    wcow_error why = WCOW_ERROR_INIT;
    cleanup_free char *target = NULL;
    wcow_status status = file_view_read_link(p->view, path, &target, &why);

    if (status == WCOW_UNSUPPORTED && *below)
        return leave_out(p, path, &why);
    if (status)
        return error_pass(err, status, &why);
    for (char *c = target; *c; c++)
        if (*c == '\\')
            *c = '/';
    return put_header(p, below, TAR_SYMBOLIC_LINK, target, 0, info, err);
}

static wcow_status pack_folder(packing *p, const char *path, const char *below,
                               const basic_info *info, wcow_error *err)
{
    wcow_status status = put_header(p, below, TAR_DIRECTORY, NULL, 0, info, err);

    return status ? status : push_children(p, path, below, err);
}

static wcow_status pack_one(packing *p, const char *below, wcow_error *err)
{
    cleanup_free char *path = copy_path_join(p->path, below);
    files_port *files = p->view->files;
    basic_info info = {.attributes = FILE_ATTRIBUTE_DIRECTORY_BIT};
    view_place *place;
    const char *name;
    int32_t hr = HR_OK;
    wcow_status status =
        path ? file_view_place(p->view, path, &place, &name, err) : error_no_memory(err);

    if (status)
        return status;
    if (*name) /* of a tree's root nothing is known but that it is a folder */
        hr = files->tree_basic_info(files, place->tree, name, &info);
    if (*below && is_gone(hr))
        return WCOW_OK;
    if (HR_FAILED(hr))
        status = error_hresult(err, hr, "look at");
    else if (info.attributes & FILE_ATTRIBUTE_REPARSE_BIT)
        status = pack_link(p, path, below, &info, err);
    else if (info.attributes & FILE_ATTRIBUTE_DIRECTORY_BIT)
        status = pack_folder(p, path, below, &info, err);
    else
        status = pack_file(p, path, below, place->tree, name, &info, err);
    return status ? error_name(err, status, path, path) : WCOW_OK;
}

wcow_status tree_pack(file_view *view, const char *path, const char *name, const byte_sink *sink,
                      copy_notes *notes, wcow_error *err)
{
    CLEANUP(packing)
    packing p = {.view = view,
                 .path = path,
                 .name = name ? name : ".",
                 .sink = sink,
                 .notes = notes,
                 .buffer = malloc(PIECE_SIZE)};
    wcow_status status =
        p.buffer && string_list_add(&p.pending, "") ? WCOW_OK : error_no_memory(err);

    while (!status && p.pending.count) {
        cleanup_free char *below = TAKE(p.pending.items[p.pending.count - 1]);

        p.pending.count--;
        status = pack_one(&p, below, err);
    }
    if (!status)
        status = tar_write_end(sink, err);
    return status ? status : copy_check_all_read(notes, err);
}
