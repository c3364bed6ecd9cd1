/* SPDX-License-Identifier: MIT */
/* Trees as plain tars. */
#include "tests/unit/layer/copy/scene.h"

#include <string.h>

#include "base/error.h"
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
        cmocka_unit_test_setup_teardown(no_failing_call_goes_unseen, scene_set_up, scene_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
