/* SPDX-License-Identifier: MIT */
/* What one process reads from and writes to, between its pipes and its client's. */
#include "bench.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/text.h"
#include "port/clock.h"
#include "tests/unit/status.h"
#include "tests/unit/support/own_resources.h"

#define BIG ((size_t)270 << 10) /* as in the recorded scene; more than any pipe holds */

static stdio_bench b;

static int set_up(void **state)
{
    (void)state;
    bench_open(&b);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bench_close(&b);
    return 0;
}

static char *big(void)
{
    char *bytes = malloc(BIG);

    assert_non_null(bytes);
    for (size_t i = 0; i < BIG; i++)
        bytes[i] = (char)('a' + i % 23);
    return bytes;
}

static void assert_heard(far_end *e, const char *expected)
{
    size_t size;

    assert_true(far_end_ended(e, PATIENCE));
    assert_string_equal(far_end_bytes(e, &size), expected);
}

/* ---- whom it is connected to ---- */

static void a_process_without_names_has_no_streams(void **state)
{
    stdio *s;

    (void)state;
    b.names.input = "";
    b.names.output = NULL;
    b.names.error_output = "";
    s = bench_begin(&b);
    assert_false(stdio_has_input(s));
    assert_false(stdio_has_output(s));
    assert_false(stdio_has_error_output(s));
    bench_tear_down(&b, s, 0);
    assert_int_equal(bench_inputs_closed(), 0);
}

static void what_nobody_listens_on_fails_within_the_limit(void **state)
{
    static const char *const whats[] = {"input", "output", "error"};
    const uint64_t before = clock_ticks();
    stdio *s = NULL;

    (void)state;
    b.limits.dial = 60;
    for (size_t missing = 0; missing < 3; missing++) {
        char expected[256];

        for (size_t i = 0; i < missing; i++)
            b.client[i] = far_end_new(b.addresses[i], FAR_STALLED);
        snprintf(expected, sizeof(expected), "nobody listens at the pipe of the standard %s '%s'",
                 whats[missing], b.addresses[missing]);
        assert_fails(&b.error, WCOW_FAILED, expected,
                     stdio_open(b.files, &b.names, &b.limits, &s, &b.error));
        for (size_t i = 0; i < missing; i++)
            far_end_free(TAKE(b.client[i]));
    }
    assert_null(s);
    assert_in_range(clock_ticks() - before, 170, PATIENCE);
}

static void a_name_that_leads_elsewhere_is_refused(void **state)
{
    stdio *s = NULL;

    (void)state;
    b.names.input = "";
    b.names.output = "\\\\server\\pipe\\a";
    assert_fails(&b.error, WCOW_INVALID,
                 "the standard output '\\\\server\\pipe\\a' is no pipe of this computer",
                 stdio_open(b.files, &b.names, &b.limits, &s, &b.error));
    b.names.output = "ttrpc+unix:///a?streaming_id=1";
    assert_fails(&b.error, WCOW_INVALID,
                 "the standard output 'ttrpc+unix:///a?streaming_id=1' is no pipe of this computer",
                 stdio_open(b.files, &b.names, &b.limits, &s, &b.error));
    b.names.output = "binary://server/a.exe";
    assert_fails(&b.error, WCOW_INVALID,
                 "log 'binary://server/a.exe': it names a host: three slashes begin a path of this "
                 "one",
                 stdio_open(b.files, &b.names, &b.limits, &s, &b.error));
    assert_null(s);
}

static void a_terminal_has_no_errors_of_its_own(void **state)
{
    stdio *s = NULL;

    (void)state;
    b.names.terminal = true;
    assert_fails(&b.error, WCOW_CONFLICT, "a terminal has no standard error of its own",
                 stdio_open(b.files, &b.names, &b.limits, &s, &b.error));
    bench_listen(&b);
    b.names.error_output = "";
    b.error = (wcow_error)WCOW_ERROR_INIT;
    s = bench_begin(&b);
    assert_false(stdio_has_error_output(s));
    bench_print(&b, false, "hi-tty", 6);
    bench_end(&b);
    bench_tear_down(&b, s, PATIENCE);
    assert_heard(b.client[1], "hi-tty");
    assert_int_equal(far_end_connections(b.client[2]), 0);
}

