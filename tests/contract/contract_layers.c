/* SPDX-License-Identifier: MIT */
/*
 * Import and export are inverse, on whatever host this runs: a base layer that is imported,
 * exported, imported and exported again has the same tree and the same backup streams. And what
 * port/files.h promises of that: streams that are read back, hard links that are told apart.
 */
#include "contract.h"

#include "base/error.h"
#include "base/path.h"
#include "host.h"
#include "layer/export.h"
#include "layer/inspect.h"
#include "port/hash.h"
#include "tests/unit/support/tar_builder.h"

/* What Wine keeps of attributes: read-only, hidden, system, folder, reparse point. A file without
 * any gets the archive bit when it is made, there as on Windows. */
#define KEPT_ATTRIBUTES 0x417u

static contract_host host;
static wcow_error err;

#define assert_ok(call)                                                                            \
    do {                                                                                           \
        if ((call) != WCOW_OK)                                                                     \
            fail_msg("%s", err.message);                                                           \
    } while (0)

static wcow_status append(void *context, const void *bytes, size_t size, wcow_error *error)
{
    text *out = context;

    text_add_bytes(out, bytes, size);
    return out->failed ? error_set(error, WCOW_NO_MEMORY, "no memory") : WCOW_OK;
}

/* One line an entry, but for the folder Hives, which the service makes. */
static wcow_status describe(void *context, const inspected_entry *e, wcow_error *error)
{
    string_list *lines = context;
    /* The service puts the VM's disks there. */
    bool touched = text_equal(e->name, "UtilityVM");
    char *line;

    if (text_starts_with(e->name, "Hives"))
        return WCOW_OK;
    if (e->hard_link)
        line = text_format("%s = %s", e->name, e->hard_link);
    else
        line = text_format(
            "%s %x %llu %s %llu", e->name, (unsigned)(e->info.attributes & KEPT_ATTRIBUTES),
            (unsigned long long)e->stream_length, e->stream_sha256,
            (unsigned long long)(touched ? 0 : e->info.write));
    return string_list_own(lines, line) ? WCOW_OK : error_no_memory(error);
}

static void describe_tar(const char *bytes, size_t size, string_list *lines)
{
    memory_source source;

    memory_source_init(&source, bytes, size, 0);
    assert_ok(layer_inspect(&source.source, describe, lines, &err));
    string_list_sort(lines);
}

static layer *import(const layer_store *store, const char *bytes, size_t size)
{
    cleanup_sha256 sha256 *hash = sha256_new();
    memory_source source;
    layer_id diff_id;
    layer_import_request request = {NULL, diff_id, &source.source};
    layer *imported = NULL;

    sha256_update(hash, bytes, size);
    sha256_finish(hash, diff_id);
    memory_source_init(&source, bytes, size, 0);
    assert_ok(layer_import(store, &request, &imported, &err));
    return imported;
}

/* Exports the layer of this tar, and checks that both tell the same. */
static void export_again(const layer_store *store, const char *bytes, size_t size, text *out)
{
    const byte_sink sink = {append, out};
    const layer_chain none = LAYER_CHAIN_INIT;
    cleanup_layer layer *imported = import(store, bytes, size);
    cleanup_strings string_list before = STRING_LIST_INIT;
    cleanup_strings string_list after = STRING_LIST_INIT;

    assert_ok(layer_export(store, imported->path, &none, &sink, &err));
    describe_tar(bytes, size, &before);
    describe_tar(text_get(out), out->length, &after);
    for (size_t i = 0; i < before.count && i < after.count; i++)
        assert_string_equal(before.items[i], after.items[i]);
    assert_int_equal(before.count, after.count);
    assert_true(after.count >= 30);
    assert_ok(layer_destroy(store, imported->id, &err));
}

static void a_base_layer_comes_back_as_it_went(void **state)
{
    cleanup_free char *root = host_path(&host, "store");
    const layer_store store = {host.files, host.storage, root};
    cleanup_text text once = TEXT_INIT;
    cleanup_text text twice = TEXT_INIT;
    size_t size;
    cleanup_free char *tar = data_file(CONTRACT_LAYERS "/base.tar", &size);

    (void)state;
    assert_done(host.files->make_directory(host.files, root));
    export_again(&store, tar, size, &once);
    export_again(&store, once.data, once.length, &twice);
    assert_int_equal(once.length, twice.length);
}

