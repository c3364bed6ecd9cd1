/* SPDX-License-Identifier: MIT */
/* `start` and `-info` as containerd calls them. */
#include "shim/host/shim_actions.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "port/pipe.h"
#include "shim/host/pipe_names.h"
#include "shim/wire/bootstrap.pb.h"
#include "shim/wire/task.pb.h"
#include "tests/unit/shim/host/actions_bench.h"
#include "tests/unit/shim/host/running.h"
#include "tests/unit/status.h"

static void a_task_gets_a_server_that_listens_already(void **state)
{
    bench *b = *state;
    cleanup_free char *address = shim_task_pipe(b->space, "web");
    cleanup_free char *noted = NULL;
    cleanup_free char *pid = NULL;
    cleanup_shim_peer shim_peer *peer = NULL;

    bench_write(b, "web", "config.json", ALONE);
    assert_ok(&b->err, bench_start(b, "web"));
    assert_string_equal(text_get(&b->answer), address);
    noted = bench_read(b, "web", "address");
    assert_string_equal(noted, address);
    pid = bench_read(b, "web", "shim.pid");
    assert_true(strtol(pid, NULL, 10) > 0);
    assert_int_not_equal(strtol(pid, NULL, 10), (long)getpid());
    assert_ok(&b->err, shim_peer_connect(b->space, "web", 0, &peer, &b->err));
    bench_shut_down(b, "web");
}

static void bootstrap_params_are_answered_with_version_3(void **state)
{
    bench *b = *state;
    const bootstrap_params params = {.instance_id = wire_text("web"),
                                     .namespace = wire_text(b->space)};
    cleanup_free char *address = shim_task_pipe(b->space, "web");
    cleanup_text text input = TEXT_INIT;
    cleanup_json cJSON *answer = NULL;

    bench_write(b, "web", "config.json", ALONE);
    assert_ok(&b->err, wire_encode(bootstrap_params_fields, &params, &input, &b->err));
    assert_ok(&b->err, bench_start_with(b, "web", wire_of(&input)));
    answer = cJSON_Parse(text_get(&b->answer));
    assert_int_equal(json_integer(answer, "version", 0), 3);
    assert_string_equal(json_text(answer, "address", ""), address);
    assert_string_equal(json_text(answer, "protocol", ""), "ttrpc");
    bench_shut_down(b, "web");
}

static void a_container_joins_its_pod_s_server(void **state)
{
    bench *b = *state;
    cleanup_free char *address = shim_task_pipe(b->space, "pod");
    cleanup_free char *log = shim_log_pipe(b->space, "web");
    cleanup_free char *pid = NULL;
    cleanup_free char *pod_pid = NULL;
    cleanup_stream stream *reader = NULL;

    bench_write(b, "pod", "config.json", POD);
    bench_write(b, "web", "config.json", IN_POD);
    assert_ok(&b->err, bench_start(b, "pod"));
    {
        cleanup_shim_peer shim_peer *peer = NULL;
        cleanup_ttrpc_answer ttrpc_answer answer = {0};
        const task_create_request request = {.id = wire_text("pod"), .bundle = wire_text("C:\\b")};
        const ttrpc_what what = {TASK_SERVICE, "Create", b->space};

        assert_ok(&b->err, shim_peer_connect(b->space, "pod", 0, &peer, &b->err));
        assert_ok(&b->err, ttrpc_client_call(&peer->client, &what, task_create_request_fields,
                                             &request, 20000, &answer, &b->err));
    }
    assert_ok(&b->err, bench_start(b, "web"));
    assert_string_equal(text_get(&b->answer), address);
    pid = bench_read(b, "web", "shim.pid");
    pod_pid = bench_read(b, "pod", "shim.pid");
    assert_string_equal(pid, pod_pid);
    assert_int_equal(pipe_connect_address(log, 0, NULL, &reader), 0);
    bench_shut_down(b, "pod");
}

/* hcsshim's own tests do it: nobody has asked for the sandbox yet. */
static void a_container_joins_a_server_whose_sandbox_is_not_there_yet(void **state)
{
    bench *b = *state;
    cleanup_free char *address = shim_task_pipe(b->space, "pod");
    cleanup_free char *pid = NULL;
    cleanup_free char *pod_pid = NULL;

    bench_write(b, "pod", "config.json", POD);
    bench_write(b, "web", "config.json", IN_POD);
    assert_ok(&b->err, bench_start(b, "pod"));
    assert_ok(&b->err, bench_start(b, "web"));
    assert_string_equal(text_get(&b->answer), address);
    pid = bench_read(b, "web", "shim.pid");
    pod_pid = bench_read(b, "pod", "shim.pid");
    assert_string_equal(pid, pod_pid);
    bench_shut_down(b, "pod");
}

