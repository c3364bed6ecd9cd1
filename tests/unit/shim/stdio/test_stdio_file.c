/* SPDX-License-Identifier: MIT */
/* Output that goes into a file (`file:`). */
#include "bench.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "port/clock.h"
#include "tests/unit/status.h"

static stdio_bench b;
static char folder[64]; /* of a test's log; empty: it has none */

static int set_up(void **state)
{
    (void)state;
    bench_open(&b);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (*folder)
        bench_remove_folder(folder);
    *folder = '\0';
    bench_close(&b);
    return 0;
}

typedef struct log_place {
    char path[128];
    char uri[160];
} log_place;

static void place_log(log_place *place, const char *below)
{
    snprintf(folder, sizeof(folder), "/tmp/wcow-stdio-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(place->path, sizeof(place->path), "%s/%s", folder, below);
    snprintf(place->uri, sizeof(place->uri), "file://%s", place->path);
    b.names.input = "";
    b.names.output = b.names.error_output = place->uri;
}

static void assert_log_is(const log_place *place, const char *expected)
{
    cleanup_free char *found = NULL;
    size_t size;

    assert_int_equal(b.files->read(b.files, place->path, 4096, &found, &size), HR_OK);
    assert_string_equal(found, expected);
}

static void a_file_takes_both_and_keeps_what_was_there(void **state)
{
    log_place place;

    (void)state;
    place_log(&place, "a/b/out.log");
    for (int i = 0; i < 2; i++) {
        stdio *s = bench_begin(&b);

        bench_print(&b, false, "out ", 4);
        bench_print(&b, true, "err ", 4);
        clock_sleep(30);
        bench_end(&b);
        bench_tear_down(&b, s, PATIENCE);
    }
    {
        cleanup_free char *found = NULL;
        size_t size;

        assert_int_equal(b.files->read(b.files, place.path, 4096, &found, &size), HR_OK);
        assert_int_equal(size, 16);
        assert_non_null(strstr(found, "out "));
        assert_non_null(strstr(found, "err "));
    }
}

static void a_file_that_cannot_be_opened_fails_the_call(void **state)
{
    log_place place;
    stdio *s = NULL;
    wcow_status status;

    (void)state;
    place_log(&place, "");
    snprintf(place.uri, sizeof(place.uri), "file:///proc/nowhere/out.log");
    status = stdio_open(b.files, &b.names, &b.limits, &s, &b.error);
    assert_int_equal(status, b.error.status);
    assert_true(b.error.status != WCOW_OK);
    assert_non_null(strstr(b.error.message, "log '/proc/nowhere/out.log'"));
    assert_null(s);
}

static int32_t (*real_write)(files_port *port, file *f, const void *bytes, size_t size);
static atomic_bool disk_full; /* for one write */

static int32_t write_unless_full(files_port *port, file *f, const void *bytes, size_t size)
{
    return atomic_exchange(&disk_full, false) ? HR_DISK_FULL : real_write(port, f, bytes, size);
}

/* A disk that is full loses a container's words, and does not stop it. */
static void a_full_disk_stops_nobody(void **state)
{
    log_place place;
    stdio *s;

    (void)state;
    place_log(&place, "out.log");
    real_write = b.files->write_all;
    b.files->write_all = write_unless_full;
    s = bench_begin(&b);
    bench_print(&b, false, "first ", 6);
    clock_sleep(100);
    atomic_store(&disk_full, true);
    bench_print(&b, false, "lost ", 5);
    clock_sleep(100);
    bench_print(&b, false, "last", 4);
    bench_end(&b);
    bench_tear_down(&b, s, PATIENCE);
    b.files->write_all = real_write;
    assert_false(disk_full);
    assert_log_is(&place, "first last");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(a_file_takes_both_and_keeps_what_was_there),
        TEST(a_file_that_cannot_be_opened_fails_the_call),
        TEST(a_full_disk_stops_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
