/* SPDX-License-Identifier: MIT */
/* What port/files.h promises of layer trees. */
#include "trees.h"

#include <stdio.h>

#include "base/text.h"

static void files_and_folders_are_made(void **state)
{
    (void)state;
    make("Files", FOLDER, NULL);
    make("Files\\a", FOLDER, NULL);
    make("Files\\a\\gr\xc3\xbc\xc3\x9f.txt", 0, "contents");
    assert_int_equal(kind_of("Files\\a").kind, FILE_KIND_DIRECTORY);
    assert_int_equal(kind_of("Files\\a\\gr\xc3\xbc\xc3\x9f.txt").kind, FILE_KIND_FILE);
    assert_int_equal(kind_of("Files\\a\\gr\xc3\xbc\xc3\x9f.txt").size, 8);
    expect("Files\\a\\gr\xc3\xbc\xc3\x9f.txt", "contents", 8);
}

/* On Linux deeper than a path may be long at once; Wine makes one such path of all. */
static void names_may_be_deep(void **state)
{
    cleanup_text text name = TEXT_INIT;
    const int depth = native_separator() == '/' ? 24 : 15;

    (void)state;
    for (int i = 0; i < depth; i++) {
        text_addf(&name, "%s%0200d", i ? "\\" : "", i);
        make(text_get(&name), FOLDER, NULL);
    }
    text_add(&name, "\\f");
    make(text_get(&name), 0, "deep");
    assert_int_equal(kind_of(text_get(&name)).size, 4);
    text_add(&name, "\\x");
    assert_hr(HR_PATH_NOT_FOUND, create_fails(text_get(&name), 0));
}

static void what_exists_is_not_made_again(void **state)
{
    (void)state;
    make("d", FOLDER, NULL);
    make("f", 0, "kept");
    assert_hr(HR_ALREADY_EXISTS, create_fails("d", FOLDER));
    assert_hr(HR_ALREADY_EXISTS, create_fails("f", 0));
    assert_true(HR_FAILED(create_fails("f", FOLDER)));
    expect("f", "kept", 4);
}

static void a_missing_folder_is_said(void **state)
{
    string_list names = STRING_LIST_INIT;
    basic_info info = info_of(0);

    (void)state;
    make("f", 0, "x");
    assert_hr(HR_PATH_NOT_FOUND, create_fails("no\\f", 0));
    assert_hr(HR_PATH_NOT_FOUND, create_fails("f\\g", 0));
    assert_hr(HR_FILE_NOT_FOUND, absent("none"));
    assert_hr(HR_PATH_NOT_FOUND, absent("no\\none"));
    assert_hr(HR_FILE_NOT_FOUND, files->tree_remove(files, tree, "none"));
    assert_hr(HR_FILE_NOT_FOUND, files->tree_set_info(files, tree, "none", &info));
    assert_hr(HR_PATH_NOT_FOUND, files->tree_list(files, tree, "none", &names));
}

static void names_that_lead_out_are_refused(void **state)
{
    static const char *const names[] = {
        "",       "..",    "..\\x",    "a\\..\\..\\x", ".",   "a\\.", "\\a",          "a\\",
        "a\\\\b", "C:\\x", "f:stream", "/x",           "a/b", "../x", "\\\\?\\C:\\x", "\\??\\C:\\x",
    };

    (void)state;
    make("a", FOLDER, NULL);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        basic_info info = info_of(0);

        assert_hr(HR_INVALID_NAME, create_fails(names[i], 0));
        assert_hr(HR_INVALID_NAME, create_fails(names[i], FOLDER));
        assert_hr(HR_INVALID_NAME, files->tree_remove(files, tree, names[i]));
        assert_hr(HR_INVALID_NAME, files->tree_set_info(files, tree, names[i], &info));
        assert_hr(HR_INVALID_NAME, absent(names[i]));
        assert_hr(HR_INVALID_NAME, files->tree_link(files, tree, "x", tree, names[i]));
    }
    make("f", 0, "");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        file_identity identity;
        tree_backup *backup;

        assert_hr(HR_INVALID_NAME, files->tree_link(files, tree, names[i], tree, "f"));
        assert_hr(HR_INVALID_NAME, files->tree_copy(files, tree, names[i], tree, "f"));
        assert_hr(HR_INVALID_NAME, files->tree_identity(files, tree, names[i], &identity));
        assert_hr(HR_INVALID_NAME, files->tree_backup_open(files, tree, names[i], &backup));
    }
}

