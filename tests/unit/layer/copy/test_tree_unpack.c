/* SPDX-License-Identifier: MIT */
/* Plain tars into folders: honest ones, and those that want out. */
#include "tests/unit/layer/copy/scene.h"

#include <string.h>

#include "base/error.h"
#include "base/path.h"

static void assert_content(const char *name, const char *content)
{
    cleanup_free char *found = scene_read(name);

    assert_non_null(found);
    assert_string_equal(found, content);
}

static void what_was_packed_comes_out_again(void **state)
{
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    scene_make("vol\\b", NULL);
    scene_make("vol\\b\\f", "first");
    scene_make("vol\\b\\deep", NULL);
    scene_make("vol\\b\\deep\\g", "second");
    scene_link("vol\\b\\deep\\link", "..\\f");
    scene_make("host\\f", "old");
    assert_ok(&err, scene_pack(&inside, "C:\\b", NULL, &tar));
    assert_ok(&err, scene_unpack_outside(&tar));
    assert_content("host/f", "first");
    assert_content("host/deep/g", "second");
    assert_true(scene_has("host/deep/link"));
    assert_int_equal(notes.count, 0);
}

static void hostile_names_are_refused(void **state)
{
    static const char *const names[] = {
        "../out",  "a/../../out", "..\\out", "C:/out",      "C:out", "a:b",
        "a:$DATA", "CON",         "d/nul",   "d/com1.txt",  "a/b. ", "lpt9 .x",
        "a\x01",   "a*",          "trail.",  "//server/s:", "AUX/x", "a/CONOUT$",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        cleanup_text text tar = TEXT_INIT;

        tar_add_file(&tar, names[i], "x");
        tar_end(&tar);
        assert_int_equal(scene_unpack_outside(&tar), WCOW_CORRUPT);
    }
    assert_false(scene_has("out"));
    assert_false(scene_has("host/out"));
    assert_false(scene_has("host/a"));
}

static void absolute_names_lie_in_the_folder(void **state)
{
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    tar_add_file(&tar, "/etc//./f", "x");
    tar_end(&tar);
    assert_ok(&err, scene_unpack_outside(&tar));
    assert_content("host/etc/f", "x");
}

static void nothing_is_written_through_a_link(void **state)
{
    cleanup_text text existing = TEXT_INIT;
    cleanup_text text brought = TEXT_INIT;

    (void)state;
    scene_link("host\\way", "..\\mount");
    tar_add_file(&existing, "way/f", "x");
    tar_end(&existing);
    assert_fails(&err, WCOW_CORRUPT, "'way/f': it lies behind a link",
                 scene_unpack_outside(&existing));
    tar_add_directory(&brought, "d/");
    tar_add(&brought, '2', "in", "d", NULL, 0);
    tar_add_file(&brought, "in/f", "x");
    tar_end(&brought);
    assert_fails(&err, WCOW_CORRUPT, "'in/f': it lies behind a link",
                 scene_unpack_outside(&brought));
    assert_false(scene_has("mount/f"));
    assert_false(scene_has("host/d/f"));
}

static void links_out_of_the_folder_are_left_out_and_told(void **state)
{
    static const char *const targets[] = {"../x", "d/../../x", "C:/Windows",
                                          "/x",   "\\\\s\\x",  "a:b"};

    (void)state;
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        cleanup_text text tar = TEXT_INIT;

        tar_add(&tar, '2', "l", targets[i], NULL, 0);
        tar_add_file(&tar, "after", "x");
        tar_end(&tar);
        assert_ok(&err, scene_unpack_outside(&tar));
        assert_int_equal(notes.count, i + 1);
        assert_false(scene_has("host/l"));
    }
    assert_non_null(strstr(text_get(&told), "'l' is left out: a link to '../x', which is outside "
                                            "of what is copied\n"));
}

static void links_of_a_container_lead_where_they_like(void **state)
{
    const unpack_target target = {.view = &inside, .folder = "C:\\", .own_links = true};
    cleanup_text text tar = TEXT_INIT;
    cleanup_free char *read = NULL;

    (void)state;
    tar_add(&tar, '2', "l", "C:/Windows", NULL, 0);
    tar_end(&tar);
    assert_ok(&err, scene_unpack(&tar, &target));
    assert_ok(&err, file_view_read_link(&inside, "C:\\l", &read, &err));
    assert_string_equal(read, "C:\\Windows");
}

