/* SPDX-License-Identifier: MIT */
/* A user and a monitor that are scripts, and the session between them. */
#include "link/attaching.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "port/clock.h"
#include "tests/unit/client/fake_user.h"
#include "tests/unit/link/wire.h"
#include "tests/unit/status.h"

#define LATE 20000u

/* Who sits on both sides. What the monitor does, a thread does beside the call. */
typedef struct talk {
    fake_user user;
    session_options options;
    connection link;
    stream *monitor;
    text heard; /* what the client sent: "R{…}|i…|c|" */
    attach_result result;
    wcow_error err;
} talk;

static int set_up(void **state)
{
    talk *t = calloc(1, sizeof *t);

    if (!t)
        return -1;
    t->options = (session_options){
        .streams = fake_user_init(&t->user), .input = true, .output = true, .error = true};
    wire_open(&t->link, &t->monitor);
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    talk *t = *state;

    connection_close(&t->link);
    stream_free(t->monitor);
    fake_user_free(&t->user);
    text_free(&t->heard);
    free(t);
    return 0;
}

/* ---- the monitor's side ---- */

static void say(talk *t, frame_type type, const char *bytes)
{
    ignore(frame_write(t->monitor, type, bytes, strlen(bytes), NULL));
}

/* The next frame of the client, also noted. False: there is none. */
static bool hear(talk *t)
{
    cleanup_frame frame f = FRAME_INIT;

    if (frame_read(t->monitor, LATE, &f, NULL) || f.type == FRAME_END)
        return false;
    text_addf(&t->heard, "%c%s|", (char)f.type, f.bytes ? f.bytes : "");
    return true;
}

static void hang_up(talk *t)
{
    stream_free(t->monitor);
    t->monitor = NULL;
}

static wcow_status attach(talk *t, void *monitor(void *))
{
    pthread_t thread;
    wcow_status status;

    if (pthread_create(&thread, NULL, monitor, t))
        return WCOW_NO_MEMORY;
    status = attach_to(&t->link, "attach", &t->options, &t->result, &t->err);
    stream_cancel(t->link.pipe); /* then it hears no more */
    connection_close(&t->link);
    pthread_join(thread, NULL);
    return status;
}

/* ---- a container that runs and ends ---- */

static void *run_and_end(void *context)
{
    talk *t = context;

    (void)hear(t);
    say(t, FRAME_STARTED, "{\"pid\":7}");
    say(t, FRAME_OUTPUT, "out");
    say(t, FRAME_ERROR_OUTPUT, "bad");
    say(t, FRAME_DONE, ""); /* means nothing here */
    (void)hear(t);
    (void)hear(t);
    say(t, FRAME_EXIT, "{\"code\":3,\"error\":{\"status\":1,\"message\":\"left behind\"}}");
    return NULL;
}

static void a_container_that_ends_tells_its_code(void **state)
{
    talk *t = *state;
    cleanup_free char *out = NULL;
    cleanup_free char *error = NULL;

    fake_user_type(&t->user, "in");
    fake_user_hang_up(&t->user);
    assert_ok(&t->err, attach(t, run_and_end));
    assert_int_equal(t->result.end, ATTACH_EXITED);
    assert_int_equal(t->result.exit_code, 3);
    assert_string_equal(t->result.warning.message, "left behind");
    out = fake_user_shown(&t->user, STANDARD_OUTPUT);
    error = fake_user_shown(&t->user, STANDARD_ERROR);
    assert_string_equal(out, "out");
    assert_string_equal(error, "bad");
    assert_string_equal(text_get(&t->heard),
                        "R{\"do\":\"attach\",\"needs\":1,\"output\":true,\"error\":true,\"input\":"
                        "true,\"end\":true,\"columns\":0,\"rows\":0}|iin|c|");
    assert_string_equal(text_get(&t->user.calls), "open in out err|restore|close|");
}

static void *end_without_a_code(void *context)
{
    talk *t = context;

    (void)hear(t);
    say(t, FRAME_STARTED, "{}");
    say(t, FRAME_EXIT, "{\"error\":{\"status\":1,\"message\":\"nobody knows\"}}");
    return NULL;
}

static void a_code_that_nobody_knows_is_a_failure(void **state)
{
    talk *t = *state;

    t->options.input = false;
    assert_fails(&t->err, (wcow_status)1, "nobody knows", attach(t, end_without_a_code));
}

/* ---- monitors that refuse or leave ---- */

static void *refuse(void *context)
{
    talk *t = context;

    (void)hear(t);
    say(t, FRAME_ERROR, "{\"status\":1,\"message\":\"not now\"}");
    return NULL;
}

