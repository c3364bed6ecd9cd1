/* SPDX-License-Identifier: MIT */
/* What port/pipe.h promises. */
#include "contract.h"

#include <pthread.h>
#include <stdio.h>

#include "port/clock.h"
#include "port/machine.h"
#include "port/pipe.h"

#define CLIENTS 40

static const char *fresh_name(void)
{
    static unsigned counter;
    static char name[64];

    snprintf(name, sizeof(name), "contract-pipe-%u-%u", machine_process_id(), counter++);
    return name;
}

static void a_taken_name_is_refused(void **state)
{
    cleanup_pipe_server pipe_server *server = NULL;
    pipe_server *second = NULL;
    const char *name = fresh_name();
    int32_t hr;

    (void)state;
    assert_done(pipe_listen(name, &server));
    hr = pipe_listen(name, &second);
    assert_true(hr == HR_ACCESS_DENIED || hr == HR_ALREADY_EXISTS);
    assert_null(second);
}

static void a_name_is_free_when_its_server_went(void **state)
{
    pipe_server *server;
    const char *name = fresh_name();

    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_done(pipe_listen(name, &server));
        pipe_server_free(server);
    }
}

/* Else anything that the user runs could ask an elevated monitor for what it may not do itself. */
static void an_elevated_server_is_asked_by_administrators_alone(void **state)
{
    cleanup_pipe_server pipe_server *server = NULL;
    const char *name = fresh_name();

    (void)state;
    assert_done(pipe_listen(name, &server));
    assert_int_equal(native_pipe_admits_user(name), !native_is_windows() || !native_is_elevated());
}

static void nobody_listening_is_not_found(void **state)
{
    uint64_t before = clock_ticks();
    stream *client = NULL;

    (void)state;
    assert_hr(HR_FILE_NOT_FOUND, pipe_connect(fresh_name(), 0, &client));
    assert_hr(HR_FILE_NOT_FOUND, pipe_connect(fresh_name(), 60, &client));
    assert_in_range(clock_ticks() - before, 40, 30000);
    assert_null(client);
}

/* And who looks is not taken for a client. */
static void a_server_is_seen_without_a_connection(void **state)
{
    pipe_server *server = NULL;
    stream *client = NULL;
    const char *name = fresh_name();

    (void)state;
    assert_false(pipe_listened(name));
    assert_done(pipe_listen(name, &server));
    for (int i = 0; i < 3; i++)
        assert_true(pipe_listened(name));
    assert_false(pipe_listened("contract-pipe"));
    assert_hr(HR_WAIT_TIMEOUT, pipe_accept_within(server, 20, &client));
    pipe_server_free(server);
    assert_false(pipe_listened(name));
}

static void odd_names_are_refused(void **state)
{
    pipe_server *server = NULL;
    stream *client = NULL;

    (void)state;
    assert_hr(HR_INVALID_PARAMETER, pipe_listen("", &server));
    assert_hr(HR_INVALID_PARAMETER, pipe_listen("a\\b", &server));
    assert_hr(HR_INVALID_PARAMETER, pipe_connect("a/b", 0, &client));
}

typedef struct late_server {
    const char *name;
    pipe_server *server;
    int32_t hr;
} late_server;

static void *listen_later(void *context)
{
    late_server *late = context;

    clock_sleep(80);
    late->hr = pipe_listen(late->name, &late->server);
    return NULL;
}

static void a_client_waits_for_its_server(void **state)
{
    late_server late = {.name = fresh_name()};
    cleanup_stream stream *client = NULL;
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, listen_later, &late), 0);
    assert_done(pipe_connect(late.name, 5000, &client));
    pthread_join(thread, NULL);
    assert_done(late.hr);
    pipe_server_free(late.server);
}

