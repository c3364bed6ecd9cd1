/* SPDX-License-Identifier: MIT */
/* What the methods answer, byte by byte where it was recorded (data/README.md). */
#include "shim/service/task_service.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "port/clock.h"
#include "shim/task/lifetime.h"
#include "shim/ttrpc/workers.h"
#include "shim/wire/runhcs.pb.h"
#include "shim/wire/task.pb.h"
#include "tests/unit/shim/task/fake_backend.h"
#include "tests/unit/shim/ttrpc/served.h"
#include "tests/unit/status.h"

#define SERVICE "containerd.task.v2.Task"
#define OTHER   "containerd.task.v3.Task"

typedef struct bench {
    fake_backend backend;
    task_pod *pod;
    task_service service;
    ttrpc_service methods;
    ttrpc_server *server;
    const char *name;
    stream *pipe;
    ttrpc_client client;
    ttrpc_answer answer;
    wcow_error err;
} bench;

static int set_up(void **state)
{
    bench *b = calloc(1, sizeof(*b));

    if (!b)
        return -1;
    fake_backend_init(&b->backend);
    b->pod = task_pod_new("web", true, &b->backend.table);
    b->service = (task_service){b->pod, 42};
    task_service_init(&b->service, &b->methods);
    b->name = served_name();
    b->server = served_start(b->name, &b->methods);
    b->client = (ttrpc_client)TTRPC_CLIENT_INIT(served_connect(b->name));
    *state = b;
    return b->pod ? 0 : -1;
}

static int tear_down(void **state)
{
    bench *b = *state;

    stream_free(b->client.pipe);
    ttrpc_server_stop(b->server, 0);
    task_pod_free(b->pod);
    fake_backend_free(&b->backend);
    ttrpc_answer_free(&b->answer);
    free(b);
    return 0;
}

/* ---- calls ---- */

static wcow_status call_service(bench *b, const char *service, const char *method,
                                const pb_msgdesc_t *fields, const void *message)
{
    const ttrpc_what what = {service, method, "default"};

    ttrpc_answer_free(&b->answer);
    return ttrpc_client_call(&b->client, &what, fields, message, 20000, &b->answer, &b->err);
}

static wcow_status call(bench *b, const char *method, const pb_msgdesc_t *fields,
                        const void *message)
{
    return call_service(b, SERVICE, method, fields, message);
}

/* One that names a process, and no more. */
static wcow_status ask(bench *b, const char *method, const char *id, const char *exec_id)
{
    const task_process_request request = {wire_text(id), wire_text(exec_id)};

    return call(b, method, task_process_request_fields, &request);
}

static void run(bench *b, const task_create_request *create, uint32_t pid)
{
    cleanup_free char *id = wire_copy(create->id);

    b->backend.next_pid = pid;
    assert_ok(&b->err, call(b, "Create", task_create_request_fields, create));
    assert_int_equal(b->answer.payload.size, 0);
    assert_ok(&b->err, ask(b, "Start", id, ""));
}

static void run_web(bench *b)
{
    const task_create_request create = {.id = wire_text("web"), .bundle = wire_text("C:\\bundle")};

    run(b, &create, 100);
}

/* ---- the recording ---- */

static uint8_t digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static wire_bytes recorded(const char *wanted)
{
    static char line[8192], name[64], where[128], hex[4096];
    FILE *file = fopen("data/messages.txt", "rb");
    bool there = false;

    assert_non_null(file);
    while (!there && fgets(line, sizeof(line), file))
        there =
            sscanf(line, "%63s %127s %4095s", name, where, hex) == 3 && text_equal(where, wanted);
    fclose(file);
    assert_true(there);
    for (size_t i = 0; hex[2 * i]; i++)
        line[i] = (char)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    return (wire_bytes){(const uint8_t *)line, strlen(hex) / 2};
}

static void expect(bench *b, wire_bytes bytes)
{
    assert_int_equal(b->answer.payload.size, bytes.size);
    assert_memory_equal(b->answer.payload.data, bytes.data, bytes.size);
}

static int64_t time_of(common_timestamp at)
{
    return at.seconds * 1000000000 + at.nanos;
}

/* ---- processes ---- */

