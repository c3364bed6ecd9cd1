/* SPDX-License-Identifier: MIT */
/* A shim's server as containerd meets it, from its first caller to its end. */
#include "shim/host/serving.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/part_time.h"
#include "port/clock.h"
#include "port/machine.h"
#include "port/pipe.h"
#include "shim/host/pipe_names.h"
#include "shim/host/shim_peer.h"
#include "shim/wire/task.pb.h"
#include "tests/unit/shim/host/events.h"
#include "tests/unit/shim/host/running.h"
#include "tests/unit/status.h"
#include "tests/unit/support/own_resources.h"

#define LONG  20000u
#define SHORT 200u

/* There is no memory for a thread. */
static atomic_bool no_threads;

bool __real_part_time_call(part_time *p, void *(*run)(void *), void *context);
bool __wrap_part_time_call(part_time *p, void *(*run)(void *), void *context);

bool __wrap_part_time_call(part_time *p, void *(*run)(void *), void *context)
{
    return (p->works || !atomic_load(&no_threads)) && __real_part_time_call(p, run, context);
}

typedef struct bench {
    events events;
    running shim;
    ttrpc_answer answer;
    wcow_error err;
} bench;

static int set_up(void **state)
{
    bench *b = calloc(1, sizeof(*b));

    if (!b)
        return -1;
    events_init(&b->events);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    bench *b = *state;

    events_free(&b->events);
    ttrpc_answer_free(&b->answer);
    free(b);
    return 0;
}

/* For what hangs: its threads use all of it until the process ends. */
static bench *hanging[2];
static size_t hang_count;

static int keep(void **state)
{
    hanging[hang_count++] = *state;
    return 0;
}

static shim_peer *connect_to(bench *b, const char *id)
{
    shim_peer *peer = NULL;

    assert_ok(&b->err, shim_peer_connect(b->shim.space, id, LONG, &peer, &b->err));
    return peer;
}

static wcow_status ask(bench *b, shim_peer *peer, const char *service, const char *method,
                       const char *id)
{
    ttrpc_answer_free(&b->answer);
    return shim_peer_ask(peer, service, method, id, LONG, &b->answer, &b->err);
}

static void create(bench *b, shim_peer *peer, const char *id)
{
    const task_create_request request = {.id = wire_text(id), .bundle = wire_text("C:\\b")};
    const ttrpc_what what = {TASK_SERVICE, "Create", b->shim.space};

    ttrpc_answer_free(&b->answer);
    assert_ok(&b->err, ttrpc_client_call(&peer->client, &what, task_create_request_fields, &request,
                                         LONG, &b->answer, &b->err));
}

static bool has_log(const bench *b, const char *id)
{
    cleanup_free char *name = shim_log_pipe(b->shim.space, id);
    cleanup_stream stream *s = NULL;

    return pipe_connect_address(name, 0, NULL, &s) == 0;
}

static void a_task_lives_and_its_shim_ends_when_told(void **state)
{
    bench *b = *state;
    cleanup_shim_peer shim_peer *peer = NULL;
    task_connect_response told = {0};

    events_up(&b->events);
    running_start(&b->shim, NULL, "web", false, b->events.address, SERVE_IDLE);
    assert_true(has_log(b, "web"));
    peer = connect_to(b, "web");
    create(b, peer, "web");
    assert_ok(&b->err, ask(b, peer, TASK_SERVICE, "Connect", "web"));
    assert_ok(&b->err, wire_decode(task_connect_response_fields, b->answer.payload, "the answer",
                                   &told, &b->err));
    assert_true(told.shim_pid > 0);
    assert_ok(&b->err, ask(b, peer, "containerd.task.v3.Task", "Start", "web"));
    fake_end(&b->shim.backend, "web", "", 3);
    fake_finish(&b->shim.backend, "web", "");
    assert_ok(&b->err, ask(b, peer, TASK_SERVICE, "Wait", "web"));
    assert_ok(&b->err, ask(b, peer, TASK_SERVICE, "Delete", "web"));
    ignore(ask(b, peer, TASK_SERVICE, "Shutdown", "web"));
    assert_true(shim_peer_await_end(peer, LONG));
    assert_int_equal(running_end(&b->shim), WCOW_OK);
    assert_true(b->shim.told_ending);
    events_await(&b->events, "create web|start web|exit web web 3|delete web|");
    assert_false(has_log(b, "web"));
}

