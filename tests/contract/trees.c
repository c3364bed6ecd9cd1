/* SPDX-License-Identifier: MIT */
/*
 * Under Wine, BackupWrite and BackupRead come from the simulated host's vmcompute.dll, so this
 * opens the Host Compute Service first, where there is one.
 */
#include "trees.h"

#include "base/text.h"
#include "port/hcs.h"

files_port *files;
char folder[512];
file_tree *tree;

static hcs_port *hcs;

basic_info info_of(uint32_t attributes)
{
    return (basic_info){CREATED, WRITTEN, WRITTEN, WRITTEN, attributes};
}

void make(const char *name, uint32_t attributes, const char *contents)
{
    basic_info info = info_of(attributes);
    tree_entry *entry;

    assert_done(files->tree_create(files, tree, name, &info, &entry));
    if (contents)
        assert_done(files->entry_write(files, entry, contents, strlen(contents)));
    assert_done(files->entry_close(files, entry));
}

int32_t create_fails(const char *name, uint32_t attributes)
{
    basic_info info = info_of(attributes);
    tree_entry *entry = NULL;
    int32_t hr = files->tree_create(files, tree, name, &info, &entry);

    assert_null(entry);
    return hr;
}

file_info kind_of(const char *name)
{
    file_info info = {0};

    assert_done(files->tree_info(files, tree, name, &info));
    return info;
}

int32_t absent(const char *name)
{
    file_info info;

    return files->tree_info(files, tree, name, &info);
}

void expect(const char *name, const char *contents, size_t length)
{
    cleanup_free char *path = text_format("%s%c%s", folder, native_separator(), name);
    cleanup_free char *got = NULL;
    size_t size;

    for (char *c = path + strlen(folder); *c; c++) {
        if (*c == '\\')
            *c = native_separator();
    }
    assert_done(files->read(files, path, 1 << 24, &got, &size));
    assert_int_equal(size, length);
    assert_memory_equal(got, contents, length);
}

int tree_set_up(void **state)
{
    (void)state;
    native_temporary(folder, sizeof(folder));
    return HR_FAILED(files->tree_open(files, folder, &tree));
}

int tree_tear_down(void **state)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    int32_t hr = files->tree_list(files, tree, "", &names);

    (void)state;
    for (size_t i = 0; HR_SUCCEEDED(hr) && i < names.count; i++)
        hr = files->tree_remove(files, tree, names.items[i]);
    files->tree_close(files, tree);
    if (HR_SUCCEEDED(hr))
        hr = files->remove_directory(files, folder);
    return HR_FAILED(hr);
}

int trees_set_up(void **state)
{
    (void)state;
    (void)hcs_port_open(&hcs);
    return HR_FAILED(files_port_open(&files));
}

int trees_tear_down(void **state)
{
    (void)state;
    files->free(files);
    if (hcs)
        hcs->free(hcs);
    return 0;
}