static void what_was_only_opened_is_given_back(void **state)
{
    stdio *s = NULL;

    (void)state;
    bench_listen(&b);
    assert_ok(&b.error, stdio_open(b.files, &b.names, &b.limits, &s, &b.error));
    stdio_close_input(s);
    stdio_free(s);
    assert_heard(b.client[1], "");
    assert_heard(b.client[2], "");
}

/* ---- output ---- */

static void output_and_errors_arrive_whole_and_end_with_the_process(void **state)
{
    cleanup_free char *bytes = big();
    size_t size;
    stdio *s;

    (void)state;
    bench_listen(&b);
    s = bench_begin(&b);
    bench_print(&b, false, bytes, BIG);
    bench_print(&b, true, "oh", 2);
    bench_end(&b);
    bench_tear_down(&b, s, PATIENCE);
    assert_heard(b.client[2], "oh");
    assert_true(far_end_ended(b.client[1], PATIENCE));
    assert_memory_equal(far_end_bytes(b.client[1], &size), bytes, BIG);
    assert_int_equal(size, BIG);
}

/* containerd is killed and comes back under the same names, twice; the process goes on. */
static void output_survives_the_restarts_of_its_reader(void **state)
{
    stdio *s;

    (void)state;
    bench_listen(&b);
    s = bench_begin(&b);
    bench_print(&b, false, "one ", 4);
    assert_true(far_end_heard(b.client[1], 4, PATIENCE));
    for (int i = 0; i < 2; i++) {
        far_end_leave(b.client[1]);
        far_end_leave(b.client[2]);
        bench_print(&b, false, "two ", 4);
        bench_print(&b, true, "err ", 4);
        clock_sleep(50);
        far_end_return(b.client[1]);
        far_end_return(b.client[2]);
        assert_true(far_end_heard(b.client[1], 4 + 4 * ((size_t)i + 1), PATIENCE));
        assert_true(far_end_heard(b.client[2], 4 * ((size_t)i + 1), PATIENCE));
    }
    bench_end(&b);
    bench_tear_down(&b, s, PATIENCE);
    assert_heard(b.client[1], "one two two ");
    assert_heard(b.client[2], "err err ");
}

/* The recorded scene in which containerd's own shim waits for ever: ctr is gone, the process is
 * killed. */
static void a_reader_who_is_gone_stops_no_teardown(void **state)
{
    const uint64_t before = clock_ticks();
    stdio *s;

    (void)state;
    bench_listen(&b);
    s = bench_begin(&b);
    far_end_leave(b.client[1]);
    bench_print(&b, false, "nobody hears that", 17);
    clock_sleep(300);
    bench_end(&b);
    bench_tear_down(&b, s, 300);
    assert_in_range(clock_ticks() - before, 550, PATIENCE);
}

/* Until nothing more goes into its pipe. */
static void print_all_that_goes(void)
{
    static const char block[4096];
    unsigned refused = 0;

    assert_int_equal(fcntl(b.out, F_SETFL, O_NONBLOCK), 0);
    while (refused < 20) {
        if (write(b.out, block, sizeof(block)) > 0)
            continue;
        refused++;
        clock_sleep(10);
    }
}

static void a_reader_who_does_not_read_stops_no_teardown(void **state)
{
    stdio *s;

    (void)state;
    bench_listen(&b);
    far_end_free(b.client[1]);
    b.client[1] = far_end_new(b.addresses[1], FAR_STALLED);
    s = bench_begin(&b);
    print_all_that_goes();
    bench_end(&b);
    bench_tear_down(&b, s, 300);
}

/* Not even where there is no memory for the thread that sees to it: then it is given up at once. */
static void without_memory_the_last_words_are_short(void **state)
{
    stdio *s;

    (void)state;
    bench_listen(&b);
    s = bench_begin(&b);
    far_end_leave(b.client[1]);
    bench_print(&b, false, "nobody hears that", 17);
    clock_sleep(50);
    bench_allow_threads(0);
    bench_end(&b);
    bench_tear_down(&b, s, 100 * PATIENCE);
}

