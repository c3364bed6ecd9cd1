/* SPDX-License-Identifier: MIT */
/* Names into a hosts file that the image, or who ran in the container, has left. */
#include "runtime/hosts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/strings.h"
#include "base/text.h"
#include "tests/unit/status.h"
#include "tests/unit/support/faulty_files.h"

static const host_name names[] = {{"peer", "10.1.2.3"}};

typedef struct drive {
    files_port *files;
    char root[64];
    char *etc;   /* of the container */
    char *hosts; /* in it */
    char *other; /* a file of the host */
} drive;

static wcow_error err;

static char *read_file(drive *d, const char *path)
{
    char *bytes = NULL;
    size_t size = 0;

    assert_int_equal(d->files->read(d->files, path, 4096, &bytes, &size), HR_OK);
    return bytes;
}

static void make(const char *root, const char *path)
{
    cleanup_free char *folder = text_format("%s/%s", root, path);

    assert_int_equal(mkdir(folder, 0700), 0);
}

static int set_up(void **state)
{
    drive *d = calloc(1, sizeof *d);

    strcpy(d->root, "/tmp/wcow-hosts-XXXXXX");
    assert_non_null(mkdtemp(d->root));
    make(d->root, "Windows");
    make(d->root, "Windows/System32");
    make(d->root, "Windows/System32/drivers");
    d->etc = text_format("%s/Windows/System32/drivers/etc", d->root);
    d->hosts = text_format("%s/hosts", d->etc);
    d->other = text_format("%s/other", d->root);
    assert_int_equal(files_port_open(&d->files), HR_OK);
    assert_int_equal(d->files->replace(d->files, d->other, "the host's", 10), HR_OK);
    *state = d;
    return 0;
}

static int tear_down(void **state)
{
    drive *d = *state;
    cleanup_free char *command = text_format("rm -rf '%s'", d->root);

    assert_int_equal(system(command), 0);
    d->files->free(d->files);
    free(d->etc);
    free(d->hosts);
    free(d->other);
    free(d);
    return 0;
}

static wcow_status put(drive *d)
{
    err = (wcow_error)WCOW_ERROR_INIT;
    return hosts_write(d->files, d->root, names, 1, NULL, &err);
}

static void names_are_added_to_what_the_image_has(void **state)
{
    drive *d = *state;
    cleanup_free char *made = NULL;

    assert_int_equal(mkdir(d->etc, 0700), 0);
    assert_int_equal(d->files->replace(d->files, d->hosts, "1.1.1.1 one\r\n", 13), HR_OK);
    assert_ok(&err, put(d));
    made = read_file(d, d->hosts);
    assert_non_null(strstr(made, "1.1.1.1 one"));
    assert_non_null(strstr(made, "10.1.2.3"));
}

static void untouched(drive *d)
{
    cleanup_free char *other = read_file(d, d->other);

    assert_int_equal(put(d), WCOW_CORRUPT);
    assert_non_null(strstr(err.message, "a file of the host"));
    assert_string_equal(other, "the host's");
}

static void a_link_in_its_place_leads_nowhere(void **state)
{
    drive *d = *state;

    assert_int_equal(mkdir(d->etc, 0700), 0);
    assert_int_equal(symlink(d->other, d->hosts), 0);
    untouched(d);
}

static void nor_does_one_on_the_way(void **state)
{
    drive *d = *state;

    make(d->root, "elsewhere");
    assert_int_equal(symlink("../../../elsewhere", d->etc), 0);
    assert_int_equal(d->files->replace(d->files, d->hosts, "theirs", 6), HR_OK);
    untouched(d);
}

/* Whatever fails, the old file is there, or the new one, and nothing beside it. */
static void a_failure_leaves_the_old_file_or_the_new(void **state)
{
    drive *d = *state;
    faulty_files faulty;
    size_t failures = 0;

    assert_int_equal(mkdir(d->etc, 0700), 0);
    faulty_files_init(&faulty, d->files);
    for (size_t nth = 1;; nth++) {
        cleanup_strings string_list left = STRING_LIST_INIT;
        cleanup_free char *made = NULL;
        wcow_status status;

        assert_int_equal(d->files->replace(d->files, d->hosts, "1.1.1.1 one\r\n", 13), HR_OK);
        faulty_files_fail(&faulty, nth);
        err = (wcow_error)WCOW_ERROR_INIT;
        status = hosts_write(&faulty.port, d->root, names, 1, NULL, &err);
        made = read_file(d, d->hosts);
        assert_int_equal(strstr(made, "10.1.2.3") != NULL, status == WCOW_OK);
        assert_non_null(strstr(made, "1.1.1.1 one"));
        assert_int_equal(d->files->list(d->files, d->etc, &left), HR_OK);
        assert_int_equal(left.count, 1);
        assert_int_equal(faulty.open, 0);
        failures += status != WCOW_OK;
        if (!faulty.failed)
            break;
        faulty.failed = 0;
    }
    assert_true(failures > 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names_are_added_to_what_the_image_has),
        TEST(a_link_in_its_place_leads_nowhere),
        TEST(nor_does_one_on_the_way),
        TEST(a_failure_leaves_the_old_file_or_the_new),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