static void what_goes_wrong_is_told(void **state)
{
    static const struct {
        const char *id, *config, *words;
        wcow_status status;
    } rows[] = {
        {"broken", ALONE, "the Host Compute Service cannot be reached", WCOW_FAILED},
        {"dead", ALONE, "the shim's server has ended with exit code 7", WCOW_FAILED},
        {"silent", ALONE, "the shim's server says nothing", WCOW_FAILED},
        {"web", IN_POD, "failed to connect to hosting shim: open ", WCOW_NOT_FOUND},
        {"web", "", "failed to deserialize valid OCI spec: ", WCOW_CORRUPT},
        {"web", "[]", "failed to deserialize valid OCI spec: ", WCOW_CORRUPT},
        {"web", "null", "failed to deserialize valid OCI spec: ", WCOW_CORRUPT},
        {"pod2", POD, "the sandbox 'pod2' has 'pod' in its annotation", WCOW_INVALID},
    };
    bench *b = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bench_write(b, rows[i].id, "config.json", rows[i].config);
        assert_int_equal(bench_start(b, rows[i].id), rows[i].status);
        if (strncmp(b->err.message, rows[i].words, strlen(rows[i].words)) != 0)
            fail_msg("%s", b->err.message);
    }
    assert_int_equal(bench_start(b, "nobody"), WCOW_NOT_FOUND);
    assert_non_null(
        strstr(b->err.message, "config.json: The system cannot find the file specified."));
}

/* It listens already, and would keep the id for a minute. */
static void a_server_that_is_given_up_has_ended(void **state)
{
    bench *b = *state;
    cleanup_shim_peer shim_peer *peer = NULL;

    bench_write(b, "silent", "config.json", ALONE);
    assert_fails(&b->err, WCOW_FAILED, "the shim's server says nothing", bench_start(b, "silent"));
    assert_int_not_equal(shim_peer_connect(b->space, "silent", 0, &peer, NULL), WCOW_OK);
}

static void a_container_whose_address_cannot_be_noted_leaves_its_pod(void **state)
{
    bench *b = *state;
    cleanup_free char *taken = bench_path(b, "web", "shim.pid");
    cleanup_free char *log = shim_log_pipe(b->space, "web");
    cleanup_stream stream *reader = NULL;
    unsigned tries = 0;
    running pod;
    cleanup_shim_peer shim_peer *peer = NULL;

    bench_write(b, "web", "config.json", IN_POD);
    assert_int_equal(mkdir(taken, 0700), 0);
    running_start(&pod, b->space, "pod", true, "", SERVE_IDLE);
    assert_ok(&b->err, shim_peer_connect(b->space, "pod", 0, &peer, &b->err));
    bench_create(b, peer, "pod");
    assert_int_not_equal(bench_start(b, "web"), WCOW_OK);
    assert_non_null(strstr(b->err.message, "cannot write "));
    while (!pipe_connect_address(log, 0, NULL, &reader)) {
        stream_free(TAKE(reader));
        assert_true(tries++ < 1000);
        usleep(20000);
    }
    shim_peer_free(TAKE(peer));
    bench_shut_down(b, "pod");
    assert_int_equal(running_end(&pod), WCOW_OK);
}

/* containerd never learns of it, so nobody would end it. */
static void a_server_whose_address_cannot_be_noted_ends(void **state)
{
    bench *b = *state;
    cleanup_free char *taken = bench_path(b, "web", "shim.pid");
    cleanup_shim_peer shim_peer *peer = NULL;
    unsigned tries = 0;

    bench_write(b, "web", "config.json", ALONE);
    assert_int_equal(mkdir(taken, 0700), 0);
    assert_int_not_equal(bench_start(b, "web"), WCOW_OK);
    assert_non_null(strstr(b->err.message, "cannot write "));
    assert_string_equal(text_get(&b->answer), "");
    while (!shim_peer_connect(b->space, "web", 0, &peer, NULL)) {
        shim_peer_free(TAKE(peer));
        assert_true(tries++ < 1000);
        usleep(20000);
    }
}

static void one_id_has_one_server(void **state)
{
    bench *b = *state;

    bench_write(b, "web", "config.json", ALONE);
    assert_ok(&b->err, bench_start(b, "web"));
    assert_int_equal(bench_start(b, "web"), WCOW_FAILED);
    assert_non_null(strstr(b->err.message, "cannot listen on "));
    bench_shut_down(b, "web");
}

static void info_names_the_runtime_and_its_version(void **state)
{
    bench *b = *state;
    bootstrap_runtime_info info = {0};

    assert_ok(&b->err, shim_info(&b->answer, &b->err));
    assert_ok(&b->err, wire_decode(bootstrap_runtime_info_fields, wire_of(&b->answer), "it", &info,
                                   &b->err));
    assert_true(wire_is(info.name, "io.containerd.wcow.v1"));
    assert_true(wire_is(info.version.version, shim_version()));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_task_gets_a_server_that_listens_already, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(bootstrap_params_are_answered_with_version_3, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(a_container_joins_a_server_whose_sandbox_is_not_there_yet,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_container_joins_its_pod_s_server, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(what_goes_wrong_is_told, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_server_that_is_given_up_has_ended, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(a_container_whose_address_cannot_be_noted_leaves_its_pod,
                                        bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_server_whose_address_cannot_be_noted_ends, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(one_id_has_one_server, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(info_names_the_runtime_and_its_version, bench_set_up,
                                        bench_tear_down),
    };

    if (argc > 1)
        return bench_be_server(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