static void a_reader_who_comes_back_in_time_hears_the_last_words(void **state)
{
    stdio *s;

    (void)state;
    bench_listen(&b);
    s = bench_begin(&b);
    far_end_leave(b.client[1]);
    bench_print(&b, false, "last words", 10);
    clock_sleep(1200);
    bench_end(&b);
    stdio_last_words(s, PATIENCE);
    far_end_return(b.client[1]);
    bench_tear_down(&b, s, PATIENCE);
    assert_heard(b.client[1], "last words");
}

/* A program that the process left behind holds its pipes and goes on writing. */
static void what_comes_after_the_end_is_thrown_away(void **state)
{
    stdio *s;

    (void)state;
    bench_listen(&b);
    s = bench_begin(&b);
    bench_print(&b, false, "in time", 7);
    stdio_last_words(s, PATIENCE);
    assert_false(streams_drain(b.streams, 200, TICKS_NEVER));
    assert_true(stdio_finish(s, 0));
    assert_heard(b.client[1], "in time");
    bench_print(&b, false, "too late", 8);
    clock_sleep(50);
    streams_finish(b.streams);
    stdio_free(s);
}

/* ---- input ---- */

static void input_arrives_whole_and_its_end_is_told_once(void **state)
{
    cleanup_free char *bytes = big();
    cleanup_free char *read = malloc(BIG + 1);
    stdio *s;

    (void)state;
    bench_listen(&b);
    s = bench_begin(&b);
    for (size_t sent = 0; sent < BIG; sent += BIG / 27) {
        assert_true(far_end_say(b.client[0], bytes + sent, BIG / 27));
        assert_int_equal(bench_read(&b, read + sent, BIG / 27), BIG / 27);
    }
    far_end_hang_up(b.client[0]);
    assert_int_equal(bench_read(&b, read + BIG, 1), 0);
    assert_memory_equal(read, bytes, BIG);
    stdio_close_input(s); /* CloseIO follows, and makes no call */
    bench_end(&b);
    bench_tear_down(&b, s, PATIENCE);
    assert_int_equal(bench_inputs_closed(), 1);
}

static void what_was_sent_before_close_io_arrives(void **state)
{
    cleanup_free char *bytes = big();
    cleanup_free char *read = malloc(BIG);
    stdio *s;

    (void)state;
    bench_listen(&b);
    s = bench_begin(&b);
    /* The process does not read yet: it is in its pipe, in a thread's hands, and in the client's.
     */
    assert_true(far_end_say(b.client[0], bytes, 150 << 10));
    stdio_close_input(s);
    assert_int_equal(bench_read(&b, read, BIG), 150 << 10);
    assert_memory_equal(read, bytes, 150 << 10);
    bench_end(&b);
    bench_tear_down(&b, s, PATIENCE);
    assert_int_equal(bench_inputs_closed(), 1);
}

static void close_io_ends_an_input_that_nothing_comes_from(void **state)
{
    char byte;
    stdio *s;

    (void)state;
    bench_listen(&b);
    s = bench_begin(&b);
    clock_sleep(30);
    stdio_close_input(s);
    assert_int_equal(bench_read(&b, &byte, 1), 0);
    stdio_close_input(s);
    bench_end(&b);
    bench_tear_down(&b, s, PATIENCE);
    assert_int_equal(bench_inputs_closed(), 1);
}

static void a_process_may_start_with_an_input_that_has_ended(void **state)
{
    char read[16];
    stdio *s = NULL;
    hcs_process_io io = {1, NULL, NULL, NULL};
    int ends[2];

    (void)state;
    bench_listen(&b);
    assert_ok(&b.error, stdio_open(b.files, &b.names, &b.limits, &s, &b.error));
    assert_true(far_end_say(b.client[0], "early", 5));
    stdio_close_input(s);
    assert_int_equal(pipe(ends), 0);
    b.in = ends[0];
    assert_int_equal(stream_from_native(ends[1], &io.in), HR_OK);
    b.streams = streams_new();
    streams_attach(b.streams, NULL, &io);
    assert_ok(&b.error, stdio_begin_input(s, b.streams, &b.error));
    assert_int_equal(bench_read(&b, read, sizeof(read)), 5);
    bench_tear_down(&b, s, PATIENCE);
    assert_int_equal(bench_inputs_closed(), 1);
}