/* The connection that brings the start request carries streams from its first byte on. */
static void bytes_sent_before_accept_arrive(void **state)
{
    cleanup_pipe_server pipe_server *server = NULL;
    cleanup_stream stream *client = NULL;
    cleanup_stream stream *accepted = NULL;
    const char *name = fresh_name();
    char text[8] = "";
    size_t got;

    (void)state;
    assert_done(pipe_listen(name, &server));
    assert_done(pipe_connect(name, 1000, &client));
    assert_done(stream_write(client, "early", 5));
    assert_done(pipe_accept(server, &accepted));
    assert_done(stream_read(accepted, text, sizeof(text), &got));
    assert_string_equal(text, "early");
}

typedef struct patient_server {
    pipe_server *server;
    int32_t hr;
    char heard[8];
} patient_server;

/* Accepts until a client says something. */
static void *listen_to_one(void *context)
{
    patient_server *patient = context;
    size_t got = 0;

    while (got == 0 && HR_SUCCEEDED(patient->hr)) {
        cleanup_stream stream *accepted = NULL;

        patient->hr = pipe_accept(patient->server, &accepted);
        if (HR_SUCCEEDED(patient->hr))
            patient->hr = stream_read(accepted, patient->heard, sizeof(patient->heard) - 1, &got);
    }
    return NULL;
}

/* Whether such a client is seen at all is up to the system; if it is, it ends at once. */
static void clients_that_leave_again_do_no_harm(void **state)
{
    patient_server patient = {0};
    const char *name = fresh_name();
    pthread_t thread;
    stream *client;

    (void)state;
    assert_done(pipe_listen(name, &patient.server));
    assert_done(pipe_connect(name, 1000, &client));
    stream_free(client);
    assert_int_equal(pthread_create(&thread, NULL, listen_to_one, &patient), 0);
    for (int i = 0; i < 20; i++) {
        assert_done(pipe_connect(name, 5000, &client));
        stream_free(client);
    }
    assert_done(pipe_connect(name, 5000, &client));
    assert_done(stream_write(client, "still", 5));
    pthread_join(thread, NULL);
    assert_done(patient.hr);
    assert_string_equal(patient.heard, "still");
    stream_free(client);
    pipe_server_free(patient.server);
}

typedef struct acceptance {
    pipe_server *server;
    int32_t hr;
} acceptance;

static void *accept_one(void *context)
{
    acceptance *waiting = context;
    stream *accepted = NULL;

    waiting->hr = pipe_accept(waiting->server, &accepted);
    stream_free(accepted);
    return NULL;
}

static void cancel_ends_a_blocked_accept(void **state)
{
    acceptance waiting = {0};
    stream *accepted = NULL;
    pthread_t thread;

    (void)state;
    assert_done(pipe_listen(fresh_name(), &waiting.server));
    assert_int_equal(pthread_create(&thread, NULL, accept_one, &waiting), 0);
    clock_sleep(50);
    pipe_server_cancel(waiting.server);
    pthread_join(thread, NULL);
    assert_hr(HR_OPERATION_ABORTED, waiting.hr);
    assert_hr(HR_OPERATION_ABORTED, pipe_accept(waiting.server, &accepted));
    pipe_server_free(waiting.server);
}

static void who_connects_while_nobody_accepts_is_accepted_later(void **state)
{
    cleanup_pipe_server pipe_server *server = NULL;
    const char *name = fresh_name();
    stream *accepted = NULL;

    (void)state;
    assert_done(pipe_listen(name, &server));
    for (int i = 0; i < 3; i++) {
        stream *client = NULL;
        char byte = 0;
        size_t got = 0;

        pipe_server_cancel(server);
        pipe_server_cancel(server);
        assert_hr(HR_OPERATION_ABORTED, pipe_accept(server, &accepted));
        assert_done(pipe_connect(name, 5000, &client));
        assert_done(stream_write(client, "w", 1));
        pipe_server_resume(server);
        assert_done(pipe_accept(server, &accepted));
        assert_done(stream_read(accepted, &byte, 1, &got));
        assert_int_equal(byte, 'w');
        stream_free(accepted);
        stream_free(client);
    }
}

