/* SPDX-License-Identifier: MIT */
/* A service whose methods answer at once, late, or never, and callers of every kind. */
#include "shim/ttrpc/server.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/condition.h"
#include "base/error.h"
#include "port/clock.h"
#include "shim/ttrpc/workers.h"
#include "shim/wire/task.pb.h"
#include "tests/unit/shim/ttrpc/served.h"
#include "tests/unit/status.h"

#define MOST_KEPT (TTRPC_MOST_CALLS + 1)

typedef struct bench {
    ttrpc_server *server;
    ttrpc_service service;
    stream *caller;
    ttrpc_frame frame;
    const char *name;
    pthread_mutex_t lock; /* guards the following */
    condition changed;
    ttrpc_call *kept[MOST_KEPT];
    size_t kept_count, stuck, left;
    bool go_on;
} bench;

/* ---- the service ---- */

/* Answers with what it was asked. */
static void echo(void *context, ttrpc_call *call)
{
    task_process_request request = {.id = ttrpc_call_payload(call)};

    (void)context;
    ttrpc_call_reply(call, task_process_request_fields, &request);
}

static void say_nothing(void *context, ttrpc_call *call)
{
    (void)context;
    ttrpc_call_reply(call, NULL, NULL);
}

static void complain(void *context, ttrpc_call *call)
{
    wcow_error problem = WCOW_ERROR_INIT;

    (void)context;
    error_set(&problem, WCOW_CONFLICT, "it does not run");
    error_hint(&problem, "start it");
    memcpy(problem.events, "the disk is full\r\nthe layer is damaged\n", 39);
    ttrpc_call_error(call, &problem);
}

static void keep(void *context, ttrpc_call *call)
{
    bench *b = context;

    pthread_mutex_lock(&b->lock);
    b->kept[b->kept_count++] = call;
    condition_broadcast(&b->changed);
    pthread_mutex_unlock(&b->lock);
}

/* Does not return before it may. */
static void hang(void *context, ttrpc_call *call)
{
    bench *b = context;

    pthread_mutex_lock(&b->lock);
    b->stuck++;
    condition_broadcast(&b->changed);
    while (!b->go_on)
        condition_wait(&b->changed, &b->lock);
    pthread_mutex_unlock(&b->lock);
    ttrpc_call_reply(call, NULL, NULL);
}

/* Says yes, and is done later. */
static bool confirm(void *context, ttrpc_call *call)
{
    (void)context;
    ttrpc_call_confirm(call);
    return true;
}

static bool turn_away(void *context, ttrpc_call *call)
{
    (void)context;
    ttrpc_call_fail(call, TTRPC_NOT_FOUND, "no such thing");
    return false;
}

/* A long answer. */
static void bore(void *context, ttrpc_call *call)
{
    cleanup_free char *words = malloc(1 << 20);
    task_process_request request = {.id = {(const uint8_t *)words, 1 << 20}};

    (void)context;
    if (words)
        memset(words, 'x', 1 << 20);
    ttrpc_call_reply(call, task_process_request_fields, &request);
}

static void exceed(void *context, ttrpc_call *call)
{
    cleanup_free char *words = calloc(1, WIRE_MOST_BYTES);
    task_process_request request = {.id = {(const uint8_t *)words, WIRE_MOST_BYTES}};

    (void)context;
    ttrpc_call_reply(call, task_process_request_fields, &request);
}

static void left(void *context, uint64_t caller)
{
    bench *b = context;

    assert_true(caller > 0);
    pthread_mutex_lock(&b->lock);
    b->left++;
    condition_broadcast(&b->changed);
    pthread_mutex_unlock(&b->lock);
}

static const char *const names[] = {"test.v2", "test.v3"};
static const ttrpc_method methods[] = {
    {"Echo", TTRPC_AT_ONCE, echo, NULL},
    {"Nothing", TTRPC_AT_ONCE, say_nothing, NULL},
    {"Complain", TTRPC_AT_ONCE, complain, NULL},
    {"Keep", TTRPC_KEPT, keep, NULL},
    {"Hang", TTRPC_SLOW, hang, NULL},
    {"SlowEcho", TTRPC_SLOW, echo, NULL},
    {"Bore", TTRPC_AT_ONCE, bore, NULL},
    {"Exceed", TTRPC_AT_ONCE, exceed, NULL},
    {"UrgentEcho", TTRPC_URGENT, echo, NULL},
    {"Confirm", TTRPC_SLOW, hang, confirm},
    {"TurnAway", TTRPC_SLOW, hang, turn_away},
};