static void two_shims_of_one_id_cannot_be(void **state)
{
    bench *b = *state;
    running second;

    running_start(&b->shim, NULL, "web", false, "", SHORT);
    running_start(&second, b->shim.space, "web", false, "", SHORT);
    assert_true(running_has_ended(&second, LONG));
    assert_false(second.ready);
    assert_int_not_equal(running_end(&second), WCOW_OK);
    assert_int_equal(running_end(&b->shim), WCOW_OK);
}

/* Who writes answers, events and the log, and the workers, are there while they have something to
 * do: what is left serves, takes callers and log readers, and reads of one caller. */
static void an_idle_server_has_four_threads(void **state)
{
    bench *b = *state;
    cleanup_shim_peer shim_peer *peer = NULL;
    uint64_t deadline;
    size_t before, told;

    events_up(&b->events);
    before = own_threads();
    running_start(&b->shim, NULL, "web", false, b->events.address, SERVE_IDLE);
    assert_true(has_log(b, "web"));
    peer = connect_to(b, "web");
    create(b, peer, "web");
    assert_ok(&b->err, ask(b, peer, TASK_SERVICE, "Start", "web"));
    events_await(&b->events, "create web|start web|");
    told = own_threads();
    deadline = ticks_after(LONG);
    while (own_threads() > before + 4 + 1) { /* one more reads in the events' server */
        assert_true(ticks_now() < deadline);
        usleep(50000);
    }
    assert_true(told > before + 4 + 1);
    fake_end(&b->shim.backend, "web", "", 3); /* all of it comes back */
    fake_finish(&b->shim.backend, "web", "");
    assert_ok(&b->err, ask(b, peer, TASK_SERVICE, "Delete", "web"));
    events_await(&b->events, "create web|start web|exit web web 3|delete web|");
    ignore(ask(b, peer, TASK_SERVICE, "Shutdown", "web"));
    assert_true(shim_peer_await_end(peer, LONG));
    assert_int_equal(running_end(&b->shim), WCOW_OK);
}

/* containerd died between `start` and Create. */
static void a_server_that_nobody_needs_ends(void **state)
{
    bench *b = *state;

    running_start(&b->shim, NULL, "web", false, "", SHORT);
    assert_true(running_has_ended(&b->shim, LONG));
    assert_int_equal(running_end(&b->shim), WCOW_OK);
}

static void a_caller_or_a_task_keeps_it(void **state)
{
    bench *b = *state;
    cleanup_shim_peer shim_peer *peer = NULL;

    running_start(&b->shim, NULL, "web", false, "", SHORT);
    peer = connect_to(b, "web");
    assert_false(running_has_ended(&b->shim, 3 * SHORT));
    create(b, peer, "web");
    shim_peer_free(TAKE(peer)); /* containerd is killed, and comes back */
    assert_false(running_has_ended(&b->shim, 3 * SHORT));
    peer = connect_to(b, "web");
    assert_ok(&b->err, ask(b, peer, TASK_SERVICE, "State", "web"));
    assert_ok(&b->err, ask(b, peer, TASK_SERVICE, "Delete", "web"));
    shim_peer_free(TAKE(peer));
    assert_true(running_has_ended(&b->shim, LONG));
    assert_int_equal(running_end(&b->shim), WCOW_OK);
}

static shim_peer *run_pod(bench *b)
{
    shim_peer *peer;

    running_start(&b->shim, NULL, "pod", true, "", SHORT);
    peer = connect_to(b, "pod");
    create(b, peer, "pod");
    assert_ok(&b->err, ask(b, peer, TASK_SERVICE, "Start", "pod"));
    return peer;
}