/* Runs what a recorded answer to State is about; it stops if that says so. */
static void check_state(bench *b, const char *wanted)
{
    wire_bytes bytes = recorded(wanted);
    task_state_response state = {0};
    task_create_request create = {0};
    cleanup_free char *id = NULL;

    assert_ok(&b->err, wire_decode(task_state_response_fields, bytes, "it", &state, &b->err));
    create = (task_create_request){.id = state.id,
                                   .bundle = state.bundle,
                                   .terminal = state.terminal,
                                   .input = state.input,
                                   .output = state.output,
                                   .error_output = state.error_output};
    id = wire_copy(state.id);
    task_pod_free(b->pod); /* which nobody has called yet */
    b->pod = task_pod_new(id, false, &b->backend.table);
    b->service.pod = b->pod;
    run(b, &create, state.pid);
    if (state.status == TASK_STOPPED)
        task_process_ended(b->backend.processes[0].owner, state.exit_status,
                           time_of(state.exited_at));
    assert_ok(&b->err, ask(b, "State", id, ""));
    expect(b, bytes);
}

static void what_runs_is_told_as_recorded(void **state)
{
    check_state(*state, "cri-pod-full/028-State-response.payload");
}

static void what_has_stopped_is_told_as_recorded(void **state)
{
    check_state(*state, "ctr-run/022-State-response.payload");
}

static void both_names_of_the_service_are_one(void **state)
{
    const task_process_request web = {.id = wire_text("web")};
    task_connect_response is = {0};
    bench *b = *state;

    run_web(b);
    assert_ok(&b->err, call_service(b, OTHER, "Connect", task_process_request_fields, &web));
    assert_ok(&b->err,
              wire_decode(task_connect_response_fields, b->answer.payload, "it", &is, &b->err));
    assert_true(is.shim_pid == 42 && is.task_pid == 42);
}

static void what_nobody_knows_is_not_found_by_any_method(void **state)
{
    static const char *const methods[] = {"Start", "State", "Kill",    "Wait",      "Delete",
                                          "Pids",  "Stats", "Connect", "ResizePty", "Update"};
    bench *b = *state;

    run_web(b);
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        assert_fails(&b->err, WCOW_NOT_FOUND, "no such container: 'x'",
                     ask(b, methods[i], "x", ""));
    assert_fails(&b->err, WCOW_NOT_FOUND, "no such process: 'e' in the container 'web'",
                 ask(b, "State", "web", "e"));
}

static void windows_pauses_nothing(void **state)
{
    static const char *const methods[] = {"Pause", "Resume", "Checkpoint"};
    bench *b = *state;

    run_web(b);
    for (size_t i = 0; i < 3; i++)
        assert_fails(&b->err, WCOW_UNSUPPORTED,
                     "Windows containers cannot be paused, resumed or checkpointed",
                     ask(b, methods[i], "web", ""));
}

static void a_request_that_is_damaged_is_invalid(void **state)
{
    static const char *const methods[] = {"Create",  "Exec",      "Start",   "Kill",    "Wait",
                                          "State",   "Delete",    "Pids",    "Stats",   "Update",
                                          "Connect", "ResizePty", "CloseIO", "Shutdown"};
    const common_timestamp number = {.seconds = 5}; /* where an id belongs */
    bench *b = *state;

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        assert_fails(&b->err, WCOW_INVALID, "the request is damaged: a number where text belongs",
                     call(b, methods[i], common_timestamp_fields, &number));
    run_web(b);
    assert_fails(&b->err, WCOW_INVALID, "the process has no id", ask(b, "Exec", "web", ""));
}

static void only_standard_input_is_closed(void **state)
{
    const task_close_io_request nothing = {.id = wire_text("web")};
    const task_close_io_request input = {.id = wire_text("web"), .input = true};
    const task_close_io_request unknown = {.id = wire_text("x"), .input = true};
    bench *b = *state;

    run_web(b);
    assert_ok(&b->err, call(b, "CloseIO", task_close_io_request_fields, &nothing));
    assert_ok(&b->err, call(b, "CloseIO", task_close_io_request_fields, &input));
    assert_fails(&b->err, WCOW_NOT_FOUND, "no such container: 'x'",
                 call(b, "CloseIO", task_close_io_request_fields, &unknown));
    fake_await_calls(&b->backend, "create web|start web|close web|"); /* after the answer */
}

/* ---- a service that hangs ---- */

