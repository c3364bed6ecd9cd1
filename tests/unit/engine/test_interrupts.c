/* SPDX-License-Identifier: MIT */
/*
 * Ctrl-C and the like without a terminal, and a terminal's size and detach keys, which an exec gets
 * by itself. What a user does is done by a thread beside the call.
 */
#include "tests/unit/engine/fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"
#include "port/clock.h"

#define PATIENCE 60000 /* of a test that fails; one that passes waits for nothing else */
#define STUCK    10000 /* how long a call of the service's lasts */

static const char *const ping[] = {"ping", NULL};
static const char *const obedient[] = {"wait", "7", NULL};
static const char *const stubborn[] = {"stuck", NULL};

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

static void drop(fixture *f, wcow_container *container)
{
    assert_ok(&f->err, wcow_container_remove(container, true, &f->err));
    wcow_container_free(container);
    fixture_assert_clean(f);
}

static size_t occurrences(const char *all, const char *wanted)
{
    size_t count = 0;

    while ((all = strstr(all, wanted)) != NULL) {
        count++;
        all++;
    }
    return count;
}

/* ---- signals ---- */

/* Whether this process handles it: else it would be the test's end, or (in the background of a
 * shell) nothing. */
static bool handled(int number)
{
    struct sigaction now;

    return sigaction(number, NULL, &now) == 0 && now.sa_handler != SIG_DFL &&
           now.sa_handler != SIG_IGN;
}

/* Sends the signals in turn, as soon as somebody listens. */
static void *interrupt(void *context)
{
    const uint64_t end = clock_ticks() + PATIENCE;

    for (const int *number = context; *number; number++) {
        while (!handled(*number) && clock_ticks() < end)
            clock_sleep(2);
        if (handled(*number))
            raise(*number);
    }
    return NULL;
}

typedef struct interrupted_run {
    wcow_status status;
    wcow_outcome outcome;
    char *out;
} interrupted_run;

/* Starts the container attached; with `command`, runs that in it. */
static interrupted_run run(fixture *f, wcow_container *container, const char *const *command,
                           int *signals)
{
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_exec_spec spec = WCOW_EXEC_SPEC_INIT;
    interrupted_run r = {.outcome = {.exit_code = 99}};
    pthread_t user;
    streams s;
    char *err;

    spec.command = command;
    streams_replace(f, &s);
    if (pthread_create(&user, NULL, interrupt, signals) == 0) {
        r.status = command ? wcow_container_exec(container, &spec, &attach, &r.outcome, &f->err)
                           : wcow_container_start(container, &attach, &r.outcome, &f->err);
        pthread_join(user, NULL);
    }
    streams_restore(&s, &r.out, &err);
    free(err);
    return r;
}

static void an_attached_container_gets_ctrl_c(void **state)
{
    fixture *f = *state;

    for (int i = 0; i < 2; i++) {
        int signals[] = {i ? SIGQUIT : SIGINT, 0};
        wcow_container *container = fixture_create(f, NULL, obedient);
        interrupted_run r = run(f, container, NULL, signals);

        assert_ok(&f->err, r.status);
        assert_string_equal(r.out, i ? "CtrlBreak\n" : "CtrlC\n");
        assert_int_equal(r.outcome.exit_code, 7);
        assert_false(handled(signals[0]));
        free(r.out);
        drop(f, container);
    }
}

/* Who has gone while it started has left that to its monitor. */
static void await_running(fixture *f, wcow_container *container)
{
    const uint64_t end = clock_ticks() + PATIENCE;
    char *status = fixture_inspect(f, container, "State.Status");

    while (!strcmp(status, "created") && clock_ticks() < end) {
        free(status);
        clock_sleep(10);
        status = fixture_inspect(f, container, "State.Status");
    }
    assert_string_equal(status, "running");
    free(status);
}

