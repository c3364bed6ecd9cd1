/* SPDX-License-Identifier: MIT */
/* Export is the inverse of import: what a transport folder holds comes back as the tar's entries.
 */
#include "tests/unit/status.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "layer/backup/bytes.h"
#include "layer/export/layer_export.h"
#include "layer/import/layer_import.h"
#include "layer/import/layer_listing.h"
#include "layer/store/scratch.h"
#include "port/hash.h"
#include "tests/hcssim/fake/fake.h"
#include "tests/unit/support/faulty_files.h"
#include "tests/unit/support/recording_storage.h"
#include "tests/unit/support/tar_builder.h"

static wcow_error err;
static files_port *platform;
static faulty_files files;
static char *folder;

static int start(void **state)
{
    (void)state;
    err = (wcow_error)WCOW_ERROR_INIT;
    files_port_open(&platform);
    faulty_files_init(&files, platform);
    folder = make_temporary_folder();
    return folder ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    remove_tree(folder);
    free(folder);
    platform->free(platform);
    return files.open == 0 ? 0 : -1;
}

static wcow_status append(void *context, const void *bytes, size_t size, wcow_error *error)
{
    text *out = context;

    text_add_bytes(out, bytes, size);
    return out->failed ? error_set(error, WCOW_NO_MEMORY, "no memory") : WCOW_OK;
}

/* One line an entry. The target of a link is in its stream. */
static wcow_status describe(void *context, const listed_entry *e, wcow_error *error)
{
    string_list *lines = context;
    /* Hives are real files, and Linux keeps no attributes of files. */
    unsigned attributes = text_starts_with(e->name, "Hives/") ? 0 : e->info.attributes;

    (void)error;
    if (e->hard_link || text_starts_with(e->name, "UtilityVM"))
        return WCOW_OK;
    assert_true(
        string_list_own(lines, text_format("%s %x %llu %s %llu", e->name, attributes,
                                           (unsigned long long)e->stream_length, e->stream_sha256,
                                           (unsigned long long)e->info.write)));
    return WCOW_OK;
}

static void inspect(const char *bytes, size_t size, string_list *lines)
{
    memory_source source;

    memory_source_init(&source, bytes, size, 0);
    assert_ok(&err, layer_list_entries(&source.source, describe, lines, &err));
    string_list_sort(lines);
}

/* ---- the reference's diff layer, there and back ---- */

static void export_again(const char *path, const char *transport, void *context)
{
    const byte_sink sink = {append, context};

    (void)path;
    assert_ok(&err, transport_write_tar(&files.port, transport, &sink, &err));
}

static wcow_status try_import(const layer_store *store, const char *parent, const char *bytes,
                              size_t size, layer **out)
{
    cleanup_sha256 sha256 *hash = sha256_new();
    memory_source source;
    layer_id diff_id;
    layer_import_request request = {parent, diff_id, &source.source};

    sha256_update(hash, bytes, size);
    sha256_finish(hash, diff_id);
    memory_source_init(&source, bytes, size, 0);
    return layer_import(store, &request, out, &err);
}

static layer *import(const layer_store *store, const char *parent, const char *bytes, size_t size)
{
    layer *imported = NULL;

    assert_ok(&err, try_import(store, parent, bytes, size, &imported));
    return imported;
}

static bool is_line_of(const char *line, const char *name)
{
    size_t length = strlen(name);

    return strncmp(line, name, length) == 0 && line[length] == ' ';
}

