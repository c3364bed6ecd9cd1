/* SPDX-License-Identifier: MIT */
/* `delete` as containerd calls it, and the helper that goes on. */
#include "shim/host/shim_actions.h"

#include <unistd.h>

#include "base/error.h"
#include "port/pipe.h"
#include "shim/host/pipe_names.h"
#include "shim/wire/task.pb.h"
#include "tests/unit/shim/host/actions_bench.h"
#include "tests/unit/shim/host/running.h"
#include "tests/unit/status.h"

static void delete_gives_back_what_a_dead_server_left(void **state)
{
    bench *b = *state;

    bench_write(b, "web", "config.json", ALONE);
    assert_ok(&b->err, bench_delete(b, "web"));
    assert_string_equal(text_get(&b->released), "pod of web|");
    assert_ok(&b->err, bench_delete(b, "web"));
    assert_string_equal(text_get(&b->released), "pod of web|");
    assert_ok(&b->err, bench_delete(b, "nobody"));
    assert_string_equal(text_get(&b->released), "pod of nobody|");
}

/* Of version 3, where nothing but the sandbox's `delete` comes, it is the whole pod. */
static void delete_of_a_container_gives_back_no_other(void **state)
{
    bench *b = *state;

    bench_write(b, "pod", "config.json", POD);
    bench_write(b, "third", "config.json", IN_POD);
    assert_ok(&b->err, bench_delete(b, "third"));
    assert_string_equal(text_get(&b->released), "third|");
    assert_ok(&b->err, bench_delete(b, "pod"));
    assert_string_equal(text_get(&b->released), "pod of pod|");
}

static void a_living_pod_is_not_harmed_by_the_delete_of_a_container(void **state)
{
    bench *b = *state;
    running pod;
    cleanup_shim_peer shim_peer *peer = NULL;

    bench_write(b, "pod", "config.json", POD);
    bench_write(b, "web", "config.json", IN_POD);
    running_start(&pod, b->space, "pod", true, "", 200);
    assert_ok(&b->err, shim_peer_connect(b->space, "pod", 0, &peer, &b->err));
    bench_create(b, peer, "pod");
    bench_ask(b, peer, "Start", "pod");
    bench_create(b, peer, "web");
    assert_ok(&b->err, bench_delete(b, "web")); /* which the pod has: it is newer, perhaps */
    assert_string_equal(text_get(&b->released), "");
    bench_ask(b, peer, "Delete", "web");
    assert_ok(&b->err, bench_delete(b, "web"));
    assert_string_equal(text_get(&b->released), "web|");
    assert_ok(&b->err, bench_delete(b, "pod")); /* we are connected, as containerd is */
    assert_string_equal(text_get(&b->released), "");
    fake_end(&pod.backend, "pod", "", 1);
    fake_finish(&pod.backend, "pod", "");
    bench_ask(b, peer, "Delete", "pod");
    shim_peer_free(TAKE(peer));
    assert_int_equal(running_end(&pod), WCOW_OK);
}

typedef struct creation {
    bench own; /* of the other thread: its space, and its error */
    wcow_status status;
} creation;

static void *create_web(void *context)
{
    creation *c = context;
    const task_create_request request = {.id = wire_text("web"), .bundle = wire_text("C:\\b")};
    const ttrpc_what what = {TASK_SERVICE, "Create", c->own.space};
    cleanup_shim_peer shim_peer *peer = NULL;
    cleanup_ttrpc_answer ttrpc_answer answer = {0};

    c->status = shim_peer_connect(c->own.space, "pod", 0, &peer, &c->own.err);
    if (!c->status)
        c->status = ttrpc_client_call(&peer->client, &what, task_create_request_fields, &request,
                                      20000, &answer, &c->own.err);
    return NULL;
}

/* containerd was restarted during Create: the container is not in any list, and its bundle has
 * notes of what the server takes at this moment. */
