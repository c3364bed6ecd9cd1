/* SPDX-License-Identifier: MIT */
/* The log that containerd reads, or does not. */
#include "shim/host/shim_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "port/pipe.h"
#include "shim/host/pipe_names.h"
#include "tests/unit/status.h"
#include "tests/unit/support/own_resources.h"

typedef struct bench {
    char space[64];
    shim_log *log;
    wcow_error err;
} bench;

static int set_up(void **state)
{
    static unsigned count;
    bench *b = calloc(1, sizeof(*b));

    if (!b)
        return -1;
    snprintf(b->space, sizeof(b->space), "wcow-test-log-%d-%u", (int)getpid(), count++);
    assert_ok(&b->err, shim_log_new(b->space, "web", SHIM_INFORM, &b->log, &b->err));
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    bench *b = *state;

    shim_log_free(b->log, 0);
    free(b);
    return 0;
}

static stream *reader_of(const bench *b, const char *id)
{
    cleanup_free char *name = shim_log_pipe(b->space, id);
    stream *s = NULL;

    assert_int_equal(pipe_connect_address(name, 0, NULL, &s), 0);
    return s;
}

/* Reads until the text is there. */
static void expect(stream *s, const char *words)
{
    cleanup_text text said = TEXT_INIT;
    char buffer[4096];
    size_t got;

    while (!strstr(text_get(&said), words)) {
        assert_int_equal(stream_read_timeout(s, buffer, sizeof(buffer), 20000, &got), 0);
        assert_true(got > 0);
        text_add_bytes(&said, buffer, got);
    }
}

static void lines_are_read_also_those_from_before(void **state)
{
    bench *b = *state;
    cleanup_stream stream *s = NULL;

    shim_log_line(b->log, SHIM_INFORM, "first \"%s\"\n", "a\\b");
    shim_log_line(b->log, SHIM_DEBUG, "not told");
    s = reader_of(b, "web");
    expect(s, " level=info msg=\"first \\\"a\\\\b\\\"");
    shim_log_line(b->log, SHIM_ERROR, "second");
    expect(s, " level=error msg=\"second\"\n");
}

/* containerd dials again after its restart, while its old end may still seem to be there. */
static void a_new_reader_takes_the_place_of_the_old_one(void **state)
{
    bench *b = *state;
    cleanup_stream stream *old = reader_of(b, "web");
    cleanup_stream stream *new = NULL;
    char byte;
    size_t got = 1;

    shim_log_line(b->log, SHIM_INFORM, "one");
    expect(old, "one");
    new = reader_of(b, "web");
    assert_int_equal(stream_read_timeout(old, &byte, 1, 20000, &got), 0);
    assert_int_equal(got, 0);
    shim_log_line(b->log, SHIM_INFORM, "two");
    expect(new, "two");
}

static void every_task_has_a_pipe_until_it_is_closed(void **state)
{
    bench *b = *state;
    cleanup_free char *name = shim_log_pipe(b->space, "other");
    cleanup_stream stream *s = NULL;
    cleanup_stream stream *again = NULL;
    char byte;
    size_t got = 1;

    assert_ok(&b->err, shim_log_open(b->log, "other", &b->err));
    assert_ok(&b->err, shim_log_open(b->log, "other", &b->err));
    s = reader_of(b, "other");
    shim_log_look(b->log);
    assert_int_equal(stream_read_timeout(s, &byte, 1, 50, &got), HR_WAIT_TIMEOUT);
    again = reader_of(b, "other");
    shim_log_look(b->log);
    assert_int_equal(stream_read_timeout(s, &byte, 1, 20000, &got), 0);
    assert_int_equal(got, 0);
    shim_log_close(b->log, "other");
    assert_int_equal(stream_read_timeout(again, &byte, 1, 20000, &got), 0);
    assert_int_equal(got, 0);
    stream_free(TAKE(s));
    assert_int_not_equal(pipe_connect_address(name, 0, NULL, &s), 0);
    shim_log_close(b->log, "other");
    shim_log_close(b->log, "web"); /* its own stays */
    s = reader_of(b, "web");
}

/* containerd's end of a pipe that nobody has looked at yet, and what comes after its restart. */
static void who_dials_is_there_before_anybody_looks(void **state)
{
    bench *b = *state;
    cleanup_stream stream *s = NULL;
    char byte;
    size_t got = 1;

    assert_ok(&b->err, shim_log_open(b->log, "other", &b->err));
    s = reader_of(b, "other");
    assert_int_equal(stream_read_timeout(s, &byte, 1, 50, &got), HR_WAIT_TIMEOUT);
    stream_free(TAKE(s));
    shim_log_look(b->log);
    s = reader_of(b, "other");
    assert_int_equal(stream_read_timeout(s, &byte, 1, 50, &got), HR_WAIT_TIMEOUT);
    shim_log_close(b->log, "other");
    assert_int_equal(stream_read_timeout(s, &byte, 1, 20000, &got), 0);
    assert_int_equal(got, 0);
}

static void a_task_s_pipe_takes_no_thread(void **state)
{
    bench *b = *state;
    const size_t before = own_threads();

    assert_ok(&b->err, shim_log_open(b->log, "other", &b->err));
    assert_int_equal(own_threads(), before);
}

static void a_reader_that_does_not_read_stops_nobody(void **state)
{
    char much[1024];
    bench *b = *state;
    cleanup_stream stream *s = reader_of(b, "web");

    memset(much, 'x', sizeof(much) - 1);
    much[sizeof(much) - 1] = '\0';
    for (unsigned i = 0; i < 4096; i++)
        shim_log_line(b->log, SHIM_INFORM, "%s", much);
    expect(s, "xxx");
    for (unsigned i = 0; i < 10; i++)
        shim_log_line(b->log, SHIM_INFORM, "more");
    expect(s, "lines of this log are lost");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_are_read_also_those_from_before, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_reader_takes_the_place_of_the_old_one, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(every_task_has_a_pipe_until_it_is_closed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(who_dials_is_there_before_anybody_looks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_task_s_pipe_takes_no_thread, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reader_that_does_not_read_stops_nobody, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