static void dots_within_a_name_are_fine(void **state)
{
    (void)state;
    make("...", 0, "1");
    make("..a", 0, "2");
    make(".hidden", FOLDER, NULL);
    make(".hidden\\a..b", 0, "3");
    expect(".hidden\\a..b", "3", 1);
}

/* Wine keeps the times of access and writing, and the first four attributes. */
static void times_and_attributes_are_kept(void **state)
{
    basic_info got;

    (void)state;
    make("d", FOLDER, NULL);
    make("d\\f", HIDDEN, "written after it was made");
    assert_done(files->tree_basic_info(files, tree, "d\\f", &got));
    assert_true(got.write == WRITTEN);
    assert_true(got.access == WRITTEN);
    assert_int_equal(got.attributes & HIDDEN, HIDDEN);
    assert_int_equal(got.attributes & FOLDER, 0);
    assert_true(kind_of("d\\f").modified == ((int64_t)WRITTEN - INT64_C(116444736000000000)) * 100);
    assert_done(files->tree_basic_info(files, tree, "d", &got));
    assert_int_equal(got.attributes & FOLDER, FOLDER);
}

static void a_folder_gets_its_times_back(void **state)
{
    basic_info info = info_of(FOLDER);
    basic_info got;

    (void)state;
    make("d", FOLDER, NULL);
    make("d\\f", 0, "changes the folder");
    assert_done(files->tree_set_info(files, tree, "d", &info));
    assert_done(files->tree_basic_info(files, tree, "d", &got));
    assert_true(got.write == WRITTEN);
}

static void zero_times_leave_what_is(void **state)
{
    basic_info nothing = {.attributes = 0};

    (void)state;
    make("f", 0, "x");
    assert_done(files->tree_set_info(files, tree, "f", &nothing));
    assert_true(kind_of("f").modified == ((int64_t)WRITTEN - INT64_C(116444736000000000)) * 100);
}

static void links_share_their_contents(void **state)
{
    (void)state;
    make("d", FOLDER, NULL);
    make("d\\target", 0, "shared");
    assert_done(files->tree_link(files, tree, "link", tree, "d\\target"));
    expect("link", "shared", 6);
    assert_hr(HR_ALREADY_EXISTS, files->tree_link(files, tree, "link", tree, "d\\target"));
    assert_hr(HR_FILE_NOT_FOUND, files->tree_link(files, tree, "x", tree, "none"));
    assert_hr(HR_PATH_NOT_FOUND, files->tree_link(files, tree, "no\\x", tree, "d\\target"));
    assert_true(HR_FAILED(files->tree_link(files, tree, "x", tree, "d")));
    assert_done(files->tree_remove(files, tree, "d"));
    expect("link", "shared", 6);
}

static void links_go_between_trees(void **state)
{
    cleanup_free char *other_path = text_format("%s%cother", folder, native_separator());
    file_tree *other;

    (void)state;
    make("other", FOLDER, NULL);
    make("target", 0, "shared");
    assert_done(files->tree_open(files, other_path, &other));
    assert_done(files->tree_link(files, other, "link", tree, "target"));
    files->tree_close(files, other);
    expect("other\\link", "shared", 6);
}

static void folders_are_removed_with_all_in_them(void **state)
{
    (void)state;
    make("d", FOLDER, NULL);
    make("d\\e", FOLDER, NULL);
    make("d\\e\\f", 0, "x");
    make("d\\readonly", FILE_ATTRIBUTE_READONLY_BIT | HIDDEN, "x");
    make("d\\empty", FOLDER, NULL);
    assert_done(files->tree_remove(files, tree, "d\\e\\f"));
    assert_done(files->tree_remove(files, tree, "d"));
    assert_hr(HR_FILE_NOT_FOUND, absent("d"));
}

/* A layer's utility VM is made of links to its parent's, whose attributes are the parent's, too. */
static void what_is_removed_leaves_its_other_names_as_they_were(void **state)
{
    basic_info info;

    (void)state;
    make("kept", FILE_ATTRIBUTE_READONLY_BIT | HIDDEN, "x");
    assert_done(files->tree_link(files, tree, "gone", tree, "kept"));
    assert_done(files->tree_remove(files, tree, "gone"));
    assert_done(files->tree_basic_info(files, tree, "kept", &info));
    assert_int_equal(info.attributes & (FILE_ATTRIBUTE_READONLY_BIT | HIDDEN),
                     FILE_ATTRIBUTE_READONLY_BIT | HIDDEN);
}