static void what_is_being_created_is_its_server_s_to_give_back(void **state)
{
    bench *b = *state;
    running pod;
    creation c = {.own = *b};
    pthread_t thread;
    cleanup_shim_peer shim_peer *peer = NULL;

    bench_write(b, "pod", "config.json", POD);
    bench_write(b, "web", "config.json", IN_POD);
    running_start(&pod, b->space, "pod", true, "", SERVE_IDLE);
    assert_ok(&b->err, shim_peer_connect(b->space, "pod", 0, &peer, &b->err));
    bench_create(b, peer, "pod");
    bench_ask(b, peer, "Start", "pod");
    fake_hold(&pod.backend, "create");
    assert_int_equal(pthread_create(&thread, NULL, create_web, &c), 0);
    fake_await_held(&pod.backend, 1);
    assert_ok(&b->err, bench_delete(b, "web"));
    assert_string_equal(text_get(&b->released), "");
    fake_let_go(&pod.backend);
    pthread_join(thread, NULL);
    assert_fails(&c.own.err, WCOW_CONFLICT, "'web' was deleted while it was created", c.status);
    assert_ok(&b->err, bench_delete(b, "web"));
    assert_string_equal(text_get(&b->released), "web|");
    fake_end(&pod.backend, "pod", "", 1);
    fake_finish(&pod.backend, "pod", "");
    bench_ask(b, peer, "Delete", "pod");
    bench_ask(b, peer, "Shutdown", "pod");
    assert_int_equal(running_end(&pod), WCOW_OK);
}

/* containerd did not get an answer from it in time, and has forgotten it. */
static void a_server_that_nobody_calls_any_more_is_ended(void **state)
{
    bench *b = *state;
    running shim;

    bench_write(b, "web", "config.json", ALONE);
    running_start(&shim, b->space, "web", false, "", SERVE_IDLE);
    assert_ok(&b->err, bench_delete(b, "web"));
    assert_true(running_has_ended(&shim, 0) || running_has_ended(&shim, 20000));
    assert_int_equal(running_end(&shim), WCOW_OK);
    assert_string_equal(text_get(&b->released), "pod of web|");
}

static void await_helper(const bench *b, const char *id)
{
    cleanup_free char *path = bench_path(b, id, "helped");
    file_info info;

    for (unsigned i = 0; HR_FAILED(b->files->info(b->files, path, &info)); i++) {
        assert_true(i < 1000);
        usleep(20000);
    }
    assert_int_equal(b->files->remove_file(b->files, path), 0);
}

static void assert_no_helper(const bench *b, const char *id)
{
    cleanup_free char *path = bench_path(b, id, "helped");
    file_info info;

    usleep(100000);
    assert_int_equal(b->files->info(b->files, path, &info), HR_FILE_NOT_FOUND);
}

/* The answer is there all the same, and a helper goes on. */
static void what_cannot_be_given_back_is_told(void **state)
{
    bench *b = *state;

    bench_write(b, "dead", "config.json", ALONE);
    b->release_status = WCOW_TIMEOUT;
    assert_fails(&b->err, WCOW_TIMEOUT, "still there", bench_delete(b, "dead"));
    assert_true(b->answer.length > 0);
    await_helper(b, "dead");
    b->forgets = true; /* then containerd's log has to say so */
    assert_fails(&b->err, WCOW_TIMEOUT, "still there", bench_delete(b, "dead"));
    assert_string_equal(text_get(&b->answer), "");
    assert_no_helper(b, "dead");
}

#define LINGERS                                                                                    \
    "the shim's server neither answers nor ends: what it has is given back when it is gone"

/*
 * containerd was restarted, connected, got no answer in time and calls `delete`, without having
 * closed that connection.
 */
static void a_server_of_the_bundle_is_ended_whoever_is_connected(void **state)
{
    bench *b = *state;
    cleanup_shim_peer shim_peer *containerd = NULL;

    bench_write(b, "web", "config.json", ALONE);
    assert_ok(&b->err, bench_start(b, "web"));
    assert_ok(&b->err, shim_peer_connect(b->space, "web", 0, &containerd, &b->err));
    assert_ok(&b->err, bench_delete(b, "web"));
    assert_string_equal(text_get(&b->released), "pod of web|");
    assert_true(shim_peer_await_end(containerd, 20000));
}

