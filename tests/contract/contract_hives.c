/* SPDX-License-Identifier: MIT */
/*
 * What port/hives.h promises. On a Windows before Server 2022 the library cannot merge: then the
 * port says so.
 */
#include "contract.h"

#include <stdio.h>

#include "base/text.h"
#include "port/files.h"
#include "port/hives.h"
#include "port/machine.h"

#define HR_BAD_DATABASE      HR_FROM_WIN32(1009)
#define HR_NOT_REGISTRY_FILE HR_FROM_WIN32(1017)
#define FIRST_THAT_MERGES    19041

static hives_port *hives;
static files_port *files;
static machine_version version;
static char folder[512];

static char *in_folder(const char *name)
{
    char *path = text_format("%s%c%s", folder, native_separator(), name);

    assert_non_null(path);
    return path;
}

static void save_empty(const char *path)
{
    offline_hive *hive = NULL;

    assert_done(hives->create(hives, &hive));
    assert_done(hives->save(hives, hive, path, version.major, version.minor));
    assert_done(hives->close(hives, hive));
}

static char *contents(const char *path, size_t *size)
{
    char *bytes = NULL;

    assert_done(files->read(files, path, (size_t)1 << 20, &bytes, size));
    return bytes;
}

static void a_new_hive_is_saved_as_a_registry_file(void **state)
{
    cleanup_free char *path = in_folder("new");
    cleanup_free char *bytes = NULL;
    size_t size = 0;

    (void)state;
    save_empty(path);
    bytes = contents(path, &size);
    assert_true(size >= 8192);
    assert_memory_equal(bytes, "regf", 4);
    assert_memory_equal(bytes + 4096, "hbin", 4);
}

static void no_file_is_overwritten(void **state)
{
    cleanup_free char *path = in_folder("there");
    offline_hive *hive = NULL;

    (void)state;
    assert_done(files->replace(files, path, "mine", 4));
    assert_done(hives->create(hives, &hive));
    assert_hr(HR_ALREADY_EXISTS, hives->save(hives, hive, path, version.major, version.minor));
    assert_done(hives->close(hives, hive));
    {
        size_t size = 0;
        cleanup_free char *bytes = contents(path, &size);

        assert_string_equal(bytes, "mine");
    }
}

static void a_saved_hive_can_be_opened_and_saved_again(void **state)
{
    cleanup_free char *first = in_folder("first");
    cleanup_free char *second = in_folder("second");
    offline_hive *hive = NULL;

    (void)state;
    save_empty(first);
    assert_done(hives->open(hives, first, &hive));
    assert_done(hives->save(hives, hive, second, version.major, version.minor));
    assert_done(hives->close(hives, hive));
    hive = NULL;
    assert_done(hives->open(hives, second, &hive));
    assert_done(hives->close(hives, hive));
}

static void what_is_no_hive_is_not_opened(void **state)
{
    cleanup_free char *path = in_folder("other");
    offline_hive *hive = NULL;

    (void)state;
    assert_hr(HR_FILE_NOT_FOUND, hives->open(hives, path, &hive));
    assert_done(files->replace(files, path, "", 0));
    assert_hr(HR_BAD_DATABASE, hives->open(hives, path, &hive));
    assert_done(files->replace(files, path, "regf", 4));
    assert_hr(HR_NOT_REGISTRY_FILE, hives->open(hives, path, &hive));
    {
        cleanup_free char *whole = in_folder("whole");
        size_t size = 0;
        cleanup_free char *bytes = NULL;

        save_empty(whole);
        bytes = contents(whole, &size);
        bytes[30] ^= 1; /* its checksum does not fit any more */
        assert_done(files->replace(files, path, bytes, size));
        assert_hr(HR_NOT_REGISTRY_FILE, hives->open(hives, path, &hive));
    }
    assert_null(hive);
}

static void hives_are_merged_where_the_library_can(void **state)
{
    cleanup_free char *path = in_folder("merged");
    offline_hive *both[2] = {NULL, NULL};
    offline_hive *merged = NULL;
    int32_t hr;

    (void)state;
    assert_done(hives->create(hives, &both[0]));
    assert_done(hives->create(hives, &both[1]));
    hr = hives->merge(hives, both, 2, &merged);
    if (native_is_windows() && version.build < FIRST_THAT_MERGES) {
        assert_hr(HR_PROC_NOT_FOUND, hr);
        assert_null(merged);
    } else {
        assert_done(hr);
        /* It needs them no more. */
        assert_done(hives->close(hives, both[0]));
        assert_done(hives->close(hives, both[1]));
        assert_done(hives->save(hives, merged, path, version.major, version.minor));
        assert_done(hives->close(hives, merged));
        merged = NULL;
        assert_done(hives->open(hives, path, &merged));
        assert_done(hives->close(hives, merged));
        return;
    }
    assert_done(hives->close(hives, both[0]));
    assert_done(hives->close(hives, both[1]));
}

static int set_up(void **state)
{
    (void)state;
    machine_version_get(&version);
    native_temporary(folder, sizeof(folder));
    return HR_FAILED(hives_port_open(&hives)) || HR_FAILED(files_port_open(&files));
}

static int tear_down(void **state)
{
    cleanup_strings string_list names = STRING_LIST_INIT;

    (void)state;
    (void)files->list(files, folder, &names);
    for (size_t i = 0; i < names.count; i++) {
        cleanup_free char *path = in_folder(names.items[i]);

        (void)files->remove_file(files, path);
    }
    (void)files->remove_directory(files, folder);
    hives->free(hives);
    files->free(files);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_hive_is_saved_as_a_registry_file),
        cmocka_unit_test(no_file_is_overwritten),
        cmocka_unit_test(a_saved_hive_can_be_opened_and_saved_again),
        cmocka_unit_test(what_is_no_hive_is_not_opened),
        cmocka_unit_test(hives_are_merged_where_the_library_can),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
