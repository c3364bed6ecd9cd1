/* SPDX-License-Identifier: MIT */
/* Readers who come and go. */
#include "shim/stdio/outlet.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/condition.h"
#include "base/error.h"
#include "port/clock.h"
#include "port/machine.h"
#include "tests/shim/far_end.h"
#include "tests/unit/status.h"

#define PATIENCE 60000u
#define BIG      ((size_t)600 << 10) /* more than any pipe holds */

static char address[128];

static int name_afresh(void **state)
{
    static unsigned counter;

    (void)state;
    snprintf(address, sizeof(address), "\\\\.\\pipe\\test-outlet-%u-%u", machine_process_id(),
             counter++);
    return 0;
}

static unsigned char pattern(size_t i)
{
    return (unsigned char)(i % 251);
}

static unsigned char *big(void)
{
    unsigned char *bytes = malloc(BIG);

    assert_non_null(bytes);
    for (size_t i = 0; i < BIG; i++)
        bytes[i] = pattern(i);
    return bytes;
}

static outlet *dial(uint32_t retry)
{
    stream *pipe = NULL;
    outlet *o;

    assert_int_equal(pipe_connect_address(address, PATIENCE, NULL, &pipe), HR_OK);
    o = outlet_of_client(address, pipe, retry);
    assert_non_null(o);
    return o;
}

/* A write on a thread of its own. */
typedef struct writing {
    outlet *to;
    const void *bytes;
    size_t size;
    pthread_t thread;
    uint64_t ended;
} writing;

static void *write_main(void *context)
{
    writing *w = context;

    outlet_write(w->to, w->bytes, w->size);
    w->ended = clock_ticks();
    return NULL;
}

static void begin(writing *w)
{
    assert_int_equal(pthread_create(&w->thread, NULL, write_main, w), 0);
}

static uint64_t end(writing *w)
{
    pthread_join(w->thread, NULL);
    return w->ended;
}

static void what_is_written_arrives_whole_and_then_the_end(void **state)
{
    cleanup_free unsigned char *bytes = big();
    far_end *reader = far_end_new(address, FAR_READER);
    outlet *o = dial(0);
    size_t size;

    (void)state;
    outlet_write(o, bytes, BIG);
    outlet_free(o);
    assert_true(far_end_ended(reader, PATIENCE));
    assert_memory_equal(far_end_bytes(reader, &size), bytes, BIG);
    assert_int_equal(size, BIG);
    assert_int_equal(far_end_connections(reader), 1);
    far_end_free(reader);
}

/* containerd is restarted in the middle: nothing is said twice, and what the next one hears goes on
 * behind what the first took. */
static void a_reader_who_comes_back_hears_the_rest(void **state)
{
    cleanup_free unsigned char *bytes = big();
    far_end *reader = far_end_new(address, FAR_READER);
    writing w = {.to = dial(0), .bytes = bytes, .size = BIG};
    const char *heard;
    size_t first;
    size_t size;

    (void)state;
    outlet_write(w.to, bytes, 10);
    assert_true(far_end_heard(reader, 10, PATIENCE));
    far_end_leave(reader);
    begin(&w);
    clock_sleep(30);
    far_end_return(reader);
    end(&w);
    outlet_free(w.to);
    assert_true(far_end_ended(reader, PATIENCE));
    heard = far_end_bytes(reader, &size);
    first = far_end_begin(reader);
    assert_int_equal(first, 10);
    assert_int_equal(size - first, BIG);
    assert_memory_equal(heard + first, bytes, BIG);
    far_end_free(reader);
}

