/* SPDX-License-Identifier: MIT */
/* Scratch layers and transport folders as layer tars. */
#include "layer/export/layer_export.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "layer/export/export_file.h"
#include "layer/export/link_set.h"
#include "layer/export/tombstones.h"
#include "layer/store/name.h"
#include "layer/store/scratch.h"
#include "layer/store/working_folder.h"
#include "layer/tar/tar_writer.h"

#define RECYCLE_BIN "Files\\$Recycle.Bin"
#define TIMES_HIVE  "Hives\\System_Delta"

typedef struct exporting {
    files_port *files;
    file_tree *tree;
    const char *folder;
    const byte_sink *sink;
    tombstones tombstones; /* of the transport folder */
    basic_info hive;       /* times of System_Delta */
    bool has_hive;
    bool base;      /* files are what they are, not holders of streams */
    link_set links; /* files that have more names */
} exporting;

static void exporting_clear(exporting *e)
{
    if (e->tree)
        e->files->tree_close(e->files, e->tree);
    tombstones_free(&e->tombstones);
    link_set_free(&e->links);
}

DEFINE_CLEANUP_VALUE(exporting, exporting, exporting_clear)

static char *tar_name(const char *name)
{
    char *copy = text_copy(name);

    for (char *c = copy; c && *c; c++)
        if (*c == '\\')
            *c = '/';
    return copy;
}

/* A path on the host: a folder's own separator for each '\'. */
static char *host_path(const char *folder, const char *name)
{
    char *path = path_join(folder, name);

    for (char *c = path ? path + strlen(path) - strlen(name) : NULL; c && *c; c++)
        if (*c == '\\')
            *c = path_separator(folder);
    return path;
}

/* ---- tombstones ---- */

/* The names that are gone from this folder, as whiteouts. */
static wcow_status export_tombstones(exporting *e, const char *name, wcow_error *err)
{
    cleanup_free char *folder = tar_name(name);
    size_t count;
    const tombstone *gone = tombstones_of(&e->tombstones, name + strlen(LAYER_FILES), &count);

    if (!folder)
        return error_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        cleanup_free char *whiteout = text_format("%s/" WHITEOUT_PREFIX "%s", folder, gone[i].name);
        tar_item item = {.name = whiteout, .kind = TAR_FILE};
        wcow_status status =
            whiteout ? tar_write_header(e->sink, &item, err) : error_no_memory(err);

        if (status)
            return status;
    }
    return WCOW_OK;
}

/* ---- entries ---- */

static wcow_status get_info(exporting *e, const char *name, basic_info *out, wcow_error *err)
{
    int32_t hr = e->files->tree_basic_info(e->files, e->tree, name, out);

    return HR_FAILED(hr) ? error_wrap(err, error_hresult(err, hr, "look at"), "'%s'", name)
                         : WCOW_OK;
}

/* Below Files: what is in the file is attributes and a backup stream; a folder's lie beside it. */
static wcow_status export_file(exporting *e, const char *name, bool folder, const basic_info *info,
                               wcow_error *err)
{
    cleanup_free char *in_tar = tar_name(name);
    cleanup_free char *holder =
        folder ? text_format("%s" LAYER_DIRECTORY_SUFFIX, name) : text_copy(name);
    cleanup_free char *path = holder ? host_path(e->folder, holder) : NULL;
    exported_file from = {.files = e->files, .path = path, .name = in_tar, .info = *info};
    wcow_status status;

    if (!in_tar || !path)
        return error_no_memory(err);
    status = folder ? get_info(e, holder, &from.info, err) : WCOW_OK;
    return status ? status : export_stream(&from, e->sink, err);
}

static wcow_status export_link(exporting *e, const char *name, const char *first,
                               const basic_info *info, wcow_error *err)
{
    const tar_item item = {.name = name, .link = first, .kind = TAR_HARD_LINK, .info = info};

    return tar_write_header(e->sink, &item, err);
}

