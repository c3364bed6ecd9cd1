/* SPDX-License-Identifier: MIT */
/* Mounted file systems as tars of base layers. */
#include "layer/export/export_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "layer/export/export_file.h"
#include "layer/export/layer_export.h"
#include "layer/export/link_set.h"
#include "layer/hives/hive.h"
#include "layer/store/name.h"
#include "layer/tar/tar_writer.h"

typedef struct walk {
    files_port *files;
    const tree_parts *parts;
    file_tree *tree;
    const byte_sink *sink;
    string_list pending; /* names that are to be written, the next one last */
    link_set links;
} walk;

static void walk_clear(walk *w)
{
    if (w->tree)
        w->files->tree_close(w->files, w->tree);
    string_list_free(&w->pending);
    link_set_free(&w->links);
}

DEFINE_CLEANUP_VALUE(walk, walk, walk_clear)

static char *tar_name(const char *name)
{
    char *made = text_format(LAYER_FILES "/%s", name);

    for (char *c = made; c && *c; c++)
        if (*c == '\\')
            *c = '/';
    return made;
}

/* Adds what is in a folder ("" is the root) so that it comes next, in the order of its names. */
static wcow_status push_children(walk *w, const char *folder, wcow_error *err)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    int32_t hr = w->files->tree_list(w->files, w->tree, folder, &names);

    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "list"), "'%s'", folder);
    string_list_sort(&names);
    for (size_t i = names.count; i-- > 0;) {
        const char *name = names.items[i];

        if (!*folder && name_is_volume_s(name))
            continue;
        if (!string_list_own(&w->pending,
                             *folder ? text_format("%s\\%s", folder, name) : text_copy(name)))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

/* The hive that takes the place of this file, if there is one. */
static wcow_status find_hive(const walk *w, const char *name, char **out, wcow_error *err)
{
    size_t hive = w->parts->hives ? hive_of(name) : HIVE_COUNT;
    cleanup_free char *path = NULL;
    file_info info;
    int32_t hr;

    if (hive == HIVE_COUNT)
        return WCOW_OK;
    path = path_join(w->parts->hives, hive_names[hive]);
    if (!path)
        return error_no_memory(err);
    hr = w->files->info(w->files, path, &info);
    if (hr == HR_FILE_NOT_FOUND)
        return WCOW_OK;
    if (HR_FAILED(hr))
        return error_hresult(err, hr, "look for its hive");
    *out = TAKE(path);
    return WCOW_OK;
}

/* A file that is none of the volume's links; a hive is of one's own making, perhaps. */
static wcow_status write_file(walk *w, exported_file *from, wcow_error *err)
{
    cleanup_free char *hive = NULL;
    wcow_status status = find_hive(w, from->in_tree, &hive, err);

    if (status)
        return error_wrap(err, status, "'%s'", from->name);
    from->path = hive;
    return hive ? export_plain(from, w->sink, err) : export_stream(from, w->sink, err);
}

static wcow_status write_one(walk *w, const char *name, wcow_error *err)
{
    cleanup_free char *in_tar = tar_name(name);
    CLEANUP(exported_file)
    exported_file from = {.files = w->files, .tree = w->tree, .in_tree = name, .name = in_tar};
    file_identity identity = {0};
    const char *first = NULL;
    bool folder;
    bool reparse;
    wcow_status status;

    if (!in_tar)
        return error_no_memory(err);
    status = exported_file_open(&from, &identity, err);
    folder = (from.info.attributes & FILE_ATTRIBUTE_DIRECTORY_BIT) != 0;
    reparse = (from.info.attributes & FILE_ATTRIBUTE_REPARSE_BIT) != 0;
    /* A file that was written under another name becomes a link to that. */
    if (!status && !folder && !reparse && !link_set_meet(&w->links, &identity, in_tar, &first))
        status = error_no_memory(err);
    if (status)
        return error_wrap(err, status, "'%s'", in_tar);
    if (first) {
        const tar_item item = {
            .name = in_tar, .link = first, .kind = TAR_HARD_LINK, .info = &from.info};

        return tar_write_header(w->sink, &item, err);
    }
    if (!folder && !reparse)
        return write_file(w, &from, err);
    status = export_stream(&from, w->sink, err);
    return status || reparse ? status : push_children(w, name, err);
}

/* The root's own times are an accident of mounting: those of what is in it count. */
static wcow_status write_root(walk *w, wcow_error *err)
{
    basic_info info = {0};
    const tar_item item = {.name = LAYER_FILES, .kind = TAR_DIRECTORY, .info = &info};
    int32_t hr = w->files->tree_basic_info(w->files, w->tree, "Windows", &info);

    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "look at"), "'Windows'");
    info.attributes = FILE_ATTRIBUTE_DIRECTORY_BIT;
    return tar_write_header(w->sink, &item, err);
}

wcow_status tree_write_tar(files_port *files, const tree_parts *parts, const byte_sink *sink,
                           wcow_error *err)
{
    CLEANUP(walk) walk w = {files, parts, NULL, sink, STRING_LIST_INIT, LINK_SET_INIT};
    wcow_status status =
        error_check(err, files->tree_open(files, parts->volume, &w.tree), "open the volume");

    if (!status)
        status = write_root(&w, err);
    if (!status)
        status = push_children(&w, "", err);
    while (!status && w.pending.count) {
        cleanup_free char *name = TAKE(w.pending.items[w.pending.count - 1]);

        w.pending.count--;
        status = write_one(&w, name, err);
    }
    if (!status && parts->utility_vm)
        status = utility_vm_write(files, parts->utility_vm, sink, err);
    return status ? status : tar_write_end(sink, err);
}