/* ---- the port's part in it ---- */

#define FILE_NAME "f"

/* A folder of its own, as a tree. */
static file_tree *tree_new(const char *name)
{
    cleanup_free char *path = host_path(&host, name);
    file_tree *tree = NULL;

    assert_done(host.files->make_directory(host.files, path));
    assert_done(host.files->tree_open(host.files, path, &tree));
    return tree;
}

static void restore(file_tree *tree, const char *name, const void *bytes, size_t size)
{
    const basic_info info = {.attributes = 0x20};
    tree_entry *entry = NULL;

    assert_done(host.files->tree_create(host.files, tree, name, &info, &entry));
    assert_done(host.files->entry_restore(host.files, entry, bytes, size, false));
    assert_done(host.files->entry_close(host.files, entry));
}

static void read_backup(file_tree *tree, size_t piece, text *out)
{
    tree_backup *backup = NULL;
    char buffer[4096];
    size_t got = 1;

    assert_done(host.files->tree_backup_open(host.files, tree, FILE_NAME, &backup));
    while (got > 0) {
        assert_done(host.files->backup_read(host.files, backup, buffer, piece, &got));
        text_add_bytes(out, buffer, got);
    }
    host.files->backup_close(host.files, backup);
}

/* DATA "contents", then an alternate stream ":s:$DATA" of "stream". */
static const char streams[] = "\1\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0\0\0\0\0contents"
                              "\4\0\0\0\0\0\0\0\x06\0\0\0\0\0\0\0\x10\0\0\0"
                              ":\0s\0:\0$\0D\0A\0T\0A\0stream";

static void what_was_restored_is_read_back(void **state)
{
    const size_t size = sizeof(streams) - 1;
    file_tree *tree = tree_new("restored");
    cleanup_text text got = TEXT_INIT;
    cleanup_text text pieces = TEXT_INIT;
    tree_backup *none = NULL;

    (void)state;
    restore(tree, FILE_NAME, streams, size);
    read_backup(tree, 4096, &got);
    /* On Windows, security comes first. */
    assert_true(got.length >= size);
    assert_memory_equal(got.data + got.length - size, streams, size);
    read_backup(tree, 7, &pieces);
    assert_int_equal(pieces.length, got.length);
    assert_memory_equal(pieces.data, got.data, got.length);
    assert_hr(HR_FILE_NOT_FOUND, host.files->tree_backup_open(host.files, tree, "none", &none));
    assert_hr(HR_PATH_NOT_FOUND, host.files->tree_backup_open(host.files, tree, "no\\f", &none));
    assert_null(none);
    host.files->tree_close(host.files, tree);
}

static void names_of_one_file_are_known_by_its_id(void **state)
{
    files_port *files = host.files;
    file_tree *tree = tree_new("linked");
    file_identity original = {0};
    file_identity link = {0};
    file_identity other = {0};

    (void)state;
    restore(tree, FILE_NAME, streams, sizeof(streams) - 1);
    restore(tree, "g", streams, sizeof(streams) - 1);
    assert_done(files->tree_identity(files, tree, FILE_NAME, &original));
    assert_int_equal(original.links, 1);
    assert_done(files->tree_link(files, tree, "l", tree, FILE_NAME));
    assert_done(files->tree_identity(files, tree, FILE_NAME, &original));
    assert_done(files->tree_identity(files, tree, "l", &link));
    assert_done(files->tree_identity(files, tree, "g", &other));
    assert_int_equal(original.links, 2);
    assert_int_equal(link.links, 2);
    assert_int_equal(other.links, 1);
    assert_memory_equal(original.id, link.id, sizeof(link.id));
    assert_memory_not_equal(original.id, other.id, sizeof(other.id));
    assert_hr(HR_FILE_NOT_FOUND, files->tree_identity(files, tree, "none", &original));
    files->tree_close(files, tree);
}

static int set_up(void **state)
{
    (void)state;
    contract_host_open(&host);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return contract_host_close(&host) != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_restored_is_read_back),
        cmocka_unit_test(names_of_one_file_are_known_by_its_id),
        cmocka_unit_test(a_base_layer_comes_back_as_it_went),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
