/* SPDX-License-Identifier: MIT */
/* How much half-made layers take. A whole one knows that of itself. */
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "layer/store/folder.h"

/* Files and folders of a folder: adds up the ones, and puts the others among those to come. */
static void add_children(files_port *files, file_tree *tree, const char *folder,
                         string_list *pending, uint64_t *size)
{
    cleanup_strings string_list names = STRING_LIST_INIT;

    if (HR_FAILED(files->tree_list(files, tree, folder, &names)))
        return;
    for (size_t i = 0; i < names.count; i++) {
        cleanup_free char *name =
            *folder ? text_format("%s\\%s", folder, names.items[i]) : text_copy(names.items[i]);
        file_info info;

        if (!name || HR_FAILED(files->tree_info(files, tree, name, &info)))
            continue; /* gone meanwhile */
        if (info.kind == FILE_KIND_FILE)
            *size += info.size;
        else if (info.kind == FILE_KIND_DIRECTORY)
            (void)string_list_add(pending, name);
    }
}

static uint64_t size_of(files_port *files, const char *path)
{
    cleanup_strings string_list pending = STRING_LIST_INIT;
    file_tree *tree = NULL;
    uint64_t size = 0;

    if (HR_FAILED(files->tree_open(files, path, &tree)))
        return 0;
    add_children(files, tree, "", &pending, &size);
    while (pending.count) {
        cleanup_free char *folder = pending.items[--pending.count];

        add_children(files, tree, folder, &pending, &size);
    }
    files->tree_close(files, tree);
    return size;
}

uint64_t layer_leftover_size(const layer_store *store, const char *id)
{
    cleanup_free char *folder = layer_folder(store, id, "");
    cleanup_free char *transport = layer_transport(store, id);
    cleanup_free char *removing = layer_folder(store, id, REMOVING_SUFFIX);
    const char *const paths[] = {folder, transport, removing};
    uint64_t size = 0;

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (paths[i] && folder_exists(store->files, paths[i]))
            size += size_of(store->files, paths[i]);
    }
    return size;
}