static void end_pod(bench *b, shim_peer *peer)
{
    assert_ok(&b->err, ask(b, peer, TASK_SERVICE, "Kill", "pod"));
    fake_end(&b->shim.backend, "pod", "", 1);
    fake_finish(&b->shim.backend, "pod", "");
    assert_ok(&b->err, ask(b, peer, TASK_SERVICE, "Delete", "pod"));
    shim_peer_free(peer);
    assert_true(running_has_ended(&b->shim, LONG));
    assert_int_equal(running_end(&b->shim), WCOW_OK);
}

static void await_no_log(const bench *b, const char *id)
{
    for (unsigned i = 0; has_log(b, id); i++)
        assert_true(i < 1000000);
}

static void a_container_that_joins_has_a_log_until_it_is_deleted(void **state)
{
    bench *b = *state;
    shim_peer *peer = run_pod(b);

    assert_false(has_log(b, "web"));
    assert_ok(&b->err, ask(b, peer, SHIM_SERVICE, SHIM_JOIN, "web"));
    assert_true(has_log(b, "web"));
    create(b, peer, "web");
    assert_ok(&b->err, ask(b, peer, TASK_SERVICE, "Delete", "web"));
    await_no_log(b, "web");
    end_pod(b, peer);
}

static stream *dial_log(const bench *b, const char *id)
{
    cleanup_free char *name = shim_log_pipe(b->shim.space, id);
    stream *s = NULL;

    assert_int_equal(pipe_connect_address(name, 5000, NULL, &s), 0);
    return s;
}

/* No thread reads at the pipe of a container's log: who dials again after containerd's restart is
 * seen when somebody calls, and takes the place of his old end. */
static void who_dials_a_log_again_is_seen_with_the_next_call(void **state)
{
    bench *b = *state;
    shim_peer *peer = run_pod(b);
    cleanup_stream stream *old = NULL;
    cleanup_stream stream *again = NULL;
    cleanup_shim_peer shim_peer *containerd = NULL;
    char byte;
    size_t got = 1;

    assert_ok(&b->err, ask(b, peer, SHIM_SERVICE, SHIM_JOIN, "web"));
    old = dial_log(b, "web");
    containerd = connect_to(b, "pod");
    clock_sleep(200);
    again = dial_log(b, "web");
    shim_peer_free(TAKE(containerd));
    assert_int_equal(stream_read_timeout(old, &byte, 1, LONG, &got), 0);
    assert_int_equal(got, 0);
    assert_ok(&b->err, ask(b, peer, SHIM_SERVICE, SHIM_LEAVE, "web"));
    end_pod(b, peer);
}

/* What goes wrong in its backend, and what that does not heed. */
static void what_its_backend_tells_stands_in_the_log(void **state)
{
    bench *b = *state;
    shim_peer *peer = run_pod(b);
    const serve_owner *owner = &b->shim.owner;
    cleanup_stream stream *log = dial_log(b, "pod");
    wcow_error problem = WCOW_ERROR_INIT;
    char told[512] = "";
    size_t length = 0, got = 1;

    ignore(error_set(&problem, WCOW_FAILED, "its layer stays"));
    owner->problem(owner->context, "web", &problem);
    owner->remark(owner->context, "web", "not heeded:", " this");
    while (!strstr(told, "this") && got > 0 && length + 1 < sizeof(told)) {
        assert_int_equal(
            stream_read_timeout(log, told + length, sizeof(told) - 1 - length, LONG, &got), 0);
        length += got;
    }
    assert_non_null(strstr(told, "level=error msg=\"web: its layer stays\""));
    assert_non_null(strstr(told, "level=debug msg=\"web: not heeded: this\""));
    end_pod(b, peer);
}

static void a_container_that_never_comes_leaves_no_log(void **state)
{
    bench *b = *state;
    shim_peer *peer = run_pod(b);

    assert_ok(&b->err, ask(b, peer, SHIM_SERVICE, SHIM_JOIN, "never"));
    assert_ok(&b->err, ask(b, peer, SHIM_SERVICE, SHIM_LEAVE, "never"));
    await_no_log(b, "never");
    end_pod(b, peer);
}

