/* SPDX-License-Identifier: MIT */
/* What logs keep of what a container wrote, and how they are read. */
#include "tests/unit/engine/attached.h"
#include "tests/unit/engine/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/container/container.h"
#include "engine/container/log.h"
#include "engine/host/paths.h"
#include "port/clock.h"

static void drop(fixture *f, wcow_container *container)
{
    assert_ok(&f->err, wcow_container_remove(container, true, &f->err));
    wcow_container_free(container);
}

static bool collect(void *context, bool is_error, const char *piece, size_t length)
{
    (void)is_error;
    text_add_bytes(context, piece, length);
    return true;
}

static void logs_keep_what_was_written(void **state)
{
    static const char *const echo[] = {"echo", "a \"quoted\" \\ line", NULL};
    fixture *f = *state;
    wcow_container *container = attached_create(f, echo, false);
    cleanup_text text all = TEXT_INIT;
    attached_result r = attached_run(f, container, NULL, 0);

    assert_ok(&f->err, r.status);
    assert_ok(&f->err, wcow_container_logs(container, NULL, collect, &all, &f->err));
    assert_string_equal(text_get(&all), r.out);
    attached_free(&r);
    drop(f, container);
}

/* A line without an end is written in pieces, and no character is cut in two. */
static void logs_keep_a_very_long_line(void **state)
{
    static const char character[] = "\xe2\x82\xac";
    static const char *const echo[] = {"echo", "short", NULL};
    fixture *f = *state;
    wcow_container *container = attached_create(f, echo, false);
    cleanup_text text line = TEXT_INIT;
    cleanup_text text all = TEXT_INIT;
    log_writer *log = NULL;

    text_add(&line, "x");
    for (size_t i = 0; i < LOG_LINE_LIMIT; i++) /* three bytes each: several pieces */
        text_add(&line, character);
    assert_ok(&f->err, log_open(f->host, wcow_container_id(container), NULL, &log, &f->err));
    log_write(log, false, line.data, line.length);
    log_flush(log);
    assert_int_equal(log_failure(log), 0);
    log_close(log);
    assert_ok(&f->err, wcow_container_logs(container, NULL, collect, &all, &f->err));
    assert_int_equal(all.length, line.length);
    assert_memory_equal(all.data, line.data, line.length);
    drop(f, container);
}

/* UTF-16, what a program writes that thinks it has a console's code page, and control characters.
 */
static void logs_keep_every_byte_of_text(void **state)
{
    static const char bytes[] = "h\0i\0\r\0\n\0\0\0\n\x01\x1b[31m\x7f\"\\\t\n\0";
    static const char *const echo[] = {"echo", "short", NULL};
    fixture *f = *state;
    wcow_container *container = attached_create(f, echo, false);
    cleanup_text text all = TEXT_INIT;
    log_writer *log = NULL;

    assert_ok(&f->err, log_open(f->host, wcow_container_id(container), NULL, &log, &f->err));
    log_write(log, false, bytes, sizeof(bytes));
    log_close(log);
    assert_ok(&f->err, wcow_container_logs(container, NULL, collect, &all, &f->err));
    assert_int_equal(all.length, sizeof(bytes));
    assert_memory_equal(all.data, bytes, sizeof(bytes));
    drop(f, container);
}

typedef struct pieces {
    size_t count;
    text all;
} pieces;

static bool count_pieces(void *context, bool is_error, const char *piece, size_t length)
{
    pieces *p = context;

    (void)is_error;
    p->count++;
    text_add_bytes(&p->all, piece, length);
    return true;
}

/* Whoever prints them would else write once a line, which a console takes its time for. */
static void logs_come_many_lines_at_once(void **state)
{
    static const char *const echo[] = {"echo", "short", NULL};
    fixture *f = *state;
    wcow_container *container = attached_create(f, echo, false);
    cleanup_text text written = TEXT_INIT;
    pieces p = {0, TEXT_INIT};
    log_writer *log = NULL;

    for (int i = 0; i < 20000; i++)
        text_addf(&written, "%d\n", i);
    assert_ok(&f->err, log_open(f->host, wcow_container_id(container), NULL, &log, &f->err));
    log_write(log, false, written.data, written.length);
    log_close(log);
    assert_ok(&f->err, wcow_container_logs(container, NULL, count_pieces, &p, &f->err));
    assert_string_equal(text_get(&p.all), text_get(&written));
    assert_true(p.count < 40);
    text_free(&p.all);
    drop(f, container);
}

/* Docker's --details of a driver that has none: a blank, once a line, after the time. */
static void logs_have_room_for_details(void **state)
{
    static const char *const echo[] = {"echo", "short", NULL};
    wcow_log_options options = WCOW_LOG_OPTIONS_INIT;
    fixture *f = *state;
    wcow_container *container = attached_create(f, echo, false);
    cleanup_text text plain = TEXT_INIT;
    cleanup_text text stamped = TEXT_INIT;
    log_writer *log = NULL;

    assert_ok(&f->err, log_open(f->host, wcow_container_id(container), NULL, &log, &f->err));
    log_write(log, false, "a\nb\n", 4);
    log_close(log);
    options.details = true;
    assert_ok(&f->err, wcow_container_logs(container, &options, collect, &plain, &f->err));
    assert_string_equal(text_get(&plain), " a\n b\n");
    options.timestamps = true;
    options.tail = 1;
    assert_ok(&f->err, wcow_container_logs(container, &options, collect, &stamped, &f->err));
    assert_non_null(strstr(text_get(&stamped), "Z  b\n"));
    drop(f, container);
}