/* Who takes one for the other takes a monitor that lives for a dead one. */
static void a_busy_server_is_told_from_none(void **state)
{
    cleanup_pipe_server pipe_server *server = NULL;
    const char *name = fresh_name();
    stream *clients[2] = {NULL};
    size_t count = 0;
    int32_t hr = HR_OK;

    (void)state;
    assert_done(pipe_listen(name, &server));
    while (count < 2 && HR_SUCCEEDED(hr = pipe_connect(name, 50, &clients[count])))
        count++;
    assert_true(count > 0);
    if (count < 2) /* Linux has room for more */
        assert_hr(HR_PIPE_BUSY, hr);
    assert_true(pipe_listened(name));
    while (count > 0)
        stream_free(clients[--count]);
}

typedef struct client_task {
    const char *name;
    unsigned char number;
    int32_t hr;
    unsigned char answer;
} client_task;

static void *ask(void *context)
{
    client_task *task = context;
    cleanup_stream stream *client = NULL;
    size_t got = 0;

    task->hr = pipe_connect(task->name, 10000, &client);
    if (HR_SUCCEEDED(task->hr))
        task->hr = stream_write(client, &task->number, 1);
    if (HR_SUCCEEDED(task->hr))
        task->hr = stream_read(client, &task->answer, 1, &got);
    return NULL;
}

static void many_clients_are_served_at_once(void **state)
{
    cleanup_pipe_server pipe_server *server = NULL;
    const char *name = fresh_name();
    client_task tasks[CLIENTS];
    pthread_t threads[CLIENTS];
    stream *accepted[CLIENTS];

    (void)state;
    assert_done(pipe_listen(name, &server));
    for (unsigned char i = 0; i < CLIENTS; i++) {
        tasks[i] = (client_task){.name = name, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &tasks[i]), 0);
    }
    /* All connections stand before the first is answered. */
    for (size_t i = 0; i < CLIENTS; i++)
        assert_done(pipe_accept(server, &accepted[i]));
    for (size_t i = 0; i < CLIENTS; i++) {
        unsigned char number;
        size_t got = 0;

        assert_done(stream_read(accepted[i], &number, 1, &got));
        number = (unsigned char)(number + 100);
        assert_done(stream_write(accepted[i], &number, 1));
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        pthread_join(threads[i], NULL);
        stream_free(accepted[i]);
        assert_done(tasks[i].hr);
        assert_int_equal(tasks[i].answer, i + 100);
    }
}

/* Whoever was faster than a monitor may have made a pipe of its name: he is told nothing. */
static void a_pipe_of_a_stranger_is_not_spoken_to(void **state)
{
    const char *name = fresh_name();
    intptr_t pipe = native_strange_pipe(name);
    stream *client = NULL;

    (void)state;
    assert_hr(HR_ACCESS_DENIED, pipe_connect(name, 5000, &client));
    assert_null(client);
    assert_false(native_strange_pipe_heard(pipe));
}

/* ---- addresses: pipes that other programs know by their whole name ---- */

/* Longer than Linux's sockets have room for: a pod's, of two ids. */
#define LONG_PART "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char *address_of(const char *name)
{
    static char address[320];

    snprintf(address, sizeof(address), "\\\\.\\pipe\\%s", name);
    return address;
}

static const char *fresh_address(void)
{
    return address_of(fresh_name());
}

static void meet(const char *listened, const char *connected)
{
    cleanup_pipe_server pipe_server *server = NULL;
    cleanup_stream stream *client = NULL;
    cleanup_stream stream *accepted = NULL;
    char text[8] = "";
    size_t got;

    assert_done(pipe_listen_address(listened, &server));
    assert_done(pipe_connect_address(connected, 5000, NULL, &client));
    assert_done(stream_write(client, "there", 5));
    assert_done(pipe_accept_within(server, 5000, &accepted));
    assert_done(stream_read(accepted, text, sizeof(text), &got));
    assert_string_equal(text, "there");
    assert_done(stream_write(accepted, "back", 5));
    assert_done(stream_read(client, text, sizeof(text), &got));
    assert_string_equal(text, "back");
}

