/* SPDX-License-Identifier: MIT */
/* A connection that there is no memory for a writing thread for. */
#include "shim/ttrpc/line.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/part_time.h"
#include "port/clock.h"
#include "shim/wire/task.pb.h"
#include "tests/unit/shim/ttrpc/served.h"
#include "tests/unit/status.h"

/* There is no memory for a thread that writes. */
static atomic_bool no_threads;

bool __real_part_time_call(part_time *p, void *(*run)(void *), void *context);
bool __wrap_part_time_call(part_time *p, void *(*run)(void *), void *context);

bool __wrap_part_time_call(part_time *p, void *(*run)(void *), void *context)
{
    return (p->works || !atomic_load(&no_threads)) && __real_part_time_call(p, run, context);
}

typedef struct bench {
    ttrpc_server *server;
    ttrpc_service service;
    stream *caller;
    ttrpc_frame frame;
    _Atomic(ttrpc_call *) kept;
} bench;

/* Answers with what it was asked. */
static void echo(void *context, ttrpc_call *call)
{
    task_process_request request = {.id = ttrpc_call_payload(call)};

    (void)context;
    ttrpc_call_reply(call, task_process_request_fields, &request);
}

static void keep(void *context, ttrpc_call *call)
{
    bench *b = context;

    atomic_store(&b->kept, call);
}

static const char *const names[] = {"test.v2"};
static const ttrpc_method methods[] = {
    {"Echo", TTRPC_AT_ONCE, echo, NULL},
    {"Keep", TTRPC_KEPT, keep, NULL},
};

static int set_up(void **state)
{
    bench *b = calloc(1, sizeof(*b));
    const char *name = served_name();

    if (!b)
        return -1;
    b->service = (ttrpc_service){.names = names,
                                 .name_count = 1,
                                 .methods = methods,
                                 .method_count = sizeof(methods) / sizeof(methods[0]),
                                 .context = b};
    b->server = served_start(name, &b->service);
    b->caller = served_connect(name);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    bench *b = *state;
    ttrpc_call *kept = atomic_load(&b->kept);

    atomic_store(&no_threads, false);
    ttrpc_server_stop(b->server, 0);
    if (kept)
        ttrpc_call_drop(kept);
    stream_free(b->caller);
    ttrpc_frame_free(&b->frame);
    free(b);
    return 0;
}

static void ask(bench *b, uint32_t id, const char *method)
{
    cleanup_text text frame = TEXT_INIT;

    served_request(&frame, id, "test.v2", method, "hello");
    assert_int_equal(stream_write(b->caller, text_get(&frame), frame.length), 0);
}

/* The next answer is to this stream, a success with this payload. */
static void expect(bench *b, uint32_t id, const char *words)
{
    ttrpc_response response = served_response(b->caller, &b->frame);
    cleanup_free char *said = wire_copy(response.payload);

    assert_non_null(said);
    assert_string_equal(said, words);
    assert_int_equal(response.status.code, 0);
    assert_int_equal(b->frame.stream_id, id);
}

static void await_kept(bench *b)
{
    const uint64_t deadline = clock_ticks() + 20000;

    while (!atomic_load(&b->kept) && clock_ticks() < deadline)
        clock_sleep(5);
    assert_non_null(atomic_load(&b->kept));
}

/* To containerd a connection that ends is a shim that has died, with all of its pod. */
static void an_answer_that_no_thread_can_be_started_for_is_sent_later(void **state)
{
    bench *b = *state;

    atomic_store(&no_threads, true);
    ask(b, 1, "Echo");
    ask(b, 3, "Keep");
    await_kept(b); /* he is heard meanwhile */
    clock_sleep(200);
    atomic_store(&no_threads, false);
    expect(b, 1, "\x0a\x05hello");
}

static void *answer_kept(void *context)
{
    ttrpc_call_reply(context, NULL, NULL);
    return NULL;
}

static pthread_t begin_to_answer(bench *b)
{
    pthread_t who;

    ask(b, 1, "Keep");
    await_kept(b);
    atomic_store(&no_threads, true);
    assert_int_equal(pthread_create(&who, NULL, answer_kept, atomic_exchange(&b->kept, NULL)), 0);
    clock_sleep(200);
    return who;
}

static void nor_is_one_lost_that_comes_while_nobody_asks(void **state)
{
    bench *b = *state;
    const pthread_t who = begin_to_answer(b);

    atomic_store(&no_threads, false);
    expect(b, 1, "");
    pthread_join(who, NULL);
}

static void who_brings_one_waits_no_longer_than_its_caller_is_there(void **state)
{
    bench *b = *state;
    const pthread_t who = begin_to_answer(b);

    stream_free(TAKE(b->caller));
    pthread_join(who, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_answer_that_no_thread_can_be_started_for_is_sent_later),
        TEST(nor_is_one_lost_that_comes_while_nobody_asks),
        TEST(who_brings_one_waits_no_longer_than_its_caller_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
