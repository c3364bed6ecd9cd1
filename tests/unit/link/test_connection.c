/* SPDX-License-Identifier: MIT */
/* Asking a monitor that is a script. */
#include "link/connection.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "port/pipe.h"
#include "tests/unit/link/wire.h"
#include "tests/unit/status.h"

#define LATE 20000u

static wcow_error err;

typedef struct ends {
    connection client;
    stream *server;
} ends;

static int set_up(void **state)
{
    static ends e;

    e = (ends){CONNECTION_INIT, NULL};
    wire_open(&e.client, &e.server);
    *state = &e;
    return 0;
}

static void hang_up(ends *e)
{
    stream_free(e->server);
    e->server = NULL;
}

static int tear_down(void **state)
{
    ends *e = *state;

    connection_close(&e->client);
    hang_up(e);
    return 0;
}

/* Asks; the answer, if any, has been sent already. */
static wcow_status ask(ends *e, uint32_t milliseconds, frame *answer, bool *silent)
{
    return connection_ask(&e->client, request_new("stop"), milliseconds, answer, silent, &err);
}

static void a_pipe_of_nobody_is_not_found(void **state)
{
    connection c = CONNECTION_INIT;

    (void)state;
    assert_int_equal(connection_open(wire_name(), 0, "1.2.3", &c, &err), WCOW_NOT_FOUND);
    assert_non_null(strstr(err.message, "nobody listens at the pipe"));
    assert_null(c.pipe);
    assert_int_not_equal(connection_open("a\\b", 0, "1.2.3", &c, &err), WCOW_OK);
    assert_null(c.pipe);
    connection_close(&c);
}

static void a_request_is_heard_and_its_answer_told(void **state)
{
    ends *e = *state;
    cleanup_frame frame heard = FRAME_INIT;
    cleanup_frame frame answer = FRAME_INIT;
    bool silent = true;

    assert_ok(&err, frame_write(e->server, FRAME_STARTED, "{\"pid\":7}", 9, &err));
    assert_ok(&err, ask(e, LATE, &answer, &silent));
    assert_int_equal(answer.type, FRAME_STARTED);
    assert_string_equal(answer.bytes, "{\"pid\":7}");
    assert_false(silent);
    assert_ok(&err, frame_read(e->server, LATE, &heard, &err));
    assert_int_equal(heard.type, FRAME_REQUEST);
    assert_string_equal(heard.bytes, "{\"do\":\"stop\",\"needs\":1}");
}

static void the_monitors_error_is_ours(void **state)
{
    ends *e = *state;
    cleanup_frame frame answer = FRAME_INIT;
    cleanup_json cJSON *json = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    bool silent = true;

    error_set(&problem, WCOW_TIMEOUT, "the service does not answer");
    json = error_to_json(&problem);
    assert_ok(&err, frame_write_json(e->server, FRAME_ERROR, json, &err));
    assert_fails(&err, WCOW_TIMEOUT, "the service does not answer", ask(e, LATE, &answer, &silent));
    assert_false(silent); /* its word, though it is a timeout */
    assert_int_equal(answer.type, FRAME_END);
}

static void a_monitor_that_says_nothing_is_silent(void **state)
{
    ends *e = *state;
    cleanup_frame frame answer = FRAME_INIT;
    bool silent = false;

    assert_int_equal(ask(e, 100, &answer, &silent), WCOW_TIMEOUT);
    assert_true(silent);
}

/* Before the request and after it: it was about to leave, which is no failure. */
static void a_monitor_that_hangs_up_gives_no_answer(void **state)
{
    ends *e = *state;
    frame answer = {FRAME_DONE, 0, NULL};
    bool silent = true;

    hang_up(e);
    assert_ok(&err, ask(e, LATE, &answer, &silent));
    assert_int_equal(answer.type, FRAME_END);
    assert_false(silent);
    answer.type = FRAME_DONE;
    assert_ok(&err, ask(e, LATE, &answer, &silent));
    assert_int_equal(answer.type, FRAME_END);
}

static void a_monitor_that_is_newer_is_told_with_our_version(void **state)
{
    static const char said[] = "the other side of the pipe is a wcow of another version, and says "
                               "what this one (1.2.3) does not know";
    ends *e = *state;
    cleanup_frame frame answer = FRAME_INIT;
    bool silent = true;

    assert_int_equal(stream_write(e->server, "Q\0\0\0\0", 5), 0);
    assert_fails(&err, WCOW_UNSUPPORTED, said, ask(e, LATE, &answer, &silent));
    assert_int_equal(stream_write(e->server, "HTTP/", 5), 0);
    assert_fails(&err, WCOW_CORRUPT, "the other side of the pipe is no wcow",
                 ask(e, LATE, &answer, &silent));
}

/* Whoever wants to know the monitor's steps. */
static void keep_step(void *context, const char *what, uint64_t when)
{
    text_addf(context, "%s %u|", what, (unsigned)when);
}

static void the_monitors_steps_are_handed_on_to_who_asked(void **state)
{
    ends *e = *state;
    cleanup_text text kept = TEXT_INIT;
    const step_sink sink = {keep_step, &kept};

    for (int wanted = 0; wanted < 2; wanted++) {
        cleanup_json cJSON *request = NULL;
        cleanup_json cJSON *step = step_to_json("the layer is mounted", 42);
        cleanup_frame frame answer = FRAME_INIT;
        bool silent = true;

        e->client.steps = wanted ? &sink : NULL;
        request = connection_request(&e->client, "start");
        assert_int_equal(json_bool(request, "steps", false), wanted);
        assert_ok(&err, frame_write_json(e->server, FRAME_STEP, step, &err));
        assert_ok(&err, frame_write(e->server, FRAME_STEP, "nonsense", 8, &err));
        assert_ok(&err, frame_write(e->server, FRAME_DONE, NULL, 0, &err));
        assert_ok(&err, ask(e, LATE, &answer, &silent));
        assert_int_equal(answer.type, FRAME_DONE);
        assert_string_equal(text_get(&kept), wanted ? "monitor: the layer is mounted 42|" : "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        cmocka_unit_test(a_pipe_of_nobody_is_not_found),
        TEST(a_request_is_heard_and_its_answer_told),
        TEST(the_monitors_error_is_ours),
        TEST(a_monitor_that_says_nothing_is_silent),
        TEST(a_monitor_that_hangs_up_gives_no_answer),
        TEST(a_monitor_that_is_newer_is_told_with_our_version),
        TEST(the_monitors_steps_are_handed_on_to_who_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
