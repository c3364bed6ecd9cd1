/* SPDX-License-Identifier: MIT */
/*
 * Diff layers: written as the transport format, which ImportLayer turns into a layer.
 *
 * In it, below Files (and for the folder Hives itself), a file is u32 attributes followed by its
 * raw backup stream; a folder is a folder, with such a file beside it, "<folder>.$wcidirs$". Below
 * Hives are real files. What ImportLayer cannot do is done by us in the layer's folder: removals
 * and hard links after it, the utility VM before it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "layer/import/tree_writer.h"
#include "layer/import/utility_vm.h"
#include "layer/import/writer.h"

/* Where the entry at hand goes. */
typedef enum destination {
    TO_NOWHERE,   /* the folder UtilityVM: cloned, nothing of it is stored */
    TO_TRANSPORT, /* plain bytes */
    TO_HIVE,      /* restored into the transport folder */
    TO_UTILITY_VM /* restored into the layer's folder */
} destination;

typedef struct pending_link {
    char *name;
    char *target;
    size_t parent; /* which parent has the target; OWN_LAYER: this layer */
} pending_link;

#define OWN_LAYER SIZE_MAX

typedef struct diff_writer {
    layer_writer base;
    storage_port *storage;
    files_port *files;
    char *path;
    char *transport;
    const layer_chain *parents;
    file_tree **parent_trees; /* as many as parents; opened when first needed */
    file_tree *transport_tree;
    tree_writer tree;       /* the layer's folder */
    string_list tombstones; /* removed: names below Files, */
    string_list opaque;     /* folders in which parents' things are */
    pending_link *links;
    size_t link_count;
    size_t link_capacity;
} diff_writer;

static wcow_status ensure_utility_vm(diff_writer *self, wcow_error *err)
{
    wcow_status status;

    if (self->base.utility_vm)
        return WCOW_OK;
    status = utility_vm_clone(&self->tree, self->parents, err);
    if (!status)
        self->base.utility_vm = true;
    return status;
}

static wcow_status transport_create(diff_writer *self, const char *name, const basic_info *info,
                                    tree_entry **out, wcow_error *err)
{
    return error_check(err,
                       self->files->tree_create(self->files, self->transport_tree, name, info, out),
                       "create");
}

/* A folder of the transport format. For a junction, too, it is a plain, empty one: nothing that
 * comes after it can be written through it. */
static wcow_status make_folder(diff_writer *self, const char *name, wcow_error *err)
{
    static const basic_info folder = {0, 0, 0, 0, FILE_ATTRIBUTE_DIRECTORY_BIT};
    tree_entry *entry = NULL;
    wcow_status status = transport_create(self, name, &folder, &entry, err);

    if (status)
        return status;
    return error_check(err, self->files->entry_close(self->files, entry), "close");
}

static wcow_status write_attributes(diff_writer *self, uint32_t attributes, layer_output *out,
                                    wcow_error *err)
{
    unsigned char bytes[4];
    int32_t hr;

    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(attributes >> 8 * i);
    hr = self->files->entry_write(self->files, out->entry, bytes, sizeof(bytes));
    if (HR_FAILED(hr))
        (void)self->files->entry_close(self->files, TAKE(out->entry));
    return error_check(err, hr, "write");
}

/* The file with the stream, of which the times count, but not the attributes: they are in it. */
static wcow_status begin_transport(diff_writer *self, const layer_entry *entry, layer_output *out,
                                   wcow_error *err)
{
    bool folder = (entry->info.attributes & FILE_ATTRIBUTE_DIRECTORY_BIT) != 0;
    bool hive = name_is_below(entry->name, LAYER_HIVES);
    cleanup_free char *name =
        text_format("%s%s", entry->name, folder ? LAYER_DIRECTORY_SUFFIX : "");
    basic_info info = entry->info;
    wcow_status status = WCOW_OK;

    if (!name)
        return error_no_memory(err);
    if (hive && (folder || entry->reparse))
        return error_set(err, WCOW_CORRUPT, "only files can be below Hives");
    if (folder)
        status = make_folder(self, entry->name, err);
    if (!status && folder)
        status = tree_writer_remember(&self->tree, entry->name, &info, err);
    info.attributes = 0;
    if (!status)
        status = transport_create(self, name, &info, &out->entry, err);
    if (status)
        return status;
    out->destination = hive ? TO_HIVE : TO_TRANSPORT;
    return hive ? WCOW_OK : write_attributes(self, entry->info.attributes, out, err);
}

