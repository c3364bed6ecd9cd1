/* SPDX-License-Identifier: MIT */
/* Paths of `cp`: Docker's table of what goes where. */
#include "layer/copy/copy_path.h"

#include "tests/unit/status.h"

#include <string.h>

static wcow_error err;

static void paths_are_cleaned_as_text(void **state)
{
    static const struct {
        const char *path, *clean;
    } cases[] = {
        {"C:\\", "C:\\"},
        {"C:/a//b/", "C:\\a\\b"},
        {"C:\\a\\.\\b\\..\\c\\.", "C:\\a\\c"},
        {"C:\\..\\..\\a", "C:\\a"},
        {"c:\\a\\..", "c:\\"},
        {"\\\\server\\share", "\\\\server\\share\\"},
        {"\\\\server\\share\\..\\a", "\\\\server\\share\\a"},
        {"\\\\?\\C:\\a\\..\\..", "\\\\?\\C:\\"},
        {"\\\\?\\Volume{1}\\a\\", "\\\\?\\Volume{1}\\a"},
        {"\\\\?\\UNC\\server\\share\\a", "\\\\?\\UNC\\server\\share\\a"},
        {"/tmp/a/../b/", "\\tmp\\b"},
        {"/..", "\\"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_free char *clean = copy_path_clean(cases[i].path);

        assert_string_equal(clean, cases[i].clean);
    }
}

static void paths_in_a_container_are_on_its_system_drive(void **state)
{
    static const struct {
        const char *given, *whole;
        bool folder, dot;
    } cases[] = {
        {"/a/b", "C:\\a\\b", false, false}, {"a\\b\\", "C:\\a\\b", true, false},
        {"C:\\a\\.", "C:\\a", true, true},  {"c:/a/./", "C:\\a", true, false},
        {"D:\\a", "D:\\a", false, false},   {"/", "C:\\", true, false},
        {".", "C:\\", true, true},          {"..\\..\\a", "C:\\a", false, false},
        {"a.", "C:\\a.", false, false},
    };
    cleanup_copy_path copy_path path = COPY_PATH_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_ok(&err, copy_path_in_container(cases[i].given, &path, &err));
        assert_string_equal(path.whole, cases[i].whole);
        assert_int_equal(path.folder, cases[i].folder);
        assert_int_equal(path.dot, cases[i].dot);
    }
    assert_fails(&err, WCOW_INVALID, "no relative path specified in \"C:\"",
                 copy_path_in_container("C:", &path, &err));
}

/* docs.docker.com, "docker container cp", and docker/cli's and moby's tests of it. */
enum { NONE, A_FILE, A_FOLDER };

static void what_goes_where_is_docker_s_table(void **state)
{
    static const struct {
        int source;       /* what it is */
        const char *name; /* NULL: "source/." */
        const char *to;   /* as the user wrote it */
        int is;           /* what is there */
        const char *folder, *as, *error;
    } cases[] = {
        /* SRC_PATH specifies a file */
        {A_FILE, "f", "C:\\new", NONE, "C:\\", "new", NULL},
        {A_FILE, "f", "C:\\new\\", NONE, NULL, NULL, "no such directory"},
        {A_FILE, "f", "C:\\new\\.", NONE, NULL, NULL, "no such directory"},
        {A_FILE, "f", "C:\\d\\old", A_FILE, "C:\\d", "old", NULL},
        {A_FILE, "f", "C:\\d", A_FOLDER, "C:\\d", "f", NULL},
        {A_FILE, "f", "C:\\d\\", A_FOLDER, "C:\\d", "f", NULL},
        {A_FILE, "f", "C:\\", A_FOLDER, "C:\\", "f", NULL},
        /* SRC_PATH specifies a directory */
        {A_FOLDER, "s", "C:\\new", NONE, "C:\\", "new", NULL},
        {A_FOLDER, "s", "C:\\new\\", NONE, "C:\\", "new", NULL},
        {A_FOLDER, NULL, "C:\\new", NONE, "C:\\", "new", NULL},
        {A_FOLDER, "s", "C:\\new\\.", NONE, "C:\\new", NULL, NULL},
        {A_FOLDER, "s", "C:\\old", A_FILE, NULL, NULL, "cannot copy directory"},
        {A_FOLDER, NULL, "C:\\old", A_FILE, NULL, NULL, "cannot copy directory"},
        {A_FOLDER, "s", "C:\\d", A_FOLDER, "C:\\d", "s", NULL},
        {A_FOLDER, NULL, "C:\\d", A_FOLDER, "C:\\d", NULL, NULL},
        {A_FOLDER, NULL, "C:\\d\\.", A_FOLDER, "C:\\d", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_copy_path copy_path to = COPY_PATH_INIT;
        cleanup_copy_plan copy_plan plan = {NULL, NULL};
        const copy_end source = {NULL, true, cases[i].source == A_FOLDER};
        copy_end destination = {&to, cases[i].is != NONE, cases[i].is == A_FOLDER};

        assert_ok(&err, copy_path_in_container(cases[i].to, &to, &err));
        if (cases[i].error) {
            assert_fails(&err, WCOW_INVALID, cases[i].error,
                         copy_plan_make(&source, cases[i].name, &destination, &plan, &err));
            continue;
        }
        assert_ok(&err, copy_plan_make(&source, cases[i].name, &destination, &plan, &err));
        assert_string_equal(plan.folder, cases[i].folder);
        assert_int_equal(plan.name == NULL, cases[i].as == NULL);
        if (cases[i].as)
            assert_string_equal(plan.name, cases[i].as);
    }
}

static void a_path_is_in_a_folder_whatever_the_case(void **state)
{
    (void)state;
    assert_true(copy_path_is_in("C:\\Data\\x", "c:\\data"));
    assert_true(copy_path_is_in("C:\\data", "C:\\DATA"));
    assert_true(copy_path_is_in("C:\\x", "C:\\"));
    assert_false(copy_path_is_in("C:\\database", "C:\\data"));
    assert_false(copy_path_is_in("D:\\x", "C:\\"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_cleaned_as_text),
        cmocka_unit_test(paths_in_a_container_are_on_its_system_drive),
        cmocka_unit_test(what_goes_where_is_docker_s_table),
        cmocka_unit_test(a_path_is_in_a_folder_whatever_the_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
