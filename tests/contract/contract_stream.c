/* SPDX-License-Identifier: MIT */
/*
 * What port/stream.h promises: on anonymous pipes, on both directions of a named one, and on
 * standard streams. Threads of a test assert nothing: they record, and the test looks.
 */
#include "contract.h"

#include <pthread.h>
#include <stdio.h>

#include "port/clock.h"
#include "port/machine.h"
#include "port/pipe.h"

#define BIG (3u << 20)

/* A stream to write to, and one where it arrives. */
typedef struct ends {
    stream *in, *out;
} ends;

static ends anonymous_pipe(void)
{
    intptr_t reader;
    intptr_t writer;
    ends made;

    native_pipe(&reader, &writer);
    assert_done(stream_from_native(writer, &made.in));
    assert_done(stream_from_native(reader, &made.out));
    return made;
}

static ends named_pipe(bool to_server)
{
    static unsigned counter;
    cleanup_pipe_server pipe_server *server = NULL;
    char name[64];
    stream *client;
    stream *accepted;

    snprintf(name, sizeof(name), "contract-stream-%u-%u", machine_process_id(), counter++);
    assert_done(pipe_listen(name, &server));
    assert_done(pipe_connect(name, 1000, &client));
    assert_done(pipe_accept(server, &accepted));
    return to_server ? (ends){client, accepted} : (ends){accepted, client};
}

static ends pipe_to_server(void)
{
    return named_pipe(true);
}

static ends pipe_to_client(void)
{
    return named_pipe(false);
}

/* What cmocka hands to each test: how to make its streams. */
typedef struct maker {
    ends (*make)(void);
} maker;

static ends open_ends(void **state)
{
    return ((const maker *)*state)->make();
}

static void close_ends(ends *pair)
{
    stream_free(pair->in);
    stream_free(pair->out);
}

static unsigned char pattern(size_t i)
{
    return (unsigned char)(i % 251);
}

typedef struct task {
    stream *s;
    void *buffer;
    size_t size;
    int32_t hr;
    size_t got;
    uint64_t ended;
} task;

static void *write_task(void *context)
{
    task *t = context;

    t->hr = stream_write(t->s, t->buffer, t->size);
    t->ended = clock_ticks();
    return NULL;
}

static void *read_task(void *context)
{
    task *t = context;

    t->hr = stream_read(t->s, t->buffer, t->size, &t->got);
    t->ended = clock_ticks();
    return NULL;
}

static pthread_t start(void *(*run)(void *), task *t)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, run, t), 0);
    return thread;
}

static void bytes_arrive_whole_and_in_order(void **state)
{
    ends pair = open_ends(state);
    cleanup_free unsigned char *sent = malloc(BIG);
    cleanup_free unsigned char *buffer = malloc(BIG);
    task writing = {.s = pair.in, .buffer = sent, .size = BIG};
    pthread_t writer;
    size_t total = 0;
    bool equal = true;

    for (size_t i = 0; i < BIG; i++)
        sent[i] = pattern(i);
    writer = start(write_task, &writing);
    while (total < BIG) {
        size_t got = 0;

        assert_done(stream_read(pair.out, buffer, BIG, &got));
        assert_true(got > 0);
        for (size_t i = 0; i < got; i++)
            equal = equal && buffer[i] == pattern(total + i);
        total += got;
    }
    pthread_join(writer, NULL);
    assert_done(writing.hr);
    assert_true(equal);
    assert_int_equal(total, BIG);
    close_ends(&pair);
}

static void a_small_buffer_loses_nothing(void **state)
{
    ends pair = open_ends(state);
    char text[8] = "";
    size_t got;

    assert_done(stream_write(pair.in, "abcdef", 6));
    for (size_t i = 0; i < 6; i++) {
        assert_done(stream_read(pair.out, text + i, 1, &got));
        assert_int_equal(got, 1);
    }
    assert_string_equal(text, "abcdef");
    close_ends(&pair);
}

