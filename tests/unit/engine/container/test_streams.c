/* SPDX-License-Identifier: MIT */
/* Output, input and exit codes through attach, exec and logs. */
#include "tests/unit/engine/attached.h"
#include "tests/unit/engine/fixture.h"

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

static void output_and_error_come_apart(void **state)
{
    static const char *const out[] = {"echo", "to out", NULL};
    static const char *const err[] = {"err", "to err", NULL};
    fixture *f = *state;
    wcow_container *first = attached_create(f, out, false);
    wcow_container *second = attached_create(f, err, false);
    attached_result a = attached_run(f, first, NULL, 0);
    attached_result b = attached_run(f, second, NULL, 0);

    assert_ok(&f->err, a.status);
    assert_ok(&f->err, b.status);
    assert_string_equal(a.err, "");
    assert_string_equal(b.out, "");
    assert_non_null(strstr(a.out, "to out"));
    assert_non_null(strstr(b.err, "to err"));
    assert_int_equal(a.outcome.exit_code, 0);
    attached_free(&a);
    attached_free(&b);
    drop(f, first);
    drop(f, second);
}

static void no_byte_is_lost_at_the_exit(void **state)
{
    static const char *const flood[] = {"flood", "1000000", NULL};
    fixture *f = *state;
    wcow_container *container = attached_create(f, flood, false);
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
    wcow_container *container = attached_create(f, cat, true);
    attached_result r = attached_run(f, container, typed, sizeof typed - 1);

    assert_ok(&f->err, r.status);
    assert_memory_equal(r.out, typed, sizeof typed - 1);
    assert_int_equal(r.outcome.exit_code, 0);
    attached_free(&r);
    drop(f, container);
}

static void without_i_the_input_is_closed(void **state)
{
    static const char *const cat[] = {"cat", NULL};
    fixture *f = *state;
    wcow_container *container = attached_create(f, cat, false);
    attached_result r = attached_run(f, container, NULL, 0);

    assert_ok(&f->err, r.status);
    assert_int_equal(r.outcome.exit_code, 0);
    attached_free(&r);
    drop(f, container);
}

static void a_child_that_keeps_the_output_open_does_not_hold_up_the_exit(void **state)
{
    static const char *const command[] = {"linger", "60000", NULL};
    fixture *f = *state;
    wcow_container *container = attached_create(f, command, false);
    const uint64_t begin = clock_ticks();
    attached_result r = attached_run(f, container, NULL, 0);

    assert_ok(&f->err, r.status);
    assert_in_range(clock_ticks() - begin, 0, 20000);
    attached_free(&r);
    drop(f, container);
}

static void what_a_child_writes_soon_after_the_exit_is_passed_on(void **state)
{
    static const char *const command[] = {"linger", "60", NULL};
    fixture *f = *state;
    wcow_container *container = attached_create(f, command, false);
    attached_result r = attached_run(f, container, NULL, 0);

    assert_ok(&f->err, r.status);
    assert_true(strlen(r.out) > 0);
    attached_free(&r);
    drop(f, container);
}

static void a_failed_start_is_told_to_the_attached(void **state)
{
    static const char *const command[] = {"nosuch", NULL};
    fixture *f = *state;
    wcow_container *container = attached_create(f, command, false);
    attached_result r = attached_run(f, container, NULL, 0);

    assert_int_equal(r.status, WCOW_COMMAND_NOT_FOUND);
    assert_non_null(strstr(f->err.message, "cannot start container"));
    attached_free(&r);
    drop(f, container);
}

/* ---- exec ---- */

static attached_result exec_in(fixture *f, wcow_container *container, const char *const *command,
                               const char *const *environment, const char *input)
{
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_exec_spec spec = WCOW_EXEC_SPEC_INIT;
    attached_result r = {.outcome = {.exit_code = 99}};
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
    wcow_container *container = attached_create(f, ping, false);

    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));

    attached_result a = exec_in(f, container, command, NULL, NULL);
    attached_result b = exec_in(f, container, cat, NULL, "typed\n");
    attached_result c = exec_in(f, container, env, more, NULL);

    assert_ok(&f->err, a.status);
    assert_int_equal(a.outcome.exit_code, 42);
    assert_ok(&f->err, b.status);
    assert_string_equal(b.out, "typed\n");
    assert_ok(&f->err, c.status);
    assert_non_null(strstr(c.out, "MORE=x"));
    assert_non_null(strstr(c.out, "from=exec"));
    assert_null(strstr(c.out, "FROM=image"));
    attached_free(&a);
    attached_free(&b);
    attached_free(&c);
    drop(f, container);
    fixture_assert_clean(f);
}

static void exec_tells_what_is_not_there(void **state)
{
    static const char *const ping[] = {"ping", NULL};
    static const char *const command[] = {"nosuch", NULL};
    fixture *f = *state;
    wcow_container *container = attached_create(f, ping, false);
    attached_result r = exec_in(f, container, command, NULL, NULL);

    assert_int_equal(r.status, WCOW_CONFLICT);
    assert_non_null(strstr(f->err.message, "is not running"));
    attached_free(&r);
    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    r = exec_in(f, container, command, NULL, NULL);
    assert_int_equal(r.status, WCOW_COMMAND_NOT_FOUND);
    attached_free(&r);
    drop(f, container);
}

static void exec_in_the_background_goes_on(void **state)
{
    static const char *const ping[] = {"ping", NULL};
    wcow_exec_spec spec = WCOW_EXEC_SPEC_INIT;
    wcow_process_info *rows = NULL;
    fixture *f = *state;
    wcow_container *container = attached_create(f, ping, false);
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
    wcow_container *container = attached_create(f, ping, false);

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
    wcow_container *container = attached_create(f, ping, false);

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

static void attaching_later_sees_what_comes(void **state)
{
    static const char *const command[] = {"wait", "5", NULL};
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_outcome outcome = {.detached = true};
    fixture *f = *state;
    wcow_container *container = attached_create(f, command, false);

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

/* Its process has ended, and it has more to say: not "the monitor died". */
static void attaching_to_one_that_is_ending_sees_its_rest(void **state)
{
    static const char *const command[] = {"linger", "1000", NULL};
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_outcome outcome = {.exit_code = 99};
    fixture *f = *state;
    wcow_container *container;
    wcow_status status;
    streams s;
    char *out;
    char *err;

    f->host->limits.drain = 5000;
    container = attached_create(f, command, false);
    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    clock_sleep(300);
    streams_replace(f, &s);
    status = wcow_container_attach(container, &attach, &outcome, &f->err);
    streams_restore(&s, &out, &err);
    assert_ok(&f->err, status);
    assert_int_equal(outcome.exit_code, 0);
    assert_true(*out != '\0');
    free(out);
    free(err);
    drop(f, container);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(output_and_error_come_apart, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(no_byte_is_lost_at_the_exit, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(input_goes_in_and_its_end_ends_cat, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(without_i_the_input_is_closed, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(
            a_child_that_keeps_the_output_open_does_not_hold_up_the_exit, fixture_set_up,
            fixture_tear_down),
        cmocka_unit_test_setup_teardown(what_a_child_writes_soon_after_the_exit_is_passed_on,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_failed_start_is_told_to_the_attached, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(exec_runs_beside_the_first, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(exec_tells_what_is_not_there, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(exec_in_the_background_goes_on, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(exec_in_the_background_is_read_to_its_end, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(exec_in_the_background_says_what_cannot_be_run,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(the_input_of_a_console_is_never_closed, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(attaching_later_sees_what_comes, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(attaching_to_one_that_is_ending_sees_its_rest,
                                        fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