static void what_was_imported_is_exported_again(void **state)
{
    size_t base_size;
    size_t size;
    cleanup_free char *base_tar = data_file("data/base.tar", &base_size);
    cleanup_free char *tar = data_file("data/diff.tar", &size);
    cleanup_text text exported = TEXT_INIT;
    cleanup_strings string_list before = STRING_LIST_INIT;
    cleanup_strings string_list after = STRING_LIST_INIT;
    recording_storage storage;
    layer_store store = {&files.port, &storage.port, folder};
    cleanup_layer layer *base = NULL;
    cleanup_layer layer *diff = NULL;
    size_t compared = 0;

    (void)state;
    recording_storage_init(&storage);
    base = import(&store, NULL, base_tar, base_size);
    storage.on_import = export_again;
    storage.context = &exported;
    /* Without what ImportLayer makes, the links that follow it cannot be made. */
    assert_int_equal(try_import(&store, base->id, tar, size, &diff), WCOW_NOT_FOUND);
    recording_storage_clear(&storage);

    inspect(tar, size, &before);
    inspect(text_get(&exported), exported.length, &after);
    for (size_t i = 0; i < before.count; i++) {
        /* Deletions and these two folders' own metadata are not in a transport folder. */
        if (strstr(before.items[i], "/.wh.") || is_line_of(before.items[i], "Files") ||
            is_line_of(before.items[i], "Hives"))
            continue;
        if (!string_list_contains(&after, before.items[i]))
            for (size_t n = 0; n < after.count; n++)
                print_error("%s\n", after.items[n]);
        assert_true(string_list_contains(&after, before.items[i]));
        compared++;
    }
    assert_int_equal(compared + 2, after.count);
    assert_true(compared >= 10);
}

/* ---- the reference's base layer, there and back ---- */

static wcow_status note_name(void *context, const listed_entry *e, wcow_error *error)
{
    (void)error;
    text_addf(context, "%s%s\n", e->name, e->whiteout ? " whiteout" : "");
    return WCOW_OK;
}

static void names_of(const text *tar, text *out)
{
    memory_source source;

    memory_source_init(&source, text_get(tar), tar->length, 0);
    assert_ok(&err, layer_list_entries(&source.source, note_name, out, &err));
}

/* Everything of an entry. What the service makes itself is not exported. */
static wcow_status describe_all(void *context, const listed_entry *e, wcow_error *error)
{
    string_list *lines = context;

    (void)error;
    if (text_starts_with(e->name, "Hives"))
        return WCOW_OK;
    if (e->hard_link) {
        assert_true(string_list_own(lines, text_format("%s = %s", e->name, e->hard_link)));
        return WCOW_OK;
    }
    assert_true(string_list_own(
        lines, text_format("%s %x %llu %s %llu %llu %llu %llu", e->name, e->info.attributes,
                           (unsigned long long)e->stream_length, e->stream_sha256,
                           (unsigned long long)e->info.creation, (unsigned long long)e->info.access,
                           (unsigned long long)e->info.write, (unsigned long long)e->info.change)));
    return WCOW_OK;
}

static void describe_tar(const char *bytes, size_t size, string_list *lines)
{
    memory_source source;

    memory_source_init(&source, bytes, size, 0);
    assert_ok(&err, layer_list_entries(&source.source, describe_all, lines, &err));
    string_list_sort(lines);
}

static void assert_same_lines(const string_list *a, const string_list *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++)
        assert_string_equal(a->items[i], b->items[i]);
    assert_int_equal(a->count, b->count);
}

/* Exports the layer of this tar, and checks that the tree and all streams are the same. */
static void export_base(const layer_store *store, const char *bytes, size_t size, text *out)
{
    const byte_sink sink = {append, out};
    cleanup_layer layer *base = import(store, NULL, bytes, size);
    cleanup_strings string_list before = STRING_LIST_INIT;
    cleanup_strings string_list after = STRING_LIST_INIT;
    layer_chain none = LAYER_CHAIN_INIT;

    assert_ok(&err, layer_export(store, base->path, &none, &sink, &err));
    describe_tar(bytes, size, &before);
    describe_tar(text_get(out), out->length, &after);
    assert_true(before.count >= 30);
    assert_same_lines(&before, &after);
}

static void a_base_layer_is_exported_and_imported_again(void **state)
{
    size_t size;
    cleanup_free char *tar = data_file("data/base.tar", &size);
    cleanup_text text once = TEXT_INIT;
    cleanup_text text twice = TEXT_INIT;
    recording_storage storage;
    layer_store store = {&files.port, &storage.port, folder};

    (void)state;
    recording_storage_init(&storage);
    export_base(&store, tar, size, &once);
    export_base(&store, once.data, once.length, &twice);
    assert_int_equal(twice.length, once.length);
    assert_memory_equal(twice.data, once.data, once.length);
    recording_storage_clear(&storage);
}

