/* SPDX-License-Identifier: MIT */
/* Calls to a service of ours, and to peers that are scripts. */
#include "shim/ttrpc/client.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/condition.h"
#include "base/error.h"
#include "shim/wire/event.pb.h"
#include "tests/unit/shim/ttrpc/served.h"
#include "tests/unit/status.h"

#define EVENTS "containerd.services.events.ttrpc.v1.Events"

static const ttrpc_what forward = {EVENTS, "Forward", "default"};
static const event_forward_request event = {
    .has_envelope = true, .envelope.topic = {(const uint8_t *)"/tasks/start", 12}};

typedef struct peer {
    ttrpc_server *server;
    ttrpc_service service;
    pipe_server *pipe;
    stream *script; /* the side of a peer that is a script */
    ttrpc_client client;
    ttrpc_answer answer;
    ttrpc_call *kept;
    wcow_error err;
} peer;

static void take_event(void *context, ttrpc_call *call)
{
    event_forward_request request = {0};

    (void)context;
    if (wire_decode(event_forward_request_fields, ttrpc_call_payload(call), "it", &request, NULL) ||
        !wire_is(request.envelope.topic, "/tasks/start"))
        ttrpc_call_fail(call, TTRPC_INVALID_ARGUMENT, "no event");
    else
        ttrpc_call_reply(call, NULL, NULL);
}

static void find_nothing(void *context, ttrpc_call *call)
{
    (void)context;
    ttrpc_call_fail(call, TTRPC_NOT_FOUND, "no such container: 'web'");
}

static void keep(void *context, ttrpc_call *call)
{
    peer *p = context;

    p->kept = call;
}

/* Answers what is kept, late, and then this. */
static void answer_both(void *context, ttrpc_call *call)
{
    peer *p = context;

    ttrpc_call_fail(TAKE(p->kept), TTRPC_INTERNAL, "late");
    ttrpc_call_reply(call, NULL, NULL);
}

static const char *const names[] = {EVENTS};
static const ttrpc_method methods[] = {{"Forward", TTRPC_AT_ONCE, take_event, NULL},
                                       {"Find", TTRPC_AT_ONCE, find_nothing, NULL},
                                       {"Keep", TTRPC_KEPT, keep, NULL},
                                       {"Both", TTRPC_AT_ONCE, answer_both, NULL}};

/* A connection to a server with the service. */
static void serve(peer *p)
{
    const char *name = served_name();

    p->service = (ttrpc_service){names, 1, methods, 4, p, NULL, NULL, NULL};
    p->server = served_start(name, &p->service);
    p->client = (ttrpc_client)TTRPC_CLIENT_INIT(served_connect(name));
}

/* A connection to a script. */
static void connect_script(peer *p)
{
    const char *name = served_name();

    assert_int_equal(pipe_listen(name, &p->pipe), 0);
    p->client = (ttrpc_client)TTRPC_CLIENT_INIT(served_connect(name));
    assert_int_equal(pipe_accept(p->pipe, &p->script), 0);
}

static int set_up(void **state)
{
    *state = calloc(1, sizeof(peer));
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    peer *p = *state;

    stream_free(p->client.pipe);
    stream_free(p->script);
    pipe_server_free(p->pipe);
    if (p->server)
        ttrpc_server_stop(p->server, 0);
    ttrpc_answer_free(&p->answer);
    if (p->kept)
        ttrpc_call_drop(p->kept);
    free(p);
    return 0;
}

static wcow_status call(peer *p, const char *method, uint32_t milliseconds)
{
    const ttrpc_what what = {EVENTS, method, NULL};

    ttrpc_answer_free(&p->answer);
    return ttrpc_client_call(&p->client, &what, event_forward_request_fields, &event, milliseconds,
                             &p->answer, &p->err);
}

static void calls_are_answered_one_after_the_other(void **state)
{
    peer *p = *state;

    serve(p);
    for (int i = 0; i < 3; i++)
        assert_ok(&p->err, call(p, "Forward", 20000));
    assert_int_equal(p->client.last_stream, 5);
}

static void a_failure_is_of_the_kind_that_its_code_says(void **state)
{
    peer *p = *state;

    serve(p);
    assert_fails(&p->err, WCOW_NOT_FOUND, "no such container: 'web'", call(p, "Find", 20000));
    assert_fails(&p->err, WCOW_UNSUPPORTED, "the method 'Fetch' is not implemented",
                 call(p, "Fetch", 20000));
    assert_ok(&p->err, call(p, "Forward", 20000));
}

