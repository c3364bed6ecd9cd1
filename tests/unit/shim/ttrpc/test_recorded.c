/* SPDX-License-Identifier: MIT */
/*
 * Whole connections of containerd and its shim for Windows (data/README.md): what containerd sent
 * goes to our server, whose methods answer what was answered; what comes back must be the recorded
 * bytes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "shim/ttrpc/line.h"
#include "shim/wire/task.pb.h"
#include "tests/unit/shim/ttrpc/served.h"
#include "tests/unit/status.h"

#define MOST_FRAMES 64

typedef struct recorded_frame {
    bool sent; /* by the client */
    uint32_t stream_id;
    size_t size;
    uint8_t *bytes;
} recorded_frame;

typedef struct recorded_connection {
    recorded_frame frames[MOST_FRAMES];
    size_t count;
} recorded_connection;

static wcow_error err;

/* ---- the recording ---- */

static uint8_t digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void add_frame(recorded_connection *c, const char *line)
{
    recorded_frame *f = &c->frames[c->count++];

    assert_true(c->count < MOST_FRAMES);
    f->sent = line[0] == '>';
    f->size = strcspn(line + 2, "\n") / 2;
    f->bytes = malloc(f->size);
    assert_true(f->bytes && f->size >= TTRPC_HEADER_SIZE);
    for (size_t i = 0; i < f->size; i++)
        f->bytes[i] = (uint8_t)(digit(line[2 + 2 * i]) << 4 | digit(line[3 + 2 * i]));
    f->stream_id = (uint32_t)f->bytes[6] << 8 | f->bytes[7];
}

/* Reads the next connection of a file; false: there is none. */
static bool next_connection(FILE *file, recorded_connection *out)
{
    static char line[16384];

    memset(out, 0, sizeof(*out));
    while (fgets(line, sizeof(line), file)) {
        if (line[0] != '#')
            add_frame(out, line);
        else if (out->count > 0)
            return true;
    }
    return out->count > 0;
}

static void free_connection(recorded_connection *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->frames[i].bytes);
}

static const recorded_frame *answer_to(const recorded_connection *c, uint32_t stream_id)
{
    for (size_t i = 0; i < c->count; i++) {
        if (!c->frames[i].sent && c->frames[i].stream_id == stream_id)
            return &c->frames[i];
    }
    return NULL;
}

/* ---- a service that says what was said ---- */

typedef union any_response {
    task_connect_response connect;
    task_delete_response delete;
    task_pids_response pids;
    task_start_response start;
    task_state_response state;
    task_stats_response stats;
    task_wait_response wait;
} any_response;

static void reply_as_recorded(ttrpc_call *call, const pb_msgdesc_t *fields)
{
    const recorded_connection *c = call->context;
    const recorded_frame *f = answer_to(c, call->stream_id);
    ttrpc_response response = {0};
    any_response message;
    wire_bytes bytes;

    memset(&message, 0, sizeof(message));
    if (!f) { /* the connection closed first */
        ttrpc_call_drop(call);
        return;
    }
    bytes = (wire_bytes){f->bytes + TTRPC_HEADER_SIZE, f->size - TTRPC_HEADER_SIZE};
    if (wire_decode(ttrpc_response_fields, bytes, "it", &response, NULL))
        abort();
    if (response.has_status) {
        cleanup_free char *words = wire_copy(response.status.message);

        ttrpc_call_fail(call, (ttrpc_code)response.status.code, words);
        return;
    }
    if (fields && wire_decode(fields, response.payload, "it", &message, NULL))
        abort();
    ttrpc_call_reply(call, fields, &message);
}

#define ANSWER(name, fields)                                                                       \
    static void answer_##name(void *context, ttrpc_call *call)                                     \
    {                                                                                              \
        (void)context;                                                                             \
        reply_as_recorded(call, fields);                                                           \
    }

ANSWER(nothing, NULL)
ANSWER(connect, task_connect_response_fields)
ANSWER(delete, task_delete_response_fields)
ANSWER(pids, task_pids_response_fields)
ANSWER(start, task_start_response_fields)
ANSWER(state, task_state_response_fields)
ANSWER(stats, task_stats_response_fields)
ANSWER(wait, task_wait_response_fields)

static const char *const names[] = {"containerd.task.v2.Task",
                                    "containerd.services.events.ttrpc.v1.Events"};