static void folders_are_listed(void **state)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    cleanup_strings string_list root = STRING_LIST_INIT;

    (void)state;
    make("d", FOLDER, NULL);
    make("d\\b", 0, "");
    make("d\\a", FOLDER, NULL);
    assert_done(files->tree_list(files, tree, "d", &names));
    string_list_sort(&names);
    assert_int_equal(names.count, 2);
    assert_string_equal(names.items[0], "a");
    assert_string_equal(names.items[1], "b");
    assert_done(files->tree_list(files, tree, "", &root));
    assert_int_equal(root.count, 1);
    /* Again, from its start. */
    assert_done(files->tree_list(files, tree, "", &root));
    assert_int_equal(root.count, 2);
}

static void deep_trees_work(void **state)
{
    cleanup_text text name = TEXT_INIT;

    (void)state;
    for (int i = 0; i < 40; i++) {
        text_add(&name, i ? "\\a-component-of-its-own" : "a-component-of-its-own");
        make(text_get(&name), FOLDER, NULL);
    }
    text_add(&name, "\\f");
    make(text_get(&name), 0, "deep");
    expect(text_get(&name), "deep", 4);
    assert_done(files->tree_remove(files, tree, "a-component-of-its-own"));
}

static void only_folders_are_roots(void **state)
{
    cleanup_free char *path = text_format("%s%cf", folder, native_separator());
    cleanup_free char *none = text_format("%s%cnone", folder, native_separator());
    file_tree *opened = NULL;

    (void)state;
    make("f", 0, "");
    assert_true(HR_FAILED(files->tree_open(files, path, &opened)));
    assert_hr(HR_FILE_NOT_FOUND, files->tree_open(files, none, &opened));
    assert_null(opened);
    files->tree_close(files, NULL);
}

/* ---- backup streams ---- */

static void add_stream(text *t, uint32_t id, uint32_t attributes, const char *name,
                       size_t name_size, const void *body, size_t size)
{
    const uint32_t head[] = {id, attributes, (uint32_t)size, 0, (uint32_t)name_size};

    /* Little-endian, as everything this runs on. */
    text_add_bytes(t, head, sizeof(head));
    text_add_bytes(t, name, name_size);
    text_add_bytes(t, body, size);
}

#define STREAM_DATA      1
#define STREAM_ALTERNATE 4
#define STREAM_REPARSE   8
#define STREAM_SPARSE    9

static void restore(const char *name, uint32_t attributes, const text *backup, size_t piece)
{
    basic_info info = info_of(attributes);
    tree_entry *entry;

    assert_done(files->tree_create(files, tree, name, &info, &entry));
    for (size_t at = 0; at < backup->length; at += piece) {
        size_t size = backup->length - at < piece ? backup->length - at : piece;

        assert_done(files->entry_restore(files, entry, backup->data + at, size, false));
    }
    assert_done(files->entry_close(files, entry));
}

static void a_backup_stream_is_restored_in_pieces_of_any_size(void **state)
{
    static const size_t pieces[] = {1, 2, 3, 7, 19, 20, 21, 64, 1000};
    static const char name16[] = ":\0s\0:\0$\0D\0A\0T\0A\0";
    cleanup_text text backup = TEXT_INIT;
    char made[16];
    basic_info got;

    (void)state;
    add_stream(&backup, STREAM_DATA, 0, "", 0, "the unnamed data", 16);
    add_stream(&backup, STREAM_ALTERNATE, 0, name16, sizeof(name16) - 1, "beside it", 9);
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        snprintf(made, sizeof(made), "f%zu", i);
        restore(made, 0, &backup, pieces[i]);
        expect(made, "the unnamed data", 16);
        assert_done(files->tree_basic_info(files, tree, made, &got));
        assert_true(got.write == WRITTEN);
    }
}