static void a_base_layer_has_no_recycle_bin_and_only_the_files_of_its_vm(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text exported = TEXT_INIT;
    cleanup_text text names = TEXT_INIT;
    recording_storage storage;
    layer_store store = {&files.port, &storage.port, folder};
    cleanup_layer layer *base = NULL;
    cleanup_free char *made = NULL;
    const byte_sink sink = {append, &exported};

    (void)state;
    recording_storage_init(&storage);
    tar_add_directory(&tar, "Files");
    tar_add_directory(&tar, "Files/$RECYCLE.BIN");
    tar_add_file(&tar, "Files/$RECYCLE.BIN/x", "x");
    tar_add_directory(&tar, "Files/d");
    tar_add_file(&tar, "Files/d:stream", "of a folder");
    tar_add_directory(&tar, "UtilityVM");
    tar_add_directory(&tar, "UtilityVM/Files");
    tar_end(&tar);
    base = import(&store, NULL, tar.data, tar.length);
    made = text_format("%s/UtilityVM/SystemTemplate.vhdx", base->path);
    assert_int_equal(platform->replace(platform, made, "x", 1), 0);
    assert_ok(&err, base_write_tar(&files.port, base->path, &sink, &err));
    names_of(&exported, &names);
    assert_string_equal(text_get(&names), "Files\nFiles/d\nUtilityVM\nUtilityVM/Files\n");
    assert_non_null(memmem(exported.data, exported.length, "Files/d:stream", 14));
    recording_storage_clear(&storage);
}

/* Each call to the outside fails once. */
static void a_failing_call_fails_the_export_of_a_base_layer(void **state)
{
    size_t size;
    cleanup_free char *tar = data_file("data/base.tar", &size);
    recording_storage storage;
    layer_store store = {&files.port, &storage.port, folder};
    cleanup_layer layer *base = NULL;
    wcow_status status = WCOW_FAILED;

    (void)state;
    recording_storage_init(&storage);
    base = import(&store, NULL, tar, size);
    for (size_t nth = 1; status; nth++) {
        cleanup_text text out = TEXT_INIT;
        const byte_sink sink = {append, &out};

        faulty_files_fail(&files, nth);
        status = base_write_tar(&files.port, base->path, &sink, &err);
        /* Whether there is a utility VM is asked, and no answer is an answer. */
        assert_true(status || !files.failed || text_equal(files.last, "tree_info"));
        if (files.failed)
            status = WCOW_FAILED;
        assert_int_equal(files.open, 0);
    }
    faulty_files_fail(&files, 0);
    recording_storage_clear(&storage);
}

/* ---- by hand ---- */

static void put(const char *name, const text *content)
{
    cleanup_free char *path = path_join(folder, name);

    assert_int_equal(platform->replace(platform, path, text_get(content), content->length), 0);
}

static void make(const char *name)
{
    cleanup_free char *path = path_join(folder, name);

    assert_int_equal(platform->make_directory(platform, path), 0);
}

static void add_stream(text *out, uint32_t id, uint32_t attributes, const char *bytes, size_t size)
{
    bytes_add_u32(out, id);
    bytes_add_u32(out, attributes);
    bytes_add_u64(out, size);
    bytes_add_u32(out, 0);
    text_add_bytes(out, bytes, size);
}

static void put_directory(const char *name)
{
    cleanup_text text content = TEXT_INIT;
    cleanup_free char *metadata = text_format("%s.$wcidirs$", name);

    make(name);
    bytes_add_u32(&content, 0x10);
    put(metadata, &content);
}

static wcow_status write_tar(text *out)
{
    const byte_sink sink = {append, out};

    return transport_write_tar(&files.port, folder, &sink, &err);
}

static void tombstones_follow_their_folder(void **state)
{
    cleanup_text text content = TEXT_INIT;
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text names = TEXT_INIT;

    (void)state;
    put_directory("Files");
    put_directory("Files/a");
    put_directory("Files/$Recycle.Bin");
    bytes_add_u32(&content, 0x20);
    add_stream(&content, 1, 0, "x", 1);
    put("Files/a/f", &content);
    text_cut(&content, 0);
    text_add(&content, "\xEF\xBB\xBFVersion 1.0\r\n\\gone\r\n\\a\\old.txt\r\n\\b\\c\r\n");
    put("tombstones.txt", &content);
    assert_ok(&err, write_tar(&tar));
    names_of(&tar, &names);
    assert_string_equal(text_get(&names), "Files\n"
                                          "Files/.wh.gone whiteout\n"
                                          "Files/a\n"
                                          "Files/a/.wh.old.txt whiteout\n"
                                          "Files/a/f\n");
}