static void what_was_written_arrives_before_the_end(void **state)
{
    ends pair = open_ends(state);
    char text[8] = "";
    size_t got = 99;

    assert_done(stream_write(pair.in, "last", 4));
    stream_free(TAKE(pair.in));
    assert_done(stream_read(pair.out, text, sizeof(text), &got));
    assert_int_equal(got, 4);
    assert_string_equal(text, "last");
    assert_done(stream_read(pair.out, text, sizeof(text), &got));
    assert_int_equal(got, 0);
    assert_done(stream_read(pair.out, text, sizeof(text), &got));
    assert_int_equal(got, 0);
    close_ends(&pair);
}

static void an_empty_write_is_no_end(void **state)
{
    ends pair = open_ends(state);
    char text[8] = "";
    size_t got;

    assert_done(stream_write(pair.in, "", 0));
    assert_done(stream_write(pair.in, "x", 1));
    assert_done(stream_read(pair.out, text, sizeof(text), &got));
    assert_int_equal(got, 1);
    close_ends(&pair);
}

/* The next of several, which must be this one's. */
static void expect_next(stream_readers *r, size_t whose, const char *text)
{
    const void *bytes;
    size_t which;
    size_t got;

    assert_done(stream_readers_next(r, &which, &bytes, &got));
    assert_int_equal(which, whose);
    assert_int_equal(got, strlen(text));
    assert_memory_equal(bytes, text, got);
}

static void several_are_read_by_one(void **state)
{
    ends first = named_pipe(true);
    ends second = named_pipe(false);
    stream *const both[] = {first.out, second.out};
    stream_readers *r = NULL;

    (void)state;
    assert_done(stream_readers_new(both, 2, 4, &r));
    assert_done(stream_write(second.in, "two", 3));
    expect_next(r, 1, "two");
    assert_done(stream_write(first.in, "onwards", 7));
    expect_next(r, 0, "onwa");
    expect_next(r, 0, "rds");
    stream_free(TAKE(first.in));
    expect_next(r, 0, ""); /* its end, once */
    assert_done(stream_write(second.in, "last", 4));
    expect_next(r, 1, "last");
    stream_cancel(second.out);
    expect_next(r, 1, "");
    stream_readers_free(r);
    close_ends(&first);
    close_ends(&second);
}

static void that_the_other_end_is_gone_is_seen_beside_a_reader(void **state)
{
    ends pair = open_ends(state);
    char byte;
    task reading = {.s = pair.out, .buffer = &byte, .size = 1};
    pthread_t reader = start(read_task, &reading);

    clock_sleep(50);
    assert_false(stream_is_over(pair.out));
    assert_done(stream_write(pair.in, "x", 1));
    pthread_join(reader, NULL);
    assert_int_equal(reading.got, 1);
    assert_done(stream_write(pair.in, "y", 1));
    stream_free(TAKE(pair.in));
    assert_false(stream_is_over(pair.out));
    assert_done(stream_read(pair.out, &byte, 1, &reading.got));
    assert_true(stream_is_over(pair.out));
    close_ends(&pair);
}

/* One who has much to say does not keep the other waiting. */
static void those_who_have_something_take_turns(void **state)
{
    ends first = named_pipe(true);
    ends second = named_pipe(true);
    stream *const both[] = {first.out, second.out};
    stream_readers *r = NULL;
    unsigned turns[2] = {0, 0};

    (void)state;
    assert_done(stream_readers_new(both, 2, 1, &r));
    assert_done(stream_write(first.in, "aaaaaaaa", 8));
    assert_done(stream_write(second.in, "bbbbbbbb", 8));
    for (int i = 0; i < 8; i++) {
        const void *bytes;
        size_t which;
        size_t got;

        assert_done(stream_readers_next(r, &which, &bytes, &got));
        turns[which]++;
    }
    assert_int_equal(turns[0], 4);
    assert_int_equal(turns[1], 4);
    stream_readers_free(r); /* with a read under way */
    close_ends(&first);
    close_ends(&second);
}

static void writing_to_nobody_is_a_broken_pipe(void **state)
{
    ends pair = open_ends(state);
    cleanup_free char *bytes = calloc(1, BIG);

    stream_free(TAKE(pair.out));
    assert_hr(HR_BROKEN_PIPE, stream_write(pair.in, bytes, BIG));
    close_ends(&pair);
}

