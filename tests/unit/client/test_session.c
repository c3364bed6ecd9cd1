/* SPDX-License-Identifier: MIT */
/* Sessions between a user who is a script and a process that is a list of what it was told. */
#include "client/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "port/clock.h"
#include "tests/unit/client/fake_user.h"
#include "tests/unit/status.h"

static wcow_error err;

/* The other end. */
typedef struct fake_process {
    pthread_mutex_t lock;
    condition changed;
    text calls; /* "input abc|end|size 80x25|ctrl-c|woken|" */
    bool refuses;
    bool holds; /* whoever calls waits */
    unsigned inside, most_inside;
} fake_process;

typedef struct talk {
    fake_user user;
    fake_process process;
    session_options options;
    session session;
} talk;

static void enter(fake_process *p)
{
    pthread_mutex_lock(&p->lock);
    if (++p->inside > p->most_inside)
        p->most_inside = p->inside;
    condition_broadcast(&p->changed);
    while (p->holds)
        condition_wait(&p->changed, &p->lock);
}

static void leave(fake_process *p)
{
    p->inside--;
    condition_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

static bool take_input(void *context, const void *bytes, size_t length)
{
    fake_process *p = context;
    bool wanted;

    enter(p);
    text_addf(&p->calls, "input %.*s|", (int)length, (const char *)bytes);
    wanted = !p->refuses;
    leave(p);
    return wanted;
}

static void take_end(void *context)
{
    enter(context);
    text_add(&((fake_process *)context)->calls, "end|");
    leave(context);
}

static void take_size(void *context, uint16_t columns, uint16_t rows)
{
    enter(context);
    text_addf(&((fake_process *)context)->calls, "size %ux%u|", columns, rows);
    leave(context);
}

static void take_interrupt(void *context, int event)
{
    enter(context);
    text_add(&((fake_process *)context)->calls,
             event == CONSOLE_CTRL_C ? "ctrl-c|" : "ctrl-break|");
    leave(context);
}

static void take_wake(void *context)
{
    fake_process *p = context;

    pthread_mutex_lock(&p->lock);
    text_add(&p->calls, "woken|");
    condition_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

static void hold(talk *t, bool holds)
{
    pthread_mutex_lock(&t->process.lock);
    t->process.holds = holds;
    condition_broadcast(&t->process.changed);
    pthread_mutex_unlock(&t->process.lock);
}

/* Waits until the process has been told this. */
static bool told(talk *t, const char *wanted)
{
    fake_process *p = &t->process;
    const uint64_t end = ticks_after(FAKE_PATIENCE);
    bool found;

    pthread_mutex_lock(&p->lock);
    while (!strstr(text_get(&p->calls), wanted) && condition_wait_until(&p->changed, &p->lock, end))
        continue;
    found = strstr(text_get(&p->calls), wanted) != NULL;
    pthread_mutex_unlock(&p->lock);
    return found;
}

/* Waits until so many calls are under way. */
static bool busy(talk *t, unsigned calls)
{
    fake_process *p = &t->process;
    const uint64_t end = ticks_after(FAKE_PATIENCE);
    bool are;

    pthread_mutex_lock(&p->lock);
    while (p->inside != calls && condition_wait_until(&p->changed, &p->lock, end))
        continue;
    are = p->inside == calls;
    pthread_mutex_unlock(&p->lock);
    return are;
}

static int set_up(void **state)
{
    talk *t = calloc(1, sizeof *t);

    if (!t || pthread_mutex_init(&t->process.lock, NULL) || !condition_init(&t->process.changed))
        return -1;
    t->options = (session_options){
        .streams = fake_user_init(&t->user), .input = true, .output = true, .error = true};
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    talk *t = *state;

    fake_user_free(&t->user);
    text_free(&t->process.calls);
    pthread_mutex_destroy(&t->process.lock);
    condition_free(&t->process.changed);
    free(t);
    return 0;
}

static void init(talk *t, bool may_hang)
{
    const session_target process = {.context = &t->process,
                                    .input = take_input,
                                    .input_end = take_end,
                                    .resize = take_size,
                                    .interrupt = take_interrupt,
                                    .wake = take_wake,
                                    .may_hang = may_hang};

    assert_ok(&err, session_init(&t->session, &t->options, &process, &err));
}

static void begin(talk *t)
{
    init(t, false);
    assert_ok(&err, session_begin(&t->session, &err));
}

static void make_terminal(talk *t)
{
    t->options.tty = true;
    t->user.console[STANDARD_INPUT] = t->user.console[STANDARD_OUTPUT] = true;
    fake_user_resize(&t->user, 80, 25);
}

static void assert_user(talk *t, const char *calls)
{
    assert_string_equal(text_get(&t->user.calls), calls);
}

static void assert_process(talk *t, const char *calls)
{
    assert_string_equal(text_get(&t->process.calls), calls);
}

/* ---- streams ---- */

static void nothing_is_touched_before_it_begins(void **state)
{
    talk *t = *state;
    uint16_t columns;
    uint16_t rows;

    make_terminal(t);
    t->options.interrupts = true;
    init(t, false);
    session_size(&t->session, &columns, &rows);
    assert_int_equal(columns, 80);
    assert_int_equal(rows, 25);
    assert_ok(&err, session_output(&t->session, false, "early", 5, &err));
    assert_false(fake_user_interrupt(&t->user, CONSOLE_CTRL_C));
    assert_user(t, "");
    assert_true(session_end(&t->session));
    assert_user(t, "restore|close|");
    assert_int_equal(t->user.shown[STANDARD_OUTPUT].length, 0);
}

static void bad_detach_keys_are_refused_before_anything(void **state)
{
    talk *t = *state;
    const session_target none = {.may_hang = false};

    t->options.detach_keys = "ctrl-1";
    assert_int_equal(session_init(&t->session, &t->options, &none, NULL), WCOW_INVALID);
    assert_user(t, "");
}

static void what_is_typed_is_passed_on_until_it_ends(void **state)
{
    talk *t = *state;

    begin(t);
    assert_ok(&err, session_begin(&t->session, &err)); /* it has begun: nothing more */
    fake_user_type(&t->user, "one");
    assert_true(told(t, "input one|"));
    fake_user_type(&t->user, "\x10\x11two"); /* no terminal, no detach keys */
    fake_user_hang_up(&t->user);
    assert_true(told(t, "end|"));
    assert_false(session_detached(&t->session));
    assert_true(session_end(&t->session));
    assert_process(t, "input one|input \x10\x11two|end|woken|");
    assert_user(t, "open in out err|restore|close|");
}

static void input_that_nobody_wants_is_not_read_on(void **state)
{
    talk *t = *state;

    t->process.refuses = true;
    begin(t);
    fake_user_type(&t->user, "one");
    assert_true(told(t, "input one|"));
    fake_user_hang_up(&t->user);
    assert_true(session_end(&t->session));
    assert_process(t, "input one|woken|");
}

static void streams_that_are_not_wanted_are_left_alone(void **state)
{
    talk *t = *state;
    cleanup_free char *out = NULL;
    cleanup_free char *error = NULL;

    t->options.input = t->options.error = false;
    begin(t);
    assert_ok(&err, session_output(&t->session, false, "shown", 5, &err));
    assert_ok(&err, session_output(&t->session, true, "not shown", 9, &err));
    assert_true(session_end(&t->session));
    out = fake_user_shown(&t->user, STANDARD_OUTPUT);
    error = fake_user_shown(&t->user, STANDARD_ERROR);
    assert_string_equal(out, "shown");
    assert_string_equal(error, "");
    assert_user(t, "open out|restore|close|");
}

static void output_and_error_are_told_apart(void **state)
{
    talk *t = *state;
    cleanup_free char *out = NULL;
    cleanup_free char *error = NULL;

    begin(t);
    assert_ok(&err, session_output(&t->session, false, "a", 1, &err));
    assert_ok(&err, session_output(&t->session, true, "b", 1, &err));
    assert_true(session_end(&t->session));
    out = fake_user_shown(&t->user, STANDARD_OUTPUT);
    error = fake_user_shown(&t->user, STANDARD_ERROR);
    assert_string_equal(out, "a");
    assert_string_equal(error, "b");
}

static void output_that_nobody_reads_ends_it(void **state)
{
    static const char said[] = "nobody reads the output any more: write to standard output";
    talk *t = *state;

    t->user.write_hr = HR_BROKEN_PIPE;
    begin(t);
    assert_int_equal(session_output(&t->session, false, "a", 1, &err), WCOW_CANCELLED);
    assert_memory_equal(err.message, said, sizeof said - 1);
    assert_true(session_end(&t->session));
}

static void streams_that_cannot_be_opened_are_told(void **state)
{
    talk *t = *state;

    t->user.open_hr = HR_FROM_WIN32(6);
    init(t, false);
    assert_int_not_equal(session_begin(&t->session, &err), WCOW_OK);
    assert_memory_equal(err.message, "open the standard streams", 25);
    assert_ok(&err, session_output(&t->session, false, "a", 1, &err));
    assert_true(session_end(&t->session));
    assert_user(t, "open in out err|restore|close|");
    assert_int_equal(t->user.shown[STANDARD_OUTPUT].length, 0);
}

/* ---- a terminal ---- */

static void a_terminal_is_raw_as_long_as_it_lasts(void **state)
{
    talk *t = *state;

    make_terminal(t);
    begin(t);
    assert_user(t, "open in out err|raw|");
    assert_true(session_end(&t->session));
    assert_user(t, "open in out err|raw|restore|close|");
}

static void a_terminal_that_cannot_be_raw_will_do(void **state)
{
    talk *t = *state;

    make_terminal(t);
    t->user.raw_hr = HR_FROM_WIN32(6);
    begin(t);
    fake_user_type(&t->user, "a");
    assert_true(told(t, "input a|"));
    assert_true(session_end(&t->session));
}

static void only_a_console_that_is_typed_at_for_a_console_is_made_raw(void **state)
{
    talk *t = *state;

    make_terminal(t);
    t->user.console[STANDARD_INPUT] = false;
    begin(t);
    assert_true(session_end(&t->session));
    assert_user(t, "open in out err|restore|close|");
}

static void the_detach_keys_leave_and_what_follows_is_not_passed_on(void **state)
{
    talk *t = *state;

    make_terminal(t);
    t->options.detach_keys = "ctrl-a,x";
    begin(t);
    fake_user_type(&t->user, "ls\x01y");
    assert_true(told(t, "input ls\x01y|"));
    fake_user_type(&t->user, "end\x01");
    assert_true(told(t, "input end|"));
    fake_user_type(&t->user, "xlost");
    assert_true(told(t, "woken|"));
    assert_true(session_detached(&t->session));
    assert_false(session_given_up(&t->session));
    assert_true(session_end(&t->session));
    assert_process(t, "input ls\x01y|input end|woken|woken|");
}

/* Also what changes while it begins. */
static void a_new_size_of_the_window_is_told_once(void **state)
{
    talk *t = *state;
    uint16_t columns;
    uint16_t rows;

    make_terminal(t);
    init(t, false);
    session_size(&t->session, &columns, &rows);
    fake_user_resize(&t->user, 81, 25);
    assert_ok(&err, session_begin(&t->session, &err));
    assert_true(told(t, "size 81x25|"));
    fake_user_resize(&t->user, 0, 0); /* no console at this moment */
    clock_sleep(600);                 /* it is looked at every 250 ms */
    fake_user_resize(&t->user, 110, 40);
    assert_true(told(t, "size 110x40|"));
    fake_user_resize(&t->user, 97, 40);
    assert_true(told(t, "size 97x40|"));
    clock_sleep(600);
    assert_true(session_end(&t->session));
    assert_process(t, "size 81x25|size 110x40|size 97x40|woken|");
}

static void a_process_without_a_console_has_no_size(void **state)
{
    talk *t = *state;
    uint16_t columns = 1;
    uint16_t rows = 1;

    make_terminal(t);
    t->options.tty = false;
    init(t, false);
    session_size(&t->session, &columns, &rows);
    assert_int_equal(columns, 0);
    assert_int_equal(rows, 0);
    assert_true(session_end(&t->session));
    t->options.tty = true;
    fake_user_resize(&t->user, 0, 0);
    init(t, false);
    session_size(&t->session, &columns, &rows);
    assert_int_equal(columns, 0);
    assert_int_equal(rows, 0);
    assert_true(session_end(&t->session));
}

/* ---- Ctrl-C ---- */

static void two_interrupts_are_passed_on_and_the_third_gives_up(void **state)
{
    talk *t = *state;

    t->options.interrupts = true;
    begin(t);
    assert_true(fake_user_interrupt(&t->user, CONSOLE_CTRL_BREAK));
    assert_true(told(t, "ctrl-break|"));
    assert_true(fake_user_interrupt(&t->user, CONSOLE_CTRL_C));
    assert_true(told(t, "ctrl-c|"));
    assert_false(session_given_up(&t->session));
    assert_true(fake_user_interrupt(&t->user, CONSOLE_CTRL_C));
    assert_true(session_given_up(&t->session));
    assert_true(session_end(&t->session));
    assert_false(fake_user_interrupt(&t->user, CONSOLE_CTRL_C));
    assert_process(t, "ctrl-break|ctrl-c|woken|woken|");
}

static void who_closes_the_console_gives_up_at_once(void **state)
{
    talk *t = *state;

    t->options.interrupts = true;
    begin(t);
    assert_true(fake_user_interrupt(&t->user, CONSOLE_CLOSE));
    assert_true(session_given_up(&t->session));
    assert_true(session_end(&t->session));
    assert_process(t, "woken|woken|");
}

static void a_terminal_types_ctrl_c_and_others_may_want_none(void **state)
{
    talk *t = *state;

    begin(t);
    assert_false(fake_user_interrupt(&t->user, CONSOLE_CTRL_C));
    assert_true(session_end(&t->session));
    make_terminal(t);
    t->user.cancelled = false;
    t->options.interrupts = true;
    begin(t);
    assert_false(fake_user_interrupt(&t->user, CONSOLE_CTRL_C));
    assert_true(session_end(&t->session));
}

/* ---- calls that wait ---- */

static void calls_come_one_at_a_time(void **state)
{
    talk *t = *state;

    t->options.interrupts = true;
    begin(t);
    hold(t, true);
    fake_user_type(&t->user, "a");
    assert_true(busy(t, 1));
    assert_true(fake_user_interrupt(&t->user, CONSOLE_CTRL_C));
    hold(t, false);
    assert_true(told(t, "ctrl-c|"));
    assert_true(session_end(&t->session));
    assert_process(t, "input a|ctrl-c|woken|");
    assert_int_equal(t->process.most_inside, 1);
}

static void calls_that_may_hang_come_together(void **state)
{
    talk *t = *state;

    t->options.interrupts = true;
    init(t, true);
    assert_ok(&err, session_begin(&t->session, &err));
    hold(t, true);
    fake_user_type(&t->user, "a");
    assert_true(busy(t, 1));
    assert_true(fake_user_interrupt(&t->user, CONSOLE_CTRL_C));
    assert_true(busy(t, 2));
    hold(t, false);
    assert_true(session_end(&t->session));
}

/* The user's way out does not wait for the service, and the end does not for long. */
static void an_interrupt_that_hangs_keeps_nobody(void **state)
{
    talk *t = *state;

    t->options.interrupts = true;
    t->options.input = false;
    init(t, true);
    assert_ok(&err, session_begin(&t->session, &err));
    hold(t, true);
    for (int i = 0; i < SESSION_PATIENCE; i++)
        assert_true(fake_user_interrupt(&t->user, CONSOLE_CTRL_C));
    assert_true(session_given_up(&t->session));
    assert_true(busy(t, 1));
    assert_false(session_end(&t->session));
    assert_user(t, "open out err|restore|close|");
    hold(t, false); /* what a service does not do */
    pthread_join(t->session.interrupt_thread, NULL);
    assert_process(t, "woken|woken|ctrl-c|"); /* and nothing more is passed on */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        TEST(nothing_is_touched_before_it_begins),
        TEST(bad_detach_keys_are_refused_before_anything),
        TEST(what_is_typed_is_passed_on_until_it_ends),
        TEST(input_that_nobody_wants_is_not_read_on),
        TEST(streams_that_are_not_wanted_are_left_alone),
        TEST(output_and_error_are_told_apart),
        TEST(output_that_nobody_reads_ends_it),
        TEST(streams_that_cannot_be_opened_are_told),
        TEST(a_terminal_is_raw_as_long_as_it_lasts),
        TEST(a_terminal_that_cannot_be_raw_will_do),
        TEST(only_a_console_that_is_typed_at_for_a_console_is_made_raw),
        TEST(the_detach_keys_leave_and_what_follows_is_not_passed_on),
        TEST(a_new_size_of_the_window_is_told_once),
        TEST(a_process_without_a_console_has_no_size),
        TEST(two_interrupts_are_passed_on_and_the_third_gives_up),
        TEST(who_closes_the_console_gives_up_at_once),
        TEST(a_terminal_types_ctrl_c_and_others_may_want_none),
        TEST(calls_come_one_at_a_time),
        TEST(calls_that_may_hang_come_together),
        TEST(an_interrupt_that_hangs_keeps_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
