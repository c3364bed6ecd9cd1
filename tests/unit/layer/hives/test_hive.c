/* SPDX-License-Identifier: MIT */
/* Empty hives: made through a file that is gone afterwards, whatever fails. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "layer/hives/hive.h"
#include "tests/unit/support/faulty_files.h"
#include "tests/unit/support/faulty_hives.h"

#include "tests/unit/layer/import_fixture.h"

static const machine_version version = {10, 0, 20348, 0, true};
static faulty_hives hives;
static layer_store with_hives;

static int set_up(void **state)
{
    int done = start(state);

    faulty_hives_init(&hives);
    with_hives = (layer_store){.files = &files.port, .root = root};
    return done;
}

static int tear_down(void **state)
{
    faulty_hives_clear(&hives);
    return stop(state);
}

static void expect_no_leftover(void)
{
    cleanup_strings string_list leftovers = STRING_LIST_INIT;

    assert_ok(&err, layer_list_leftovers(&with_hives, &leftovers, &err));
    assert_int_equal(leftovers.count, 0);
    assert_int_equal(hives.open, 0);
    assert_int_equal(files.open, 0);
}

static void an_empty_hive_is_a_whole_file_s_bytes(void **state)
{
    cleanup_text text hive = TEXT_INIT;

    (void)state;
    assert_ok(&err, hive_make_empty(&with_hives, &hives.port, &version, &hive, &err));
    assert_int_equal(hive.length, 8192);
    assert_memory_equal(hive.data, "regf", 4);
    assert_memory_equal(hive.data + 4096, "hbin", 4);
    assert_int_equal(hives.major, 10);
    assert_int_equal(hives.minor, 0);
    expect_no_leftover();
}

static void any_failing_call_of_the_library_is_told_and_leaves_nothing(void **state)
{
    static const char *const calls[] = {"ORCreateHive", "ORSaveHive", "ORCloseHive"};

    (void)state;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        cleanup_text text hive = TEXT_INIT;

        faulty_hives_fail(&hives, i + 1);
        assert_true(hive_make_empty(&with_hives, &hives.port, &version, &hive, &err) != WCOW_OK);
        assert_int_equal(hives.failed, 1);
        assert_non_null(strstr(err.message, calls[i]));
        faulty_hives_fail(&hives, 0);
        expect_no_leftover();
    }
}

static void any_failing_access_to_files_is_told_and_leaves_no_hive_open(void **state)
{
    size_t nth = 1;

    (void)state;
    for (;; nth++) {
        cleanup_text text hive = TEXT_INIT;
        wcow_status status;
        size_t failed;

        faulty_files_fail(&files, nth);
        status = hive_make_empty(&with_hives, &hives.port, &version, &hive, &err);
        failed = files.failed;
        faulty_files_fail(&files, 0);
        assert_int_equal(hives.open, 0);
        assert_int_equal(files.open, 0);
        assert_true(failed || !status);
        if (!failed)
            break;
    }
    assert_true(nth > 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_hive_is_a_whole_file_s_bytes),
        TEST(any_failing_call_of_the_library_is_told_and_leaves_nothing),
        TEST(any_failing_access_to_files_is_told_and_leaves_no_hive_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