/* Whoever finds another reader goes on where he was: neither before nor behind it. */
static void *hurry_later(void *context)
{
    clock_sleep(50);
    stream_hurry(((task *)context)->s);
    return NULL;
}

/* Who says that no more will come has sent all: none of that is lost, and nobody waits for more. */
static void who_hurries_reads_what_is_there(void **state)
{
    ends pair = open_ends(state);
    char bytes[16];
    task reading = {.s = pair.out, .buffer = bytes, .size = sizeof(bytes)};
    size_t got = 99;
    pthread_t other;

    assert_done(stream_write(pair.in, "abcdef", 6));
    stream_hurry(pair.out);
    assert_done(stream_read(pair.out, bytes, 4, &got));
    assert_int_equal(got, 4);
    assert_done(stream_read(pair.out, bytes, 4, &got));
    assert_int_equal(got, 2);
    assert_hr(HR_WAIT_TIMEOUT, stream_read(pair.out, bytes, 4, &got));
    assert_done(stream_write(pair.in, "g", 1));
    assert_done(stream_read(pair.out, bytes, 4, &got));
    stream_free(TAKE(pair.in));
    assert_done(stream_read(pair.out, bytes, 4, &got));
    assert_int_equal(got, 0);
    stream_cancel(pair.out);
    assert_hr(HR_OPERATION_ABORTED, stream_read(pair.out, bytes, 4, &got));
    close_ends(&pair);

    pair = open_ends(state);
    reading.s = pair.out;
    assert_int_equal(pthread_create(&other, NULL, hurry_later, &reading), 0);
    read_task(&reading);
    pthread_join(other, NULL);
    assert_hr(HR_WAIT_TIMEOUT, reading.hr);
    close_ends(&pair);
}

static void a_writer_knows_how_much_went(void **state)
{
    ends pair = open_ends(state);
    cleanup_free char *bytes = calloc(1, BIG);
    task reading = {.s = pair.out, .buffer = bytes, .size = BIG};
    size_t done = 99;
    pthread_t reader;

    assert_done(stream_write_counted(pair.in, "abc", 3, &done));
    assert_int_equal(done, 3);
    reader = start(read_task, &reading);
    pthread_join(reader, NULL);
    assert_int_equal(reading.got, 3);
    stream_free(TAKE(pair.out));
    assert_hr(HR_BROKEN_PIPE, stream_write_counted(pair.in, bytes, BIG, &done));
    assert_int_equal(done, 0);
    close_ends(&pair);
}

static void a_blocked_writer_learns_that_its_reader_went(void **state)
{
    ends pair = open_ends(state);
    cleanup_free char *bytes = calloc(1, BIG);
    task writing = {.s = pair.in, .buffer = bytes, .size = BIG};
    pthread_t writer = start(write_task, &writing);

    clock_sleep(50);
    stream_free(TAKE(pair.out));
    pthread_join(writer, NULL);
    assert_hr(HR_BROKEN_PIPE, writing.hr);
    close_ends(&pair);
}

static void a_timed_read_gives_up_and_loses_nothing(void **state)
{
    ends pair = open_ends(state);
    uint64_t before = clock_ticks();
    char text[8] = "";
    size_t got = 99;

    assert_hr(HR_WAIT_TIMEOUT, stream_read_timeout(pair.out, text, sizeof(text), 60, &got));
    assert_in_range(clock_ticks() - before, 40, 30000);
    assert_int_equal(got, 99);
    assert_hr(HR_WAIT_TIMEOUT, stream_read_timeout(pair.out, text, sizeof(text), 0, &got));
    assert_done(stream_write(pair.in, "late", 4));
    assert_done(stream_read_timeout(pair.out, text, sizeof(text), 5000, &got));
    assert_int_equal(got, 4);
    assert_string_equal(text, "late");
    assert_hr(HR_WAIT_TIMEOUT, stream_read_timeout(pair.out, text, sizeof(text), 1, &got));
    assert_done(stream_write(pair.in, "more", 4));
    assert_done(stream_read(pair.out, text, sizeof(text), &got));
    assert_string_equal(text, "more");
    close_ends(&pair);
}