/* The bundle goes with the answer, so its note is remembered, and nothing of it touched. */
static void what_a_server_that_does_not_answer_has_is_kept_for_a_helper(void **state)
{
    bench *b = *state;
    cleanup_free char *address = shim_task_pipe(b->space, "pod");
    cleanup_pipe_server pipe_server *stuck = NULL;

    bench_write(b, "pod", "config.json", POD);
    bench_write(b, "web", "config.json", IN_POD);
    assert_int_equal(pipe_listen_address(address, &stuck), 0);
    assert_fails(&b->err, WCOW_UNAVAILABLE, LINGERS, bench_delete(b, "pod"));
    assert_string_equal(text_get(&b->released), "pod of pod until pod-pipe is gone|");
    assert_true(b->answer.length > 0);
    await_helper(b, "pod");
    assert_fails(&b->err, WCOW_UNAVAILABLE, LINGERS, bench_delete(b, "web"));
    assert_string_equal(text_get(&b->released), "web until pod-pipe is gone|");
    await_helper(b, "web");
    b->keep_status = WCOW_FAILED; /* then containerd's log has to say so */
    assert_fails(&b->err, WCOW_FAILED, "the disk is full", bench_delete(b, "web"));
    assert_string_equal(text_get(&b->answer), "");
    assert_no_helper(b, "web");
}

/* It is told to end, and a call to the service does not return. */
static void what_a_server_that_does_not_end_has_is_kept_for_a_helper(void **state)
{
    bench *b = *state;
    cleanup_shim_peer shim_peer *peer = NULL;
    cleanup_free char *pid = text_format("%d", (int)getpid());
    running shim;

    bench_write(b, "web", "config.json", ALONE);
    bench_write(b, "web", "shim.pid", pid);
    running_start(&shim, b->space, "web", false, "", SERVE_IDLE);
    assert_ok(&b->err, shim_peer_connect(b->space, "web", 0, &peer, &b->err));
    bench_create(b, peer, "web");
    bench_ask(b, peer, "Start", "web");
    shim_peer_free(TAKE(peer));
    assert_fails(&b->err, WCOW_UNAVAILABLE, LINGERS, bench_delete(b, "web"));
    assert_string_equal(text_get(&b->released), "pod of web until web-pipe is gone|");
    await_helper(b, "web");
    fake_end(&shim.backend, "web", "", 1);
    fake_finish(&shim.backend, "web", "");
    assert_int_equal(running_end(&shim), WCOW_OK);
    assert_ok(&b->err, bench_delete(b, "web"));
    assert_string_equal(text_get(&b->released), "pod of web|");
}

/* A server takes one after the other: nobody to connect to is not nobody there. */
static void a_busy_server_is_not_taken_for_a_dead_one(void **state)
{
    bench *b = *state;
    cleanup_free char *address = shim_task_pipe(b->space, "web");
    cleanup_pipe_server pipe_server *server = NULL;

    bench_write(b, "web", "config.json", ALONE);
    assert_int_equal(pipe_listen_address(address, &server), 0);
    bench_seem_busy(true);
    assert_fails(&b->err, WCOW_UNAVAILABLE, LINGERS, bench_delete(b, "web"));
    bench_seem_busy(false);
    assert_string_equal(text_get(&b->released), "pod of web until web-pipe is gone|");
    await_helper(b, "web");
}