/* Starts more processes than there are workers; no start that is made returns. */
static void hang(bench *b, stream *other)
{
    cleanup_text text starts = TEXT_INIT;

    for (uint32_t i = 0; i <= WORKERS_MOST; i++) {
        const char exec_id[] = {'e', (char)('a' + i), '\0'};
        cleanup_text text payload = TEXT_INIT;
        const task_exec_request exec = {.id = wire_text("web"), .exec_id = wire_text(exec_id)};

        assert_ok(&b->err, call(b, "Exec", task_exec_request_fields, &exec));
        text_addf(&payload, "\x0a\x03web\x12\x02%s", exec_id);
        served_request(&starts, 1 + 2 * i, SERVICE, "Start", text_get(&payload));
    }
    fake_hold(&b->backend, "start");
    assert_int_equal(stream_write(other, text_get(&starts), starts.length), 0);
    fake_await_held(&b->backend, TASK_MOST_UNDER_WAY);
}

static void what_hangs_delays_neither_looks_nor_ends(void **state)
{
    const task_kill_request kill = {.id = wire_text("web"), .signal = 9, .all = true};
    const task_close_io_request input = {.id = wire_text("web"), .input = true};
    const task_shutdown_request shutdown = {.id = wire_text("web")};
    const task_update_request update = {
        .id = wire_text("web"),
        .has_resources = true,
        .resources = {wire_text("t"), {(const uint8_t *)"{}", 2}},
    };
    bench *b = *state;
    stream *other = served_connect(b->name);

    run_web(b);
    hang(b, other);
    assert_ok(&b->err, ask(b, "Stats", "web", "")); /* slow ones go on, too */
    assert_int_equal(call(b, "Update", task_update_request_fields, &update), WCOW_UNAVAILABLE);
    assert_ok(&b->err, ask(b, "Pids", "web", ""));
    assert_ok(&b->err, call(b, "Kill", task_kill_request_fields, &kill));
    assert_ok(&b->err, call(b, "CloseIO", task_close_io_request_fields, &input));
    assert_ok(&b->err, call(b, "Shutdown", task_shutdown_request_fields, &shutdown));
    fake_end(&b->backend, "web", "", 1);
    fake_finish(&b->backend, "web", "");
    assert_ok(&b->err, ask(b, "State", "web", ""));
    fake_let_go(&b->backend);
    stream_free(other);
}

static void a_full_pod_has_a_connection_for_each_container(void **state)
{
    stream *lines[TASK_MOST_CONTAINERS + 1];
    const size_t count = sizeof(lines) / sizeof(lines[0]);
    cleanup_text text frame = TEXT_INIT;
    bench *b = *state;

    run_web(b);
    served_request(&frame, 1, SERVICE, "State", "\x0a\x03web");
    for (size_t i = 0; i < count; i++)
        lines[i] = served_connect(b->name);
    for (size_t i = 0; i < count; i++) {
        ttrpc_frame answer = {0};

        assert_int_equal(stream_write(lines[i], text_get(&frame), frame.length), 0);
        assert_int_equal(served_response(lines[i], &answer).status.code, 0);
        ttrpc_frame_free(&answer);
    }
    for (size_t i = 0; i < count; i++)
        stream_free(lines[i]);
}

/* ---- waiting ---- */

/* Waits until so many wait for what was created first. */
static void await_waiters(bench *b, size_t wanted)
{
    size_t count = wanted + 1;

    for (int i = 0; i < 20000 && count != wanted; i++) {
        count = 0;
        pthread_mutex_lock(&b->pod->lock);
        for (const waiting *w = first_process(b->pod->tasks)->waiters; w; w = w->next)
            count++;
        pthread_mutex_unlock(&b->pod->lock);
        if (count != wanted)
            clock_sleep(1);
    }
    assert_int_equal(count, wanted);
}

/* Its connection is closed while it waits. */
static void who_leaves_waits_no_longer(void **state)
{
    cleanup_text text frame = TEXT_INIT;
    bench *b = *state;
    stream *other = served_connect(b->name);
    ttrpc_frame answer = {0};

    run_web(b);
    served_request(&frame, 1, SERVICE, "Wait", "\x0a\x03web");
    served_request(&frame, 3, SERVICE, "State", "\x0a\x03web");
    assert_int_equal(stream_write(other, text_get(&frame), frame.length), 0);
    assert_int_equal(served_response(other, &answer).status.code, 0); /* so both are taken */
    ttrpc_frame_free(&answer);
    await_waiters(b, 1);
    stream_free(other);
    await_waiters(b, 0);
    fake_end(&b->backend, "web", "", 0);
    fake_finish(&b->backend, "web", "");
}

/* ---- the container ---- */