static const ttrpc_method methods[] = {
    {"Create", TTRPC_SLOW, answer_nothing, NULL},
    {"Start", TTRPC_SLOW, answer_start, NULL},
    {"Connect", TTRPC_AT_ONCE, answer_connect, NULL},
    {"State", TTRPC_AT_ONCE, answer_state, NULL},
    {"Wait", TTRPC_KEPT, answer_wait, NULL},
    {"Delete", TTRPC_SLOW, answer_delete, NULL},
    {"Kill", TTRPC_SLOW, answer_nothing, NULL},
    {"Pids", TTRPC_AT_ONCE, answer_pids, NULL},
    {"Stats", TTRPC_SLOW, answer_stats, NULL},
    {"Exec", TTRPC_AT_ONCE, answer_nothing, NULL},
    {"CloseIO", TTRPC_AT_ONCE, answer_nothing, NULL},
    {"Shutdown", TTRPC_AT_ONCE, answer_nothing, NULL},
    {"Forward", TTRPC_AT_ONCE, answer_nothing, NULL},
};

/* ---- the client ---- */

static void expect_recorded(const recorded_connection *c, stream *s)
{
    ttrpc_frame frame = {0};
    const recorded_frame *f;

    served_response(s, &frame);
    f = answer_to(c, frame.stream_id);
    assert_non_null(f);
    assert_int_equal(frame.size, f->size - TTRPC_HEADER_SIZE);
    if (frame.size > 0)
        assert_memory_equal(frame.bytes, f->bytes + TTRPC_HEADER_SIZE, frame.size);
    ttrpc_frame_free(&frame);
}

static void replay(recorded_connection *c)
{
    const ttrpc_service service = {names, 2,    methods, sizeof(methods) / sizeof(methods[0]),
                                   c,     NULL, NULL,    NULL};
    const char *name = served_name();
    ttrpc_server *server = served_start(name, &service);
    stream *s = served_connect(name);
    size_t answers = 0;

    for (size_t i = 0; i < c->count; i++) {
        answers += !c->frames[i].sent;
        if (c->frames[i].sent)
            assert_int_equal(stream_write(s, c->frames[i].bytes, c->frames[i].size), 0);
    }
    for (size_t i = 0; i < answers; i++)
        expect_recorded(c, s);
    stream_free(s);
    ttrpc_server_stop(server, 0);
}

static void replay_file(const char *path, size_t connections)
{
    FILE *file = fopen(path, "rb");
    static recorded_connection c;

    assert_non_null(file);
    for (; next_connection(file, &c); connections--) {
        replay(&c);
        free_connection(&c);
    }
    fclose(file);
    assert_int_equal(connections, 0);
}

static void a_run_of_ctr_gets_the_recorded_answers(void **state)
{
    (void)state;
    replay_file("data/frames-ctr-run.txt", 2);
}

static void a_pod_gets_the_recorded_answers(void **state)
{
    (void)state;
    replay_file("data/frames-cri-quick-go.txt", 3);
}

/* Each frame that our side builds from a decoded one is that one. */
static void check_frame(const recorded_frame *f)
{
    cleanup_text text again = TEXT_INIT;
    ttrpc_request request = {0};
    ttrpc_response response = {0};
    const pb_msgdesc_t *fields = f->sent ? ttrpc_request_fields : ttrpc_response_fields;
    void *message = f->sent ? (void *)&request : (void *)&response;
    const wire_bytes bytes = {f->bytes + TTRPC_HEADER_SIZE, f->size - TTRPC_HEADER_SIZE};

    assert_ok(&err, wire_decode(fields, bytes, "it", message, &err));
    assert_ok(&err, ttrpc_frame_add(&again, f->stream_id, f->sent ? TTRPC_REQUEST : TTRPC_RESPONSE,
                                    fields, message, &err));
    assert_int_equal(again.length, f->size);
    assert_memory_equal(text_get(&again), f->bytes, f->size);
}

static void every_recorded_frame_is_written_again_as_it_was(void **state)
{
    FILE *file = fopen("data/frames-cri-quick-go.txt", "rb");
    static recorded_connection c;

    (void)state;
    assert_non_null(file);
    while (next_connection(file, &c)) {
        for (size_t i = 0; i < c.count; i++)
            check_frame(&c.frames[i]);
        free_connection(&c);
    }
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_of_ctr_gets_the_recorded_answers),
        cmocka_unit_test(a_pod_gets_the_recorded_answers),
        cmocka_unit_test(every_recorded_frame_is_written_again_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