static void an_error_before_it_runs_is_the_calls(void **state)
{
    talk *t = *state;

    assert_fails(&t->err, (wcow_status)1, "not now", attach(t, refuse));
    assert_string_equal(text_get(&t->user.calls), "restore|close|"); /* nothing was opened */
}

static void *object_and_end(void *context)
{
    talk *t = context;

    (void)hear(t);
    say(t, FRAME_STARTED, "{}");
    say(t, FRAME_ERROR, "{\"status\":1,\"message\":\"no such signal\"}");
    say(t, FRAME_EXIT, "{\"code\":0}");
    return NULL;
}

/* It answers a Ctrl-C that could not be passed on. */
static void an_error_while_it_runs_ends_nothing(void **state)
{
    talk *t = *state;

    t->options.input = false;
    assert_ok(&t->err, attach(t, object_and_end));
    assert_int_equal(t->result.end, ATTACH_EXITED);
}

static void *leave_at_once(void *context)
{
    (void)hear(context);
    hang_up(context);
    return NULL;
}

static void *leave_later(void *context)
{
    (void)hear(context);
    say(context, FRAME_STARTED, "{}");
    hang_up(context);
    return NULL;
}

static void who_hangs_up_before_it_runs_has_refused(void **state)
{
    talk *t = *state;

    t->result.end = ATTACH_LOST;
    assert_ok(&t->err, attach(t, leave_at_once));
    assert_int_equal(t->result.end, ATTACH_REFUSED);
    assert_string_equal(text_get(&t->user.calls), "restore|close|");
}

static void who_hangs_up_later_is_lost(void **state)
{
    talk *t = *state;

    assert_ok(&t->err, attach(t, leave_later));
    assert_int_equal(t->result.end, ATTACH_LOST);
}

static void who_has_hung_up_already_has_refused(void **state)
{
    talk *t = *state;

    t->result.end = ATTACH_LOST;
    hang_up(t);
    assert_ok(&t->err, attach_to(&t->link, "attach", &t->options, &t->result, &t->err));
    assert_int_equal(t->result.end, ATTACH_REFUSED);
}

static void *speak_in_tongues(void *context)
{
    talk *t = context;

    (void)hear(t);
    (void)stream_write(t->monitor, "Q\0\0\0\0", 5);
    (void)hear(t);
    return NULL;
}

static void a_newer_monitor_is_told_as_that(void **state)
{
    talk *t = *state;

    assert_int_equal(attach(t, speak_in_tongues), WCOW_UNSUPPORTED);
    assert_non_null(strstr(t->err.message, "what this one (1.2.3) does not know"));
}

/* ---- the user's side ---- */

static void *run_until_left(void *context)
{
    talk *t = context;

    (void)hear(t);
    say(t, FRAME_STARTED, "{}");
    while (hear(t))
        continue;
    return NULL;
}

static void a_terminal_tells_its_size_and_can_be_left(void **state)
{
    talk *t = *state;

    t->options.tty = true;
    t->user.console[STANDARD_INPUT] = true;
    fake_user_resize(&t->user, 80, 25);
    fake_user_type(&t->user, "ls\x10\x11");
    assert_ok(&t->err, attach(t, run_until_left));
    assert_int_equal(t->result.end, ATTACH_DETACHED);
    assert_non_null(strstr(text_get(&t->heard), "\"columns\":80,\"rows\":25}|"));
    assert_non_null(strstr(text_get(&t->heard), "|ils|"));
    assert_string_equal(text_get(&t->user.calls), "open in out err|raw|restore|close|");
}

static void *run_and_resize(void *context)
{
    talk *t = context;

    (void)hear(t);
    say(t, FRAME_STARTED, "{}");
    fake_user_resize(&t->user, 97, 31);
    (void)hear(t);
    say(t, FRAME_EXIT, "{\"code\":0}");
    return NULL;
}

static void a_new_size_is_told(void **state)
{
    talk *t = *state;

    t->options.tty = true;
    t->user.console[STANDARD_OUTPUT] = true;
    fake_user_resize(&t->user, 80, 25);
    assert_ok(&t->err, attach(t, run_and_resize));
    assert_non_null(strstr(text_get(&t->heard), "|z{\"columns\":97,\"rows\":31}|"));
}

/* As soon as the session listens. */
static void interrupt(talk *t, int event)
{
    const uint64_t end = clock_ticks() + LATE;

    while (!fake_user_interrupt(&t->user, event) && clock_ticks() < end)
        clock_sleep(2);
}