static int set_up(void **state)
{
    bench *b = calloc(1, sizeof(*b));

    if (!b || !condition_init(&b->changed))
        return -1;
    pthread_mutex_init(&b->lock, NULL);
    b->service = (ttrpc_service){names, 2,    methods, sizeof(methods) / sizeof(methods[0]),
                                 b,     left, NULL,    NULL};
    b->name = served_name();
    b->server = served_start(b->name, &b->service);
    b->caller = served_connect(b->name);
    *state = b;
    return 0;
}

static void go_on(bench *b)
{
    pthread_mutex_lock(&b->lock);
    b->go_on = true;
    condition_broadcast(&b->changed);
    pthread_mutex_unlock(&b->lock);
}

/* Waits until a number is reached. */
static void await(bench *b, const size_t *number, size_t wanted)
{
    const uint64_t deadline = ticks_after(20000);
    bool there;

    pthread_mutex_lock(&b->lock);
    while (*number < wanted && condition_wait_until(&b->changed, &b->lock, deadline))
        continue;
    there = *number >= wanted;
    pthread_mutex_unlock(&b->lock);
    assert_true(there);
}

static int tear_down(void **state)
{
    bench *b = *state;

    go_on(b);
    if (b->server)
        ttrpc_server_stop(b->server, 0);
    for (size_t i = 0; i < b->kept_count; i++)
        ttrpc_call_drop(b->kept[i]); /* after its server's end, too */
    stream_free(b->caller);
    ttrpc_frame_free(&b->frame);
    condition_free(&b->changed);
    pthread_mutex_destroy(&b->lock);
    free(b);
    return 0;
}

/* ---- what callers say ---- */

static void say_bytes(stream *s, const void *bytes, size_t size)
{
    assert_int_equal(stream_write(s, bytes, size), 0);
}

static void ask_with(bench *b, uint32_t id, const char *service, const char *method,
                     const char *words)
{
    cleanup_text text frame = TEXT_INIT;

    served_request(&frame, id, service, method, words);
    say_bytes(b->caller, text_get(&frame), frame.length);
}

static void ask(bench *b, uint32_t id, const char *method)
{
    ask_with(b, id, "test.v2", method, "hello");
}

/* The next answer is to this stream, of this code, with this text (or payload, as a success). */
static void expect(bench *b, uint32_t id, int32_t code, const char *words)
{
    ttrpc_response response = served_response(b->caller, &b->frame);
    cleanup_free char *said = wire_copy(code ? response.status.message : response.payload);

    assert_non_null(said);
    assert_string_equal(said, words);
    assert_int_equal(response.status.code, code);
    assert_int_equal(b->frame.stream_id, id);
}

/* ---- calls ---- */

static void a_method_is_found_under_each_name_of_its_service(void **state)
{
    bench *b = *state;

    ask_with(b, 1, "test.v2", "Echo", "hello");
    expect(b, 1, 0, "\x0a\x05hello");
    ask_with(b, 3, "test.v3", "SlowEcho", "hello");
    expect(b, 3, 0, "\x0a\x05hello");
}

static void an_empty_success_is_an_empty_frame(void **state)
{
    bench *b = *state;

    ask(b, 1, "Nothing");
    expect(b, 1, 0, "");
    assert_int_equal(b->frame.size, 0);
}

static void a_failure_has_its_code_its_words_the_advice_and_the_events(void **state)
{
    bench *b = *state;

    ask(b, 1, "Complain");
    expect(b, 1, TTRPC_FAILED_PRECONDITION,
           "it does not run (start it) [the disk is full; the layer is damaged]");
}

static void what_nobody_serves_is_not_implemented(void **state)
{
    bench *b = *state;

    ask_with(b, 1, "test.v4", "Echo", "hello");
    expect(b, 1, TTRPC_UNIMPLEMENTED, "the service 'test.v4' is not implemented");
    ask(b, 3, "Ech");
    expect(b, 3, TTRPC_UNIMPLEMENTED, "the method 'Ech' is not implemented");
    ask(b, 5, "");
    expect(b, 5, TTRPC_UNIMPLEMENTED, "the method '' is not implemented");
}

