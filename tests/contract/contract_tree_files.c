/* SPDX-License-Identifier: MIT */
/* What port/files.h promises of files in a tree that are read, and of paths that users write. */
#include "trees.h"

#include "base/path.h"

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
    assert_hr(HR_INVALID_PARAMETER, files->tree_file_open(files, tree, "a:b", &reader, &opened));
    assert_null(reader);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_TREE(a_file_is_read_while_another_writes_to_it),
        IN_A_TREE(only_files_are_opened_for_reading),
        IN_A_TREE(a_path_that_a_user_wrote_is_made_whole),
    };

    return cmocka_run_group_tests(tests, trees_set_up, trees_tear_down);
}