/* What was in the pipe when he went is lost with him, and no more than that. */
static void a_reader_who_goes_in_the_middle_takes_only_what_is_in_the_pipe(void **state)
{
    cleanup_free unsigned char *bytes = big();
    far_end *reader = far_end_new(address, FAR_READER);
    far_end *stalled;
    writing w = {.bytes = bytes, .size = BIG};
    const char *heard;
    size_t size;

    (void)state;
    far_end_free(reader);
    stalled = far_end_new(address, FAR_STALLED);
    w.to = dial(0);
    begin(&w);
    clock_sleep(30);
    far_end_free(stalled);
    reader = far_end_new(address, FAR_READER);
    end(&w);
    outlet_free(w.to);
    assert_true(far_end_ended(reader, PATIENCE));
    heard = far_end_bytes(reader, &size);
    assert_in_range(size, 1, BIG - 1);
    assert_memory_equal(heard, bytes + (BIG - size), size);
    far_end_free(reader);
}

static void a_reader_who_stays_away_is_waited_for_as_long_as_it_was_said(void **state)
{
    far_end *reader = far_end_new(address, FAR_READER);
    writing w = {.to = dial(700), .bytes = "abc", .size = 3};
    const uint64_t before = clock_ticks();
    stream *nobody = NULL;
    unsigned connections;

    (void)state;
    far_end_leave(reader);
    connections = far_end_connections(reader);
    begin(&w);
    assert_in_range(end(&w) - before, 690, PATIENCE);
    /* From then on nobody is looked for, whoever listens. */
    far_end_return(reader);
    outlet_write(w.to, "def", 3);
    assert_false(far_end_heard(reader, 1, 50));
    assert_int_equal(far_end_connections(reader), connections);
    outlet_free(w.to);
    far_end_free(reader);
    assert_int_equal(pipe_connect_address(address, 0, NULL, &nobody), HR_FILE_NOT_FOUND);
}

static void giving_up_ends_the_waiting_for_a_reader(void **state)
{
    far_end *reader = far_end_new(address, FAR_READER);
    writing w = {.to = dial(0), .bytes = "abc", .size = 3};
    uint64_t before;

    (void)state;
    far_end_leave(reader);
    begin(&w);
    clock_sleep(50);
    before = clock_ticks();
    outlet_give_up(w.to);
    end(&w);
    assert_in_range(clock_ticks() - before, 0, PATIENCE);
    outlet_write(w.to, "def", 3);
    outlet_free(w.to);
    far_end_free(reader);
}

static void giving_up_ends_a_write_to_one_who_does_not_read(void **state)
{
    cleanup_free unsigned char *bytes = big();
    far_end *stalled = far_end_new(address, FAR_STALLED);
    writing w = {.to = dial(0), .bytes = bytes, .size = BIG};

    (void)state;
    begin(&w);
    clock_sleep(50);
    outlet_give_up(w.to);
    end(&w);
    outlet_write(w.to, bytes, BIG);
    outlet_free(w.to);
    far_end_free(stalled);
}

/* The pauses have grown; who hurries makes an attempt at once, and then one every half second. */
static void who_hurries_finds_one_who_came_back(void **state)
{
    far_end *reader = far_end_new(address, FAR_READER);
    writing w = {.to = dial(0), .bytes = "abc", .size = 3};
    uint64_t before;

    (void)state;
    far_end_leave(reader);
    begin(&w);
    clock_sleep(2500); /* 0.2 0.3 0.45 0.68 1.0 1.5: the next ones are longer than a second */
    far_end_return(reader);
    before = clock_ticks();
    outlet_hurry(w.to);
    assert_in_range(end(&w) - before, 0, 400);
    outlet_free(w.to);
    assert_true(far_end_ended(reader, PATIENCE));
    far_end_free(reader);
}

/* It would be a loop as fast as the machine. */
static void one_who_closes_every_connection_is_not_dialled_in_circles(void **state)
{
    cleanup_free unsigned char *bytes = big();
    far_end *fickle = far_end_new(address, FAR_FICKLE);
    writing w = {.to = dial(0), .bytes = bytes, .size = BIG};

    (void)state;
    begin(&w);
    clock_sleep(700);
    outlet_give_up(w.to);
    end(&w);
    outlet_free(w.to);
    /* What a socket took before its end counts as read, so some are dialled at once. */
    assert_in_range(far_end_connections(fickle), 1, 40);
    far_end_free(fickle);
}