static void *run_and_interrupt(void *context)
{
    talk *t = context;

    (void)hear(t);
    say(t, FRAME_STARTED, "{}");
    interrupt(t, CONSOLE_CTRL_BREAK);
    (void)hear(t);
    interrupt(t, CONSOLE_CTRL_C);
    (void)hear(t);
    interrupt(t, CONSOLE_CTRL_C);
    while (hear(t))
        continue;
    return NULL;
}

static void interrupts_are_signals_and_the_third_leaves(void **state)
{
    talk *t = *state;

    t->options.input = false;
    t->options.interrupts = true;
    assert_fails(&t->err, WCOW_CANCELLED, "got 3 SIGTERM/SIGINTs, forcefully exiting",
                 attach(t, run_and_interrupt));
    assert_non_null(strstr(text_get(&t->heard),
                           "|R{\"do\":\"kill\",\"needs\":1,\"signal\":\"BREAK\"}|"
                           "R{\"do\":\"kill\",\"needs\":1,\"signal\":\"INT\"}|"));
}

static void *run_and_say(void *context)
{
    talk *t = context;

    (void)hear(t);
    say(t, FRAME_STARTED, "{}");
    say(t, FRAME_OUTPUT, "out");
    while (hear(t))
        continue;
    return NULL;
}

static void output_that_nobody_reads_ends_it(void **state)
{
    talk *t = *state;

    t->options.input = false;
    t->user.write_hr = HR_BROKEN_PIPE;
    assert_int_equal(attach(t, run_and_say), WCOW_CANCELLED);
}

static void *run_say_and_end(void *context)
{
    talk *t = context;

    (void)hear(t);
    say(t, FRAME_STARTED, "{}");
    say(t, FRAME_OUTPUT, "out");
    say(t, FRAME_OUTPUT, "more");
    clock_sleep(100);
    say(t, FRAME_EXIT, "{\"code\":0}");
    while (hear(t))
        continue;
    return NULL;
}

static void but_who_watches_the_container_stays_until_it_has_ended(void **state)
{
    const uint64_t begin = clock_ticks();
    talk *t = *state;

    t->options.input = false;
    t->options.stays = true;
    t->user.write_hr = HR_BROKEN_PIPE;
    assert_int_equal(attach(t, run_say_and_end), WCOW_CANCELLED);
    assert_true(clock_ticks() - begin >= 100);
    assert_memory_equal(t->err.message, "nobody reads the output any more", 32);
}

static void *be_interrupted_and_run(void *context)
{
    talk *t = context;

    (void)hear(t);
    interrupt(t, CONSOLE_CTRL_C);
    (void)hear(t);
    say(t, FRAME_STARTED, "{}");
    say(t, FRAME_EXIT, "{\"code\":5}");
    return NULL;
}

static void one_that_comes_while_it_starts_is_passed_on(void **state)
{
    talk *t = *state;

    t->options.input = false;
    t->options.interrupts = true;
    assert_ok(&t->err, attach(t, be_interrupted_and_run));
    assert_int_equal(t->result.exit_code, 5);
    assert_non_null(
        strstr(text_get(&t->heard), "|R{\"do\":\"kill\",\"needs\":1,\"signal\":\"INT\"}|"));
}

static void streams_that_cannot_be_opened_are_told(void **state)
{
    talk *t = *state;

    t->user.open_hr = HR_FROM_WIN32(6);
    assert_int_not_equal(attach(t, run_until_left), WCOW_OK);
    assert_memory_equal(t->err.message, "open the standard streams", 25);
}

static void bad_detach_keys_are_not_sent(void **state)
{
    talk *t = *state;

    t->options.detach_keys = "nonsense";
    assert_int_equal(attach_to(&t->link, "attach", &t->options, &t->result, &t->err), WCOW_INVALID);
    assert_string_equal(text_get(&t->user.calls), "");
    connection_close(&t->link);
    assert_false(hear(t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        TEST(a_container_that_ends_tells_its_code),
        TEST(a_code_that_nobody_knows_is_a_failure),
        TEST(an_error_before_it_runs_is_the_calls),
        TEST(an_error_while_it_runs_ends_nothing),
        TEST(who_hangs_up_before_it_runs_has_refused),
        TEST(who_hangs_up_later_is_lost),
        TEST(who_has_hung_up_already_has_refused),
        TEST(a_newer_monitor_is_told_as_that),
        TEST(a_terminal_tells_its_size_and_can_be_left),
        TEST(a_new_size_is_told),
        TEST(interrupts_are_signals_and_the_third_leaves),
        TEST(output_that_nobody_reads_ends_it),
        TEST(but_who_watches_the_container_stays_until_it_has_ended),
        TEST(one_that_comes_while_it_starts_is_passed_on),
        TEST(streams_that_cannot_be_opened_are_told),
        TEST(bad_detach_keys_are_not_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