/* Many short waits while bytes trickle in: each arrives once. */
static void waits_that_race_with_bytes_lose_none(void **state)
{
    ends pair = open_ends(state);
    unsigned next = 0;

    for (unsigned i = 0; i < 200; i++) {
        unsigned char byte = (unsigned char)i;

        assert_done(stream_write(pair.in, &byte, 1));
        while (next <= i) {
            unsigned char buffer[16];
            size_t got = 0;
            int32_t hr = stream_read_timeout(pair.out, buffer, sizeof(buffer), i % 2, &got);

            if (hr == HR_WAIT_TIMEOUT)
                continue;
            assert_done(hr);
            for (size_t k = 0; k < got; k++)
                assert_int_equal(buffer[k], (unsigned char)next++);
        }
    }
    close_ends(&pair);
}

static void cancel_ends_a_blocked_read(void **state)
{
    ends pair = open_ends(state);
    char text[8];
    task reading = {.s = pair.out, .buffer = text, .size = sizeof(text), .got = 99};
    pthread_t reader = start(read_task, &reading);
    uint64_t before;

    clock_sleep(50);
    before = clock_ticks();
    stream_cancel(pair.out);
    pthread_join(reader, NULL);
    assert_hr(HR_OPERATION_ABORTED, reading.hr);
    assert_int_equal(reading.got, 99);
    assert_true(reading.ended - before < 2000);
    close_ends(&pair);
}

static void cancel_ends_a_blocked_write(void **state)
{
    ends pair = open_ends(state);
    cleanup_free char *bytes = calloc(1, BIG);
    task writing = {.s = pair.in, .buffer = bytes, .size = BIG};
    pthread_t writer = start(write_task, &writing);

    clock_sleep(50);
    stream_cancel(pair.in);
    pthread_join(writer, NULL);
    assert_hr(HR_OPERATION_ABORTED, writing.hr);
    close_ends(&pair);
}

static void a_cancelled_stream_stays_cancelled(void **state)
{
    ends pair = open_ends(state);
    char text[8];
    size_t got;

    assert_done(stream_write(pair.in, "x", 1));
    stream_cancel(pair.out);
    stream_cancel(pair.out);
    stream_cancel(pair.in);
    assert_hr(HR_OPERATION_ABORTED, stream_read(pair.out, text, sizeof(text), &got));
    assert_hr(HR_OPERATION_ABORTED, stream_read_timeout(pair.out, text, sizeof(text), 10, &got));
    assert_hr(HR_OPERATION_ABORTED, stream_write(pair.in, "y", 1));
    close_ends(&pair);
}

static void both_directions_go_at_once(void **state)
{
    ends pair = pipe_to_server();
    char one[16] = "";
    char two[16] = "";
    task reading[2] = {{.s = pair.out, .buffer = one, .size = sizeof(one)},
                       {.s = pair.in, .buffer = two, .size = sizeof(two)}};
    pthread_t threads[2] = {start(read_task, &reading[0]), start(read_task, &reading[1])};

    (void)state;
    clock_sleep(30);
    assert_done(stream_write(pair.in, "to server", 9));
    assert_done(stream_write(pair.out, "to client", 9));
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    assert_done(reading[0].hr);
    assert_done(reading[1].hr);
    assert_string_equal(one, "to server");
    assert_string_equal(two, "to client");
    close_ends(&pair);
}

static void standard_streams_are_not_closed(void **state)
{
    intptr_t reader;
    intptr_t writer;
    intptr_t before;
    cleanup_stream stream *in = NULL;
    stream *standard;
    char text[8] = "";
    size_t got;

    (void)state;
    native_pipe(&reader, &writer);
    before = native_redirect(STANDARD_INPUT, reader);
    assert_done(stream_from_native(writer, &in));
    assert_done(stream_standard(STANDARD_INPUT, &standard));
    assert_hr(HR_WAIT_TIMEOUT, stream_read_timeout(standard, text, sizeof(text), 10, &got));
    assert_done(stream_write(in, "typed", 5));
    assert_done(stream_read(standard, text, sizeof(text), &got));
    assert_string_equal(text, "typed");
    stream_free(standard);
    assert_true(native_is_open(reader));
    native_redirect_back(STANDARD_INPUT, before);
    native_close(reader);
}