static void an_answer_that_is_late_is_passed_over(void **state)
{
    peer *p = *state;

    serve(p);
    assert_fails(&p->err, WCOW_TIMEOUT, "no answer came in time", call(p, "Keep", 20));
    assert_ok(&p->err, call(p, "Both", 20000));
}

static void a_call_names_its_namespace_and_its_time(void **state)
{
    peer *p = *state;
    ttrpc_frame frame = {0};
    ttrpc_request request = {0};
    common_pair pair = {0};
    bool ended;

    connect_script(p);
    assert_fails(&p->err, WCOW_TIMEOUT, "no answer came in time",
                 ttrpc_client_call(&p->client, &forward, event_forward_request_fields, &event, 20,
                                   &p->answer, &p->err));
    assert_ok(&p->err, ttrpc_frame_read(p->script, ticks_after(20000), &frame, &ended, &p->err));
    assert_int_equal(frame.stream_id, 1);
    assert_ok(&p->err, wire_decode(ttrpc_request_fields, (wire_bytes){frame.bytes, frame.size},
                                   "it", &request, &p->err));
    assert_true(wire_is(request.service, EVENTS));
    assert_int_equal(request.timeout_nano, 20000000);
    assert_int_equal(request.metadata.count, 1);
    assert_ok(&p->err,
              wire_decode(common_pair_fields, request.metadata.entries[0], "it", &pair, &p->err));
    assert_true(wire_is(pair.key, "containerd-namespace-ttrpc"));
    assert_true(wire_is(pair.value, "default"));
    ttrpc_frame_free(&frame);
}

static void a_peer_that_leaves_is_unavailable(void **state)
{
    peer *p = *state;

    connect_script(p);
    stream_free(TAKE(p->script));
    assert_int_equal(call(p, "Forward", 20000), WCOW_UNAVAILABLE);
    assert_int_equal(p->err.status, WCOW_UNAVAILABLE);
    assert_int_equal(call(p, "Forward", 20000), WCOW_UNAVAILABLE);
}

static void a_peer_that_stops_in_the_middle_of_an_answer_is_unavailable(void **state)
{
    peer *p = *state;

    connect_script(p);
    assert_int_equal(stream_write(p->script, "\0\0\0\5\0\0\0\1\2\0x", 11), 0);
    assert_fails(&p->err, WCOW_UNAVAILABLE, "the connection broke in the middle of a message",
                 call(p, "Forward", 50));
}

typedef struct script {
    peer *p;
    const char *bytes;
} script;

/* An answer to stream 1 that is too long, and one to stream 3. */
static void *say_too_much(void *context)
{
    const script *s = context;

    if (stream_write(s->p->script, "\0\x40\0\1\0\0\0\1\2\0", 10) ||
        stream_write(s->p->script, s->bytes, WIRE_MOST_BYTES + 1) ||
        stream_write(s->p->script, "\0\0\0\0\0\0\0\3\2\0", 10))
        return context;
    return NULL;
}

static void an_answer_that_is_none_is_refused(void **state)
{
    peer *p = *state;

    connect_script(p);
    assert_int_equal(stream_write(p->script, "\0\0\0\1\0\0\0\1\2\0\x0a", 11), 0);
    assert_fails(&p->err, WCOW_INVALID, "the answer is damaged: end-of-stream",
                 call(p, "Forward", 20000));
}

/* Its bytes are read and gone, and the next call is answered. */
static void an_answer_that_is_too_long_is_a_failure(void **state)
{
    cleanup_free char *bytes = calloc(1, WIRE_MOST_BYTES + 1);
    peer *p = *state;
    pthread_t writer;
    script long_one = {p, bytes};

    assert_non_null(bytes);
    connect_script(p);
    assert_int_equal(pthread_create(&writer, NULL, say_too_much, &long_one), 0);
    assert_fails(&p->err, WCOW_NO_MEMORY, "the answer is longer than 4 MiB",
                 call(p, "Forward", 20000));
    assert_ok(&p->err, call(p, "Forward", 20000));
    pthread_join(writer, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(calls_are_answered_one_after_the_other),
        TEST(a_failure_is_of_the_kind_that_its_code_says),
        TEST(an_answer_that_is_late_is_passed_over),
        TEST(a_call_names_its_namespace_and_its_time),
        TEST(a_peer_that_leaves_is_unavailable),
        TEST(a_peer_that_stops_in_the_middle_of_an_answer_is_unavailable),
        TEST(an_answer_that_is_none_is_refused),
        TEST(an_answer_that_is_too_long_is_a_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