static void half_a_stream_is_refused_at_the_end(void **state)
{
    cleanup_text text backup = TEXT_INIT;
    basic_info info = info_of(0);
    tree_entry *entry;

    (void)state;
    add_stream(&backup, STREAM_DATA, 0, "", 0, "12345", 5);
    assert_done(files->tree_create(files, tree, "half", &info, &entry));
    assert_done(files->entry_restore(files, entry, backup.data, backup.length - 1, false));
    assert_hr(HR_FROM_WIN32(13), files->entry_close(files, entry));
    assert_done(files->tree_create(files, tree, "head", &info, &entry));
    assert_done(files->entry_restore(files, entry, backup.data, 7, false));
    assert_hr(HR_FROM_WIN32(13), files->entry_close(files, entry));
}

static void sparse_blocks_land_at_their_offset(void **state)
{
    static const uint64_t offset = 70000;
    static const uint64_t end = 70008;
    cleanup_free char *expected = calloc(1, end);
    cleanup_text text backup = TEXT_INIT;
    char block[16];

    (void)state;
    memcpy(block, &offset, 8);
    memcpy(block + 8, "a block.", 8);
    memcpy(expected + offset, "a block.", 8);
    add_stream(&backup, STREAM_DATA, 8, "", 0, "", 0);
    add_stream(&backup, STREAM_SPARSE, 8, "", 0, block, 16);
    add_stream(&backup, STREAM_SPARSE, 8, "", 0, &end, 8);
    restore("sparse", 0, &backup, 5);
    expect("sparse", expected, end);
}

/* A junction to C:\Windows. */
static void make_junction(const char *name)
{
    static const char substitute[] = "\\\0?\0?\0\\\0C\0:\0\\\0W\0i\0n\0d\0o\0w\0s\0\0";
    static const char print[] = "C\0:\0\\\0W\0i\0n\0d\0o\0w\0s\0\0";
    const uint16_t lengths[] = {8 + sizeof(substitute) + sizeof(print) + 0,
                                0,
                                0,
                                sizeof(substitute) - 2,
                                sizeof(substitute),
                                sizeof(print) - 2};
    const uint32_t tag = 0xA0000003;
    cleanup_text text reparse = TEXT_INIT;
    cleanup_text text backup = TEXT_INIT;

    text_add_bytes(&reparse, &tag, sizeof(tag));
    text_add_bytes(&reparse, lengths, sizeof(lengths));
    text_add_bytes(&reparse, substitute, sizeof(substitute));
    text_add_bytes(&reparse, print, sizeof(print));
    add_stream(&backup, STREAM_REPARSE, 0, "", 0, reparse.data, reparse.length);
    restore(name, FOLDER | FILE_ATTRIBUTE_REPARSE_BIT, &backup, backup.length);
}

static void nothing_goes_through_a_link(void **state)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    basic_info info = info_of(FOLDER);
    cleanup_free char *path = text_format("%s%cj", folder, native_separator());
    tree_entry *entry = NULL;
    file_tree *opened = NULL;

    (void)state;
    make_junction("j");
    make("f", 0, "");
    assert_int_equal(kind_of("j").kind, FILE_KIND_REPARSE);
    assert_hr(HR_REPARSE_POINT, create_fails("j\\x", 0));
    assert_hr(HR_REPARSE_POINT, create_fails("j\\x", FOLDER));
    assert_hr(HR_REPARSE_POINT, create_fails("j\\x\\y", 0));
    assert_hr(HR_ALREADY_EXISTS, create_fails("j", 0));
    assert_hr(HR_REPARSE_POINT, absent("j\\System32"));
    assert_hr(HR_REPARSE_POINT, files->tree_remove(files, tree, "j\\System32"));
    assert_hr(HR_REPARSE_POINT, files->tree_link(files, tree, "j\\x", tree, "f"));
    assert_hr(HR_REPARSE_POINT, files->tree_link(files, tree, "x", tree, "j\\f"));
    assert_hr(HR_REPARSE_POINT, files->tree_list(files, tree, "j", &names));
    assert_hr(HR_REPARSE_POINT, files->tree_reopen(files, tree, "j", &info, &entry));
    assert_hr(HR_REPARSE_POINT, files->tree_open(files, path, &opened));
    assert_done(files->tree_remove(files, tree, "j"));
    assert_hr(HR_FILE_NOT_FOUND, absent("j"));
}