static void a_standard_read_can_be_cancelled(void **state)
{
    intptr_t reader;
    intptr_t writer;
    intptr_t before;
    stream *standard;
    char text[8];
    task reading = {.buffer = text, .size = sizeof(text)};
    pthread_t thread;

    (void)state;
    native_pipe(&reader, &writer);
    before = native_redirect(STANDARD_INPUT, reader);
    assert_done(stream_standard(STANDARD_INPUT, &standard));
    reading.s = standard;
    thread = start(read_task, &reading);
    clock_sleep(50);
    stream_cancel(standard);
    pthread_join(thread, NULL);
    assert_hr(HR_OPERATION_ABORTED, reading.hr);
    stream_free(standard);
    native_redirect_back(STANDARD_INPUT, before);
    native_close(writer);
    native_close(reader);
}

static void what_is_no_handle_is_refused(void **state)
{
    stream *s = NULL;

    (void)state;
    assert_true(HR_FAILED(stream_from_native(-1, &s)));
    assert_hr(HR_INVALID_PARAMETER, stream_standard(3, &s));
    assert_null(s);
    stream_free(NULL);
}

/* Once to let the system make what it keeps, then counted. */
static void nothing_is_left_open(void **state)
{
    size_t before = 0;

    for (int i = 0; i < 20; i++) {
        ends pair = open_ends(state);
        char text[8];
        size_t got;

        assert_done(stream_write(pair.in, "x", 1));
        assert_done(stream_read(pair.out, text, sizeof(text), &got));
        assert_hr(HR_WAIT_TIMEOUT, stream_read_timeout(pair.out, text, 1, 1, &got));
        close_ends(&pair);
        if (i == 4)
            before = native_handles();
    }
    assert_in_range(native_handles(), 0, before + 2);
}

#define ON(maker_name, test)                                                                       \
    {                                                                                              \
#test " (" #maker_name ")", test, NULL, NULL, &maker_name##_maker                          \
    }

#define ON_ALL(test) ON(anonymous_pipe, test), ON(pipe_to_server, test), ON(pipe_to_client, test)

int main(void)
{
    static maker anonymous_pipe_maker = {anonymous_pipe};
    static maker pipe_to_server_maker = {pipe_to_server};
    static maker pipe_to_client_maker = {pipe_to_client};
    const struct CMUnitTest tests[] = {
        ON_ALL(bytes_arrive_whole_and_in_order),
        ON_ALL(a_small_buffer_loses_nothing),
        ON_ALL(what_was_written_arrives_before_the_end),
        ON_ALL(an_empty_write_is_no_end),
        ON_ALL(writing_to_nobody_is_a_broken_pipe),
        ON_ALL(a_writer_knows_how_much_went),
        ON(pipe_to_server, who_hurries_reads_what_is_there),
        ON(pipe_to_client, who_hurries_reads_what_is_there),
        ON(pipe_to_server, that_the_other_end_is_gone_is_seen_beside_a_reader),
        ON(pipe_to_client, that_the_other_end_is_gone_is_seen_beside_a_reader),
        ON_ALL(a_blocked_writer_learns_that_its_reader_went),
        ON_ALL(a_timed_read_gives_up_and_loses_nothing),
        ON_ALL(waits_that_race_with_bytes_lose_none),
        ON_ALL(cancel_ends_a_blocked_read),
        ON_ALL(cancel_ends_a_blocked_write),
        ON_ALL(a_cancelled_stream_stays_cancelled),
        ON_ALL(nothing_is_left_open),
        cmocka_unit_test(both_directions_go_at_once),
        cmocka_unit_test(standard_streams_are_not_closed),
        cmocka_unit_test(a_standard_read_can_be_cancelled),
        cmocka_unit_test(what_is_no_handle_is_refused),
        cmocka_unit_test(several_are_read_by_one),
        cmocka_unit_test(those_who_have_something_take_turns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
