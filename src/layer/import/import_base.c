/* SPDX-License-Identifier: MIT */
/* Base layers: written into the layer's folder as they are, then processed by the service. */
#include <stdlib.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "layer/import/tree_writer.h"
#include "layer/import/writer.h"

typedef struct base_writer {
    layer_writer base;
    storage_port *storage;
    char *path;
    tree_writer tree;
} base_writer;

/* Names are new and their folders there: in whatever order the files come, the layer is the same.
 */
static bool base_is_alone(const layer_writer *writer, const char *name)
{
    (void)writer;
    (void)name;
    return false;
}

static wcow_status base_begin(layer_writer *writer, const layer_entry *entry, layer_output *out,
                              wcow_error *err)
{
    base_writer *self = (base_writer *)writer;

    if (text_equal(entry->name, LAYER_UTILITY_VM_FILES))
        writer->utility_vm = true;
    return tree_writer_begin(&self->tree, entry, false, out, err);
}

static wcow_status base_write(layer_writer *writer, layer_output *out, const void *bytes,
                              size_t size, wcow_error *err)
{
    return tree_writer_write(&((base_writer *)writer)->tree, out, bytes, size, err);
}

static wcow_status base_end(layer_writer *writer, layer_output *out, wcow_error *err)
{
    return tree_writer_end(&((base_writer *)writer)->tree, out, err);
}

static wcow_status base_link(layer_writer *writer, const char *name, const char *target,
                             wcow_error *err)
{
    base_writer *self = (base_writer *)writer;
    files_port *files = self->tree.files;
    name_kind kind = name_set_find(&writer->names, target);

    if (kind != NAME_FILE && kind != NAME_HARD_LINK && kind != NAME_REPARSE)
        return error_set(err, WCOW_CORRUPT, "the archive has no file '%s' before this link to it",
                         target);
    return error_check(err, files->tree_link(files, self->tree.tree, name, self->tree.tree, target),
                       "link");
}

static wcow_status base_remove(layer_writer *writer, const char *name, wcow_error *err)
{
    (void)writer;
    return error_set(err, WCOW_CORRUPT, "a base layer cannot remove '%s' from anything", name);
}

static wcow_status base_clear(layer_writer *writer, const char *folder, wcow_error *err)
{
    (void)writer;
    return error_set(err, WCOW_CORRUPT, "a base layer has nothing to hide in '%s'", folder);
}

/* ProcessBaseImage makes the base hives and the blank disks, ProcessUtilityImage the VM's. */
static wcow_status base_finish(layer_writer *writer, wcow_error *err)
{
    base_writer *self = (base_writer *)writer;
    cleanup_free char *utility_vm = NULL;
    wcow_status status;

    if (name_set_find(&writer->names, LAYER_FILES) != NAME_DIRECTORY)
        return error_set(err, WCOW_CORRUPT,
                         "the archive has no folder '" LAYER_FILES
                         "', so it is no base layer of Windows");
    status = tree_writer_apply_times(&self->tree, err);
    if (status)
        return status;
    tree_writer_close(&self->tree);
    status = error_check(err, self->storage->process_base_image(self->storage, self->path),
                         "ProcessBaseImage");
    if (status || !writer->utility_vm)
        return status;
    utility_vm = path_join(self->path, LAYER_UTILITY_VM);
    if (!utility_vm)
        return error_no_memory(err);
    return error_check(err, self->storage->process_utility_image(self->storage, utility_vm),
                       "ProcessUtilityImage");
}

static void base_free(layer_writer *writer)
{
    base_writer *self = (base_writer *)writer;

    tree_writer_close(&self->tree);
    free(self->path);
    free(self);
}

wcow_status base_writer_new(const layer_store *store, const char *path, layer_writer **out,
                            wcow_error *err)
{
    cleanup_layer_writer layer_writer *writer = NULL;
    base_writer *self = calloc(1, sizeof(*self));
    wcow_status status;

    if (!self)
        return error_no_memory(err);
    writer = &self->base;
    *self = (base_writer){
        .base = {base_is_alone, base_begin, base_write, base_end, base_link, base_remove,
                 base_clear, base_finish, base_free, NAME_SET_INIT, false, 0},
        .storage = store->storage,
        .path = text_copy(path),
        .tree = TREE_WRITER_INIT,
    };
    if (!self->path)
        return error_no_memory(err);
    status = tree_writer_open(&self->tree, store->files, path, err);
    if (status)
        return status;
    *out = TAKE(writer);
    return WCOW_OK;
}
