/* SPDX-License-Identifier: MIT */
/* Whole file systems as tars: what went in comes out, and goes in again. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "layer/export/export_tree.h"
#include "layer/export/layer_export.h"
#include "layer/import/layer_listing.h"
#include "layer/import/rootfs.h"
#include "tests/unit/support/tar_builder.h"

#include "tests/unit/layer/import_fixture.h"

static wcow_status append(void *context, const void *bytes, size_t size, wcow_error *error)
{
    text *out = context;

    text_add_bytes(out, bytes, size);
    return out->failed ? error_no_memory(error) : WCOW_OK;
}

/* Everything that is told of an entry below Files, a line each. The target of a link is in its
 * stream. */
static wcow_status describe(void *context, const listed_entry *entry, wcow_error *error)
{
    string_list *lines = context;
    const basic_info *info = &entry->info;

    if (strncmp(entry->name, "Files/", 6) != 0)
        return WCOW_OK;
    if (!string_list_own(
            lines, text_format("%s %s %x %llu %llu %llu %llu %s", entry->name,
                               entry->hard_link ? entry->hard_link : "", (unsigned)info->attributes,
                               (unsigned long long)info->creation, (unsigned long long)info->access,
                               (unsigned long long)info->write, (unsigned long long)info->change,
                               entry->stream_sha256)))
        return error_no_memory(error);
    return WCOW_OK;
}

static void describe_all(const char *bytes, size_t size, string_list *lines)
{
    memory_source source;

    memory_source_init(&source, bytes, size, 0);
    assert_ok(&err, layer_list_entries(&source.source, describe, lines, &err));
    string_list_sort(lines);
}

static wcow_status export(const char *folder, text *out)
{
    const byte_sink sink = {append, out};

    const tree_parts parts = {.volume = folder};

    return tree_write_tar(&files.port, &parts, &sink, &err);
}

static char *imported_files(const layer *imported)
{
    char *path = path_join(imported->path, "Files");

    assert_non_null(path);
    return path;
}

static void what_went_in_comes_out(void **state)
{
    size_t size;
    cleanup_free char *bytes = data_file("data/base.tar", &size);
    cleanup_layer layer *imported = NULL;
    cleanup_free char *folder = NULL;
    cleanup_text text out = TEXT_INIT;
    cleanup_strings string_list before = STRING_LIST_INIT;
    cleanup_strings string_list after = STRING_LIST_INIT;

    (void)state;
    assert_ok(&err, import_bytes(NULL, bytes, size, &imported));
    folder = imported_files(imported);
    assert_ok(&err, export(folder, &out));
    describe_all(bytes, size, &before);
    describe_all(out.data, out.length, &after);
    assert_int_equal(after.count, before.count);
    for (size_t i = 0; i < before.count; i++)
        assert_string_equal(after.items[i], before.items[i]);
}

static void what_comes_out_goes_in_again(void **state)
{
    size_t size;
    cleanup_free char *bytes = data_file("data/base.tar", &size);
    cleanup_layer layer *first = NULL;
    cleanup_layer layer *second = NULL;
    cleanup_free char *folder = NULL;
    cleanup_free char *again = NULL;
    cleanup_text text out = TEXT_INIT;
    cleanup_text text passed = TEXT_INIT;
    cleanup_text text last = TEXT_INIT;
    const byte_sink sink = {append, &passed};
    const hive_maker no_hives = {NULL, NULL}; /* all are there */
    memory_source source;

    (void)state;
    assert_ok(&err, import_bytes(NULL, bytes, size, &first));
    folder = imported_files(first);
    assert_ok(&err, export(folder, &out));
    memory_source_init(&source, out.data, out.length, 0);
    assert_ok(&err, rootfs_to_layer(&source.source, &no_hives, &sink, &err));
    assert_int_equal(passed.length, out.length);
    assert_memory_equal(passed.data, out.data, out.length);
    assert_ok(&err, import_bytes(NULL, out.data, out.length, &second));
    again = imported_files(second);
    assert_ok(&err, export(again, &last));
    assert_int_equal(last.length, out.length);
    assert_memory_equal(last.data, out.data, out.length);
}

static void make(file_tree *tree, const char *name, uint32_t attributes)
{
    const basic_info info = {1000000000, 1000000000, 1000000000, 1000000000, attributes};
    tree_entry *entry = NULL;

    assert_int_equal(files.port.tree_create(&files.port, tree, name, &info, &entry), 0);
    assert_int_equal(files.port.entry_close(&files.port, entry), 0);
}

static void open_volume(file_tree **out)
{
    assert_int_equal(files.port.tree_open(&files.port, root, out), 0);
    make(*out, "Windows", FILE_ATTRIBUTE_DIRECTORY_BIT);
}