static void hard_links_stay_in_the_folder(void **state)
{
    static const char *const targets[] = {"../mount/secret", "/x", "d", "", "way/secret", "l"};

    (void)state;
    scene_make("mount\\secret", "s");
    scene_make("host\\d", NULL);
    scene_link("host\\way", "..\\mount");
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        cleanup_text text tar = TEXT_INIT;

        tar_add(&tar, '1', "l", targets[i], NULL, 0);
        tar_end(&tar);
        assert_int_equal(scene_unpack_outside(&tar), WCOW_CORRUPT);
        assert_false(scene_has("host/l"));
    }
    {
        cleanup_text text tar = TEXT_INIT;

        tar_add_file(&tar, "f", "x");
        tar_add(&tar, '1', "d/l", "f", NULL, 0);
        tar_end(&tar);
        assert_ok(&err, scene_unpack_outside(&tar));
        assert_content("host/d/l", "x");
    }
}

static void files_and_folders_do_not_take_each_other_s_place(void **state)
{
    cleanup_text text file_over_folder = TEXT_INIT;
    cleanup_text text folder_over_file = TEXT_INIT;

    (void)state;
    scene_make("host\\d", NULL);
    scene_make("host\\f", "x");
    tar_add_file(&file_over_folder, "d", "x");
    tar_end(&file_over_folder);
    assert_int_equal(scene_unpack_outside(&file_over_folder), WCOW_CONFLICT);
    assert_non_null(strstr(err.message, "with non-directory"));
    tar_add_directory(&folder_over_file, "f/");
    tar_end(&folder_over_file);
    assert_int_equal(scene_unpack_outside(&folder_over_file), WCOW_CONFLICT);
    assert_non_null(strstr(err.message, "with directory"));
    assert_content("host/f", "x");
}

static void what_is_mounted_read_only_stays(void **state)
{
    const unpack_target target = {.view = &inside, .folder = "C:\\"};
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text mounted = TEXT_INIT;

    (void)state;
    tar_add_file(&tar, "fixed/f", "x");
    tar_end(&tar);
    assert_fails(&err, WCOW_CONFLICT, "'fixed/f': mounted volume is marked read-only",
                 scene_unpack(&tar, &target));
    tar_add_file(&mounted, "data/f", "x");
    tar_end(&mounted);
    assert_ok(&err, scene_unpack(&mounted, &target));
    assert_content("mount/f", "x");
}

static void devices_are_left_out_and_told(void **state)
{
    cleanup_text text tar = TEXT_INIT;

    (void)state;
    tar_add(&tar, '3', "null", "", NULL, 0);
    tar_add(&tar, '6', "fifo", "", NULL, 0);
    tar_end(&tar);
    assert_ok(&err, scene_unpack_outside(&tar));
    assert_int_equal(notes.count, 2);
}

static void of_a_file_that_breaks_off_nothing_stays(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    char *big = calloc(1, 5000);

    (void)state;
    tar_add(&tar, '0', "big", "", big, 5000);
    text_cut(&tar, 2048);
    free(big);
    assert_int_equal(scene_unpack_outside(&tar), WCOW_CORRUPT);
    assert_false(scene_has("host/big"));
}

static size_t entries_of(const char *folder)
{
    cleanup_free char *path = path_join(root, folder);
    cleanup_strings string_list names = STRING_LIST_INIT;

    assert_int_equal(platform->list(platform, path, &names), 0);
    return names.count;
}

static void what_is_there_stays_until_the_new_one_is_whole(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    char *big = calloc(1, 5000);

    (void)state;
    scene_make("host\\big", "the old one");
    tar_add(&tar, '0', "big", "", big, 5000);
    text_cut(&tar, 2048);
    free(big);
    assert_int_equal(scene_unpack_outside(&tar), WCOW_CORRUPT);
    assert_content("host/big", "the old one");
    assert_int_equal(entries_of("host"), 1);
}