/* Of a base layer: a file, folder or reparse point itself. */
static wcow_status export_restored(exporting *e, const char *name, bool *folder, wcow_error *err)
{
    cleanup_free char *in_tar = tar_name(name);
    CLEANUP(exported_file)
    exported_file from = {.files = e->files, .tree = e->tree, .in_tree = name, .name = in_tar};
    file_identity identity = {0};
    const char *first = NULL;
    wcow_status status = in_tar ? exported_file_open(&from, &identity, err) : error_no_memory(err);

    if (status)
        return error_wrap(err, status, "'%s'", name);
    *folder = (from.info.attributes & FILE_ATTRIBUTE_DIRECTORY_BIT) &&
              !(from.info.attributes & FILE_ATTRIBUTE_REPARSE_BIT);
    if (!*folder && !link_set_meet(&e->links, &identity, in_tar, &first))
        return error_no_memory(err);
    return first ? export_link(e, in_tar, first, &from.info, err)
                 : export_stream(&from, e->sink, err);
}

/* Files, Hives and what is in Hives: as they are. */
static wcow_status export_bare(exporting *e, const char *name, bool folder, const basic_info *info,
                               wcow_error *err)
{
    cleanup_free char *in_tar = tar_name(name);
    cleanup_free char *path = host_path(e->folder, name);
    exported_file from = {.files = e->files, .path = path, .name = in_tar, .info = *info};
    tar_item item = {.name = in_tar, .kind = TAR_DIRECTORY, .info = &from.info};

    if (!in_tar || !path)
        return error_no_memory(err);
    /* When these folders were made is an accident of the export; all exporters take the hive's. */
    if (folder && e->has_hive) {
        from.info.write = e->hive.write;
        from.info.change = e->hive.change;
    }
    from.info.creation = from.info.write;
    from.info.access = from.info.write;
    if (!folder)
        return export_plain(&from, e->sink, err);
    from.info.attributes |= FILE_ATTRIBUTE_DIRECTORY_BIT;
    return tar_write_header(e->sink, &item, err);
}

static wcow_status export_entry(exporting *e, const char *name, wcow_error *err);

static wcow_status export_children(exporting *e, const char *name, wcow_error *err)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    int32_t hr = e->files->tree_list(e->files, e->tree, name, &names);

    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "list"), "'%s'", name);
    string_list_sort(&names);
    for (size_t i = 0; i < names.count; i++) {
        cleanup_free char *child = text_format("%s\\%s", name, names.items[i]);
        wcow_status status;

        if (!child)
            return error_no_memory(err);
        if (text_ends_with(child, LAYER_DIRECTORY_SUFFIX) ||
            text_equal_ignore_case(child, RECYCLE_BIN))
            continue;
        status = export_entry(e, child, err);
        if (status)
            return status;
    }
    return WCOW_OK;
}

/* A file that was written by another name becomes a hard link to it. */
static wcow_status find_link(exporting *e, const char *name, const basic_info *info, bool *linked,
                             wcow_error *err)
{
    cleanup_free char *in_tar = tar_name(name);
    const char *first = NULL;
    file_identity identity = {0};
    int32_t hr = e->files->tree_identity(e->files, e->tree, name, &identity);

    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "look at"), "'%s'", name);
    if (!in_tar || !link_set_meet(&e->links, &identity, in_tar, &first))
        return error_no_memory(err);
    *linked = first != NULL;
    return first ? export_link(e, in_tar, first, info, err) : WCOW_OK;
}

/* Of a transport folder. */
static wcow_status export_held(exporting *e, const char *name, bool *folder, wcow_error *err)
{
    bool in_files = name_is_below(name, LAYER_FILES);
    bool linked = false;
    basic_info info;
    wcow_status status = get_info(e, name, &info, err);

    if (status)
        return status;
    if (info.attributes & FILE_ATTRIBUTE_REPARSE_BIT)
        return error_set(err, WCOW_CORRUPT, "'%s' is a link, which no transport folder holds",
                         name);
    *folder = (info.attributes & FILE_ATTRIBUTE_DIRECTORY_BIT) != 0;
    status = *folder ? WCOW_OK : find_link(e, name, &info, &linked, err);
    if (status || linked)
        return status;
    status = in_files ? export_file(e, name, *folder, &info, err)
                      : export_bare(e, name, *folder, &info, err);
    if (!status && *folder && (in_files || text_equal(name, LAYER_FILES)))
        status = export_tombstones(e, name, err);
    return status;
}

