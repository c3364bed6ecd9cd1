/* SPDX-License-Identifier: MIT */
/* What port/files.h promises of files in a tree that are read or replaced, of state in the room of
 * another file, and of paths that users write. */
#include "native.h"
#include "trees.h"

#include <string.h>

#include "base/path.h"
#include "base/text.h"

/* Also while somebody writes to it: whoever reads takes what is there. */
static void a_file_is_read_while_another_writes_to_it(void **state)
{
    const basic_info info = info_of(0);
    char bytes[16];
    tree_entry *writer;
    file *reader;
    file_info opened = {0};
    size_t got = 0;

    (void)state;
    assert_done(files->tree_create(files, tree, "log", &info, &writer));
    assert_done(files->entry_write(files, writer, "line", 4));
    assert_done(files->tree_file_open(files, tree, "log", &reader, &opened));
    assert_int_equal(opened.kind, FILE_KIND_FILE);
    assert_int_equal(opened.size, 4);
    assert_done(files->read_some(files, reader, bytes, sizeof(bytes), &got));
    assert_int_equal(got, 4);
    assert_memory_equal(bytes, "line", 4);
    files->close(files, reader);
    assert_done(files->entry_close(files, writer));
}

static void only_files_are_opened_for_reading(void **state)
{
    file *reader = NULL;
    file_info opened;

    (void)state;
    make("folder", FOLDER, NULL);
    assert_hr(HR_ACCESS_DENIED, files->tree_file_open(files, tree, "folder", &reader, &opened));
    assert_hr(HR_FILE_NOT_FOUND, files->tree_file_open(files, tree, "none", &reader, &opened));
    assert_hr(HR_PATH_NOT_FOUND, files->tree_file_open(files, tree, "no\\f", &reader, &opened));
    assert_hr(HR_INVALID_NAME, files->tree_file_open(files, tree, "a:b", &reader, &opened));
    assert_null(reader);
}

/* Begins what is to take the place of `name`. */
static tree_entry *begin_beside(const char *name, uint32_t attributes, const char *contents)
{
    const basic_info info = info_of(attributes);
    tree_entry *entry = NULL;

    assert_done(files->tree_create_beside(files, tree, name, &info, &entry));
    assert_done(files->entry_write(files, entry, contents, strlen(contents)));
    return entry;
}

static size_t names_in(const char *name)
{
    cleanup_strings string_list names = STRING_LIST_INIT;

    assert_done(files->tree_list(files, tree, name, &names));
    return names.count;
}

static void what_is_there_is_replaced_by_what_is_whole(void **state)
{
    basic_info got;
    tree_entry *entry;

    (void)state;
    make("d", FOLDER, NULL);
    make("d\\f", 0, "old");
    entry = begin_beside("d\\f", HIDDEN, "the new one");
    expect("d\\f", "old", 3);
    assert_done(files->entry_place(files, entry));
    expect("d\\f", "the new one", 11);
    assert_done(files->tree_basic_info(files, tree, "d\\f", &got));
    assert_true(got.write == WRITTEN);
    assert_int_equal(got.attributes & HIDDEN, HIDDEN);
    assert_done(files->entry_place(files, begin_beside("d\\none", 0, "first")));
    expect("d\\none", "first", 5);
    assert_int_equal(names_in("d"), 2);
}

static void what_is_not_put_in_its_place_leaves_what_is_there(void **state)
{
    const basic_info info = info_of(0);
    tree_entry *entry;

    (void)state;
    make("d", FOLDER, NULL);
    make("d\\f", 0, "old");
    make("d\\sub", FOLDER, NULL);
    assert_done(files->entry_close(files, begin_beside("d\\f", 0, "new")));
    assert_hr(HR_ACCESS_DENIED, files->entry_place(files, begin_beside("d\\sub", 0, "new")));
    assert_hr(HR_PATH_NOT_FOUND, files->tree_create_beside(files, tree, "no\\f", &info, &entry));
    expect("d\\f", "old", 3);
    assert_int_equal(names_in("d"), 2);
}

static void read_only_files_and_links_are_replaced(void **state)
{
    (void)state;
    make("f", FILE_ATTRIBUTE_READONLY_BIT, "old");
    make("g", 0, "of a link");
    assert_done(files->tree_link(files, tree, "h", tree, "g"));
    assert_done(files->entry_place(files, begin_beside("f", 0, "new")));
    expect("f", "new", 3);
    assert_done(files->entry_place(files, begin_beside("h", FILE_ATTRIBUTE_READONLY_BIT, "new")));
    expect("h", "new", 3);
    expect("g", "of a link", 9);
}

/* On a full disk: what is written takes the room of another file, and its name. */
static void a_file_is_replaced_in_another_one_s_room(void **state)
{
    cleanup_free char *path = text_format("%s%cstate", folder, native_separator());
    cleanup_free char *spare = text_format("%s%cspare", folder, native_separator());

    (void)state;
    make("state", 0, "one that is replaced");
    make("spare", 0, "nothing of this is to be seen any more");
    assert_done(files->replace_with(files, path, spare, "two", 3));
    expect("state", "two", 3);
    assert_hr(HR_FILE_NOT_FOUND, absent("spare"));
    assert_hr(HR_FILE_NOT_FOUND, files->replace_with(files, path, spare, "three", 5));
    expect("state", "two", 3);
    assert_done(files->remove_file(files, path));
    make("spare", 0, "");
    assert_done(files->replace_with(files, path, spare, "longer", 6));
    expect("state", "longer", 6);
}

static void a_path_that_a_user_wrote_is_made_whole(void **state)
{
    char *whole = NULL;

    (void)state;
    assert_done(files->full_path(files, "some where", &whole));
    assert_true(path_is_absolute(whole));
    assert_string_equal(path_base_name(whole), "some where");
    free(whole);
}

/* What it leads to is told by its own name; a link that is there, and what it names is not, leads
 * nowhere. Wine follows no link of Windows' (tests/hcssim/README.md). */
static void a_path_is_followed_to_its_end(void **state)
{
    cleanup_free char *target = path_join(folder, "target");
    cleanup_free char *link = path_join(folder, "link");
    cleanup_free char *loose = path_join(folder, "loose");
    char *direct = NULL, *followed = NULL, *none = NULL;

    (void)state;
    assert_hr(HR_FILE_NOT_FOUND, files->final_path(files, target, &none));
    make("target", 0, "x");
    assert_done(files->final_path(files, target, &direct));
    assert_true(path_is_absolute(direct));
    assert_string_equal(path_base_name(direct), "target");
    if (native_is_windows())
        assert_true(text_starts_with(direct, "\\\\"));
    if (!native_is_wine() && native_link(target, link)) {
        assert_done(files->final_path(files, link, &followed));
        assert_string_equal(followed, direct);
        free(followed);
    }
    if (!native_is_wine() && native_link("nowhere", loose))
        assert_true(HR_FAILED(files->final_path(files, loose, &none)));
    assert_null(none);
    free(direct);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_TREE(a_file_is_read_while_another_writes_to_it),
        IN_A_TREE(only_files_are_opened_for_reading),
        IN_A_TREE(what_is_there_is_replaced_by_what_is_whole),
        IN_A_TREE(what_is_not_put_in_its_place_leaves_what_is_there),
        IN_A_TREE(read_only_files_and_links_are_replaced),
        IN_A_TREE(a_file_is_replaced_in_another_one_s_room),
        IN_A_TREE(a_path_that_a_user_wrote_is_made_whole),
        IN_A_TREE(a_path_is_followed_to_its_end),
    };

    return cmocka_run_group_tests(tests, trees_set_up, trees_tear_down);
}