static bool is_of_utility_vm(const char *name)
{
    return text_equal(name, LAYER_UTILITY_VM) || name_is_below(name, LAYER_UTILITY_VM);
}

/* What comes to the utility VM may replace what was cloned, and that may be a folder. */
static bool diff_is_alone(const layer_writer *writer, const char *name)
{
    (void)writer;
    return is_of_utility_vm(name);
}

static wcow_status diff_begin(layer_writer *writer, const layer_entry *entry, layer_output *out,
                              wcow_error *err)
{
    diff_writer *self = (diff_writer *)writer;
    wcow_status status;

    if (!is_of_utility_vm(entry->name))
        return begin_transport(self, entry, out, err);
    status = ensure_utility_vm(self, err);
    if (status)
        return status;
    if (text_equal(entry->name, LAYER_UTILITY_VM)) {
        out->destination = TO_NOWHERE;
        return WCOW_OK;
    }
    out->destination = TO_UTILITY_VM;
    return utility_vm_begin(&self->tree, entry, out, err);
}

static wcow_status diff_write(layer_writer *writer, layer_output *out, const void *bytes,
                              size_t size, wcow_error *err)
{
    diff_writer *self = (diff_writer *)writer;
    files_port *files = self->files;

    switch (out->destination) {
    case TO_UTILITY_VM:
        return tree_writer_write(&self->tree, out, bytes, size, err);
    case TO_HIVE:
        return error_check(err, files->entry_restore(files, out->entry, bytes, size, false),
                           "BackupWrite");
    case TO_TRANSPORT:
        return error_check(err, files->entry_write(files, out->entry, bytes, size), "write");
    default:
        return WCOW_OK;
    }
}

static wcow_status diff_end(layer_writer *writer, layer_output *out, wcow_error *err)
{
    return tree_writer_end(&((diff_writer *)writer)->tree, out, err);
}

/* ---- hard links: made after ImportLayer ---- */

static wcow_status open_parent(diff_writer *self, size_t i, wcow_error *err)
{
    const char *path = self->parents->items[i].path;

    int32_t hr = HR_OK;

    if (!self->parent_trees[i])
        hr = self->files->tree_open(self->files, path, &self->parent_trees[i]);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "open"), "parent layer '%s'", path);
    return WCOW_OK;
}

static wcow_status check_target(const char *target, bool folder, wcow_error *err)
{
    if (folder)
        return error_set(err, WCOW_CORRUPT, "'%s', which it links to, is a folder", target);
    return WCOW_OK;
}

/* The layer that has the target: this one, else the topmost parent that does. */
static wcow_status find_target(diff_writer *self, const char *target, size_t *out, wcow_error *err)
{
    name_kind kind = name_set_find(&self->base.names, target);
    file_info info;

    *out = OWN_LAYER;
    if (kind != NAME_NONE)
        return check_target(target, kind == NAME_DIRECTORY, err);
    if (name_is_below(target, LAYER_UTILITY_VM_FILES) && self->base.utility_vm &&
        HR_SUCCEEDED(self->files->tree_info(self->files, self->tree.tree, target, &info)))
        return check_target(target, info.kind == FILE_KIND_DIRECTORY, err);
    for (size_t i = 0; name_is_below(target, LAYER_FILES) && i < self->parents->count; i++) {
        wcow_status status = open_parent(self, i, err);
        int32_t hr;

        if (status)
            return status;
        hr = self->files->tree_info(self->files, self->parent_trees[i], target, &info);
        if (HR_SUCCEEDED(hr)) {
            *out = i;
            return check_target(target, info.kind == FILE_KIND_DIRECTORY, err);
        }
        if (hr != HR_FILE_NOT_FOUND && hr != HR_PATH_NOT_FOUND)
            return error_hresult(err, hr, "look for its target");
    }
    return error_set(err, WCOW_CORRUPT,
                     "neither this layer nor a parent has '%s', which it links to", target);
}

static wcow_status add_link(diff_writer *self, const char *name, const char *target, size_t parent,
                            wcow_error *err)
{
    cleanup_free char *name_copy = text_copy(name);
    cleanup_free char *target_copy = text_copy(target);

    if (!name_copy || !target_copy)
        return error_no_memory(err);
    if (self->link_count == self->link_capacity) {
        size_t capacity = self->link_capacity ? self->link_capacity * 2 : 16;
        pending_link *links = realloc(self->links, capacity * sizeof(*links));

        if (!links)
            return error_no_memory(err);
        self->links = links;
        self->link_capacity = capacity;
    }
    self->links[self->link_count++] = (pending_link){TAKE(name_copy), TAKE(target_copy), parent};
    return WCOW_OK;
}

