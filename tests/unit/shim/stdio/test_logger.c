/* SPDX-License-Identifier: MIT */
/* Programs that get a process's output: real ones (tests/shim/logger.c). */
#include "bench.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "port/clock.h"
#include "shim/stdio/logger.h"
#include "tests/unit/status.h"

#define PIPES "\\\\.\\pipe\\ProtectedPrefix\\Administrators\\binary-default-"

static stdio_bench b;
static char folder[64];
static char report[96];
static char uri[512];

/* The logger is to behave in this way. */
static void name_logger(const char *mode)
{
    snprintf(uri, sizeof(uri), "binary://%s?%s=%s&id=a+b&n=1", LOGGER, report, mode);
    b.names.input = "";
    b.names.output = b.names.error_output = uri;
}

static int set_up(void **state)
{
    (void)state;
    bench_open(&b);
    snprintf(folder, sizeof(folder), "/tmp/wcow-logger-XXXXXX");
    snprintf(report, sizeof(report), "%s/report", mkdtemp(folder));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bench_close(&b);
    unlink(report);
    rmdir(folder);
    return 0;
}

static void assert_told(const char *expected)
{
    cleanup_free char *told = NULL;
    size_t size;

    assert_int_equal(b.files->read(b.files, report, 65536, &told, &size), HR_OK);
    if (!strstr(told, expected))
        fail_msg("'%s' is not in:\n%s", expected, told);
}

/* The same, with the container's id in it. */
static void assert_told_of(const char *name, const char *before, const char *after)
{
    char line[256];

    snprintf(line, sizeof(line), "%s%s%s%s", name, before, b.container, after);
    assert_told(line);
}

static void it_is_started_and_hears_both_until_the_end(void **state)
{
    stdio *s;

    (void)state;
    name_logger("");
    s = bench_begin(&b);
    assert_true(stdio_has_output(s) && stdio_has_error_output(s));
    bench_print(&b, false, "logged", 6);
    bench_print(&b, true, "and failed", 10);
    bench_end(&b);
    bench_tear_down(&b, s, PATIENCE);
    assert_told("stdout 6 bytes: logged\n");
    assert_told("stderr 10 bytes: and failed\n");
    assert_told("argument a b\nargument n\nargument 1\n");
    assert_told("CONTAINER_NAMESPACE=default\n");
    assert_told_of("CONTAINER_ID=", "", "\n");
    assert_told_of("CONTAINER_STDOUT=", PIPES, "-stdout\n");
    assert_told_of("CONTAINER_STDERR=", PIPES, "-stderr\n");
    assert_told_of("CONTAINER_WAIT=", PIPES, "-wait\n");
}

/* hcsshim names an exec's pipes after its container, so that the second of two fails. */
static void added_processes_have_loggers_of_their_own(void **state)
{
    stdio *first = NULL;
    stdio *second = NULL;

    (void)state;
    name_logger("");
    assert_ok(&b.error, stdio_open(b.files, &b.names, &b.limits, &first, &b.error));
    b.names.exec = "e1";
    assert_ok(&b.error, stdio_open(b.files, &b.names, &b.limits, &second, &b.error));
    stdio_free(first);
    stdio_free(second);
    assert_told_of("CONTAINER_ID=", "", "\n");
    assert_told_of("CONTAINER_WAIT=", PIPES, "-e1-wait\n");
}

static void a_terminal_has_a_logger_too(void **state)
{
    stdio *s;

    (void)state;
    name_logger("");
    b.names.error_output = "";
    b.names.terminal = true;
    s = bench_begin(&b);
    assert_false(stdio_has_error_output(s));
    bench_print(&b, false, "shown", 5);
    bench_end(&b);
    bench_tear_down(&b, s, PATIENCE);
    assert_told("stdout 5 bytes: shown\n");
    assert_told("stderr 0 bytes: \n");
}

static void one_that_is_ready_before_it_listens_hears_all(void **state)
{
    stdio *s;

    (void)state;
    name_logger("late");
    s = bench_begin(&b);
    bench_print(&b, false, "early", 5);
    clock_sleep(20);
    bench_end(&b);
    bench_tear_down(&b, s, PATIENCE);
    assert_told("stdout 5 bytes: early\n");
}

static void assert_no_start(wcow_status expected, const char *why)
{
    char message[256];
    stdio *s = NULL;

    snprintf(message, sizeof(message), "logger '%s': %s", LOGGER, why);
    assert_fails(&b.error, expected, message,
                 stdio_open(b.files, &b.names, &b.limits, &s, &b.error));
    assert_null(s);
}

static void one_that_ends_at_once_fails_the_call(void **state)
{
    const uint64_t before = clock_ticks();

    (void)state;
    name_logger("die");
    assert_no_start(WCOW_FAILED, "it ended (exit code 3) before it was ready");
    assert_in_range(clock_ticks() - before, 0, 9000);
}