static void an_address_is_met_however_it_is_written(void **state)
{
    const char *name = fresh_name();
    char address[128];
    char url[128];

    (void)state;
    snprintf(address, sizeof(address), "\\\\.\\pipe\\%s", name);
    snprintf(url, sizeof(url), "npipe:////./pipe/%s", name);
    meet(address, address);
    meet(address, url);
    meet(url, address);
}

static void an_address_may_have_parts_and_be_long(void **state)
{
    char address[320];

    (void)state;
    snprintf(address, sizeof(address),
             "\\\\.\\pipe\\ProtectedPrefix\\Administrators\\%s-" LONG_PART "-" LONG_PART,
             fresh_name());
    meet(address, address);
}

static void an_address_leads_to_no_other_computer_and_no_file(void **state)
{
    static const char *const refused[] = {"", "a", "\\\\.\\pipe\\", "\\\\server\\pipe\\a",
                                          "\\\\.\\pipe\\..\\C:\\a"};

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        pipe_server *server = NULL;
        stream *client = NULL;

        assert_hr(HR_INVALID_PARAMETER, pipe_listen_address(refused[i], &server));
        assert_hr(HR_INVALID_PARAMETER, pipe_connect_address(refused[i], 0, NULL, &client));
    }
}

static void a_taken_address_is_refused(void **state)
{
    cleanup_pipe_server pipe_server *server = NULL;
    cleanup_stream stream *client = NULL;
    pipe_server *second = NULL;
    const char *address = fresh_address();
    int32_t hr;

    (void)state;
    assert_done(pipe_listen_address(address, &server));
    hr = pipe_listen_address(address, &second);
    assert_true(hr == HR_ACCESS_DENIED || hr == HR_ALREADY_EXISTS);
    assert_done(pipe_connect_address(address, 5000, NULL, &client));
    hr = pipe_listen_address(address, &second);
    assert_true(hr == HR_ACCESS_DENIED || hr == HR_ALREADY_EXISTS);
    assert_null(second);
}

static void an_address_is_free_when_its_server_went(void **state)
{
    const char *address = fresh_address();

    (void)state;
    for (int i = 0; i < 5; i++)
        meet(address, address);
}

static void an_address_is_looked_for_until_the_time_is_over(void **state)
{
    const uint64_t before = clock_ticks();
    stream *client = NULL;

    (void)state;
    assert_hr(HR_FILE_NOT_FOUND, pipe_connect_address(fresh_address(), 0, NULL, &client));
    assert_hr(HR_FILE_NOT_FOUND, pipe_connect_address(fresh_address(), 60, NULL, &client));
    assert_in_range(clock_ticks() - before, 40, 30000);
    assert_null(client);
}

static void an_address_is_waited_for(void **state)
{
    late_server late = {.name = fresh_name()};
    cleanup_stream stream *client = NULL;
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, listen_later, &late), 0);
    assert_done(pipe_connect_address(address_of(late.name), 30000, NULL, &client));
    pthread_join(thread, NULL);
    assert_done(late.hr);
    pipe_server_free(late.server);
}

static void *give_up_later(void *context)
{
    clock_sleep(80);
    atomic_store((atomic_bool *)context, true);
    return NULL;
}

static void who_gives_up_looks_no_longer(void **state)
{
    atomic_bool given_up = false;
    stream *client = NULL;
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, give_up_later, &given_up), 0);
    assert_hr(HR_OPERATION_ABORTED,
              pipe_connect_address(fresh_address(), 600000, &given_up, &client));
    pthread_join(thread, NULL);
}

