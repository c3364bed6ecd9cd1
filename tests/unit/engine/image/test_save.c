/* SPDX-License-Identifier: MIT */
/* Images that become files. */
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>

static void save_replaces_a_file_only_when_all_is_written(void **state)
{
    static const char *const images[] = {IMAGE, "nope"};
    fixture *f = *state;
    char *path = fixture_write(f, "saved.tar", "before", 6);
    cleanup_free char *read = NULL;
    size_t size = 0;

    assert_int_equal(wcow_image_save(f->host, images, 2, path, &f->err), WCOW_NOT_FOUND);
    assert_int_equal(f->files->read(f->files, path, 100, &read, &size), 0);
    assert_string_equal(read, "before");
    assert_ok(&f->err, wcow_image_save(f->host, images, 1, path, &f->err));
    free(read);
    read = NULL;
    assert_int_equal(f->files->read(f->files, path, 1 << 26, &read, &size), 0);
    assert_true(size > 10000);
    free(path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(save_replaces_a_file_only_when_all_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