static void one_that_is_never_ready_is_killed(void **state)
{
    (void)state;
    b.limits.logger_start = 300;
    name_logger("never");
    assert_no_start(WCOW_TIMEOUT, "it did not open and close CONTAINER_WAIT in time");
    name_logger("hold");
    assert_no_start(WCOW_TIMEOUT, "it did not close CONTAINER_WAIT in time");
    /* Their names are free again. */
    b.limits.logger_start = PATIENCE;
    b.error = (wcow_error)WCOW_ERROR_INIT;
    name_logger("");
    bench_tear_down(&b, bench_begin(&b), 0);
}

static void one_that_is_not_there_fails_the_call(void **state)
{
    stdio *s = NULL;
    wcow_status status;

    (void)state;
    b.names.input = "";
    b.names.output = "binary:///nowhere/logger";
    status = stdio_open(b.files, &b.names, &b.limits, &s, &b.error);
    assert_int_equal(status, b.error.status);
    assert_int_equal(b.error.hresult, HR_FILE_NOT_FOUND);
    assert_non_null(strstr(b.error.message, "logger '/nowhere/logger': start it: "));
    assert_null(s);
}

static void one_that_does_not_end_is_killed(void **state)
{
    const uint64_t before = clock_ticks();
    stdio *s;

    (void)state;
    b.limits.logger_end = 200;
    name_logger("stay");
    s = bench_begin(&b);
    bench_print(&b, false, "x", 1);
    bench_end(&b);
    bench_tear_down(&b, s, PATIENCE);
    assert_in_range(clock_ticks() - before, 190, PATIENCE);
    assert_told("stdout 1 bytes: x\n");
}

/* Whoever tears down has only so long in all. */
static void one_that_ends_slowly_has_what_is_left_of_the_last_words(void **state)
{
    const uint64_t before = clock_ticks();
    stdio *s;

    (void)state;
    b.limits.logger_end = PATIENCE;
    name_logger("stay");
    s = bench_begin(&b);
    bench_end(&b);
    bench_tear_down(&b, s, 500);
    assert_in_range(clock_ticks() - before, 400, PATIENCE / 2);
}

/* Descendants had the process's pipes open for as long as that: it has heard of the end just now.
 */
static void one_that_is_well_has_a_moment_to_end_after_the_last_words(void **state)
{
    const uint64_t before = clock_ticks();
    stdio *s;

    (void)state;
    name_logger("slow");
    s = bench_begin(&b);
    bench_print(&b, false, "at last", 7);
    stdio_last_words(s, 500);
    clock_sleep(600);
    bench_end(&b);
    bench_tear_down(&b, s, 0);
    assert_told("stdout 7 bytes: at last\n");
    assert_in_range(clock_ticks() - before, 1200, PATIENCE / 2);
}

/* Its process is not kept waiting. */
static void one_that_goes_away_stops_nobody(void **state)
{
    cleanup_free char *bytes = calloc(1, 300 << 10);
    stdio *s;

    (void)state;
    name_logger("quit");
    s = bench_begin(&b);
    bench_print(&b, false, bytes, 300 << 10);
    bench_end(&b);
    bench_tear_down(&b, s, PATIENCE);
}

/* Somebody means ill, or was forgotten: nothing is started that he would hear. */
static void a_name_that_is_taken_fails_the_call(void **state)
{
    cleanup_pipe_server pipe_server *taken = NULL;
    stdio *s = NULL;
    char address[128];
    wcow_status status;

    (void)state;
    snprintf(address, sizeof(address), "%s%s-wait", PIPES, b.container);
    assert_int_equal(pipe_listen_address(address, &taken), HR_OK);
    name_logger("");
    status = stdio_open(b.files, &b.names, &b.limits, &s, &b.error);
    assert_int_equal(status, WCOW_DENIED);
    assert_non_null(strstr(b.error.message, address));
    assert_null(s);
    assert_int_equal(access(report, F_OK), -1);
}

static void its_process_can_be_told(void **state)
{
    stdio *s;

    (void)state;
    name_logger("");
    s = bench_begin(&b);
    assert_int_equal(kill((pid_t)stdio_logger_id(s), 0), 0);
    bench_end(&b);
    bench_tear_down(&b, s, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(it_is_started_and_hears_both_until_the_end),
        TEST(added_processes_have_loggers_of_their_own),
        TEST(a_terminal_has_a_logger_too),
        TEST(one_that_is_ready_before_it_listens_hears_all),
        TEST(one_that_ends_at_once_fails_the_call),
        TEST(one_that_is_never_ready_is_killed),
        TEST(one_that_is_not_there_fails_the_call),
        TEST(one_that_does_not_end_is_killed),
        TEST(one_that_ends_slowly_has_what_is_left_of_the_last_words),
        TEST(one_that_is_well_has_a_moment_to_end_after_the_last_words),
        TEST(one_that_goes_away_stops_nobody),
        TEST(a_name_that_is_taken_fails_the_call),
        TEST(its_process_can_be_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