static void only_who_is_alone_with_it_can_abandon_it(void **state)
{
    bench *b = *state;
    cleanup_shim_peer shim_peer *containerd = NULL;
    cleanup_shim_peer shim_peer *other = NULL;

    running_start(&b->shim, NULL, "web", false, "", SERVE_IDLE);
    containerd = connect_to(b, "web");
    create(b, containerd, "web");
    other = connect_to(b, "web");
    assert_ok(&b->err, ask(b, containerd, TASK_SERVICE, "State", "web"));
    assert_int_equal(ask(b, other, SHIM_SERVICE, SHIM_ABANDON, "web"), WCOW_CONFLICT);
    assert_ok(&b->err, ask(b, containerd, TASK_SERVICE, "State", "web"));
    shim_peer_free(TAKE(containerd));
    while (ask(b, other, SHIM_SERVICE, SHIM_ABANDON, "web") == WCOW_CONFLICT)
        continue;
    assert_true(shim_peer_await_end(other, LONG));
    assert_int_equal(running_end(&b->shim), WCOW_OK);
}

static wcow_status abandon(bench *b, shim_peer *peer, const char *id, uint32_t pid)
{
    return shim_peer_abandon(peer, id, pid, LONG, &b->err);
}

/*
 * containerd is restarted, asks in vain, gives up without closing its connection, and calls
 * `delete`, twice perhaps.
 */
static void its_own_bundle_abandons_it_whoever_is_connected(void **state)
{
    bench *b = *state;
    cleanup_shim_peer shim_peer *containerd = NULL;
    cleanup_shim_peer shim_peer *other = NULL;
    cleanup_shim_peer shim_peer *third = NULL;

    running_start(&b->shim, NULL, "web", false, "", SERVE_IDLE);
    containerd = connect_to(b, "web");
    create(b, containerd, "web");
    other = connect_to(b, "web");
    third = connect_to(b, "web");
    assert_int_equal(abandon(b, other, "web", machine_process_id() + 1), WCOW_CONFLICT);
    assert_ok(&b->err, ask(b, containerd, TASK_SERVICE, "State", "web"));
    assert_ok(&b->err, abandon(b, other, "web", machine_process_id()));
    ignore(abandon(b, third, "web", machine_process_id()));
    assert_true(shim_peer_await_end(third, LONG));
    assert_int_equal(running_end(&b->shim), WCOW_OK);
}

/* containerd has forgotten a container whose Create it waited for in vain: nobody would end it. */
static void a_container_that_is_being_created_is_given_back_when_it_leaves(void **state)
{
    bench *b = *state;
    shim_peer *peer = run_pod(b);
    cleanup_shim_peer shim_peer *creating = connect_to(b, "pod");
    const task_create_request request = {.id = wire_text("web"), .bundle = wire_text("C:\b")};
    const ttrpc_what what = {TASK_SERVICE, "Create", b->shim.space};

    assert_ok(&b->err, ask(b, peer, SHIM_SERVICE, SHIM_JOIN, "web"));
    fake_hold(&b->shim.backend, "create");
    assert_int_equal(ttrpc_client_call(&creating->client, &what, task_create_request_fields,
                                       &request, SHORT, &b->answer, &b->err),
                     WCOW_TIMEOUT);
    fake_await_held(&b->shim.backend, 1);
    assert_int_equal(ask(b, peer, TASK_SERVICE, "State", "web"), WCOW_NOT_FOUND);
    assert_int_equal(ask(b, peer, SHIM_SERVICE, SHIM_LEAVE, "web"), WCOW_CONFLICT);
    await_no_log(b, "web");
    fake_let_go(&b->shim.backend);
    fake_await_calls(&b->shim.backend, "create pod|start pod|create web|discard web|");
    while (ask(b, peer, SHIM_SERVICE, SHIM_LEAVE, "web") == WCOW_CONFLICT)
        continue;
    assert_int_equal(ask(b, peer, TASK_SERVICE, "State", "web"), WCOW_NOT_FOUND);
    shim_peer_free(TAKE(creating));
    end_pod(b, peer);
}

