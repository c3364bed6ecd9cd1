/* SPDX-License-Identifier: MIT */
/* Small files that callers name. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <wcow/wcow.h>

#include "base/path.h"

struct folder {
    char name[64];
    char *path; /* of a file in it that is not there yet */
};

static int setup(void **state)
{
    struct folder *folder = calloc(1, sizeof(*folder));

    snprintf(folder->name, sizeof(folder->name), "/tmp/wcow-file-XXXXXX");
    if (!mkdtemp(folder->name))
        return -1;
    folder->path = path_join(folder->name, "f\xc3\xbc");
    *state = folder;
    return 0;
}

static int teardown(void **state)
{
    struct folder *folder = *state;

    remove(folder->path);
    free(folder->path);
    remove(folder->name);
    free(folder);
    return 0;
}

static void what_was_written_is_read(void **state)
{
    struct folder *folder = *state;
    char *bytes = NULL;
    size_t size = 0;

    assert_false(wcow_file_exists(folder->path));
    assert_int_equal(wcow_file_create(folder->path, "a\0b", 3, NULL), WCOW_OK);
    assert_true(wcow_file_exists(folder->path));
    assert_int_equal(wcow_file_read(folder->path, 3, &bytes, &size, NULL), WCOW_OK);
    assert_int_equal(size, 3);
    assert_memory_equal(bytes, "a\0b", 4);
    wcow_free(bytes);
}

static void a_file_that_is_there_is_not_overwritten(void **state)
{
    struct folder *folder = *state;
    wcow_error err = WCOW_ERROR_INIT;
    char *bytes = NULL;
    size_t size = 0;

    assert_int_equal(wcow_file_create(folder->path, "old", 3, &err), WCOW_OK);
    assert_int_equal(wcow_file_create(folder->path, "new", 3, &err), WCOW_ALREADY_EXISTS);
    assert_int_equal(wcow_file_read(folder->path, 10, &bytes, &size, &err), WCOW_OK);
    assert_string_equal(bytes, "old");
    wcow_free(bytes);
}

static void it_is_tried_whether_a_file_can_be_made(void **state)
{
    struct folder *folder = *state;
    wcow_error err = WCOW_ERROR_INIT;
    char *bytes = NULL;
    size_t size = 0;

    assert_int_equal(wcow_file_try("/nosuch/folder/file", &err), WCOW_NOT_FOUND);
    assert_int_equal(wcow_file_try(folder->path, &err), WCOW_OK);
    assert_false(wcow_file_exists(folder->path));
    assert_int_equal(wcow_file_create(folder->path, "old", 3, &err), WCOW_OK);
    assert_int_equal(wcow_file_try(folder->path, &err), WCOW_ALREADY_EXISTS);
    assert_int_equal(wcow_file_read(folder->path, 10, &bytes, &size, &err), WCOW_OK);
    assert_string_equal(bytes, "old");
    wcow_free(bytes);
}

static void what_is_too_long_is_refused(void **state)
{
    struct folder *folder = *state;
    wcow_error err = WCOW_ERROR_INIT;
    char *bytes = NULL;
    size_t size = 0;

    assert_int_equal(wcow_file_create(folder->path, "12345", 5, &err), WCOW_OK);
    assert_int_equal(wcow_file_read(folder->path, 4, &bytes, &size, &err), WCOW_INVALID);
    assert_string_equal(err.message, "the file is larger than 4 bytes");
    assert_null(bytes);
}

static void what_is_not_there_is_not_found(void **state)
{
    struct folder *folder = *state;
    wcow_error err = WCOW_ERROR_INIT;
    char *bytes = NULL;
    size_t size = 0;

    assert_int_equal(wcow_file_read(folder->path, 4, &bytes, &size, &err), WCOW_NOT_FOUND);
    assert_int_equal(wcow_file_create("/nosuch/folder/file", "", 0, &err), WCOW_NOT_FOUND);
    assert_null(bytes);
}

static void a_folder_is_called_one(void **state)
{
    wcow_error err = WCOW_ERROR_INIT;
    char *bytes = NULL;
    size_t size = 0;

    (void)state;
    assert_int_equal(wcow_file_read("/tmp", 4, &bytes, &size, &err), WCOW_INVALID);
    assert_string_equal(err.message, "it is a folder, not a file");
    assert_string_equal(err.hint, "");
    assert_int_equal(wcow_file_create("/tmp", "", 0, &err), WCOW_ALREADY_EXISTS);
    assert_string_equal(err.message, "it is a folder, not a file");
    assert_null(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_written_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_is_there_is_not_overwritten, setup, teardown),
        cmocka_unit_test_setup_teardown(it_is_tried_whether_a_file_can_be_made, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_too_long_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_there_is_not_found, setup, teardown),
        cmocka_unit_test(a_folder_is_called_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