/* ---- loggers ---- */

static outlet *listen_for_logger(uint32_t patience)
{
    pipe_server *server = NULL;
    outlet *o;

    assert_int_equal(pipe_listen_address(address, &server), HR_OK);
    o = outlet_of_logger(server, patience);
    assert_non_null(o);
    return o;
}

static void a_logger_that_comes_later_hears_all(void **state)
{
    writing w = {.to = listen_for_logger(PATIENCE), .bytes = "abc", .size = 3};
    cleanup_stream stream *logger = NULL;
    char heard[8] = "";
    size_t got;

    (void)state;
    assert_false(outlet_await(w.to, 20));
    begin(&w);
    clock_sleep(20);
    assert_int_equal(pipe_connect_address(address, PATIENCE, NULL, &logger), HR_OK);
    assert_int_equal(stream_read(logger, heard, sizeof(heard), &got), HR_OK);
    assert_string_equal(heard, "abc");
    end(&w);
    outlet_free(w.to);
    assert_int_equal(stream_read(logger, heard, sizeof(heard), &got), HR_OK);
    assert_int_equal(got, 0);
}

/* What a container writes is for the one logger that was started. */
static void nobody_comes_after_the_logger(void **state)
{
    outlet *o = listen_for_logger(PATIENCE);
    cleanup_stream stream *logger = NULL;
    stream *second = NULL;

    (void)state;
    assert_int_equal(pipe_connect_address(address, PATIENCE, NULL, &logger), HR_OK);
    assert_true(outlet_await(o, PATIENCE));
    assert_int_equal(pipe_connect_address(address, 0, NULL, &second), HR_FILE_NOT_FOUND);
    outlet_free(o);
}

static void a_logger_that_does_not_come_is_waited_for_once(void **state)
{
    outlet *o = listen_for_logger(100);
    const uint64_t before = clock_ticks();
    stream *late = NULL;

    (void)state;
    outlet_write(o, "abc", 3);
    assert_in_range(clock_ticks() - before, 90, PATIENCE);
    outlet_write(o, "abc", 3);
    outlet_free(o);
    assert_int_equal(pipe_connect_address(address, 0, NULL, &late), HR_FILE_NOT_FOUND);
}

static void a_logger_that_dies_stops_nobody(void **state)
{
    cleanup_free unsigned char *bytes = big();
    outlet *o = listen_for_logger(PATIENCE);
    stream *logger = NULL;

    (void)state;
    assert_int_equal(pipe_connect_address(address, PATIENCE, NULL, &logger), HR_OK);
    assert_true(outlet_await(o, PATIENCE));
    stream_free(logger);
    outlet_write(o, bytes, BIG);
    outlet_write(o, bytes, BIG);
    outlet_free(o);
}

static void giving_up_ends_the_waiting_for_a_logger(void **state)
{
    writing w = {.to = listen_for_logger(10 * PATIENCE), .bytes = "abc", .size = 3};

    (void)state;
    begin(&w);
    clock_sleep(50);
    outlet_give_up(w.to);
    end(&w);
    outlet_free(w.to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, name_afresh)
        TEST(what_is_written_arrives_whole_and_then_the_end),
        TEST(a_reader_who_comes_back_hears_the_rest),
        TEST(a_reader_who_goes_in_the_middle_takes_only_what_is_in_the_pipe),
        TEST(a_reader_who_stays_away_is_waited_for_as_long_as_it_was_said),
        TEST(giving_up_ends_the_waiting_for_a_reader),
        TEST(giving_up_ends_a_write_to_one_who_does_not_read),
        TEST(who_hurries_finds_one_who_came_back),
        TEST(one_who_closes_every_connection_is_not_dialled_in_circles),
        TEST(a_logger_that_comes_later_hears_all),
        TEST(nobody_comes_after_the_logger),
        TEST(a_logger_that_does_not_come_is_waited_for_once),
        TEST(a_logger_that_dies_stops_nobody),
        TEST(giving_up_ends_the_waiting_for_a_logger),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