static void streams_are_odd_and_rise(void **state)
{
    bench *b = *state;

    ask(b, 5, "Nothing");
    expect(b, 5, 0, "");
    ask(b, 5, "Nothing");
    expect(b, 5, TTRPC_INVALID_ARGUMENT, "the stream's number is not the next");
    ask(b, 3, "Nothing");
    expect(b, 3, TTRPC_INVALID_ARGUMENT, "the stream's number is not the next");
    ask(b, 8, "Nothing");
    expect(b, 8, TTRPC_INVALID_ARGUMENT, "the stream's number is not the next");
    ask(b, 7, "Nothing");
    expect(b, 7, 0, "");
}

static void a_damaged_request_is_refused_and_the_next_is_served(void **state)
{
    static const char damaged[] = "\0\0\0\2\0\0\0\1\1\0\x0a\x09";
    static const char streaming[] = "\0\0\0\0\0\0\0\3\1\2";
    bench *b = *state;

    say_bytes(b->caller, damaged, sizeof(damaged) - 1);
    expect(b, 1, TTRPC_INVALID_ARGUMENT, "the request is damaged: parent stream too short");
    say_bytes(b->caller, streaming, sizeof(streaming) - 1);
    expect(b, 3, TTRPC_UNIMPLEMENTED, "no method takes a stream");
    ask(b, 5, "Nothing");
    expect(b, 5, 0, "");
}

static void frames_of_no_request_are_passed_over(void **state)
{
    static const char data[] = "\0\0\0\1\0\0\0\1\3\0x";
    static const char unknown[] = "\0\0\0\1\0\0\0\1\x63\0x";
    bench *b = *state;

    say_bytes(b->caller, data, sizeof(data) - 1);
    say_bytes(b->caller, unknown, sizeof(unknown) - 1);
    ask(b, 1, "Nothing");
    expect(b, 1, 0, "");
}

static void a_message_that_is_too_long_is_refused_and_the_next_is_served(void **state)
{
    static const char header[] = "\0\x40\0\1\0\0\0\1\1\0"; /* 4 MiB and a byte */
    cleanup_free char *bytes = calloc(1, WIRE_MOST_BYTES + 1);
    bench *b = *state;

    assert_non_null(bytes);
    say_bytes(b->caller, header, sizeof(header) - 1);
    say_bytes(b->caller, bytes, WIRE_MOST_BYTES + 1);
    expect(b, 1, TTRPC_RESOURCE_EXHAUSTED, "the message is longer than 4 MiB");
    ask(b, 3, "Nothing");
    expect(b, 3, 0, "");
}

static void an_answer_that_is_too_long_is_a_failure(void **state)
{
    bench *b = *state;

    ask(b, 1, "Exceed");
    expect(b, 1, TTRPC_INVALID_ARGUMENT, "a message cannot be sent: stream full");
}

/* ---- calls that wait ---- */

static void a_kept_call_is_answered_later_and_others_meanwhile(void **state)
{
    bench *b = *state;

    ask(b, 1, "Keep");
    ask(b, 3, "Nothing");
    expect(b, 3, 0, "");
    await(b, &b->kept_count, 1);
    ttrpc_call_reply(b->kept[0], NULL, NULL);
    b->kept_count = 0;
    expect(b, 1, 0, "");
}

static void calls_that_hang_hold_up_no_quick_one(void **state)
{
    bench *b = *state;
    uint32_t id = 1;

    for (size_t i = 0; i < WORKERS_MOST + 2; i++, id += 2)
        ask(b, id, "Hang");
    await(b, &b->stuck, WORKERS_MOST);
    ask(b, id, "Echo");
    expect(b, id, 0, "\x0a\x05hello");
    go_on(b);
    await(b, &b->stuck, WORKERS_MOST + 2);
}

static void slow_calls_that_hang_hold_up_no_urgent_one(void **state)
{
    bench *b = *state;
    uint32_t id = 1;

    for (size_t i = 0; i < WORKERS_MOST + 2; i++, id += 2)
        ask(b, id, "Hang");
    await(b, &b->stuck, WORKERS_MOST);
    ask(b, id, "UrgentEcho");
    expect(b, id, 0, "\x0a\x05hello");
}