static void statistics_are_told_as_recorded(void **state)
{
    bench *b = *state;
    wire_bytes bytes = recorded("ctr-detached/034-Stats-response.payload");
    task_stats_response stats = {0};
    runhcs_statistics is = {0};

    assert_ok(&b->err, wire_decode(task_stats_response_fields, bytes, "it", &stats, &b->err));
    assert_ok(&b->err,
              wire_decode(runhcs_statistics_fields, stats.stats.value, "it", &is, &b->err));
    b->backend.measured = (task_statistics){
        .timestamp = time_of(is.windows.timestamp),
        .started_at = time_of(is.windows.container_start_time),
        .uptime = 2548518200,
        .total_time = 240000000,
        .user_time = 50000000,
        .kernel_time = 190000000,
        .commit = 2543616,
        .commit_peak = 2543616,
        .private_set = 2543616,
    };
    run_web(b);
    assert_ok(&b->err, ask(b, "Stats", "web", ""));
    expect(b, bytes);
}

static void processes_are_told_as_recorded(void **state)
{
    bench *b = *state;
    wire_bytes bytes = recorded("ctr-detached/037-Pids-response.payload");
    const task_process_facts facts = {.pid = 1644,
                                      .image_name = "ping.exe",
                                      .created_at = 1795989766613871000,
                                      .kernel_time = 1900000,
                                      .user_time = 1900000,
                                      .commit = 2543616,
                                      .private_set = 2543616,
                                      .shared_set = 6119424};
    const task_create_request create = {.id = wire_text("det1")};

    b->backend.facts = &facts;
    task_pod_free(b->pod);
    b->pod = task_pod_new("det1", false, &b->backend.table);
    b->service.pod = b->pod;
    run(b, &create, 1644);
    assert_ok(&b->err, ask(b, "Pids", "det1", ""));
    expect(b, bytes);
}

static void a_pid_is_told_without_facts_where_there_are_none(void **state)
{
    bench *b = *state;

    run_web(b);
    b->backend.fails = "processes";
    b->backend.failure = WCOW_TIMEOUT;
    assert_ok(&b->err, ask(b, "Pids", "web", ""));
    expect(b, wire_text("\x0a\x02\x08\x64"));
}

/* An empty list would be taken for a task that is lost. */
static void what_is_not_started_has_one_process_without_a_pid(void **state)
{
    const task_create_request create = {.id = wire_text("web")};
    bench *b = *state;

    assert_ok(&b->err, call(b, "Create", task_create_request_fields, &create));
    assert_ok(&b->err, ask(b, "Pids", "web", ""));
    assert_int_equal(b->answer.payload.size, 2);
    assert_memory_equal(b->answer.payload.data, "\x0a\x00", 2);
}

static void limits_are_handed_on_as_they_came(void **state)
{
    const task_update_request update = {
        .id = wire_text("web"),
        .has_resources = true,
        .resources = {
            wire_text("types.containerd.io/opencontainers/runtime-spec/1/WindowsResources"),
            wire_text("{}")}};
    const task_update_request nothing = {.id = wire_text("web")};
    bench *b = *state;

    run_web(b);
    assert_ok(&b->err, call(b, "Update", task_update_request_fields, &update));
    assert_string_equal(b->backend.changed_by,
                        "types.containerd.io/opencontainers/runtime-spec/1/WindowsResources");
    assert_fails(&b->err, WCOW_INVALID, "nothing says what to change of 'web'",
                 call(b, "Update", task_update_request_fields, &nothing));
    b->backend.fails = "update";
    b->backend.failure = WCOW_CONFLICT;
    assert_fails(&b->err, WCOW_CONFLICT, "update failed",
                 call(b, "Update", task_update_request_fields, &update));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_runs_is_told_as_recorded),
        TEST(what_has_stopped_is_told_as_recorded),
        TEST(both_names_of_the_service_are_one),
        TEST(what_nobody_knows_is_not_found_by_any_method),
        TEST(windows_pauses_nothing),
        TEST(a_request_that_is_damaged_is_invalid),
        TEST(only_standard_input_is_closed),
        TEST(what_hangs_delays_neither_looks_nor_ends),
        TEST(a_full_pod_has_a_connection_for_each_container),
        TEST(who_leaves_waits_no_longer),
        TEST(statistics_are_told_as_recorded),
        TEST(processes_are_told_as_recorded),
        TEST(a_pid_is_told_without_facts_where_there_are_none),
        TEST(what_is_not_started_has_one_process_without_a_pid),
        TEST(limits_are_handed_on_as_they_came),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