static wcow_status diff_link(layer_writer *writer, const char *name, const char *target,
                             wcow_error *err)
{
    diff_writer *self = (diff_writer *)writer;
    size_t parent = OWN_LAYER;
    bool in_vm = name_is_below(name, LAYER_UTILITY_VM_FILES);
    wcow_status status = WCOW_OK;

    if ((!in_vm && !name_is_below(name, LAYER_FILES)) ||
        in_vm != name_is_below(target, LAYER_UTILITY_VM_FILES))
        return error_set(err, WCOW_CORRUPT, "a hard link from there to '%s' is not allowed",
                         target);
    if (in_vm)
        status = ensure_utility_vm(self, err);
    if (!status)
        status = find_target(self, target, &parent, err);
    return status ? status : add_link(self, name, target, parent, err);
}

/* Whether this layer has the folder that a name is in. */
static bool brings_folder_of(const diff_writer *self, const char *name)
{
    cleanup_free char *folder = text_copy_bytes(name, (size_t)(name_base(name) - 1 - name));

    return !folder || name_set_find(&self->base.names, folder) != NAME_NONE;
}

static wcow_status make_link(diff_writer *self, const pending_link *link, wcow_error *err)
{
    files_port *files = self->files;
    file_tree *target =
        link->parent == OWN_LAYER ? self->tree.tree : self->parent_trees[link->parent];
    int32_t hr = files->tree_remove(files, self->tree.tree, link->name);

    if (HR_FAILED(hr) && hr != HR_FILE_NOT_FOUND && hr != HR_PATH_NOT_FOUND)
        return error_hresult(err, hr, "replace");
    hr = files->tree_link(files, self->tree.tree, link->name, target, link->target);
    /* Its target was found before. */
    if (hr == HR_PATH_NOT_FOUND && !brings_folder_of(self, link->name))
        return error_set(err, WCOW_CORRUPT, "no layer has the folder it is in");
    return error_check(err, hr, "link");
}

/* ---- removals ---- */

/* A whiteout hides what parents have, never what its own layer brings (OCI image spec): of a folder
 * that the layer brings, all in it that it does not. */
static wcow_status remove_parents(diff_writer *self, const char *name, wcow_error *err);

static wcow_status clear_folder(diff_writer *self, const char *name, wcow_error *err)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    int32_t hr = self->files->tree_list(self->files, self->tree.tree, name, &names);

    if (HR_FAILED(hr) && hr != HR_FILE_NOT_FOUND && hr != HR_PATH_NOT_FOUND)
        return error_wrap(err, error_hresult(err, hr, "list"), "'%s'", name);
    for (size_t i = 0; i < names.count; i++) {
        cleanup_free char *child = text_format("%s\\%s", name, names.items[i]);
        wcow_status status = child ? remove_parents(self, child, err) : error_no_memory(err);

        if (status)
            return status;
    }
    return WCOW_OK;
}

static wcow_status remove_parents(diff_writer *self, const char *name, wcow_error *err)
{
    name_kind kind = name_set_find(&self->base.names, name);
    int32_t hr;

    if (kind == NAME_DIRECTORY)
        return clear_folder(self, name, err);
    if (kind != NAME_NONE)
        return WCOW_OK;
    hr = self->files->tree_remove(self->files, self->tree.tree, name);
    if (HR_FAILED(hr) && hr != HR_FILE_NOT_FOUND && hr != HR_PATH_NOT_FOUND)
        return error_wrap(err, error_hresult(err, hr, "remove"), "'%s'", name);
    return WCOW_OK;
}

/* Of the utility VM, which is written in place: what comes later is made anew. */
static wcow_status remove_of_vm(diff_writer *self, const char *name, wcow_error *err)
{
    wcow_status status = ensure_utility_vm(self, err);

    if (status)
        return status;
    if (name_set_find(&self->base.names, name) != NAME_NONE)
        return remove_parents(self, name, err);
    return utility_vm_remove(&self->tree, name, err);
}

static wcow_status diff_remove(layer_writer *writer, const char *name, wcow_error *err)
{
    diff_writer *self = (diff_writer *)writer;

    if (name_is_below(name, LAYER_UTILITY_VM_FILES))
        return remove_of_vm(self, name, err);
    if (!name_is_below(name, LAYER_FILES))
        return error_set(err, WCOW_CORRUPT, "'%s' cannot be removed by a layer", name);
    return string_list_add(&self->tombstones, name) ? WCOW_OK : error_no_memory(err);
}

