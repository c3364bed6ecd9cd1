/* SPDX-License-Identifier: MIT */
/* Output, input and exit codes through attach, exec and logs. */
#include "tests/unit/container/fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "container/container.h"
#include "container/host/paths.h"
#include "container/log.h"
#include "port/clock.h"

static int set_up(void **state)
{
    *state = fixture_with_image(NULL);
    return 0;
}

static int tear_down(void **state)
{
    fixture_free(*state);
    return 0;
}

static wcow_container *create(fixture *f, const char *const *command, bool open_stdin)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;

    spec.image = IMAGE;
    spec.command = command;
    spec.open_stdin = open_stdin;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    return container;
}

/* What one attached run printed. */
typedef struct session_result {
    wcow_status status;
    wcow_outcome outcome;
    char *out, *err;
} session_result;

static void result_free(session_result *r)
{
    free(r->out);
    free(r->err);
}

/* Starts it attached, with `input` on standard input, which then ends. */
static session_result run(fixture *f, wcow_container *container, const char *input, size_t length)
{
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    session_result r = {.outcome = {.exit_code = 99}};
    streams s;

    streams_replace(f, &s);
    if (input) {
        attach.standard_input = true;
        if (write(s.in[1], input, length) != (ssize_t)length)
            r.status = WCOW_FAILED;
        close(s.in[1]);
        s.in[1] = -1;
    }
    if (!r.status)
        r.status = wcow_container_start(container, &attach, &r.outcome, &f->err);
    streams_restore(&s, &r.out, &r.err);
    return r;
}

static void drop(fixture *f, wcow_container *container)
{
    assert_ok(&f->err, wcow_container_remove(container, true, &f->err));
    wcow_container_free(container);
}

static void output_and_error_come_apart(void **state)
{
    static const char *const out[] = {"echo", "to out", NULL};
    static const char *const err[] = {"err", "to err", NULL};
    fixture *f = *state;
    wcow_container *first = create(f, out, false);
    wcow_container *second = create(f, err, false);
    session_result a = run(f, first, NULL, 0);
    session_result b = run(f, second, NULL, 0);

    assert_ok(&f->err, a.status);
    assert_ok(&f->err, b.status);
    assert_string_equal(a.err, "");
    assert_string_equal(b.out, "");
    assert_non_null(strstr(a.out, "to out"));
    assert_non_null(strstr(b.err, "to err"));
    assert_int_equal(a.outcome.exit_code, 0);
    result_free(&a);
    result_free(&b);
    drop(f, first);
    drop(f, second);
}

static void no_byte_is_lost_at_the_exit(void **state)
{
    static const char *const flood[] = {"flood", "1000000", NULL};
    fixture *f = *state;
    wcow_container *container = create(f, flood, false);
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_outcome outcome;
    streams s;
    char *out;
    char *err;
    size_t wrong = 0;

    streams_replace(f, &s);
    wcow_status status = wcow_container_start(container, &attach, &outcome, &f->err);
    off_t size = lseek(1, 0, SEEK_END);
    streams_restore(&s, &out, &err);
    assert_ok(&f->err, status);
    assert_int_equal(size, 1000000);
    for (size_t i = 0; i < 1000000; i++)
        wrong += (unsigned char)out[i] != i % 251;
    assert_int_equal(wrong, 0);
    free(out);
    free(err);
    drop(f, container);
}

static void input_goes_in_and_its_end_ends_cat(void **state)
{
    static const char *const cat[] = {"cat", NULL};
    static const char typed[] = "one\0two\r\nthree\xff\n";
    fixture *f = *state;
    wcow_container *container = create(f, cat, true);
    session_result r = run(f, container, typed, sizeof typed - 1);

    assert_ok(&f->err, r.status);
    assert_memory_equal(r.out, typed, sizeof typed - 1);
    assert_int_equal(r.outcome.exit_code, 0);
    result_free(&r);
    drop(f, container);
}

