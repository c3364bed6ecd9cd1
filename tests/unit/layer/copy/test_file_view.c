/* SPDX-License-Identifier: MIT */
/* What paths lead to: hostile links of a container, and what is mounted into it. */
#include "tests/unit/layer/copy/scene.h"

#include "base/error.h"

static void find(file_view *view, const char *path, bool follow, view_file *out)
{
    assert_ok(&err, file_view_find(view, path, follow, out, &err));
}

static void links_of_a_container_stay_in_it(void **state)
{
    static const struct {
        const char *target, *path, *leads;
    } cases[] = {
        {"C:\\host", "C:\\link\\x", "C:\\host\\x"},
        {"\\host", "C:\\link\\x", "C:\\host\\x"},
        {"..\\..\\..\\..\\host", "C:\\link\\x", "C:\\host\\x"},
        {"d", "C:\\link\\f", "C:\\d\\f"},
        {".\\d\\..\\d", "C:\\link", "C:\\d"},
        {"\\??\\C:\\d", "C:\\link\\f", "C:\\d\\f"},
        {"\\\\?\\C:\\d", "C:\\link\\f", "C:\\d\\f"},
        {"C:\\data", "C:\\link\\m", "C:\\data\\m"},
    };

    (void)state;
    scene_make("vol\\d", NULL);
    scene_make("vol\\d\\f", "inside");
    scene_make("mount\\m", "mounted");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_view_file view_file found = {0};

        scene_link("vol\\link", cases[i].target);
        find(&inside, cases[i].path, true, &found);
        assert_string_equal(found.path, cases[i].leads);
        find(&inside, "C:\\link", false, &found);
        assert_string_equal(found.path, "C:\\link");
        assert_int_equal(found.info.kind, FILE_KIND_REPARSE);
        file_view_close(&outside);
        {
            file_tree *volume = NULL;
            cleanup_free char *path = scene_path("vol");

            for (char *c = path; *c; c++)
                if (*c == '\\')
                    *c = '/';
            assert_int_equal(files.port.tree_open(&files.port, path, &volume), 0);
            assert_int_equal(files.port.tree_remove(&files.port, volume, "link"), 0);
            files.port.tree_close(&files.port, volume);
        }
    }
}

static void links_to_what_no_container_has_are_refused(void **state)
{
    cleanup_view_file view_file found = {0};

    (void)state;
    scene_link("vol\\drive", "D:\\x");
    scene_link("vol\\volume", "\\\\?\\Volume{1}\\x");
    scene_link("vol\\share", "\\\\server\\share\\x");
    scene_link("vol\\round", "C:\\round\\round");
    assert_fails(&err, WCOW_INVALID, "the specified path is not on the system drive (C:)",
                 file_view_find(&inside, "C:\\drive\\y", true, &found, &err));
    assert_fails(&err, WCOW_INVALID,
                 "'C:\\volume' is a link to '\\\\?\\Volume{1}\\x', which leads out of it",
                 file_view_find(&inside, "C:\\volume\\y", true, &found, &err));
    assert_int_equal(file_view_find(&inside, "C:\\share", true, &found, &err), WCOW_INVALID);
    assert_fails(&err, WCOW_INVALID, "too many links in 'C:\\round'",
                 file_view_find(&inside, "C:\\round", true, &found, &err));
    assert_null(found.path);
}

static void what_is_not_there_keeps_its_name(void **state)
{
    cleanup_view_file view_file found = {0};

    (void)state;
    scene_make("vol\\f", "a file");
    find(&inside, "C:\\none\\..\\x", true, &found);
    assert_false(found.exists);
    find(&inside, "C:\\f\\below", true, &found);
    assert_false(found.exists);
    assert_string_equal(found.path, "C:\\f\\below");
    find(&inside, "C:\\", true, &found);
    assert_true(found.exists);
    assert_int_equal(found.info.kind, FILE_KIND_DIRECTORY);
}

static void what_is_mounted_is_seen_at_its_place(void **state)
{
    cleanup_view_file view_file found = {0};
    cleanup_strings string_list names = STRING_LIST_INIT;
    view_place *place;
    const char *name;

    (void)state;
    scene_make("vol\\Data", NULL); /* beneath the mount */
    scene_make("vol\\Data\\hidden", "not seen");
    scene_make("mount\\m", "mounted");
    find(&inside, "C:\\DATA\\m", true, &found);
    assert_true(found.exists);
    find(&inside, "C:\\data\\hidden", true, &found);
    assert_false(found.exists);
    assert_ok(&err, file_view_place(&inside, "C:\\fixed\\x", &place, &name, &err));
    assert_true(place->read_only);
    assert_string_equal(name, "x");
    assert_ok(&err, file_view_list(&inside, "C:\\", &names, &err));
    assert_int_equal(names.count, 2);
    assert_string_equal(names.items[0], "Data");
    assert_string_equal(names.items[1], "fixed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(links_of_a_container_stay_in_it, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(links_to_what_no_container_has_are_refused, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_there_keeps_its_name, scene_set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(what_is_mounted_is_seen_at_its_place, scene_set_up,
                                        scene_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