/* Whatever fails, the old ones or the new ones are there, and nothing else. */
static void no_failing_call_costs_what_is_there(void **state)
{
    bool done = false;

    (void)state;
    scene_make("host\\g", "of both");
    for (size_t nth = 1; !done; nth++) {
        cleanup_text text tar = TEXT_INIT;
        cleanup_free char *file_there = NULL;

        tar_add_file(&tar, "f", "new");
        tar_add(&tar, '2', "l", "g", NULL, 0);
        tar_add(&tar, '1', "h", "g", NULL, 0);
        tar_end(&tar);
        for (const char *name = "flh"; *name; name++) {
            const char path[] = {'h', 'o', 's', 't', '\\', *name, '\0'};

            (void)platform->tree_remove(platform, scene_tree, path);
            scene_make(path, "old");
        }
        faulty_files_fail(&files, nth);
        done = scene_unpack_outside(&tar) == WCOW_OK && files.calls < nth;
        faulty_files_fail(&files, 0);
        file_there = scene_read("host/f");
        assert_non_null(file_there);
        assert_true(text_equal(file_there, "old") || text_equal(file_there, "new"));
        /* A link may be lost once it was seen that links can be made. */
        assert_true(scene_has("host/l"));
        assert_true(nth < 200);
    }
    /* One call was the removal of the link that was only a trial. */
    assert_true(entries_of("host") <= 4 + 1);
    assert_content("host/h", "of both");
}

static void a_folder_that_is_there_keeps_its_attributes(void **state)
{
    const basic_info hidden = {.attributes = FILE_ATTRIBUTE_DIRECTORY_BIT | 2,
                               .write = UINT64_C(132223104000000000)};
    cleanup_text text tar = TEXT_INIT;
    basic_info got = {0};

    (void)state;
    scene_make("host\\d", NULL);
    assert_int_equal(platform->tree_set_info(platform, scene_tree, "host\\d", &hidden), 0);
    tar_add_directory(&tar, "d/");
    tar_add_file(&tar, "d/f", "x");
    tar_end(&tar);
    assert_ok(&err, scene_unpack_outside(&tar));
    assert_int_equal(platform->tree_basic_info(platform, scene_tree, "host\\d", &got), 0);
    assert_int_equal(got.attributes & 2, 2);
}

static void no_failing_call_goes_unseen(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    bool done = false;

    (void)state;
    tar_add_directory(&tar, "d/");
    tar_add_file(&tar, "d/f", "x");
    tar_add(&tar, '2', "d/l", "f", NULL, 0);
    tar_add(&tar, '1', "d/h", "d/f", NULL, 0);
    tar_end(&tar);
    for (size_t nth = 1; !done; nth++) {
        faulty_files_fail(&files, nth);
        done = scene_unpack_outside(&tar) == WCOW_OK;
        /* Where a link leads is looked at for its kind only. */
        if (done && files.calls >= nth)
            done = false;
        assert_true(nth < 200);
    }
    faulty_files_fail(&files, 0);
    assert_content("host/d/f", "x");
}

int main(void)
{
#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_set_up, scene_tear_down)
    const struct CMUnitTest tests[] = {
        SCENE(what_was_packed_comes_out_again),
        SCENE(hostile_names_are_refused),
        SCENE(absolute_names_lie_in_the_folder),
        SCENE(nothing_is_written_through_a_link),
        SCENE(links_out_of_the_folder_are_left_out_and_told),
        SCENE(links_of_a_container_lead_where_they_like),
        SCENE(hard_links_stay_in_the_folder),
        SCENE(files_and_folders_do_not_take_each_other_s_place),
        SCENE(what_is_mounted_read_only_stays),
        SCENE(devices_are_left_out_and_told),
        SCENE(of_a_file_that_breaks_off_nothing_stays),
        SCENE(what_is_there_stays_until_the_new_one_is_whole),
        SCENE(no_failing_call_costs_what_is_there),
        SCENE(a_folder_that_is_there_keeps_its_attributes),
        SCENE(no_failing_call_goes_unseen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