static void a_call_is_confirmed_by_who_reads_it_and_then_done(void **state)
{
    bench *b = *state;
    uint32_t id = 1;

    for (size_t i = 0; i < WORKERS_MOST; i++, id += 2)
        ask(b, id, "Hang");
    await(b, &b->stuck, WORKERS_MOST);
    ask(b, id, "Confirm");
    expect(b, id, 0, "");
    ask(b, id + 2, "TurnAway");
    expect(b, id + 2, TTRPC_NOT_FOUND, "no such thing");
    go_on(b);
    await(b, &b->stuck, WORKERS_MOST + 1); /* it is done */
    for (size_t i = 0; i < WORKERS_MOST; i++)
        assert_int_equal(served_response(b->caller, &b->frame).status.code, 0);
    ask(b, id + 4, "Nothing");
    expect(b, id + 4, 0, ""); /* it was answered once */
}

static void slow_calls_that_wait_have_a_limit(void **state)
{
    bench *b = *state;
    uint32_t id = 1;

    for (size_t i = 0; i < WORKERS_MOST; i++, id += 2)
        ask(b, id, "Hang");
    await(b, &b->stuck, WORKERS_MOST);
    for (size_t i = 0; i < WORKERS_MOST_WAITING; i++, id += 2)
        ask(b, id, "Hang");
    ask(b, id, "Hang");
    expect(b, id, TTRPC_RESOURCE_EXHAUSTED, "too many calls wait");
}

/* A caller who has forgotten so many may still ask for everything else. */
static void kept_calls_have_a_limit_of_their_own(void **state)
{
    bench *b = *state;
    uint32_t id = 1;

    for (size_t i = 0; i < TTRPC_MOST_CALLS; i++, id += 2)
        ask(b, id, "Keep");
    ask(b, id, "Keep");
    expect(b, id, TTRPC_RESOURCE_EXHAUSTED, "too many calls are not answered");
    assert_int_equal(b->kept_count, TTRPC_MOST_CALLS);
    ask(b, id + 4, "UrgentEcho");
    expect(b, id + 4, 0, "\x0a\x05hello");
    ttrpc_call_reply(b->kept[--b->kept_count], NULL, NULL);
    expect(b, id - 2, 0, "");
    ask(b, id + 8, "Keep");
    await(b, &b->kept_count, TTRPC_MOST_CALLS);
}

/* Three of 3 MiB are too much, two are not. */
static void the_bytes_of_kept_calls_have_a_limit(void **state)
{
    const size_t size = 3 << 20;
    cleanup_free char *words = malloc(size + 1);
    bench *b = *state;

    assert_non_null(words);
    memset(words, 'x', size);
    words[size] = '\0';
    for (uint32_t id = 1; id <= 5; id += 2)
        ask_with(b, id, "test.v2", "Keep", words);
    expect(b, 5, TTRPC_RESOURCE_EXHAUSTED, "too many calls are not answered");
    assert_int_equal(b->kept_count, 2);
    ask_with(b, 7, "test.v2", "UrgentEcho", words);
    assert_int_equal(served_response(b->caller, &b->frame).status.code, 0);
    ttrpc_call_drop(b->kept[--b->kept_count]);
    ask(b, 9, "Keep");
    await(b, &b->kept_count, 2);
}

/* ---- callers that do not behave ---- */

static void a_caller_that_does_not_read_delays_nobody_and_is_cut_off(void **state)
{
    bench *b = *state;
    stream *other = served_connect(b->name);
    cleanup_text text frame = TEXT_INIT;
    ttrpc_frame answer = {0};
    uint32_t id = 1;

    for (size_t i = 0; i < TTRPC_MOST_UNREAD / (1 << 20) + 4; i++, id += 2) {
        cleanup_text text request = TEXT_INIT;

        served_request(&request, id, "test.v2", "Bore", "");
        if (stream_write(b->caller, text_get(&request), request.length))
            break; /* cut off already */
    }
    served_request(&frame, 1, "test.v2", "Nothing", "");
    say_bytes(other, text_get(&frame), frame.length);
    served_response(other, &answer);
    await(b, &b->left, 1);
    ttrpc_frame_free(&answer);
    stream_free(other);
}

static void what_a_caller_that_leaves_waited_for_may_still_be_answered(void **state)
{
    bench *b = *state;

    ask(b, 1, "Keep");
    ask(b, 3, "Hang");
    await(b, &b->kept_count, 1);
    await(b, &b->stuck, 1);
    stream_free(TAKE(b->caller));
    await(b, &b->left, 1);
    ttrpc_call_reply(b->kept[0], NULL, NULL);
    b->kept_count = 0;
}