static void without_i_the_input_is_closed(void **state)
{
    static const char *const cat[] = {"cat", NULL};
    fixture *f = *state;
    wcow_container *container = create(f, cat, false);
    session_result r = run(f, container, NULL, 0);

    assert_ok(&f->err, r.status);
    assert_int_equal(r.outcome.exit_code, 0);
    result_free(&r);
    drop(f, container);
}

static void a_child_that_keeps_the_output_open_does_not_hold_up_the_exit(void **state)
{
    static const char *const command[] = {"linger", "60000", NULL};
    fixture *f = *state;
    wcow_container *container = create(f, command, false);
    const uint64_t begin = clock_ticks();
    session_result r = run(f, container, NULL, 0);

    assert_ok(&f->err, r.status);
    assert_in_range(clock_ticks() - begin, 0, 20000);
    result_free(&r);
    drop(f, container);
}

static void what_a_child_writes_soon_after_the_exit_is_passed_on(void **state)
{
    static const char *const command[] = {"linger", "60", NULL};
    fixture *f = *state;
    wcow_container *container = create(f, command, false);
    session_result r = run(f, container, NULL, 0);

    assert_ok(&f->err, r.status);
    assert_true(strlen(r.out) > 0);
    result_free(&r);
    drop(f, container);
}

static void a_failed_start_is_told_to_the_attached(void **state)
{
    static const char *const command[] = {"nosuch", NULL};
    fixture *f = *state;
    wcow_container *container = create(f, command, false);
    session_result r = run(f, container, NULL, 0);

    assert_int_equal(r.status, WCOW_COMMAND_NOT_FOUND);
    assert_non_null(strstr(f->err.message, "cannot start container"));
    result_free(&r);
    drop(f, container);
}

/* ---- exec ---- */

static session_result exec_in(fixture *f, wcow_container *container, const char *const *command,
                              const char *const *environment, const char *input)
{
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_exec_spec spec = WCOW_EXEC_SPEC_INIT;
    session_result r = {.outcome = {.exit_code = 99}};
    streams s;

    spec.command = command;
    spec.environment = environment;
    streams_replace(f, &s);
    if (input) {
        attach.standard_input = true;
        if (write(s.in[1], input, strlen(input)) < 0)
            r.status = WCOW_FAILED;
        close(s.in[1]);
        s.in[1] = -1;
    }
    if (!r.status)
        r.status = wcow_container_exec(container, &spec, &attach, &r.outcome, &f->err);
    streams_restore(&s, &r.out, &r.err);
    return r;
}

static void exec_runs_beside_the_first(void **state)
{
    static const char *const ping[] = {"ping", NULL};
    static const char *const command[] = {"exit", "42", NULL};
    static const char *const cat[] = {"cat", NULL};
    static const char *const env[] = {"env", NULL};
    static const char *const more[] = {"MORE=x", "from=exec", NULL};
    fixture *f = *state;
    wcow_container *container = create(f, ping, false);

    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));

    session_result a = exec_in(f, container, command, NULL, NULL);
    session_result b = exec_in(f, container, cat, NULL, "typed\n");
    session_result c = exec_in(f, container, env, more, NULL);

    assert_ok(&f->err, a.status);
    assert_int_equal(a.outcome.exit_code, 42);
    assert_ok(&f->err, b.status);
    assert_string_equal(b.out, "typed\n");
    assert_ok(&f->err, c.status);
    assert_non_null(strstr(c.out, "MORE=x"));
    assert_non_null(strstr(c.out, "from=exec"));
    assert_null(strstr(c.out, "FROM=image"));
    result_free(&a);
    result_free(&b);
    result_free(&c);
    drop(f, container);
    fixture_assert_clean(f);
}

static void exec_tells_what_is_not_there(void **state)
{
    static const char *const ping[] = {"ping", NULL};
    static const char *const command[] = {"nosuch", NULL};
    fixture *f = *state;
    wcow_container *container = create(f, ping, false);
    session_result r = exec_in(f, container, command, NULL, NULL);

    assert_int_equal(r.status, WCOW_CONFLICT);
    assert_non_null(strstr(f->err.message, "is not running"));
    result_free(&r);
    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    r = exec_in(f, container, command, NULL, NULL);
    assert_int_equal(r.status, WCOW_COMMAND_NOT_FOUND);
    result_free(&r);
    drop(f, container);
}

