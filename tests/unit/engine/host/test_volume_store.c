/* SPDX-License-Identifier: MIT */
/* Volumes on the disk. */
#include "engine/host/volume_store.h"

#include "tests/unit/engine/fixture.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"

static void make(fixture *f, const char *name, const char *label)
{
    char *labels[] = {(char *)(uintptr_t)label, NULL};
    const volume v = {.name = (char *)(uintptr_t)name,
                      .container = (char *)(uintptr_t) "",
                      .labels = {labels, 1, 1},
                      .created = 1000000000};

    assert_ok(&f->err, volume_make(f->host, &v, &f->err));
}

static void write_into(fixture *f, const char *name, const char *inside, size_t size)
{
    cleanup_free char *data = path_of_volume_data(f->host, name);
    cleanup_free char *path = path_join(data, inside);
    cleanup_free char *bytes = calloc(1, size + 1);

    assert_int_equal(f->files->replace(f->files, path, bytes, size), 0);
}

static void one_that_is_there_stays_as_it_is(void **state)
{
    fixture *f = *state;
    cleanup_volume volume *v = NULL;

    make(f, "data", "a=b");
    write_into(f, "data", "kept", 3);
    make(f, "data", "c=d");
    assert_ok(&f->err, volume_open(f->host, "data", &v, &f->err));
    assert_string_equal(v->labels.items[0], "a=b");
    assert_int_equal(v->created, 1000000000);
    assert_int_equal(volume_size(f->host, "data"), 3);
}

static void what_is_beside_volumes_is_none(void **state)
{
    fixture *f = *state;
    cleanup_strings string_list names = STRING_LIST_INIT;
    cleanup_free char *folder = path_of_volumes(f->host);
    static const char *const others[] = {"-new", "-0123456789abcdef", "Upper", "con", ".x"};

    make(f, "two", "a=");
    make(f, "one", "a=");
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        cleanup_free char *path = path_join(folder, others[i]);

        assert_int_equal(mkdir(path, 0700), 0);
    }
    assert_ok(&f->err, volume_names(f->host, &names, &f->err));
    assert_int_equal(names.count, 2);
    assert_string_equal(names.items[0], "one");
    assert_string_equal(names.items[1], "two");
}

static void one_whose_file_is_gone_or_damaged_is_one_all_the_same(void **state)
{
    fixture *f = *state;
    cleanup_free char *folder = NULL;
    cleanup_free char *path = NULL;

    make(f, "data", "a=b");
    folder = path_of_volume(f->host, "data");
    path = path_join(folder, "volume.json");
    for (int gone = 0; gone < 2; gone++) {
        cleanup_volume volume *v = NULL;

        if (gone)
            assert_int_equal(unlink(path), 0);
        else
            assert_int_equal(f->files->replace(f->files, path, "{\"name\":", 8), 0);
        assert_ok(&f->err, volume_open(f->host, "data", &v, &f->err));
        assert_string_equal(v->name, "data");
        assert_int_equal(v->labels.count, 0);
    }
    assert_int_equal(f->files->replace(f->files, path, "{\"version\":2}", 13), 0);
    {
        cleanup_volume volume *v = NULL;

        assert_int_equal(volume_open(f->host, "data", &v, &f->err), WCOW_UNSUPPORTED);
    }
}

/* A program in a container has put a link to the host's files into its volume. */
static void nothing_outside_is_deleted_with_it(void **state)
{
    fixture *f = *state;
    cleanup_free char *outside = path_join(f->root, "outside");
    cleanup_free char *kept = path_join(outside, "kept");
    cleanup_free char *data = NULL;
    cleanup_free char *link = NULL;

    make(f, "data", "a=");
    data = path_of_volume_data(f->host, "data");
    link = path_join(data, "link");
    assert_int_equal(mkdir(outside, 0700), 0);
    assert_int_equal(f->files->replace(f->files, kept, "x", 1), 0);
    assert_int_equal(symlink(outside, link), 0);
    assert_int_equal(volume_size(f->host, "data"), 0);
    assert_int_equal(volume_check_subpath(f->host, "data", "link", &f->err), WCOW_INVALID);
    assert_int_equal(volume_check_subpath(f->host, "data", "link/kept", &f->err), WCOW_INVALID);
    assert_ok(&f->err, volume_retire(f->host, "data", &f->err));
    assert_false(volume_exists(f->host, "data"));
    assert_ok(&f->err, volume_sweep(f->host, &f->err));
    assert_int_equal(access(kept, F_OK), 0);
    assert_ok(&f->err, store_remove(f->host, f->root, "outside", &f->err));
}

static void a_subpath_is_a_folder_in_it(void **state)
{
    fixture *f = *state;
    cleanup_free char *data = NULL;
    cleanup_free char *inner = NULL;

    make(f, "data", "a=");
    data = path_of_volume_data(f->host, "data");
    inner = path_join(data, "inner");
    assert_int_equal(mkdir(inner, 0700), 0);
    write_into(f, "data", "file", 1);
    assert_ok(&f->err, volume_check_subpath(f->host, "data", "inner", &f->err));
    assert_int_equal(volume_check_subpath(f->host, "data", "file", &f->err), WCOW_INVALID);
    assert_int_equal(volume_check_subpath(f->host, "data", "none", &f->err), WCOW_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(one_that_is_there_stays_as_it_is),
        TEST(what_is_beside_volumes_is_none),
        TEST(one_whose_file_is_gone_or_damaged_is_one_all_the_same),
        TEST(nothing_outside_is_deleted_with_it),
        TEST(a_subpath_is_a_folder_in_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
