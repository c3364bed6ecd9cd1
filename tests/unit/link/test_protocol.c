/* SPDX-License-Identifier: MIT */
/* Frames on a pipe: what is sent arrives, and what is no frame is refused. */
#include "link/protocol.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "tests/unit/link/wire.h"
#include "tests/unit/status.h"

#define SOON 200u /* for what does not come */
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

static void send_bytes(ends *e, const char *bytes, size_t length)
{
    assert_int_equal(stream_write(e->server, bytes, length), 0);
}

/* ---- frames ---- */

static void a_frame_arrives_whole(void **state)
{
    ends *e = *state;
    cleanup_frame frame first = FRAME_INIT;
    cleanup_frame frame second = FRAME_INIT;
    cleanup_frame frame third = FRAME_INIT;

    assert_ok(&err, frame_write(e->server, FRAME_OUTPUT, "a\0b", 3, &err));
    assert_ok(&err, frame_write(e->server, FRAME_DONE, NULL, 0, &err));
    hang_up(e);
    assert_ok(&err, frame_read(e->client.pipe, LATE, &first, &err));
    assert_int_equal(first.type, FRAME_OUTPUT);
    assert_int_equal(first.length, 3);
    assert_memory_equal(first.bytes, "a\0b", 4); /* and a NUL */
    assert_ok(&err, frame_read(e->client.pipe, FRAME_FOREVER, &second, &err));
    assert_int_equal(second.type, FRAME_DONE);
    assert_int_equal(second.length, 0);
    assert_ok(&err, frame_read(e->client.pipe, LATE, &third, &err));
    assert_int_equal(third.type, FRAME_END);
}

static void a_frame_that_comes_in_pieces_is_one(void **state)
{
    static const char whole[] = "o\x04\0\0\0text";
    ends *e = *state;
    cleanup_frame frame got = FRAME_INIT;

    for (size_t i = 0; i + 1 < sizeof whole; i++)
        send_bytes(e, whole + i, 1);
    assert_ok(&err, frame_read(e->client.pipe, LATE, &got, &err));
    assert_int_equal(got.type, FRAME_OUTPUT);
    assert_string_equal(got.bytes, "text");
}

static void what_does_not_come_is_waited_for_so_long(void **state)
{
    ends *e = *state;
    cleanup_frame frame got = FRAME_INIT;

    assert_fails(&err, WCOW_TIMEOUT, "no answer came in time",
                 frame_read(e->client.pipe, SOON, &got, &err));
    assert_ok(&err, frame_write(e->server, FRAME_DONE, NULL, 0, &err)); /* nothing is lost */
    assert_ok(&err, frame_read(e->client.pipe, LATE, &got, &err));
    assert_int_equal(got.type, FRAME_DONE);
}

/* Of a newer wcow: small letters may be passed over, capital ones may not. */
static void new_kinds_are_passed_over_or_refused_by_their_letter(void **state)
{
    ends *e = *state;
    cleanup_frame frame got = FRAME_INIT;
    cleanup_frame frame refused = FRAME_INIT;

    send_bytes(e, "q\x02\0\0\0??", 7);
    send_bytes(e, "D\0\0\0\0", 5);
    assert_ok(&err, frame_read(e->client.pipe, LATE, &got, &err));
    assert_int_equal(got.type, FRAME_DONE);
    send_bytes(e, "Q\0\0\0\0", 5);
    assert_fails(&err, WCOW_UNSUPPORTED, "a frame of the kind 'Q' is not known",
                 frame_read(e->client.pipe, LATE, &refused, &err));
    assert_null(refused.bytes);
}

static void what_is_no_frame_is_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *said;
    } rows[] = {
        {"HTTP/1.1 200 OK", 15, "the other side of the pipe is no wcow"},
        {"o\x01\x00\x10\x00", 5, "the other side of the pipe is no wcow"}, /* a byte too long */
        {"1\0\0\0\0", 5, "the other side of the pipe is no wcow"},
        {"o\x04\0\0", 4, "the connection broke in the middle of a message"},
        {"o\x04\0\0\0te", 7, "the connection broke in the middle of a message"},
        {"o\x04\0\0\0", 5, "the connection broke in the middle of a message"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ends e = {CONNECTION_INIT, NULL};
        cleanup_frame frame got = FRAME_INIT;

        wire_open(&e.client, &e.server);
        send_bytes(&e, rows[i].bytes, rows[i].length);
        hang_up(&e);
        assert_fails(&err, WCOW_CORRUPT, rows[i].said, frame_read(e.client.pipe, LATE, &got, &err));
        connection_close(&e.client);
    }
}

