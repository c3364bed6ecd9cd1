/* SPDX-License-Identifier: MIT */
/* Monitors that have nothing to do yet, and one that does not answer. */
#include "tests/unit/engine/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/condition.h"
#include "base/error.h"
#include "engine/container/monitor_link.h"
#include "engine/container/reconcile.h"
#include "engine/host/paths.h"
#include "port/clock.h"
#include "port/pipe.h"
#include "tests/posix/wall_clock.h"

static const char *const ping[] = {"ping", NULL};

static int set_up(void **test)
{
    *test = fixture_with_image(NULL);
    return 0;
}

static int tear_down(void **test)
{
    fixture_free(*test);
    return 0;
}

/* The limit under which two are free: those that are may have others between them. */
static int limit_for_two_descriptors(void)
{
    const int first = dup(0);
    const int second = dup(0);

    close(first);
    close(second);
    return second + 1;
}

static void an_idle_monitor_refuses_to_attach(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_frame frame answer = FRAME_INIT;
    connection link = CONNECTION_INIT;
    bool silent;
    wcow_error warning;

    assert_ok(&f->err, monitor_start(web, &link, &warning, &f->err));
    assert_fails(&f->err, WCOW_CONFLICT, "Container web is not running",
                 connection_ask(&link, request_new("attach"), 5000, &answer, &silent, &f->err));
    assert_false(silent);
    connection_close(&link);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

/* Its input stays open: that of others is closed by such a call, too, at a time of its own. */
static wcow_container *create_with_input(fixture *f)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;

    spec.image = IMAGE;
    spec.name = "web";
    spec.command = ping;
    spec.open_stdin = true;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    return web;
}

/* ---- steps ---- */

typedef struct told {
    char all[4096];
    uint64_t last;
} told;

static void note_step(void *context, const char *what, uint64_t when)
{
    told *t = context;
    const size_t length = strlen(t->all);

    snprintf(t->all + length, sizeof(t->all) - length, "%s\n", what);
    t->last = when;
}

/* Those from before it asked, too; whoever does not ask is told none (the frames of others). */
static void who_asks_is_told_the_monitors_steps(void **test)
{
    static const char *const expected[] = {
        "monitor: owns the container\n",    "monitor: listening\n",
        "monitor: asked to start it\n",     "monitor: its scratch layer is mounted\n",
        "monitor: the system is created\n", "monitor: the process is created\n"};
    fixture *f = *test;
    told t = {"", 0};
    const step_sink sink = {note_step, &t};
    wcow_container *web = create_with_input(f);
    cleanup_frame frame answer = FRAME_INIT;
    connection link = CONNECTION_INIT;
    wcow_error warning;
    const char *at = t.all;
    bool silent;

    assert_ok(&f->err, monitor_start(web, &link, &warning, &f->err));
    link.steps = &sink;
    assert_ok(&f->err, connection_ask(&link, connection_request(&link, "start"), 20000, &answer,
                                      &silent, &f->err));
    assert_int_equal(FRAME_STARTED, answer.type);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        at = strstr(at, expected[i]);
        assert_non_null(at); /* in this order */
    }
    assert_in_range(t.last, 1, step_clock());
    connection_close(&link);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