static void a_container_that_is_there_does_not_leave(void **state)
{
    bench *b = *state;
    shim_peer *peer = run_pod(b);

    assert_ok(&b->err, ask(b, peer, SHIM_SERVICE, SHIM_JOIN, "web"));
    create(b, peer, "web");
    assert_int_equal(ask(b, peer, SHIM_SERVICE, SHIM_LEAVE, "web"), WCOW_CONFLICT);
    assert_true(has_log(b, "web"));
    assert_ok(&b->err, ask(b, peer, TASK_SERVICE, "Start", "web"));
    fake_end(&b->shim.backend, "web", "", 3);
    fake_finish(&b->shim.backend, "web", "");
    assert_ok(&b->err, ask(b, peer, TASK_SERVICE, "Delete", "web"));
    end_pod(b, peer);
}

/* The service never answers: the process must go, so serve() returns with things still in use. */
static void a_shim_whose_task_hangs_ends_all_the_same(void **state)
{
    bench *b = *state;
    cleanup_shim_peer shim_peer *peer = NULL;

    running_start(&b->shim, NULL, "web", false, "", SHORT);
    peer = connect_to(b, "web");
    create(b, peer, "web");
    assert_ok(&b->err, ask(b, peer, TASK_SERVICE, "Start", "web"));
    ignore(ask(b, peer, TASK_SERVICE, "Shutdown", "web"));
    shim_peer_free(TAKE(peer));
    assert_true(running_has_ended(&b->shim, LONG));
    assert_int_equal(b->shim.status, WCOW_TIMEOUT);
    assert_string_equal(b->shim.err.message, "'web' does not come to its end");
}

/* Whoever is connected to it will not ask for its end again. */
static void a_shim_that_was_abandoned_and_hangs_ends_all_the_same(void **state)
{
    bench *b = *state;
    shim_peer *containerd;
    cleanup_shim_peer shim_peer *other = NULL;

    running_start(&b->shim, NULL, "web", false, "", SHORT);
    containerd = connect_to(b, "web");
    create(b, containerd, "web");
    assert_ok(&b->err, ask(b, containerd, TASK_SERVICE, "Start", "web"));
    other = connect_to(b, "web");
    assert_ok(&b->err, abandon(b, other, "web", machine_process_id()));
    assert_true(running_has_ended(&b->shim, LONG));
    assert_int_equal(b->shim.status, WCOW_TIMEOUT);
    shim_peer_free(containerd);
}

/* Nothing else comes, nor does anybody call. */
static void an_event_that_no_thread_can_be_started_for_is_told_later(void **state)
{
    const task_event exit = {
        .kind = TASK_EVENT_EXIT, .id = "web", .exec_id = "", .exit_status = 7, .exited_at = 1};
    bench *b = *state;
    uint64_t before;

    events_up(&b->events);
    running_start(&b->shim, NULL, "web", false, b->events.address, LONG);
    before = clock_ticks();
    atomic_store(&no_threads, true);
    b->shim.owner.event(b->shim.owner.context, &exit);
    clock_sleep(SHORT);
    atomic_store(&no_threads, false);
    events_await(&b->events, "exit web web 7|");
    assert_in_range(clock_ticks() - before, SHORT, LONG / 2);
    b->shim.owner.shut_down(b->shim.owner.context);
    assert_int_equal(running_end(&b->shim), WCOW_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_task_lives_and_its_shim_ends_when_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_idle_server_has_four_threads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_shims_of_one_id_cannot_be, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_server_that_nobody_needs_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_caller_or_a_task_keeps_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_container_that_joins_has_a_log_until_it_is_deleted,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_dials_a_log_again_is_seen_with_the_next_call, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_its_backend_tells_stands_in_the_log, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_container_that_never_comes_leaves_no_log, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(only_who_is_alone_with_it_can_abandon_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(its_own_bundle_abandons_it_whoever_is_connected, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            a_container_that_is_being_created_is_given_back_when_it_leaves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_container_that_is_there_does_not_leave, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_event_that_no_thread_can_be_started_for_is_told_later,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_shim_whose_task_hangs_ends_all_the_same, set_up, keep),
        cmocka_unit_test_setup_teardown(a_shim_that_was_abandoned_and_hangs_ends_all_the_same,
                                        set_up, keep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
