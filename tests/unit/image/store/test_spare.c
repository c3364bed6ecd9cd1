/* SPDX-License-Identifier: MIT */
/* Room that is kept for a full disk. */
#include "image/store/spare.h"

#include "tests/unit/image/store_fixture.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

static int32_t (*real_replace)(files_port *port, const char *path, const void *bytes, size_t size);
static bool full;

static int32_t replace(files_port *port, const char *path, const void *bytes, size_t size)
{
    return full ? HR_DISK_FULL : real_replace(port, path, bytes, size);
}

static int begin(void **state)
{
    const int failed = start(state);

    real_replace = files.port.replace;
    files.port.replace = replace;
    full = false;
    return failed;
}

static uint64_t size_of(const char *path)
{
    file_info info;

    return HR_SUCCEEDED(platform->info(platform, path, &info)) ? info.size : 0;
}

static void assert_says(const char *path, const char *expected)
{
    cleanup_free char *bytes = NULL;
    size_t size;

    assert_int_equal(platform->read(platform, path, 1 << 20, &bytes, &size), HR_OK);
    assert_string_equal(bytes, expected);
}

static void what_is_missing_is_added_and_what_is_there_stays(void **state)
{
    cleanup_free char *path = text_format("%s/spare", root);
    cleanup_free char *bytes = NULL;
    size_t size;

    (void)state;
    assert_int_equal(platform->replace(platform, path, "as a crash left it", 18), HR_OK);
    spare_keep(&files.port, path, 8192);
    assert_int_equal(size_of(path), 8192);
    spare_keep(&files.port, path, 4096);
    assert_int_equal(size_of(path), 8192);
    assert_int_equal(platform->read(platform, path, 1 << 20, &bytes, &size), HR_OK);
    assert_memory_equal(bytes, "as a crash left it", 18);
}

/* Each call in turn: no less is there than was. */
static void one_that_cannot_grow_is_none_the_less_one(void **state)
{
    cleanup_free char *path = text_format("%s/spare", root);

    (void)state;
    for (size_t nth = 1;; nth++) {
        assert_int_equal(platform->replace(platform, path, "short", 5), HR_OK);
        faulty_files_fail(&files, nth);
        spare_keep(&files.port, path, 8192);
        assert_true(size_of(path) >= 5);
        assert_int_equal(files.open, 0);
        if (!files.failed)
            break;
    }
    faulty_files_fail(&files, 0);
    assert_int_equal(size_of(path), 8192);
}

static void a_full_disk_takes_the_room_that_was_kept(void **state)
{
    cleanup_free char *path = text_format("%s/file", root);
    cleanup_free char *spare = text_format("%s/spare", root);

    (void)state;
    spare_keep(&files.port, spare, 64);
    assert_int_equal(spare_replace(&files.port, path, spare, "one"), HR_OK);
    assert_int_equal(size_of(spare), 64);
    full = true;
    assert_int_equal(spare_replace(&files.port, path, NULL, "two"), HR_DISK_FULL);
    assert_says(path, "one");
    assert_int_equal(spare_replace(&files.port, path, spare, "two"), HR_OK);
    assert_says(path, "two");
    assert_int_equal(size_of(spare), 0);
    assert_int_equal(spare_replace(&files.port, path, spare, "three"), HR_DISK_FULL);
    assert_says(path, "two");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_missing_is_added_and_what_is_there_stays, begin,
                                        stop),
        cmocka_unit_test_setup_teardown(one_that_cannot_grow_is_none_the_less_one, begin, stop),
        cmocka_unit_test_setup_teardown(a_full_disk_takes_the_room_that_was_kept, begin, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