static wcow_status export_entry(exporting *e, const char *name, wcow_error *err)
{
    bool folder = false;
    wcow_status status =
        e->base ? export_restored(e, name, &folder, err) : export_held(e, name, &folder, err);

    if (status || !folder)
        return status;
    /* Beside its Files, a utility VM has what the service made. */
    if (text_equal(name, LAYER_UTILITY_VM))
        return export_entry(e, LAYER_UTILITY_VM_FILES, err);
    return export_children(e, name, err);
}

static bool is_there(const exporting *e, const char *name)
{
    file_info info;

    return HR_SUCCEEDED(e->files->tree_info(e->files, e->tree, name, &info));
}

wcow_status base_write_tar(files_port *files, const char *folder, const byte_sink *sink,
                           wcow_error *err)
{
    CLEANUP(exporting)
    exporting e = {.files = files, .folder = folder, .sink = sink, .base = true};
    wcow_status status =
        error_check(err, files->tree_open(files, folder, &e.tree), "open the layer's folder");

    if (!status)
        status = export_entry(&e, LAYER_FILES, err);
    if (!status && is_there(&e, LAYER_UTILITY_VM_FILES))
        status = export_entry(&e, LAYER_UTILITY_VM, err);
    return status ? status : tar_write_end(sink, err);
}

wcow_status utility_vm_write(files_port *files, const char *folder, const byte_sink *sink,
                             wcow_error *err)
{
    CLEANUP(exporting)
    exporting e = {.files = files, .folder = folder, .sink = sink, .base = true};
    wcow_status status =
        error_check(err, files->tree_open(files, folder, &e.tree), "open the layer's folder");

    return status ? status : export_entry(&e, LAYER_UTILITY_VM, err);
}

wcow_status transport_write_tar(files_port *files, const char *folder, const byte_sink *sink,
                                wcow_error *err)
{
    static const char *const roots[] = {LAYER_FILES, LAYER_HIVES};
    CLEANUP(exporting) exporting e = {.files = files, .folder = folder, .sink = sink};
    wcow_status status =
        error_check(err, files->tree_open(files, folder, &e.tree), "open the transport folder");

    if (!status)
        status = tombstones_read(files, folder, &e.tombstones, err);
    if (status)
        return status;
    e.has_hive = HR_SUCCEEDED(files->tree_basic_info(files, e.tree, TIMES_HIVE, &e.hive));
    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]) && !status; i++) {
        file_info info;
        int32_t hr = files->tree_info(files, e.tree, roots[i], &info);

        if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND)
            continue;
        status = export_entry(&e, roots[i], err);
    }
    return status ? status : tar_write_end(sink, err);
}

/* ---- a scratch ---- */

/* What was never prepared was never initialised, and cannot be exported. */
wcow_status scratch_export(const layer_store *store, const char *path, const layer_chain *parents,
                           const char *folder, wcow_error *err)
{
    storage_port *storage = store->storage;
    wcow_status status = scratch_prepare(store, path, parents, err);
    int32_t hr;

    if (status)
        return status;
    status = error_check(err, storage->unprepare_layer(storage, path), "UnprepareLayer");
    if (!status)
        status = error_check(
            err, storage->export_layer(storage, path, folder, parents->items, parents->count),
            "ExportLayer");
    hr = storage->deactivate_layer(storage, path);
    return status ? status : error_check(err, hr, "DeactivateLayer");
}

wcow_status layer_export(const layer_store *store, const char *path, const layer_chain *parents,
                         const byte_sink *sink, wcow_error *err)
{
    working_folder folder = {NULL, NULL};
    wcow_status status;

    if (parents->count == 0) {
        status = base_write_tar(store->files, path, sink, err);
        return status ? error_wrap(err, status, "cannot export '%s'", path) : WCOW_OK;
    }
    status = working_folder_open(store, &folder, err);
    if (status)
        return status;
    status = scratch_export(store, path, parents, folder.path, err);
    if (!status)
        status = transport_write_tar(store->files, folder.path, sink, err);
    working_folder_close(store, &folder);
    return status ? error_wrap(err, status, "cannot export '%s'", path) : WCOW_OK;
}