static void what_is_too_long_is_not_sent(void **state)
{
    ends *e = *state;
    cleanup_free char *bytes = calloc(1, FRAME_LIMIT + 1);

    assert_non_null(bytes);
    assert_fails(&err, WCOW_INVALID, "a message of 1048577 bytes is too long",
                 frame_write(e->server, FRAME_OUTPUT, bytes, FRAME_LIMIT + 1, &err));
}

/* ---- what they carry ---- */

static void a_request_says_what_it_needs(void **state)
{
    cleanup_json cJSON *request = request_new("stop");
    cleanup_free char *printed = json_print(request);

    (void)state;
    assert_string_equal(printed, "{\"do\":\"stop\",\"needs\":1}");
}

static void errors_cross_the_pipe_whole(void **test)
{
    const wcow_error sent = {WCOW_UNAVAILABLE, (int32_t)0xC0370106, "it \"broke\"", "one\ntwo",
                             "do it"};
    cleanup_json cJSON *json = error_to_json(&sent);
    wcow_error got = WCOW_ERROR_INIT;

    (void)test;
    assert_int_equal(error_from_json(json, &got), WCOW_UNAVAILABLE);
    assert_int_equal(got.hresult, sent.hresult);
    assert_string_equal(got.message, sent.message);
    assert_string_equal(got.events, sent.events);
    assert_string_equal(got.hint, sent.hint);
}

/* A newer wcow may have kinds of failures that we do not know; and none is a success. */
static void an_error_of_an_unknown_kind_is_a_failure(void **state)
{
    static const int kinds[] = {0, -1, 9999};

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        cleanup_json cJSON *json = cJSON_CreateObject();
        wcow_error got = WCOW_ERROR_INIT;

        assert_true(json_add_integer(json, "status", kinds[i]));
        assert_int_equal(error_from_json(json, &got), WCOW_FAILED);
        assert_string_equal(got.message, "unknown error");
    }
}

/* What FRAME_EXIT's JSON is taken for. */
static wcow_status exit_of(cJSON *json, uint32_t *code, wcow_error *warning)
{
    cleanup_json cJSON *owned = json;
    cleanup_free char *printed = json_print(owned);
    const frame f = {FRAME_EXIT, (uint32_t)strlen(printed), printed};

    return exit_from_frame(&f, code, warning, &err);
}

static void an_end_has_a_code_or_a_reason(void **state)
{
    const wcow_error none = WCOW_ERROR_INIT;
    const uint32_t all_bits = 0xC000013A;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_error warning = WCOW_ERROR_INIT;
    uint32_t code = 7;

    (void)state;
    error_set(&problem, WCOW_EXIT_UNKNOWN, "nobody knows");
    assert_ok(&err, exit_of(exit_to_json(&all_bits, &none), &code, &warning));
    assert_int_equal(code, all_bits);
    assert_int_equal(warning.status, WCOW_OK);
    assert_fails(&err, WCOW_EXIT_UNKNOWN, "nobody knows",
                 exit_of(exit_to_json(NULL, &problem), &code, &warning));
    assert_int_equal(code, all_bits);
    assert_int_equal(exit_of(exit_to_json(&all_bits, &problem), &code, &warning), WCOW_OK);
    assert_string_equal(warning.message, "nobody knows");
    assert_int_equal(exit_of(exit_to_json(&all_bits, &problem), &code, NULL), WCOW_OK);
}

static void json_that_is_none_is_refused(void **state)
{
    const frame f = {FRAME_ERROR, 1, (char[]){"{"}};
    cleanup_json cJSON *json = NULL;

    (void)state;
    assert_int_equal(frame_json(&f, &json, NULL), WCOW_CORRUPT);
    assert_int_equal(error_from_frame(&f, NULL), WCOW_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        TEST(a_frame_arrives_whole),
        TEST(a_frame_that_comes_in_pieces_is_one),
        TEST(what_does_not_come_is_waited_for_so_long),
        TEST(new_kinds_are_passed_over_or_refused_by_their_letter),
        TEST(what_is_too_long_is_not_sent),
        cmocka_unit_test(what_is_no_frame_is_refused),
        cmocka_unit_test(a_request_says_what_it_needs),
        cmocka_unit_test(errors_cross_the_pipe_whole),
        cmocka_unit_test(an_error_of_an_unknown_kind_is_a_failure),
        cmocka_unit_test(an_end_has_a_code_or_a_reason),
        cmocka_unit_test(json_that_is_none_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