static void exec_in_the_background_goes_on(void **state)
{
    static const char *const ping[] = {"ping", NULL};
    wcow_exec_spec spec = WCOW_EXEC_SPEC_INIT;
    wcow_process_info *rows = NULL;
    fixture *f = *state;
    wcow_container *container = create(f, ping, false);
    size_t count = 0;

    spec.command = ping;
    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_exec(container, &spec, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_processes(container, &rows, &count, &f->err));
    assert_int_equal(count, 2);
    wcow_free(rows);
    drop(f, container);
    fixture_assert_clean(f);
}

static size_t processes_of(fixture *f, wcow_container *container)
{
    wcow_process_info *rows = NULL;
    size_t count = 0;

    assert_ok(&f->err, wcow_container_processes(container, &rows, &count, &f->err));
    wcow_free(rows);
    return count;
}

/* More than any pipe holds: whoever reads it is not the command that asked for it. */
static void exec_in_the_background_is_read_to_its_end(void **state)
{
    static const char *const ping[] = {"ping", NULL};
    static const char *const flood[] = {"flood", "5000000", NULL};
    const uint64_t give_up = clock_ticks() + 60000;
    wcow_exec_spec spec = WCOW_EXEC_SPEC_INIT;
    fixture *f = *state;
    wcow_container *container = create(f, ping, false);

    spec.command = flood;
    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_exec(container, &spec, NULL, NULL, &f->err));
    while (processes_of(f, container) > 1 && clock_ticks() < give_up)
        clock_sleep(10);
    assert_int_equal(processes_of(f, container), 1);
    drop(f, container);
    fixture_assert_clean(f);
}

static void exec_in_the_background_says_what_cannot_be_run(void **state)
{
    static const char *const ping[] = {"ping", NULL};
    static const char *const command[] = {"nosuch", NULL};
    wcow_exec_spec spec = WCOW_EXEC_SPEC_INIT;
    fixture *f = *state;
    wcow_container *container = create(f, ping, false);

    spec.command = command;
    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    assert_int_equal(wcow_container_exec(container, &spec, NULL, NULL, &f->err),
                     WCOW_COMMAND_NOT_FOUND);
    drop(f, container);
    fixture_assert_clean(f);
}

/* "tty" ends with its input, as a console's program does on newer Windows (0xC000013A). */
static void the_input_of_a_console_is_never_closed(void **state)
{
    static const char *const tty[] = {"tty", NULL};
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_exec_spec exec = WCOW_EXEC_SPEC_INIT;
    fixture *f = *state;
    wcow_container *container = NULL;
    size_t modified;

    spec.image = IMAGE;
    spec.command = tty;
    spec.tty = true;
    exec.command = tty;
    exec.tty = true;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_exec(container, &exec, NULL, NULL, &f->err));
    clock_sleep(300);
    assert_int_equal(processes_of(f, container), 2);
    modified = fixture_calls(f, "HcsModifyProcess");
    assert_int_equal(modified, 0);

    static const char *const echo[] = {"echo", "hi", NULL};
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_outcome outcome = WCOW_OUTCOME_INIT;

    exec.command = echo;
    attach.standard_output = attach.standard_error = false;
    assert_ok(&f->err, wcow_container_exec(container, &exec, &attach, &outcome, &f->err));
    assert_int_equal(fixture_calls(f, "HcsModifyProcess"), 0);
    drop(f, container);
    fixture_assert_clean(f);
}

/* ---- logs ---- */

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
    wcow_container *container = create(f, echo, false);
    cleanup_text text all = TEXT_INIT;
    session_result r = run(f, container, NULL, 0);

    assert_ok(&f->err, r.status);
    assert_ok(&f->err, wcow_container_logs(container, NULL, collect, &all, &f->err));
    assert_string_equal(text_get(&all), r.out);
    result_free(&r);
    drop(f, container);
}

