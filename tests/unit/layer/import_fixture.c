/* SPDX-License-Identifier: MIT */
/* What tests of imports share. */
#include "tests/unit/layer/import_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "port/hash.h"
#include "tests/unit/support/tar_builder.h"

wcow_error err;
files_port *platform;
faulty_files files;
recording_storage storage;
char *root;
layer_store store;

int start(void **state)
{
    (void)state;
    err = (wcow_error)WCOW_ERROR_INIT;
    files_port_open(&platform);
    faulty_files_init(&files, platform);
    recording_storage_init(&storage);
    root = make_temporary_folder();
    store = (layer_store){&files.port, &storage.port, root};
    return 0;
}

int stop(void **state)
{
    (void)state;
    remove_tree(root);
    free(root);
    recording_storage_clear(&storage);
    platform->free(platform);
    return files.open == 0 ? 0 : -1;
}

void reopen_platform(void)
{
    platform->free(platform);
    files_port_open(&platform);
    files.inner = platform;
}

void hash_of(const char *bytes, size_t size, layer_id out)
{
    cleanup_sha256 sha256 *hash = sha256_new();

    sha256_update(hash, bytes, size);
    sha256_finish(hash, out);
}

wcow_status import_bytes(const char *parent, const char *bytes, size_t size, layer **out)
{
    memory_source source;
    layer_id diff_id;
    layer_import_request request = {parent, diff_id, &source.source};

    hash_of(bytes, size, diff_id);
    memory_source_init(&source, bytes, size, 0);
    return layer_import(&store, &request, out, &err);
}

wcow_status import_file(const char *parent, const char *path, layer **out)
{
    size_t size;
    cleanup_free char *bytes = data_file(path, &size);

    return import_bytes(parent, bytes, size, out);
}

/* Everything but lock files: what an import leaves. */
size_t things_in_store(void)
{
    cleanup_free char *folder = path_join(root, "layers");
    cleanup_strings string_list names = STRING_LIST_INIT;
    size_t count = 0;

    platform->list(platform, folder, &names);
    for (size_t i = 0; i < names.count; i++)
        count += !text_ends_with(names.items[i], ".lock");
    return count;
}

char *in_layer(const layer *l, const char *name)
{
    char *path = path_join(l->path, name);

    for (char *c = path + strlen(l->path); *c; c++) {
        if (*c == '\\')
            *c = '/';
    }
    return path;
}

bool has(const layer *l, const char *name)
{
    cleanup_free char *path = in_layer(l, name);
    struct stat node;

    return lstat(path, &node) == 0;
}

ino_t inode_of(const layer *l, const char *name)
{
    cleanup_free char *path = in_layer(l, name);
    struct stat node;

    assert_int_equal(lstat(path, &node), 0);
    return node.st_ino;
}

metadata_record metadata_of(const layer *l, const char *name)
{
    cleanup_free char *path = in_layer(l, name);
    metadata_record record = {0};

    assert_true(posix_files_metadata(platform, path, &record));
    return record;
}

void place_files(const char *path, const char *folder, void *context)
{
    cleanup_free char *from = text_format("%s/Files", folder);
    cleanup_free char *to = text_format("%s/Files", path);
    cleanup_free char *of_parent = text_format("%s/Windows/System32/ea.dll", to);

    (void)context;
    /* Its path is short: paths of files are added to it, and all has to fit 260 characters. */
    assert_true(strlen(folder) <= strlen(root) + strlen("/layers/0123456789ab-t"));
    if (rename(from, to) || HR_FAILED(platform->replace(platform, of_parent, "", 0)))
        abort();
}
