/* SPDX-License-Identifier: MIT */
/* Trees as plain tars. */
#include "tests/unit/layer/copy/scene.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "layer/tar/tar.h"

/* "type name [-> target] [size]" of each entry, a line each; nothing may need an extended header.
 */
static void list(const text *tar, text *out)
{
    cleanup_tar_reader tar_reader *reader = NULL;
    const tar_entry *entry = NULL;
    memory_source source;

    memory_source_init(&source, text_get(tar), tar->length, 0);
    reader = tar_reader_new(&source.source);
    assert_non_null(reader);
    assert_ok(&err, tar_next(reader, &entry, &err));
    while (entry) {
        text_addf(out, "%c %s %o", entry->type, entry->name, (unsigned)entry->mode);
        if (*entry->link)
            text_addf(out, " -> %s", entry->link);
        text_addf(out, "\n");
        assert_null(pax_find(&entry->pax, "MSWINDOWS.rawsd"));
        assert_null(pax_find(&entry->pax, "MSWINDOWS.fileattr"));
        assert_ok(&err, tar_next(reader, &entry, &err));
    }
    memory_source_free(&source);
}

static void a_folder_comes_with_all_that_is_seen_in_it(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text names = TEXT_INIT;

    (void)state;
    scene_make("vol\\b", NULL);
    scene_make("vol\\b\\f", "twelve bytes");
    scene_make("vol\\System Volume Information", NULL);
    scene_make("vol\\pagefile.sys", "memory");
    scene_link("vol\\b\\link", "C:\\windows\\x");
    scene_make("mount\\m", "");
    assert_ok(&err, scene_pack(&inside, "C:\\", NULL, &tar));
    list(&tar, &names);
    assert_string_equal(text_get(&names), "5 ./ 755\n"
                                          "5 ./b/ 755\n"
                                          "0 ./b/f 755\n"
                                          "2 ./b/link 755 -> C:/windows/x\n"
                                          "5 ./data/ 755\n"
                                          "0 ./data/m 755\n"
                                          "5 ./fixed/ 755\n");
    assert_int_equal(notes.content, strlen("twelve bytes"));
    assert_int_equal(notes.count, 0);
}

static void a_file_is_called_what_it_is_told(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text names = TEXT_INIT;

    (void)state;
    scene_make("vol\\f", "x");
    assert_ok(&err, scene_pack(&inside, "C:\\f", "other.txt", &tar));
    assert_int_equal(tar.length, 4 * 512);
    list(&tar, &names);
    assert_string_equal(text_get(&names), "0 other.txt 755\n");
}

/* What others have for themselves: all else comes, and the copy has failed. */
static void what_cannot_be_read_is_told_and_fails(void **state)
{
    static const int32_t codes[] = {HR_SHARING_VIOLATION, HR_LOCK_VIOLATION, HR_ACCESS_DENIED};

    (void)state;
    scene_make("vol\\b", NULL);
    scene_make("vol\\b\\a", "not shared");
    scene_make("vol\\b\\z", "twelve bytes");
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        wcow_status status = WCOW_OK;

        files.code = codes[i];
        text_free(&told);
        for (size_t nth = 1; status != WCOW_FAILED || !told.length; nth++) {
            cleanup_text text tar = TEXT_INIT;
            cleanup_text text names = TEXT_INIT;

            assert_true(nth < 20);
            notes.unread = 0;
            faulty_files_fail(&files, nth);
            status = scene_pack(&inside, "C:\\b", "b", &tar);
            faulty_files_fail(&files, 0);
            if (!told.length)
                continue;
            list(&tar, &names);
            assert_string_equal(text_get(&names), "5 b/ 755\n0 b/z 755\n");
            assert_fails(&err, WCOW_FAILED,
                         "1 of the files could not be read; all others are copied", status);
        }
        assert_non_null(strstr(text_get(&told), "'C:\\b\\a' is left out: open: "));
    }
}

/* It goes while the copy is on its way to it. */
static void what_goes_away_is_not_missed(void **state)
{
    bool met = false;

    (void)state;
    scene_make("vol\\b", NULL);
    scene_make("vol\\b\\z", "twelve bytes");
    files.code = HR_FILE_NOT_FOUND;
    for (size_t nth = 1; !met; nth++) {
        cleanup_text text tar = TEXT_INIT;
        wcow_status status;

        assert_true(nth < 20);
        faulty_files_fail(&files, nth);
        status = scene_pack(&inside, "C:\\b", "b", &tar);
        met = files.last && strcmp(files.last, "tree_file_open") == 0;
        faulty_files_fail(&files, 0);
        if (met)
            assert_ok(&err, status);
    }
    assert_int_equal(notes.count, 0);
}

static void cut(void *path)
{
    assert_int_equal(truncate(path, 5), 0);
}

static void of_a_file_that_shrinks_the_end_is_zeros(void **state)
{
    cleanup_free char *path = path_join(root, "vol/f");
    cleanup_free char *big = malloc(200001);
    wcow_status status = WCOW_OK;

    (void)state;
    memset(big, 'x', 200000);
    big[200000] = '\0';
    scene_make("vol\\f", "");
    for (size_t nth = 1; !told.length; nth++) {
        cleanup_text text tar = TEXT_INIT;

        assert_true(nth < 20);
        assert_int_equal(platform->replace(platform, path, big, 200000), 0);
        notes.unread = 0;
        faulty_files_meet(&files, nth, cut, path);
        status = scene_pack(&inside, "C:\\f", "f", &tar);
        faulty_files_meet(&files, 0, NULL, NULL);
        if (!told.length)
            continue;
        assert_int_equal(tar.length, 512 + (200000 + 511) / 512 * 512 + 1024);
        assert_int_equal(text_get(&tar)[512 + 199999], 0);
    }
    assert_int_equal(status, WCOW_FAILED);
    assert_string_equal(text_get(&told), "'C:\\f' became shorter while it was read: zeros are in "
                                         "the place of its end\n");
}

static void no_failing_call_goes_unseen(void **state)
{
    bool done = false;

    (void)state;
    scene_make("vol\\b", NULL);
    scene_make("vol\\b\\f", "twelve bytes");
    scene_link("vol\\b\\link", "C:\\windows\\x");
    for (size_t nth = 1; !done; nth++) {
        cleanup_text text tar = TEXT_INIT;

        faulty_files_fail(&files, nth);
        done = scene_pack(&inside, "C:\\b", "b", &tar) == WCOW_OK;
        assert_true(done == (files.calls < nth));
        assert_true(nth < 100);
    }
    faulty_files_fail(&files, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_folder_comes_with_all_that_is_seen_in_it, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(a_file_is_called_what_it_is_told, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_told_and_fails, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(what_goes_away_is_not_missed, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(of_a_file_that_shrinks_the_end_is_zeros, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(no_failing_call_goes_unseen, scene_set_up, scene_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