/* A line without an end is written in pieces, and no character is cut in two. */
static void logs_keep_a_very_long_line(void **state)
{
    static const char character[] = "\xe2\x82\xac";
    static const char *const echo[] = {"echo", "short", NULL};
    fixture *f = *state;
    wcow_container *container = create(f, echo, false);
    cleanup_text text line = TEXT_INIT;
    cleanup_text text all = TEXT_INIT;
    log_writer *log = NULL;

    text_add(&line, "x");
    for (size_t i = 0; i < LOG_LINE_LIMIT; i++) /* three bytes each: several pieces */
        text_add(&line, character);
    assert_ok(&f->err, log_open(f->host, wcow_container_id(container), &log, &f->err));
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
    wcow_container *container = create(f, echo, false);
    cleanup_text text all = TEXT_INIT;
    log_writer *log = NULL;

    assert_ok(&f->err, log_open(f->host, wcow_container_id(container), &log, &f->err));
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
    wcow_container *container = create(f, echo, false);
    cleanup_text text written = TEXT_INIT;
    pieces p = {0, TEXT_INIT};
    log_writer *log = NULL;

    for (int i = 0; i < 20000; i++)
        text_addf(&written, "%d\n", i);
    assert_ok(&f->err, log_open(f->host, wcow_container_id(container), &log, &f->err));
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
    wcow_container *container = create(f, echo, false);
    cleanup_text text plain = TEXT_INIT;
    cleanup_text text stamped = TEXT_INIT;
    log_writer *log = NULL;

    assert_ok(&f->err, log_open(f->host, wcow_container_id(container), &log, &f->err));
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
    wcow_container *container = create(f, flood, false);
    cleanup_text text none = TEXT_INIT;
    cleanup_text text some = TEXT_INIT;
    session_result r = run(f, container, NULL, 0);

    assert_ok(&f->err, r.status);
    options.tail = 0;
    assert_ok(&f->err, wcow_container_logs(container, &options, collect, &none, &f->err));
    assert_int_equal(none.length, 0);
    options.tail = 2;
    assert_ok(&f->err, wcow_container_logs(container, &options, collect, &some, &f->err));
    assert_true(some.length > 251 && some.length < 2510);
    result_free(&r);
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
    wcow_container *endless = create(f, ping, false);
    wcow_container *brief = create(f, nap, false);
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

static void attaching_later_sees_what_comes(void **state)
{
    static const char *const command[] = {"wait", "5", NULL};
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_outcome outcome = {.detached = true};
    fixture *f = *state;
    wcow_container *container = create(f, command, false);

    assert_int_equal(wcow_container_attach(container, &attach, &outcome, &f->err), WCOW_CONFLICT);
    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_kill(container, "INT", &f->err));

    wcow_status status = wcow_container_attach(container, &attach, &outcome, &f->err);

    if (status)
        assert_int_equal(status, WCOW_CONFLICT); /* it was faster */
    else
        assert_int_equal(outcome.exit_code, 5);
    drop(f, container);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(output_and_error_come_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_byte_is_lost_at_the_exit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(input_goes_in_and_its_end_ends_cat, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_i_the_input_is_closed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_child_that_keeps_the_output_open_does_not_hold_up_the_exit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_child_writes_soon_after_the_exit_is_passed_on,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failed_start_is_told_to_the_attached, set_up, tear_down),
        cmocka_unit_test_setup_teardown(exec_runs_beside_the_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(exec_tells_what_is_not_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(exec_in_the_background_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(exec_in_the_background_is_read_to_its_end, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(exec_in_the_background_says_what_cannot_be_run, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_input_of_a_console_is_never_closed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(logs_keep_what_was_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(logs_keep_a_very_long_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(logs_keep_every_byte_of_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(logs_have_room_for_details, set_up, tear_down),
        cmocka_unit_test_setup_teardown(logs_come_many_lines_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(logs_have_a_tail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(logs_can_be_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(attaching_later_sees_what_comes, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