static wcow_status diff_clear(layer_writer *writer, const char *folder, wcow_error *err)
{
    diff_writer *self = (diff_writer *)writer;
    wcow_status status;

    if (name_is_below(folder, LAYER_UTILITY_VM_FILES)) {
        status = ensure_utility_vm(self, err);
        return status ? status : clear_folder(self, folder, err);
    }
    if (!name_is_below(folder, LAYER_FILES) && !text_equal(folder, LAYER_FILES))
        return error_set(err, WCOW_CORRUPT, "'%s' cannot be cleared by a layer", folder);
    return string_list_add(&self->opaque, folder) ? WCOW_OK : error_no_memory(err);
}

static wcow_status apply_tombstones(diff_writer *self, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    for (size_t i = 0; i < self->tombstones.count && !status; i++)
        status = remove_parents(self, self->tombstones.items[i], err);
    for (size_t i = 0; i < self->opaque.count && !status; i++)
        status = clear_folder(self, self->opaque.items[i], err);
    return status;
}

/* ---- the end ---- */

static void close_transport(diff_writer *self)
{
    if (self->transport_tree)
        self->files->tree_close(self->files, TAKE(self->transport_tree));
}

static wcow_status process_utility_vm(diff_writer *self, wcow_error *err)
{
    cleanup_free char *path = path_join(self->path, LAYER_UTILITY_VM);

    if (!self->base.utility_vm)
        return WCOW_OK;
    if (!path)
        return error_no_memory(err);
    return error_check(err, self->storage->process_utility_image(self->storage, path),
                       "ProcessUtilityImage");
}

static wcow_status diff_finish(layer_writer *writer, wcow_error *err)
{
    diff_writer *self = (diff_writer *)writer;
    wcow_status status;

    close_transport(self);
    status = error_check(err,
                         self->storage->import_layer(self->storage, self->path, self->transport,
                                                     self->parents->items, self->parents->count),
                         "ImportLayer");
    if (!status)
        status = apply_tombstones(self, err);
    for (size_t i = 0; i < self->link_count && !status; i++) {
        status = make_link(self, &self->links[i], err);
        if (status)
            return error_wrap(err, status, "'%s'", self->links[i].name);
    }
    if (!status)
        status = tree_writer_apply_times(&self->tree, err);
    return status ? status : process_utility_vm(self, err);
}

static void diff_free(layer_writer *writer)
{
    diff_writer *self = (diff_writer *)writer;

    close_transport(self);
    tree_writer_close(&self->tree);
    for (size_t i = 0; self->parent_trees && i < self->parents->count; i++) {
        if (self->parent_trees[i])
            self->files->tree_close(self->files, self->parent_trees[i]);
    }
    for (size_t i = 0; i < self->link_count; i++) {
        free(self->links[i].name);
        free(self->links[i].target);
    }
    free(self->links);
    string_list_free(&self->tombstones);
    string_list_free(&self->opaque);
    free(self->parent_trees);
    free(self->transport);
    free(self->path);
    free(self);
}

wcow_status diff_writer_new(const layer_store *store, const char *path, const char *transport,
                            const layer_chain *parents, layer_writer **out, wcow_error *err)
{
    cleanup_layer_writer layer_writer *writer = NULL;
    diff_writer *self = calloc(1, sizeof(*self));
    wcow_status status;

    if (!self)
        return error_no_memory(err);
    writer = &self->base;
    *self = (diff_writer){
        .base = {diff_is_alone, diff_begin, diff_write, diff_end, diff_link, diff_remove,
                 diff_clear, diff_finish, diff_free, NAME_SET_INIT, false, 0},
        .storage = store->storage,
        .files = store->files,
        .path = text_copy(path),
        .transport = text_copy(transport),
        .parents = parents,
        .parent_trees = calloc(parents->count, sizeof(file_tree *)),
        .tree = TREE_WRITER_INIT,
        .tombstones = STRING_LIST_INIT,
        .opaque = STRING_LIST_INIT,
    };
    if (!self->path || !self->transport || !self->parent_trees)
        return error_no_memory(err);
    status = tree_writer_open(&self->tree, store->files, path, err);
    if (!status)
        status = error_check(
            err, store->files->tree_open(store->files, transport, &self->transport_tree),
            "open the transport folder");
    if (status)
        return status;
    *out = TAKE(writer);
    return WCOW_OK;
}