static void a_copy_is_equal(void **state)
{
    cleanup_text text backup = TEXT_INIT;
    cleanup_free char *big = malloc(300000);
    basic_info got;

    (void)state;
    for (size_t i = 0; i < 300000; i++)
        big[i] = (char)(i % 251);
    add_stream(&backup, STREAM_DATA, 0, "", 0, big, 300000);
    make("d", FOLDER | HIDDEN, NULL);
    restore("d\\f", HIDDEN, &backup, 100000);
    assert_done(files->tree_copy(files, tree, "copy", tree, "d"));
    assert_done(files->tree_copy(files, tree, "copy\\f", tree, "d\\f"));
    expect("copy\\f", big, 300000);
    assert_done(files->tree_basic_info(files, tree, "copy\\f", &got));
    assert_true(got.write == WRITTEN);
    assert_int_equal(got.attributes & HIDDEN, HIDDEN);
    assert_int_equal(kind_of("copy").kind, FILE_KIND_DIRECTORY);
    assert_hr(HR_ALREADY_EXISTS, files->tree_copy(files, tree, "copy\\f", tree, "d\\f"));
    assert_hr(HR_FILE_NOT_FOUND, files->tree_copy(files, tree, "x", tree, "none"));
}

static void a_folder_is_reopened(void **state)
{
    basic_info info = info_of(FOLDER | HIDDEN);
    basic_info got;
    tree_entry *entry;

    (void)state;
    make("d", FOLDER, NULL);
    make("d\\f", 0, "kept");
    assert_done(files->tree_reopen(files, tree, "d", &info, &entry));
    assert_done(files->entry_close(files, entry));
    assert_done(files->tree_basic_info(files, tree, "d", &got));
    assert_true(got.write == WRITTEN);
    assert_int_equal(got.attributes & HIDDEN, HIDDEN);
    expect("d\\f", "kept", 4);
    assert_hr(HR_FILE_NOT_FOUND, files->tree_reopen(files, tree, "none", &info, &entry));
}

static void nothing_is_left_open(void **state)
{
    size_t before = 0;

    (void)state;
    for (int i = 0; i < 10; i++) {
        cleanup_strings string_list names = STRING_LIST_INIT;

        make("d", FOLDER, NULL);
        make("d\\f", 0, "x");
        assert_hr(HR_ALREADY_EXISTS, create_fails("d\\f", 0));
        assert_hr(HR_PATH_NOT_FOUND, create_fails("e\\f", 0));
        assert_done(files->tree_link(files, tree, "l", tree, "d\\f"));
        assert_done(files->tree_list(files, tree, "d", &names));
        assert_done(files->tree_copy(files, tree, "c", tree, "l"));
        assert_done(files->tree_remove(files, tree, "d"));
        assert_done(files->tree_remove(files, tree, "l"));
        assert_done(files->tree_remove(files, tree, "c"));
        if (i == 2)
            before = native_handles();
    }
    assert_in_range(native_handles(), 0, before + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_TREE(files_and_folders_are_made),
        IN_A_TREE(names_may_be_deep),
        IN_A_TREE(what_exists_is_not_made_again),
        IN_A_TREE(a_missing_folder_is_said),
        IN_A_TREE(names_that_lead_out_are_refused),
        IN_A_TREE(dots_within_a_name_are_fine),
        IN_A_TREE(times_and_attributes_are_kept),
        IN_A_TREE(a_folder_gets_its_times_back),
        IN_A_TREE(zero_times_leave_what_is),
        IN_A_TREE(links_share_their_contents),
        IN_A_TREE(links_go_between_trees),
        IN_A_TREE(folders_are_removed_with_all_in_them),
        IN_A_TREE(what_is_removed_leaves_its_other_names_as_they_were),
        IN_A_TREE(folders_are_listed),
        IN_A_TREE(deep_trees_work),
        IN_A_TREE(only_folders_are_roots),
        IN_A_TREE(a_backup_stream_is_restored_in_pieces_of_any_size),
        IN_A_TREE(half_a_stream_is_refused_at_the_end),
        IN_A_TREE(sparse_blocks_land_at_their_offset),
        IN_A_TREE(nothing_goes_through_a_link),
        IN_A_TREE(a_copy_is_equal),
        IN_A_TREE(a_folder_is_reopened),
        IN_A_TREE(nothing_is_left_open),
    };

    return cmocka_run_group_tests(tests, trees_set_up, trees_tear_down);
}
