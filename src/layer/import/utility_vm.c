/* SPDX-License-Identifier: MIT */
/*
 * The utility VM of a diff layer. A VM boots from one folder, so each layer that changes it has a
 * whole one; hard links make that cheap, since most of its files never change.
 */
#include "layer/import/utility_vm.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"

/* Folders nested deeper than this cannot be named within a Windows path anyway. */
#define DEPTH_LIMIT 1000

#define BOOT_FOLDER LAYER_UTILITY_VM_FILES "\\EFI\\Microsoft\\Boot\\"

/* Changed in place by ProcessUtilityImage: a link would change the parent's, too. */
static const char *const changed_files[] = {
    BOOT_FOLDER "BCD",
    BOOT_FOLDER "BCD.LOG",
    BOOT_FOLDER "BCD.LOG1",
    BOOT_FOLDER "BCD.LOG2",
};

typedef struct cloner {
    files_port *files;
    file_tree *from;
    tree_writer *to;
} cloner;

static bool is_changed(const char *name)
{
    for (size_t i = 0; i < sizeof(changed_files) / sizeof(changed_files[0]); i++) {
        if (text_equal_ignore_case(name, changed_files[i]))
            return true;
    }
    return false;
}

static wcow_status clone_folder(cloner *c, const char *name, unsigned depth, wcow_error *err);

static wcow_status clone_one(cloner *c, const char *name, unsigned depth, wcow_error *err)
{
    files_port *files = c->files;
    const uint32_t kind_bits = FILE_ATTRIBUTE_DIRECTORY_BIT | FILE_ATTRIBUTE_REPARSE_BIT;
    basic_info info;
    int32_t hr = files->tree_basic_info(files, c->from, name, &info);
    wcow_status status;

    if (HR_SUCCEEDED(hr)) {
        if ((info.attributes & kind_bits) || is_changed(name))
            hr = files->tree_copy(files, c->to->tree, name, c->from, name);
        else
            hr = files->tree_link(files, c->to->tree, name, c->from, name);
    }
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "copy"), "'%s'", name);
    if ((info.attributes & kind_bits) != FILE_ATTRIBUTE_DIRECTORY_BIT)
        return WCOW_OK;
    status = tree_writer_remember(c->to, name, &info, err);
    return status ? status : clone_folder(c, name, depth + 1, err);
}

static wcow_status clone_folder(cloner *c, const char *name, unsigned depth, wcow_error *err)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    wcow_status status;

    if (depth > DEPTH_LIMIT)
        return error_set(err, WCOW_CORRUPT, "its folders are nested too deeply");
    status =
        error_check(err, c->files->tree_list(c->files, c->from, name, &names), "list the folder");
    if (status)
        return error_wrap(err, status, "'%s'", name);
    for (size_t i = 0; i < names.count && !status; i++) {
        cleanup_free char *child = text_format("%s\\%s", name, names.items[i]);

        if (!child)
            return error_no_memory(err);
        status = clone_one(c, child, depth, err);
    }
    return status;
}

/* Opens the topmost parent that has a utility VM. */
static wcow_status open_parent(files_port *files, const layer_chain *parents, file_tree **out,
                               wcow_error *err)
{
    for (size_t i = 0; i < parents->count; i++) {
        file_tree *tree = NULL;
        file_info info;
        int32_t hr = files->tree_open(files, parents->items[i].path, &tree);

        if (HR_FAILED(hr))
            return error_wrap(err, error_hresult(err, hr, "open"), "parent layer '%s'",
                              parents->items[i].path);
        hr = files->tree_info(files, tree, LAYER_UTILITY_VM_FILES, &info);
        if (HR_SUCCEEDED(hr) && info.kind == FILE_KIND_DIRECTORY) {
            *out = tree;
            return WCOW_OK;
        }
        files->tree_close(files, tree);
        if (HR_FAILED(hr) && hr != HR_FILE_NOT_FOUND && hr != HR_PATH_NOT_FOUND)
            return error_wrap(err, error_hresult(err, hr, "look for the utility VM"),
                              "parent layer '%s'", parents->items[i].path);
    }
    return error_set(err, WCOW_CORRUPT,
                     "the layer changes the utility VM, but no parent layer has one");
}

wcow_status utility_vm_clone(tree_writer *to, const layer_chain *parents, wcow_error *err)
{
    files_port *files = to->files;
    static const basic_info folder = {0, 0, 0, 0, FILE_ATTRIBUTE_DIRECTORY_BIT};
    cloner c = {files, NULL, to};
    tree_entry *entry = NULL;
    wcow_status status = open_parent(files, parents, &c.from, err);
    int32_t hr;

    if (status)
        return status;
    hr = files->tree_create(files, to->tree, LAYER_UTILITY_VM, &folder, &entry);
    if (HR_SUCCEEDED(hr))
        hr = files->entry_close(files, entry);
    status = error_check(err, hr, "create '" LAYER_UTILITY_VM "'");
    if (!status)
        status = clone_one(&c, LAYER_UTILITY_VM_FILES, 0, err);
    files->tree_close(files, c.from);
    if (status)
        return error_wrap(err, status, "cannot clone the parent's utility VM");
    return WCOW_OK;
}

wcow_status utility_vm_begin(tree_writer *w, const layer_entry *entry, layer_output *out,
                             wcow_error *err)
{
    const uint32_t kind_bits = FILE_ATTRIBUTE_DIRECTORY_BIT | FILE_ATTRIBUTE_REPARSE_BIT;
    files_port *files = w->files;
    basic_info there;
    int32_t hr = files->tree_basic_info(files, w->tree, entry->name, &there);

    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND)
        return tree_writer_begin(w, entry, false, out, err);
    if (HR_FAILED(hr))
        return error_hresult(err, hr, "look for the parent's");
    if ((entry->info.attributes & kind_bits) == FILE_ATTRIBUTE_DIRECTORY_BIT &&
        (there.attributes & kind_bits) == FILE_ATTRIBUTE_DIRECTORY_BIT)
        return tree_writer_begin(w, entry, true, out, err);
    hr = files->tree_remove(files, w->tree, entry->name);
    if (HR_FAILED(hr))
        return error_hresult(err, hr, "remove the parent's");
    return tree_writer_begin(w, entry, false, out, err);
}

wcow_status utility_vm_remove(tree_writer *w, const char *name, wcow_error *err)
{
    int32_t hr = w->files->tree_remove(w->files, w->tree, name);

    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND)
        return error_set(err, WCOW_CORRUPT, "the parent's utility VM has no '%s' to remove", name);
    return error_check(err, hr, "remove");
}