/* By its own name no server would be found, and what a living pod has would be released. */
static void a_specification_that_somebody_has_open_is_waited_for(void **state)
{
    bench *b = *state;
    running pod;
    cleanup_shim_peer shim_peer *peer = NULL;

    bench_write(b, "pod", "config.json", POD);
    bench_write(b, "web", "config.json", IN_POD);
    running_start(&pod, b->space, "pod", true, "", 200);
    assert_ok(&b->err, shim_peer_connect(b->space, "pod", 0, &peer, &b->err));
    bench_create(b, peer, "pod");
    bench_ask(b, peer, "Start", "pod");
    bench_create(b, peer, "web");
    bench_tear_config(b, 3);
    assert_ok(&b->err, bench_delete(b, "web"));
    assert_string_equal(text_get(&b->released), "");
    b->torn_for = 1000000;
    assert_int_not_equal(bench_delete(b, "web"), WCOW_OK);
    assert_non_null(strstr(b->err.message, "cannot read "));
    assert_string_equal(text_get(&b->released), "");
    assert_string_equal(text_get(&b->answer), "");
    b->torn_for = 0;
    bench_ask(b, peer, "Delete", "web");
    fake_end(&pod.backend, "pod", "", 1);
    fake_finish(&pod.backend, "pod", "");
    bench_ask(b, peer, "Delete", "pod");
    shim_peer_free(TAKE(peer));
    assert_int_equal(running_end(&pod), WCOW_OK);
}

/* Of a pod's container, whatever is wrong with its specification: containerd's `sandbox`, or what
 * `start` has written, tells whose server has it. */
static void a_bundle_tells_its_server_without_its_specification(void **state)
{
    bench *b = *state;
    cleanup_free char *address = shim_task_pipe(b->space, "pod");
    cleanup_pipe_server pipe_server *stuck = NULL;

    bench_write(b, "web", "config.json", "{");
    bench_write(b, "web", "sandbox", "pod");
    bench_write(b, "old", "config.json", "{");
    bench_write(b, "old", "address", address);
    assert_int_equal(pipe_listen_address(address, &stuck), 0);
    for (int unreadable = 0; unreadable < 2; unreadable++) {
        if (unreadable)
            bench_tear_config(b, 1000000);
        assert_fails(&b->err, WCOW_UNAVAILABLE, LINGERS, bench_delete(b, "web"));
        assert_string_equal(text_get(&b->released), "web until pod-pipe is gone|");
        await_helper(b, "web");
        assert_fails(&b->err, WCOW_UNAVAILABLE,
                     "the bundle does not say whose the container is: what it has is given back "
                     "when its shim's server is gone",
                     bench_delete(b, "old"));
        assert_string_equal(text_get(&b->released), "pod of old until pod-pipe is gone|");
        assert_true(b->answer.length > 0);
        await_helper(b, "old");
    }
    pipe_server_free(TAKE(stuck));
    assert_ok(&b->err, bench_delete(b, "web"));
    assert_string_equal(text_get(&b->released), "web|");
}

/* Its helper has failed, or the host was restarted. */
static void what_an_earlier_call_left_gets_a_helper_each_time(void **state)
{
    bench *b = *state;

    bench_write(b, "web", "config.json", ALONE);
    assert_ok(&b->err, bench_delete(b, "web"));
    assert_no_helper(b, "web");
    b->left = true;
    assert_ok(&b->err, bench_delete(b, "web"));
    await_helper(b, "web");
    assert_ok(&b->err, bench_start(b, "web"));
    await_helper(b, "web");
    bench_shut_down(b, "web");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(delete_gives_back_what_a_dead_server_left, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(delete_of_a_container_gives_back_no_other, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(a_living_pod_is_not_harmed_by_the_delete_of_a_container,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(what_is_being_created_is_its_server_s_to_give_back,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_server_that_nobody_calls_any_more_is_ended, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_given_back_is_told, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(a_server_of_the_bundle_is_ended_whoever_is_connected,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(what_a_server_that_does_not_answer_has_is_kept_for_a_helper,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(what_a_server_that_does_not_end_has_is_kept_for_a_helper,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_busy_server_is_not_taken_for_a_dead_one, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(a_specification_that_somebody_has_open_is_waited_for,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_bundle_tells_its_server_without_its_specification,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(what_an_earlier_call_left_gets_a_helper_each_time,
                                        bench_set_up, bench_tear_down),
    };

    if (argc > 1)
        return bench_be_server(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