static wcow_status add_name(void *context, const listed_entry *entry, wcow_error *error)
{
    (void)error;
    text_addf(context, "%s%s%s\n", entry->name, entry->hard_link ? " -> " : "",
              entry->hard_link ? entry->hard_link : "");
    return WCOW_OK;
}

static void names_come_in_order_and_a_volume_s_own_stay(void **state)
{
    cleanup_text text out = TEXT_INIT;
    cleanup_text text names = TEXT_INIT;
    file_tree *tree = NULL;
    memory_source source;

    (void)state;
    open_volume(&tree);
    make(tree, "System Volume Information", FILE_ATTRIBUTE_DIRECTORY_BIT);
    make(tree, "WcSandboxState", FILE_ATTRIBUTE_DIRECTORY_BIT);
    make(tree, "$RECYCLE.BIN", FILE_ATTRIBUTE_DIRECTORY_BIT);
    make(tree, "Windows\\z", 0);
    make(tree, "Windows\\WcSandboxState", 0);
    make(tree, "a", FILE_ATTRIBUTE_DIRECTORY_BIT);
    make(tree, "a\\b", FILE_ATTRIBUTE_DIRECTORY_BIT);
    make(tree, "a\\b\\c", 0);
    make(tree, "a\\d", 0);
    assert_int_equal(files.port.tree_link(&files.port, tree, "Windows\\l", tree, "a\\d"), 0);
    files.port.tree_close(&files.port, tree);
    assert_ok(&err, export(root, &out));
    memory_source_init(&source, out.data, out.length, 0);
    assert_ok(&err, layer_list_entries(&source.source, add_name, &names, &err));
    assert_string_equal(text_get(&names),
                        "Files\nFiles/Windows\nFiles/Windows/WcSandboxState\nFiles/Windows/l\n"
                        "Files/Windows/z\nFiles/a\nFiles/a/b\nFiles/a/b/c\n"
                        "Files/a/d -> Files/Windows/l\n");
}

typedef struct looked_for {
    const char *name;
    listed_entry found; /* strings of it are not for use */
} looked_for;

static wcow_status look_for(void *context, const listed_entry *entry, wcow_error *error)
{
    looked_for *l = context;

    (void)error;
    if (text_equal(entry->name, l->name))
        l->found = *entry;
    return WCOW_OK;
}

static listed_entry entry_of(const text *tar, const char *name)
{
    looked_for l = {.name = name};
    memory_source source;

    memory_source_init(&source, tar->data, tar->length, 0);
    assert_ok(&err, layer_list_entries(&source.source, look_for, &l, &err));
    return l.found;
}

static void a_hive_takes_the_place_of_the_volume_s_and_has_its_security(void **state)
{
    static const char sam[] = "Files/Windows/System32/config/SAM";
    cleanup_layer layer *imported = NULL;
    cleanup_free char *folder = NULL;
    cleanup_free char *hive = path_join(root, "SAM");
    cleanup_text text plain = TEXT_INIT;
    cleanup_text text out = TEXT_INIT;
    const byte_sink sink = {append, &out};
    listed_entry before;
    listed_entry after;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &imported));
    folder = imported_files(imported);
    assert_int_equal(platform->replace(platform, hive, "another hive", 12), 0);
    {
        const tree_parts parts = {.volume = folder, .hives = root, .utility_vm = imported->path};

        assert_ok(&err, tree_write_tar(&files.port, &parts, &sink, &err));
    }
    assert_ok(&err, export(folder, &plain));
    before = entry_of(&plain, sam);
    after = entry_of(&out, sam);
    assert_true(before.security);
    assert_true(after.security);
    assert_memory_equal(&after.info, &before.info, sizeof(after.info));
    assert_int_equal(after.size, 12);
    assert_int_equal(before.stream_length - before.size, after.stream_length - after.size);
    assert_non_null(memmem(out.data, out.length, "another hive", 12));
    after = entry_of(&out, "Files/Windows/System32/config/SYSTEM");
    assert_int_equal(after.size, 8192);
    assert_true(entry_of(&out, "UtilityVM/Files/EFI/Microsoft/Boot/BCD").size > 0);
    assert_null(entry_of(&plain, "UtilityVM/Files").name);
}

static void a_folder_may_be_as_deep_as_a_path_goes(void **state)
{
    cleanup_text text name = TEXT_INIT;
    cleanup_text text out = TEXT_INIT;
    file_tree *tree = NULL;

    (void)state;
    open_volume(&tree);
    text_add(&name, "d");
    for (int i = 0; i < 300; i++) {
        make(tree, text_get(&name), FILE_ATTRIBUTE_DIRECTORY_BIT);
        text_add(&name, "\\d");
    }
    files.port.tree_close(&files.port, tree);
    assert_ok(&err, export(root, &out));
    assert_true(out.length > (size_t)300 * 512);
}

/* No two pieces of it are alike. */
static char *contents_of(size_t size)
{
    char *bytes = malloc(size + 1);

    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(i % 251 + i / 251);
    return bytes;
}