static void a_process_that_reads_nothing_keeps_nobody(void **state)
{
    cleanup_free char *bytes = big();
    stdio *s;
    int kept;

    (void)state;
    bench_listen(&b);
    s = bench_begin(&b);
    assert_true(far_end_say(b.client[0], bytes, 150 << 10));
    clock_sleep(30);
    kept = dup(b.in); /* a program that it left behind holds the pipe */
    bench_end(&b);
    bench_tear_down(&b, s, PATIENCE);
    close(kept);
}

static void a_client_who_types_on_keeps_no_teardown(void **state)
{
    stdio *s;

    (void)state;
    bench_listen(&b);
    s = bench_begin(&b);
    clock_sleep(20);
    bench_end(&b);
    bench_tear_down(&b, s, PATIENCE);
    assert_int_equal(bench_inputs_closed(), 0);
}

static void a_service_that_does_not_return_is_told_of(void **state)
{
    stdio *s;

    (void)state;
    bench_listen(&b);
    s = bench_begin(&b);
    bench_hang();
    far_end_hang_up(b.client[0]);
    while (bench_inputs_closed() == 0)
        clock_sleep(5);
    bench_end(&b);
    stdio_last_words(s, PATIENCE);
    ignore(streams_drain(b.streams, 1000, TICKS_NEVER));
    assert_false(stdio_finish(s, 0));
    streams_finish(b.streams);
    assert_heard(b.client[1], "");
    bench_release();
    assert_true(stdio_finish(s, 0)); /* now nobody uses the streams any more */
    stdio_free(s);
}

static void without_a_thread_the_input_fails(void **state)
{
    stdio *s = NULL;

    (void)state;
    bench_listen(&b);
    assert_ok(&b.error, stdio_open(b.files, &b.names, &b.limits, &s, &b.error));
    b.streams = streams_new();
    bench_allow_threads(0);
    assert_fails(&b.error, WCOW_NO_MEMORY, "cannot start a thread for the standard input",
                 stdio_begin_input(s, b.streams, &b.error));
    assert_true(stdio_finish(s, 0));
    stdio_free(s);
}

/* ---- what is left ---- */

static void settle(size_t threads)
{
    for (int i = 0; i < 1000 && own_threads() > threads; i++)
        clock_sleep(5);
    assert_in_range(own_threads(), 0, threads);
}

static void no_thread_and_no_descriptor_is_left_of_a_process(void **state)
{
    size_t threads = own_threads();
    size_t descriptors = own_descriptors();

    (void)state;
    for (int i = 0; i < 50; i++) {
        stdio *s;

        bench_listen(&b);
        s = bench_begin(&b);
        if (i % 3 == 0)
            far_end_leave(b.client[1]);
        bench_print(&b, false, "x", 1);
        if (i % 2)
            stdio_close_input(s);
        bench_end(&b);
        bench_tear_down(&b, s, 20);
        for (size_t n = 0; n < 3; n++)
            far_end_free(TAKE(b.client[n]));
    }
    settle(threads);
    assert_in_range(own_descriptors(), 0, descriptors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(a_process_without_names_has_no_streams),
        TEST(what_nobody_listens_on_fails_within_the_limit),
        TEST(a_name_that_leads_elsewhere_is_refused),
        TEST(a_terminal_has_no_errors_of_its_own),
        TEST(what_was_only_opened_is_given_back),
        TEST(output_and_errors_arrive_whole_and_end_with_the_process),
        TEST(output_survives_the_restarts_of_its_reader),
        TEST(a_reader_who_is_gone_stops_no_teardown),
        TEST(a_reader_who_does_not_read_stops_no_teardown),
        TEST(without_memory_the_last_words_are_short),
        TEST(a_reader_who_comes_back_in_time_hears_the_last_words),
        TEST(what_comes_after_the_end_is_thrown_away),
        TEST(input_arrives_whole_and_its_end_is_told_once),
        TEST(what_was_sent_before_close_io_arrives),
        TEST(close_io_ends_an_input_that_nothing_comes_from),
        TEST(a_process_may_start_with_an_input_that_has_ended),
        TEST(a_process_that_reads_nothing_keeps_nobody),
        TEST(a_client_who_types_on_keeps_no_teardown),
        TEST(a_service_that_does_not_return_is_told_of),
        TEST(without_a_thread_the_input_fails),
        TEST(no_thread_and_no_descriptor_is_left_of_a_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