static wcow_status keep_size(void *context, const listed_entry *e, wcow_error *error)
{
    (void)error;
    if (strcmp(e->name, "Files/s") == 0)
        *(uint64_t *)context = e->size;
    return WCOW_OK;
}

static void a_sparse_file_is_written_with_its_holes(void **state)
{
    static const char block[] = "\x10\0\0\0\0\0\0\0data";
    static const char end[] = "\x20\0\0\0\0\0\0\0";
    cleanup_text text content = TEXT_INIT;
    cleanup_text text tar = TEXT_INIT;
    memory_source source;
    uint64_t size = 0;
    char *found;

    (void)state;
    put_directory("Files");
    bytes_add_u32(&content, 0x220);
    add_stream(&content, 9, 8, block, 12);
    add_stream(&content, 9, 8, end, 8);
    put("Files/s", &content);
    assert_ok(&err, write_tar(&tar));
    memory_source_init(&source, text_get(&tar), tar.length, 0);
    assert_ok(&err, layer_list_entries(&source.source, keep_size, &size, &err));
    assert_int_equal(size, 32);
    found = memmem(tar.data, tar.length, "\0data\0", 6);
    assert_non_null(found);
    assert_int_equal((size_t)(found + 1 - tar.data) % 512, 16);
}

static void a_damaged_transport_folder_is_refused(void **state)
{
    cleanup_text text content = TEXT_INIT;
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    put_directory("Files");
    text_add(&content, "abc");
    put("Files/short", &content);
    assert_int_equal(write_tar(&tar), WCOW_CORRUPT);
    assert_string_equal(err.message, "'Files/short': its attributes are cut off");
    text_cut(&content, 0);
    bytes_add_u32(&content, 0x20);
    add_stream(&content, 1, 0, "xyz", 3);
    text_cut(&content, content.length - 1);
    put("Files/short", &content);
    assert_int_equal(write_tar(&tar), WCOW_CORRUPT);
    text_cut(&content, 0);
    text_add(&content, "Version 2.0\n");
    put("tombstones.txt", &content);
    assert_int_equal(write_tar(&tar), WCOW_CORRUPT);
}

/* ---- on the simulated service ---- */

static void a_scratch_is_exported_and_imported_as_a_layer(void **state)
{
    size_t base_size;
    cleanup_free char *base_tar = data_file("data/base.tar", &base_size);
    fake_host *host = fake_host_new(NULL);
    layer_store store = {&files.port, host->storage, host->folder};
    cleanup_layer layer *base = import(&store, NULL, base_tar, base_size);
    cleanup_layer layer *top = NULL;
    cleanup_layer_chain layer_chain chain = LAYER_CHAIN_INIT;
    cleanup_free char *box = path_join(host->folder, "box");
    cleanup_strings string_list left = STRING_LIST_INIT;
    cleanup_free char *layers = path_join(host->folder, "layers");
    cleanup_text text tar = TEXT_INIT;
    const byte_sink sink = {append, &tar};

    (void)state;
    assert_ok(&err, layer_chain_open(&store, base->id, &chain, &err));
    assert_ok(&err, scratch_create(&store, box, &chain, 0, &err));
    assert_ok(&err, layer_export(&store, box, &chain, &sink, &err));
    assert_int_equal(scripted_volumes(host->machine), 0);
    top = import(&store, base->id, text_get(&tar), tar.length);
    assert_int_equal(top->parents.count, 1);
    assert_ok(&err, scratch_destroy(&store, box, &err));
    assert_int_equal(platform->list(platform, layers, &left), 0);
    for (size_t i = 0; i < left.count; i++)
        assert_false(text_ends_with(left.items[i], "-t"));
    assert_int_equal(fake_host_free(host), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_imported_is_exported_again),
        TEST(a_base_layer_is_exported_and_imported_again),
        TEST(a_base_layer_has_no_recycle_bin_and_only_the_files_of_its_vm),
        TEST(a_failing_call_fails_the_export_of_a_base_layer),
        TEST(tombstones_follow_their_folder),
        TEST(a_sparse_file_is_written_with_its_holes),
        TEST(a_damaged_transport_folder_is_refused),
        TEST(a_scratch_is_exported_and_imported_as_a_layer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