static void who_does_not_come_is_not_waited_for_longer(void **state)
{
    cleanup_pipe_server pipe_server *server = NULL;
    cleanup_stream stream *client = NULL;
    cleanup_stream stream *accepted = NULL;
    const char *address = fresh_address();

    (void)state;
    assert_done(pipe_listen_address(address, &server));
    assert_hr(HR_WAIT_TIMEOUT, pipe_accept_within(server, 0, &accepted));
    assert_hr(HR_WAIT_TIMEOUT, pipe_accept_within(server, 50, &accepted));
    assert_done(pipe_connect_address(address, 5000, NULL, &client));
    assert_done(pipe_accept_within(server, 5000, &accepted));
    pipe_server_cancel(server);
    assert_hr(HR_OPERATION_ABORTED, pipe_accept_within(server, 0, &client));
}

/* containerd may run as anybody; it has named the pipe itself. */
static void an_address_of_a_stranger_is_spoken_to(void **state)
{
    const char *name = fresh_name();
    intptr_t pipe = native_strange_pipe(name);
    stream *client = NULL;

    (void)state;
    assert_done(pipe_connect_address(address_of(name), 5000, NULL, &client));
    assert_done(stream_write(client, "x", 1));
    stream_free(client);
    assert_true(native_strange_pipe_heard(pipe));
}

/* Who takes one for the other takes a server that lives for a dead one. */
static void a_busy_address_is_told_from_one_that_nobody_listens_at(void **state)
{
    const char *name = fresh_name();
    const char *address = address_of(name);
    intptr_t pipe = native_strange_pipe(name);
    stream *clients[8] = {NULL};
    stream *none = NULL;
    size_t count = 0;
    int32_t hr = HR_OK;

    (void)state;
    assert_true(pipe_address_listened(address));
    while (count < 8 && HR_SUCCEEDED(hr = pipe_connect_address(address, 0, NULL, &clients[count])))
        count++;
    assert_in_range(count, 1, 7);
    assert_hr(HR_PIPE_BUSY, hr);
    assert_hr(HR_PIPE_BUSY, pipe_connect_address(address, 30, NULL, &none));
    assert_true(pipe_address_listened(address));
    assert_done(stream_write(clients[0], "x", 1));
    assert_true(native_strange_pipe_heard(pipe));
    assert_false(pipe_address_listened(address)); /* though its clients have not left */
    assert_hr(HR_FILE_NOT_FOUND, pipe_connect_address(address, 0, NULL, &none));
    while (count > 0)
        stream_free(clients[--count]);
    assert_false(pipe_address_listened(address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_taken_name_is_refused),
        cmocka_unit_test(a_busy_server_is_told_from_none),
        cmocka_unit_test(a_name_is_free_when_its_server_went),
        cmocka_unit_test(an_elevated_server_is_asked_by_administrators_alone),
        cmocka_unit_test(nobody_listening_is_not_found),
        cmocka_unit_test(a_server_is_seen_without_a_connection),
        cmocka_unit_test(odd_names_are_refused),
        cmocka_unit_test(a_client_waits_for_its_server),
        cmocka_unit_test(bytes_sent_before_accept_arrive),
        cmocka_unit_test(clients_that_leave_again_do_no_harm),
        cmocka_unit_test(cancel_ends_a_blocked_accept),
        cmocka_unit_test(who_connects_while_nobody_accepts_is_accepted_later),
        cmocka_unit_test(many_clients_are_served_at_once),
        cmocka_unit_test(a_pipe_of_a_stranger_is_not_spoken_to),
        cmocka_unit_test(an_address_is_met_however_it_is_written),
        cmocka_unit_test(an_address_may_have_parts_and_be_long),
        cmocka_unit_test(an_address_leads_to_no_other_computer_and_no_file),
        cmocka_unit_test(a_taken_address_is_refused),
        cmocka_unit_test(an_address_is_free_when_its_server_went),
        cmocka_unit_test(an_address_is_looked_for_until_the_time_is_over),
        cmocka_unit_test(an_address_is_waited_for),
        cmocka_unit_test(who_gives_up_looks_no_longer),
        cmocka_unit_test(who_does_not_come_is_not_waited_for_longer),
        cmocka_unit_test(an_address_of_a_stranger_is_spoken_to),
        cmocka_unit_test(a_busy_address_is_told_from_one_that_nobody_listens_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