static void logs_have_a_tail(void **state)
{
    static const char *const flood[] = {"flood", "2510", NULL};
    wcow_log_options options = WCOW_LOG_OPTIONS_INIT;
    fixture *f = *state;
    wcow_container *container = attached_create(f, flood, false);
    cleanup_text text none = TEXT_INIT;
    cleanup_text text some = TEXT_INIT;
    attached_result r = attached_run(f, container, NULL, 0);

    assert_ok(&f->err, r.status);
    options.tail = 0;
    assert_ok(&f->err, wcow_container_logs(container, &options, collect, &none, &f->err));
    assert_int_equal(none.length, 0);
    options.tail = 2;
    assert_ok(&f->err, wcow_container_logs(container, &options, collect, &some, &f->err));
    assert_true(some.length > 251 && some.length < 2510);
    attached_free(&r);
    drop(f, container);
}

/* Lines whose clock was set back by an hour at the third, and on again before the last. */
static void write_log(fixture *f, const wcow_container *container)
{
    static const char *const hours[] = {"10", "12", "09", "11", "13"};
    cleanup_free char *path = path_in_container(f->host, wcow_container_id(container), FILE_LOG);
    FILE *out = fopen(path, "w");

    assert_non_null(out);
    for (size_t i = 0; i < sizeof hours / sizeof hours[0]; i++)
        fprintf(out,
                "{\"log\":\"%s\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-30T%s:00:00Z\"}\n",
                hours[i], hours[i]);
    fclose(out);
}

#define HOUR INT64_C(3600000000000)
#define NOON (INT64_C(1796040000000000000)) /* 30 November 2026, 12:00 */

static void logs_of_a_time_miss_nothing_when_the_clock_was_set_back(void **state)
{
    static const char *const echo[] = {"echo", "short", NULL};
    wcow_log_options options = WCOW_LOG_OPTIONS_INIT;
    fixture *f = *state;
    wcow_container *container = attached_create(f, echo, false);

    write_log(f, container);
    for (int follow = 0; follow < 2; follow++) {
        cleanup_text text found = TEXT_INIT;

        options.follow = follow;
        options.since = NOON - 2 * HOUR;
        options.until = NOON - HOUR;
        assert_ok(&f->err, wcow_container_logs(container, &options, collect, &found, &f->err));
        assert_string_equal(text_get(&found), "10\n11\n");
    }
    drop(f, container);
}

/* Whoever reads to the end of the log finds more there when he comes again. */
static struct flood {
    int32_t (*read)(files_port *, file *, void *, size_t, size_t *);
    char *path;
    uint64_t begun;
} flood;

#define FLOOD_MILLISECONDS 5000u

static int32_t read_and_write_on(files_port *port, file *log, void *buffer, size_t size,
                                 size_t *got)
{
    const int32_t hr = flood.read(port, log, buffer, size, got);
    FILE *out =
        *got || clock_ticks() - flood.begun > FLOOD_MILLISECONDS ? NULL : fopen(flood.path, "a");

    if (out) {
        fputs("{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-30T10:00:00Z\"}\n", out);
        fclose(out);
    }
    return hr;
}

/* One that writes all the time ends no later for that. */
static void logs_that_are_followed_end_at_their_time(void **state)
{
    static const char *const echo[] = {"echo", "short", NULL};
    wcow_log_options options = WCOW_LOG_OPTIONS_INIT;
    fixture *f = *state;
    wcow_container *container = attached_create(f, echo, false);
    cleanup_text text found = TEXT_INIT;

    write_log(f, container);
    flood = (struct flood){f->faulty.port.read_some,
                           path_in_container(f->host, container->id, FILE_LOG), clock_ticks()};
    f->faulty.port.read_some = read_and_write_on;
    options.follow = true;
    options.until = clock_now() + 300000000;
    assert_ok(&f->err, wcow_container_logs(container, &options, collect, &found, &f->err));
    f->faulty.port.read_some = flood.read;
    free(flood.path);
    assert_in_range(clock_ticks() - flood.begun, 300, FLOOD_MILLISECONDS - 1);
    drop(f, container);
}

static bool until_three(void *context, bool is_error, const char *piece, size_t length)
{
    size_t *lines = context;

    (void)is_error;
    for (size_t i = 0; i < length; i++)
        *lines += piece[i] == '\n';
    return *lines < 3;
}

static void logs_can_be_followed(void **state)
{
    static const char *const ping[] = {"ping", NULL};
    static const char *const nap[] = {"sleep", "300", NULL};
    wcow_log_options options = WCOW_LOG_OPTIONS_INIT;
    fixture *f = *state;
    wcow_container *endless = attached_create(f, ping, false);
    wcow_container *brief = attached_create(f, nap, false);
    cleanup_text text all = TEXT_INIT;
    size_t lines = 0;

    options.follow = true;
    options.timestamps = true;
    assert_ok(&f->err, wcow_container_start(endless, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_logs(endless, &options, until_three, &lines, &f->err));
    assert_true(lines >= 3); /* a piece may have several */
    assert_ok(&f->err, wcow_container_start(brief, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_logs(brief, &options, collect, &all, &f->err));
    drop(f, endless);
    drop(f, brief);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(logs_keep_what_was_written, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(logs_keep_a_very_long_line, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(logs_keep_every_byte_of_text, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(logs_come_many_lines_at_once, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(logs_have_room_for_details, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(logs_of_a_time_miss_nothing_when_the_clock_was_set_back,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(logs_that_are_followed_end_at_their_time, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(logs_have_a_tail, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(logs_can_be_followed, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