/* What a newer wcow may ask of this one's monitor. */
static void a_monitor_refuses_in_words_what_is_newer_than_itself(void **test)
{
    static const char said[] =
        "container 'web' is watched by an older wcow (%s), which cannot be asked to %s";
    fixture *f = *test;
    wcow_container *web = create_with_input(f);

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    for (int newer = 0; newer < 2; newer++) {
        cJSON *request = request_new(newer ? "stop" : "dance");
        cleanup_frame frame answer = FRAME_INIT;
        cleanup_free char *all = text_format(said, wcow_version(), newer ? "stop" : "dance");
        connection link = CONNECTION_INIT;
        bool silent;

        if (newer)
            assert_true(json_put_integer(request, "needs", PROTOCOL_VERSION + 1));
        assert_ok(&f->err, monitor_connect(web, 5000, &link, &f->err));
        assert_fails(&f->err, WCOW_UNSUPPORTED, all,
                     connection_ask(&link, request, 20000, &answer, &silent, &f->err));
        assert_string_equal(f->err.hint, "stop the container and start it again: wcow stop web; "
                                         "wcow start web");
        connection_close(&link);
    }
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

/* As wcow before there was a version, and as one that has learnt to say more. */
static void a_monitor_serves_older_and_newer_clients(void **test)
{
    static const char old[] = "{\"do\":\"stop\",\"seconds\":0}";
    static const char new[] = "{\"do\":\"stop\",\"seconds\":0,\"needs\":1,\"why\":\"fun\"}";
    fixture *f = *test;
    wcow_container *web = create_with_input(f);

    for (int newer = 0; newer < 2; newer++) {
        const char *request = newer ? new : old;
        cleanup_frame frame answer = FRAME_INIT;
        connection link = CONNECTION_INIT;

        assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
        assert_ok(&f->err, monitor_connect(web, 5000, &link, &f->err));
        if (newer)
            assert_ok(&f->err, frame_write(link.pipe, (frame_type)'q', "?", 1, &f->err));
        assert_ok(&f->err,
                  frame_write(link.pipe, FRAME_REQUEST, request, strlen(request), &f->err));
        assert_ok(&f->err, frame_read(link.pipe, 20000, &answer, &f->err));
        assert_int_equal(answer.type, FRAME_DONE);
        connection_close(&link);
        fixture_settle(f);
    }
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

/*
 * It waited for the lock of one that dies then: the state says "running", and nobody but this one
 * can see that it is not so.
 */
static void an_idle_monitor_inherits_from_one_that_died(void **test)
{
    const state running = {.phase = PHASE_RUNNING, .started = 1, .monitor_pid = 4711};
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *status = NULL;
    connection link = CONNECTION_INIT;
    wcow_error warning;

    assert_ok(&f->err, state_write(f->host, wcow_container_id(web), &running, &f->err));
    assert_ok(&f->err, monitor_start(web, &link, &warning, &f->err));
    connection_close(&link);
    assert_ok(&f->err, wcow_container_stop(web, 1, &f->err));
    status = fixture_inspect(f, web, "State.Status");
    assert_string_equal(status, "exited");
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
    fixture_assert_clean(f);
}

/* Its creator died while it waited for his lock: it records that, and keeps the lock from nobody.
 */
static void a_monitor_leaves_what_was_never_made(void **test)
{
    const state creating = {.phase = PHASE_CREATING};
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    const uint64_t begun = clock_ticks();
    cleanup_free char *status = NULL;

    f->host->limits.request = 8000;
    assert_ok(&f->err, state_write(f->host, wcow_container_id(web), &creating, &f->err));
    assert_int_equal(wcow_monitor_run(f->host, wcow_container_id(web), &f->err), WCOW_CONFLICT);
    assert_true(clock_ticks() - begun < 5000);
    status = fixture_inspect(f, web, "State.Status");
    assert_string_equal(status, "dead");
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    wcow_container_free(web);
}

/* It would stay for `request` milliseconds, but whoever removes the container sends it away. */
static void an_idle_monitor_does_not_hold_up_a_removal(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    connection link = CONNECTION_INIT;
    wcow_error warning;

    f->host->limits.request = 60000;
    f->host->limits.owner = 30000;
    assert_ok(&f->err, monitor_start(web, &link, &warning, &f->err));
    connection_close(&link);

    const uint64_t begun = clock_ticks();

    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    assert_true(clock_ticks() - begun < 10000);
    wcow_container_free(web);
    fixture_assert_clean(f);
}

static void ask(fixture *f, const connection *link, const char *request)
{
    assert_ok(&f->err, frame_write(link->pipe, FRAME_REQUEST, request, strlen(request), &f->err));
}

static void read_until(fixture *f, const connection *link, frame_type wanted)
{
    frame_type type;

    do {
        cleanup_frame frame answer = FRAME_INIT;

        assert_ok(&f->err, frame_read(link->pipe, 8000, &answer, &f->err));
        type = answer.type;
    } while (type != wanted);
}

/* One that connected just before its end, and asks after it, is hung up on at once, not when the
 * last reader of its output has had enough: "run … | less" may stay for ever. */
static void who_starts_what_has_ended_waits_for_no_reader(void **test)
{
    fixture *f = *test;
    connection reader = CONNECTION_INIT;
    connection starter = CONNECTION_INIT;
    wcow_container *web = create_with_input(f);

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_ok(&f->err, monitor_connect(web, 5000, &reader, &f->err));
    assert_ok(&f->err, monitor_connect(web, 5000, &starter, &f->err));
    ask(f, &reader, "{\"do\":\"attach\",\"output\":true,\"end\":true}");
    read_until(f, &reader, FRAME_STARTED);
    assert_ok(&f->err, wcow_container_kill(web, "KILL", &f->err));
    read_until(f, &reader, FRAME_EXIT);
    ask(f, &starter, "{\"do\":\"start\"}");
    read_until(f, &starter, FRAME_END);
    connection_close(&starter);
    connection_close(&reader);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static void a_new_size_reaches_the_console(void **test)
{
    static const char size[] = "{\"columns\":97,\"rows\":31}";
    static const char nonsense[] = "{\"columns\":0,\"rows\":31}";
    fixture *f = *test;
    wcow_container *web = create_with_input(f);
    cleanup_frame frame answer = FRAME_INIT;
    connection link = CONNECTION_INIT;
    size_t before;
    bool silent;

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_ok(&f->err, monitor_connect(web, 5000, &link, &f->err));
    before = fixture_calls(f, "HcsModifyProcess");
    assert_ok(&f->err,
              frame_write(link.pipe, FRAME_RESIZE, nonsense, sizeof nonsense - 1, &f->err));
    assert_ok(&f->err, frame_write(link.pipe, FRAME_RESIZE, size, sizeof size - 1, &f->err));
    assert_ok(&f->err,
              connection_ask(&link, request_new("stop"), 20000, &answer, &silent, &f->err));
    connection_close(&link);
    assert_int_equal(fixture_calls(f, "HcsModifyProcess"), before + 1);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static void a_monitor_that_says_nothing_is_given_up_on(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *name = path_of_pipe(f->host, wcow_container_id(web));
    state running = {.phase = PHASE_RUNNING, .started = 1};
    store_lock owner = STORE_LOCK_INIT;
    pipe_server *server = NULL;

    f->host->limits.shutdown = f->host->limits.terminate = f->host->limits.patience = 200;
    assert_ok(&f->err, state_write(f->host, wcow_container_id(web), &running, &f->err));
    assert_ok(&f->err, container_own(f->host, wcow_container_id(web), 1000, &owner, &f->err));
    assert_int_equal(pipe_listen(name, &server), 0);
    assert_fails(&f->err, WCOW_TIMEOUT,
                 "cannot stop container 'web': its monitor has not answered for 1 s",
                 wcow_container_stop(web, 0, &f->err));
    assert_string_equal(f->err.hint,
                        "end the monitor process of the container, then: wcow rm -f web");
    pipe_server_free(server);
    store_lock_release(&owner);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

/* It lives, since it holds its lock, and there is no pipe: asking went on for ever. */
static void a_monitor_that_does_not_listen_is_given_up_on(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    state running = {.phase = PHASE_RUNNING, .started = 1, .monitor_pid = 4711};
    store_lock owner = STORE_LOCK_INIT;
    uint32_t exit_code = 0;

    f->host->limits.connect = 300;
    assert_ok(&f->err, state_write(f->host, wcow_container_id(web), &running, &f->err));
    assert_ok(&f->err, container_own(f->host, wcow_container_id(web), 1000, &owner, &f->err));
    assert_fails(&f->err, WCOW_TIMEOUT, "cannot stop container 'web': its monitor does not listen",
                 wcow_container_stop(web, 0, &f->err));
    assert_string_equal(f->err.hint, "end the monitor process 4711, then: wcow rm -f web");
    assert_fails(&f->err, WCOW_TIMEOUT,
                 "cannot wait for container 'web': its monitor does not listen",
                 wcow_container_wait(web, &exit_code, &f->err));
    assert_fails(&f->err, WCOW_TIMEOUT,
                 "cannot remove container 'web': cannot kill container 'web': its monitor does not "
                 "listen",
                 wcow_container_remove(web, true, &f->err));
    store_lock_release(&owner);
    f->host->limits.connect = 10000;
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

/* No descriptor is left for a client: it is one moment's shortage, and was the end of listening. */
static void a_shortage_does_not_make_a_monitor_deaf(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_frame frame answer = FRAME_INIT;
    struct rlimit before;
    struct rlimit short_of;
    connection link = CONNECTION_INIT;
    bool silent;

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    assert_ok(&f->err, monitor_connect(web, 5000, &link, &f->err));
    connection_close(&link);
    /* Ours take two, the socket and its cancel; others may come and go meanwhile. */
    short_of = before;
    short_of.rlim_cur = (rlim_t)limit_for_two_descriptors();
    while (!link.pipe && short_of.rlim_cur < before.rlim_cur) {
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &short_of), 0);
        ignore(monitor_connect(web, 0, &link, NULL));
        short_of.rlim_cur++;
    }
    clock_sleep(300);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_non_null(link.pipe);
    assert_ok(&f->err,
              connection_ask(&link, request_new("stop"), 20000, &answer, &silent, &f->err));
    connection_close(&link);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

/*
 * Set back by an hour in the middle of a wait: what a wait by the wall clock takes for its deadline
 * is an hour away then.
 */
static void a_clock_set_back_does_not_prolong_a_stop(void **test)
{
    static const char *const stuck[] = {"stuck", NULL};
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", stuck);
    const uint64_t begun = ticks_now();

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    wall_clock_lie(INT64_C(3600) * 1000000000);
    ignore(wcow_container_stop(web, 1, &f->err));
    wall_clock_lie(0);
    assert_true(ticks_now() - begun < 60000);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
    fixture_assert_clean(f);
}

/* A monitor of one client: carries out nothing, and keeps what it was asked for. */
typedef struct listener {
    pipe_server *server;
    char asked[160];
} listener;

static void *listen_once(void *context)
{
    listener *l = context;
    cleanup_frame frame request = FRAME_INIT;
    stream *client = NULL;

    if (pipe_accept(l->server, &client))
        return NULL;
    if (!frame_read(client, 20000, &request, NULL) && request.bytes)
        snprintf(l->asked, sizeof l->asked, "%s", request.bytes);
    ignore(frame_write(client, FRAME_DONE, NULL, 0, NULL));
    stream_free(client);
    return NULL;
}

/* What a stop with this patience asks the monitor for. */
static void stop_at(fixture *f, wcow_container *container, int patience, listener *l)
{
    cleanup_free char *name = path_of_pipe(f->host, wcow_container_id(container));
    pthread_t thread;

    if (pipe_listen(name, &l->server))
        return;
    if (pthread_create(&thread, NULL, listen_once, l) == 0) {
        ignore(wcow_container_stop(container, patience, &f->err));
        pipe_server_cancel(l->server);
        pthread_join(thread, NULL);
    }
    pipe_server_free(l->server);
}

static void assert_stop(fixture *f, int own, int patience, const char *expected)
{
    const state running = {.phase = PHASE_RUNNING, .started = 1};
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    store_lock owner = STORE_LOCK_INIT;
    wcow_container *web = NULL;
    listener l = {.asked = ""};
    const char *id;

    spec.image = IMAGE;
    spec.stop_timeout = own;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    id = wcow_container_id(web);
    assert_ok(&f->err, state_write(f->host, id, &running, &f->err));
    assert_ok(&f->err, container_own(f->host, id, 1000, &owner, &f->err));
    stop_at(f, web, patience, &l);
    store_lock_release(&owner);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
    assert_string_equal(l.asked, expected);
}

static void a_stop_without_a_time_takes_the_containers_own(void **test)
{
    fixture *f = *test;

    assert_stop(f, 7, -1, "{\"do\":\"stop\",\"needs\":1,\"seconds\":7}");
    assert_stop(f, -1, -1, "{\"do\":\"stop\",\"needs\":1,\"seconds\":30}");
    assert_stop(f, 7, 4, "{\"do\":\"stop\",\"needs\":1,\"seconds\":4}");
    assert_stop(f, WCOW_FOREVER, -1, "{\"do\":\"stop\",\"needs\":1,\"seconds\":2147483647}");
}

/* A monitor that says that it runs, and then nothing more, as one that is killed. */
static void *die_while_attached(void *context)
{
    static const char started[] = "{\"pid\":1}";
    cleanup_frame frame request = FRAME_INIT;
    stream *client = NULL;

    if (HR_SUCCEEDED(pipe_accept(context, &client)) &&
        !frame_read(client, FRAME_FOREVER, &request, NULL))
        ignore(frame_write(client, FRAME_STARTED, started, sizeof started - 1, NULL));
    stream_free(client);
    return NULL;
}

static void who_is_attached_learns_that_the_monitor_died(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);
    cleanup_free char *name = path_of_pipe(f->host, wcow_container_id(web));
    state running = {.phase = PHASE_RUNNING, .started = 1};
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_outcome outcome = WCOW_OUTCOME_INIT;
    store_lock owner = STORE_LOCK_INIT;
    pipe_server *server = NULL;
    pthread_t monitor;

    attach.standard_output = false;
    attach.standard_error = false;
    assert_ok(&f->err, state_write(f->host, wcow_container_id(web), &running, &f->err));
    assert_ok(&f->err, container_own(f->host, wcow_container_id(web), 1000, &owner, &f->err));
    assert_int_equal(pipe_listen(name, &server), 0);
    assert_int_equal(pthread_create(&monitor, NULL, die_while_attached, server), 0);
    assert_fails(&f->err, WCOW_UNAVAILABLE, "the monitor of container 'web' died",
                 wcow_container_attach(web, &attach, &outcome, &f->err));
    pthread_join(monitor, NULL);
    pipe_server_free(server);
    store_lock_release(&owner);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_idle_monitor_refuses_to_attach, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_asks_is_told_the_monitors_steps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_monitor_refuses_in_words_what_is_newer_than_itself,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_monitor_serves_older_and_newer_clients, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_idle_monitor_inherits_from_one_that_died, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_monitor_leaves_what_was_never_made, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_idle_monitor_does_not_hold_up_a_removal, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(who_starts_what_has_ended_waits_for_no_reader, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_new_size_reaches_the_console, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_monitor_that_says_nothing_is_given_up_on, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_monitor_that_does_not_listen_is_given_up_on, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_shortage_does_not_make_a_monitor_deaf, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_clock_set_back_does_not_prolong_a_stop, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(who_is_attached_learns_that_the_monitor_died, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_stop_without_a_time_takes_the_containers_own, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