static void the_third_ctrl_c_leaves_the_container_alone(void **state)
{
    static const char refusal[] = "got 3 SIGTERM/SIGINTs, forcefully exiting";
    int signals[] = {SIGINT, SIGINT, SIGINT, 0};
    fixture *f = *state;
    wcow_container *container = fixture_create(f, NULL, stubborn);
    interrupted_run r = run(f, container, NULL, signals);

    assert_int_equal(r.status, WCOW_CANCELLED);
    assert_non_null(strstr(f->err.message, refusal));
    await_running(f, container);
    free(r.out);
    drop(f, container);
}

static void an_execed_command_gets_ctrl_c(void **state)
{
    fixture *f = *state;
    wcow_container *container = fixture_create(f, NULL, ping);

    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    for (int i = 0; i < 2; i++) {
        int signals[] = {i ? SIGQUIT : SIGINT, 0};
        interrupted_run r = run(f, container, obedient, signals);

        assert_ok(&f->err, r.status);
        assert_string_equal(r.out, i ? "CtrlBreak\n" : "CtrlC\n");
        assert_int_equal(r.outcome.exit_code, 7);
        free(r.out);
    }
    drop(f, container);
}

static void who_closes_the_console_leaves_an_execed_command_behind(void **state)
{
    int signals[] = {SIGTERM, 0};
    fixture *f = *state;
    wcow_container *container = fixture_create(f, NULL, ping);
    wcow_process_info *rows = NULL;
    size_t count = 0;
    cleanup_free char *ids = NULL;
    interrupted_run r;

    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    r = run(f, container, stubborn, signals);
    assert_int_equal(r.status, WCOW_CANCELLED);
    assert_ok(&f->err, wcow_container_processes(container, &rows, &count, &f->err));
    assert_int_equal(count, 2);
    ids = fixture_inspect(f, container, "ExecIDs");
    assert_string_not_equal(ids, "null"); /* it is listed still */
    wcow_free(rows);
    free(r.out);
    drop(f, container);
}

/* Windows before 1809 has no signals; ending it is what is left. */
static void where_there_are_no_signals_ctrl_c_ends_an_execed_command(void **state)
{
    int signals[] = {SIGINT, 0};
    fixture *f = *state;
    wcow_container *container = fixture_create(f, NULL, ping);
    interrupted_run r;

    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    assert_true(sim_fault(f->fake->sim,
                          "{\"call\":\"HcsSignalProcess\",\"every\":true,\"hr\":\"0x80004001\"}"));
    r = run(f, container, stubborn, signals);
    sim_faults_clear(f->fake->sim);
    assert_ok(&f->err, r.status);
    assert_int_not_equal(r.outcome.exit_code, 99);
    assert_int_equal(fixture_calls(f, "HcsTerminateProcess"), 1);
    free(r.out);
    drop(f, container);
}

/* HcsSignalProcess need not return before the process has ended; Windows tells of no further Ctrl-C
 * while the first is handled. */
static void who_has_had_enough_need_not_wait_for_a_signal_that_is_stuck(void **state)
{
    const uint64_t returns = clock_ticks() + STUCK;
    int signals[] = {SIGINT, SIGINT, SIGINT, 0};
    fixture *f = *state;
    wcow_container *container = fixture_create(f, NULL, ping);
    interrupted_run r;

    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    assert_true(sim_fault(f->fake->sim, "{\"call\":\"HcsSignalProcess\",\"delay\":10000}"));
    r = run(f, container, stubborn, signals);
    assert_int_equal(r.status, WCOW_CANCELLED);
    assert_true(clock_ticks() < returns);
    while (clock_ticks() < returns + 1000)
        clock_sleep(100);
    assert_ok(&f->err, wcow_container_remove(container, true, &f->err));
    wcow_container_free(container);
    f->may_leave = fake_hcs_handles(f->fake->hcs); /* what the call used was not closed */
    assert_true(f->may_leave > 0);
    free(r.out);
}

/* ---- a terminal ---- */

typedef struct typist {
    int terminal;
    text seen;
} typist;