static void a_caller_may_leave_in_the_middle_of_a_frame(void **state)
{
    bench *b = *state;

    say_bytes(b->caller, "\0\0\0\5\0\0", 6);
    stream_free(TAKE(b->caller));
    await(b, &b->left, 1);
    b->caller = served_connect(b->name);
    say_bytes(b->caller, "\0\0\0\5\0\0\0\1\1\0x", 11);
    stream_free(TAKE(b->caller));
    await(b, &b->left, 2);
}

static void more_connections_than_there_may_be_are_closed(void **state)
{
    bench *b = *state;
    stream *others[TTRPC_MOST_LINES];
    char byte;
    size_t got = 1;

    ask(b, 1, "Nothing"); /* so that the first one is counted */
    expect(b, 1, 0, "");
    for (size_t i = 0; i < TTRPC_MOST_LINES; i++)
        others[i] = served_connect(b->name);
    assert_int_equal(stream_read_timeout(others[TTRPC_MOST_LINES - 1], &byte, 1, 20000, &got), 0);
    assert_int_equal(got, 0);
    for (size_t i = 0; i < TTRPC_MOST_LINES; i++)
        stream_free(others[i]);
}

/* ---- the end ---- */

static void *stop(void *context)
{
    bench *b = context;

    ttrpc_server_stop(b->server, 20000);
    return NULL;
}

static void what_was_answered_is_sent_before_the_server_ends(void **state)
{
    bench *b = *state;
    pthread_t stopper;

    ask(b, 1, "Bore");
    ask(b, 3, "Keep");
    await(b, &b->kept_count, 1); /* the first one is answered then */
    assert_int_equal(pthread_create(&stopper, NULL, stop, b), 0);
    assert_int_equal(served_response(b->caller, &b->frame).payload.size, (1 << 20) + 4);
    pthread_join(stopper, NULL);
    b->server = NULL;
    assert_int_equal(b->left, 1);
}

static void slow_calls_that_wait_end_with_the_server(void **state)
{
    bench *b = *state;
    pthread_t stopper;
    uint32_t id = 1;

    for (size_t i = 0; i < WORKERS_MOST; i++, id += 2)
        ask(b, id, "Hang");
    await(b, &b->stuck, WORKERS_MOST);
    for (size_t i = 0; i < 10; i++, id += 2)
        ask(b, id, "Hang");
    ask(b, id, "Nothing");
    expect(b, id, 0, "");
    assert_int_equal(pthread_create(&stopper, NULL, stop, b), 0);
    await(b, &b->left, 1);
    clock_sleep(200); /* by then those that wait are dropped; else they run: both are right */
    go_on(b);
    pthread_join(stopper, NULL);
    b->server = NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_method_is_found_under_each_name_of_its_service),
        TEST(an_empty_success_is_an_empty_frame),
        TEST(a_failure_has_its_code_its_words_the_advice_and_the_events),
        TEST(what_nobody_serves_is_not_implemented),
        TEST(streams_are_odd_and_rise),
        TEST(a_damaged_request_is_refused_and_the_next_is_served),
        TEST(frames_of_no_request_are_passed_over),
        TEST(a_message_that_is_too_long_is_refused_and_the_next_is_served),
        TEST(an_answer_that_is_too_long_is_a_failure),
        TEST(a_kept_call_is_answered_later_and_others_meanwhile),
        TEST(calls_that_hang_hold_up_no_quick_one),
        TEST(slow_calls_that_hang_hold_up_no_urgent_one),
        TEST(a_call_is_confirmed_by_who_reads_it_and_then_done),
        TEST(slow_calls_that_wait_have_a_limit),
        TEST(kept_calls_have_a_limit_of_their_own),
        TEST(the_bytes_of_kept_calls_have_a_limit),
        TEST(a_caller_that_does_not_read_delays_nobody_and_is_cut_off),
        TEST(what_a_caller_that_leaves_waited_for_may_still_be_answered),
        TEST(a_caller_may_leave_in_the_middle_of_a_frame),
        TEST(more_connections_than_there_may_be_are_closed),
        TEST(what_was_answered_is_sent_before_the_server_ends),
        TEST(slow_calls_that_wait_end_with_the_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