static void fill(file_tree *tree, const char *name, size_t size)
{
    const basic_info info = {1000000000, 1000000000, 1000000000, 1000000000, 0};
    cleanup_free char *bytes = contents_of(size);
    tree_entry *entry = NULL;

    assert_int_equal(files.port.tree_create(&files.port, tree, name, &info, &entry), 0);
    assert_int_equal(files.port.entry_write(&files.port, entry, bytes, size), 0);
    assert_int_equal(files.port.entry_close(&files.port, entry), 0);
}

/* The tar of the file system in root\Files, or of the layer that root is: what is found is counted,
 * from what was before. */
static size_t more_is_found(bool base, size_t before)
{
    cleanup_free char *volume = path_join(root, "Files");
    cleanup_text text out = TEXT_INIT;
    const byte_sink sink = {append, &out};

    files.found = 0;
    if (base)
        assert_ok(&err, base_write_tar(&files.port, root, &sink, &err));
    else
        assert_ok(&err, export(volume, &out));
    return files.found - before;
}

static void what_is_exported_is_opened_once_and_once_more_if_it_is_large(void **state)
{
    (void)state;
    for (int base = 0; base < 2; base++) {
        file_tree *tree = NULL;
        size_t before;

        assert_int_equal(files.port.tree_open(&files.port, root, &tree), 0);
        make(tree, "Files", FILE_ATTRIBUTE_DIRECTORY_BIT);
        make(tree, "Files\\Windows", FILE_ATTRIBUTE_DIRECTORY_BIT);
        before = more_is_found(base, 0);
        fill(tree, "Files\\small", 1000);
        assert_int_equal(more_is_found(base, before), 1);
        assert_int_equal(files.port.tree_link(&files.port, tree, "Files\\z", tree, "Files\\small"),
                         0);
        assert_int_equal(more_is_found(base, before), 2);
        fill(tree, "Files\\large", (size_t)1 << 20);
        assert_int_equal(more_is_found(base, before), 4);
        make(tree, "Files\\d", FILE_ATTRIBUTE_DIRECTORY_BIT); /* it is listed, too */
        assert_int_equal(more_is_found(base, before), 6);
        assert_int_equal(files.port.tree_remove(&files.port, tree, "Files"), 0);
        files.port.tree_close(&files.port, tree);
    }
}

/* At the border: all of it is one piece, or the first of two. */
static void contents_of_any_size_come_out(void **state)
{
    static const size_t sizes[] = {0, 1, 262123, 262124, 262125, 262144, 524267, 524268, 600000};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        cleanup_free char *bytes = contents_of(sizes[i]);
        cleanup_text text out = TEXT_INIT;
        file_tree *tree = NULL;

        assert_int_equal(files.port.tree_open(&files.port, root, &tree), 0);
        make(tree, "Windows", FILE_ATTRIBUTE_DIRECTORY_BIT);
        fill(tree, "f", sizes[i]);
        assert_ok(&err, export(root, &out));
        assert_int_equal(entry_of(&out, "Files/f").size, sizes[i]);
        assert_non_null(memmem(out.data, out.length, bytes, sizes[i]));
        assert_int_equal(files.port.tree_remove(&files.port, tree, "f"), 0);
        assert_int_equal(files.port.tree_remove(&files.port, tree, "Windows"), 0);
        files.port.tree_close(&files.port, tree);
    }
}

static void any_failing_call_is_told_and_nothing_stays_open(void **state)
{
    cleanup_layer layer *imported = NULL;
    cleanup_free char *folder = NULL;
    size_t nth = 0;

    (void)state;
    assert_ok(&err, import_file(NULL, "data/base.tar", &imported));
    folder = imported_files(imported);
    for (;;) {
        cleanup_text text out = TEXT_INIT;
        wcow_status status;
        size_t hit;

        faulty_files_fail(&files, ++nth);
        status = export(folder, &out);
        hit = files.failed;
        faulty_files_fail(&files, 0);
        assert_int_equal(files.open, 0);
        if (!hit) {
            assert_ok(&err, status);
            break;
        }
        assert_int_not_equal(status, WCOW_OK);
        assert_true(err.message[0] != '\0');
    }
    print_message("%zu calls failed in turn\n", nth - 1);
    assert_true(nth > 50);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_went_in_comes_out),
        TEST(what_comes_out_goes_in_again),
        TEST(names_come_in_order_and_a_volume_s_own_stay),
        TEST(a_hive_takes_the_place_of_the_volume_s_and_has_its_security),
        TEST(a_folder_may_be_as_deep_as_a_path_goes),
        TEST(what_is_exported_is_opened_once_and_once_more_if_it_is_large),
        TEST(contents_of_any_size_come_out),
        TEST(any_failing_call_is_told_and_nothing_stays_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