static void resize(const typist *t, unsigned short columns, unsigned short rows)
{
    const struct winsize size = {.ws_col = columns, .ws_row = rows};

    ignore(ioctl(t->terminal, TIOCSWINSZ, &size));
}

/* Reads what is shown until this is among it. */
static void see(typist *t, const char *wanted)
{
    const uint64_t end = clock_ticks() + PATIENCE;

    while (!strstr(text_get(&t->seen), wanted) && clock_ticks() < end) {
        struct pollfd ready = {.fd = t->terminal, .events = POLLIN};
        char block[256];
        ssize_t got = 0;

        if (poll(&ready, 1, 100) > 0)
            got = read(t->terminal, block, sizeof block);
        if (got > 0)
            text_add_bytes(&t->seen, block, (size_t)got);
    }
}

static void *resize_and_leave(void *context)
{
    typist *t = context;

    see(t, "97x31\n");
    resize(t, 110, 40);
    see(t, "110x40\n");
    ignore(write(t->terminal, "\x10\x11", 2)); /* Ctrl-P Ctrl-Q */
    return NULL;
}

/* Opens a terminal; the side that a program sees is returned. */
static int open_terminal(typist *t)
{
    int inner;

    t->terminal = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(t->terminal >= 0);
    assert_int_equal(grantpt(t->terminal), 0);
    assert_int_equal(unlockpt(t->terminal), 0);
    inner = open(ptsname(t->terminal), O_RDWR | O_NOCTTY);
    assert_true(inner >= 0);
    resize(t, 97, 31);
    return inner;
}

/* Who leaves it is told by events. */
static void assert_event(fixture *f, const char *words)
{
    cleanup_free char *path = text_format("%s/events.log", f->root);
    cleanup_free char *bytes = NULL;
    size_t size = 0;

    assert_int_equal(f->files->read(f->files, path, (size_t)1 << 20, &bytes, &size), 0);
    assert_int_equal(occurrences(bytes, words), 1);
}

static void an_execed_console_follows_the_terminal_until_it_is_left(void **state)
{
    static const char *const tty[] = {"tty", NULL};
    fixture *f = *state;
    wcow_container *container = fixture_create(f, NULL, ping);
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_outcome outcome = WCOW_OUTCOME_INIT;
    wcow_exec_spec spec = WCOW_EXEC_SPEC_INIT;
    typist t = {.seen = TEXT_INIT};
    wcow_status status = WCOW_FAILED;
    pthread_t user;
    streams s;
    char *out;
    char *err;
    int inner;

    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    attach.standard_input = true;
    spec.command = tty;
    spec.tty = true;
    inner = open_terminal(&t);
    streams_replace(f, &s);
    dup2(inner, 0);
    dup2(inner, 1);
    close(inner);
    if (pthread_create(&user, NULL, resize_and_leave, &t) == 0) {
        status = wcow_container_exec(container, &spec, &attach, &outcome, &f->err);
        pthread_join(user, NULL);
    }
    streams_restore(&s, &out, &err);
    close(t.terminal);
    assert_ok(&f->err, status);
    assert_true(outcome.detached);
    assert_event(f, "\"Action\":\"exec_detach\"");
    assert_int_equal(occurrences(text_get(&t.seen), "97x31\n"), 1);
    assert_int_equal(occurrences(text_get(&t.seen), "110x40\n"), 1);
    text_free(&t.seen);
    free(out);
    free(err);
    drop(f, container);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        TEST(an_attached_container_gets_ctrl_c),
        TEST(the_third_ctrl_c_leaves_the_container_alone),
        TEST(an_execed_command_gets_ctrl_c),
        TEST(who_closes_the_console_leaves_an_execed_command_behind),
        TEST(where_there_are_no_signals_ctrl_c_ends_an_execed_command),
        TEST(who_has_had_enough_need_not_wait_for_a_signal_that_is_stuck),
        TEST(an_execed_console_follows_the_terminal_until_it_is_left),
    };

    return cmocka_run_group_tests_name("container/interrupts", tests, NULL, NULL);
}
