/* SPDX-License-Identifier: MIT */
/*
 * Programs that get a process's output (tests/shim/logger.c) and that come late, do not read, or do
 * not end: what they hold up of a shim's server, from the call that comes through the pipe to the
 * worker that carries it out. What comes first is told by the order of the answers.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "port/clock.h"
#include "shim/service/task_service.h"
#include "tests/unit/shim/container/shim_scene.h"
#include "tests/unit/shim/ttrpc/served.h"

#define MOST_CALLS 64
#define SANDBOX(kind)                                                                              \
    "{\"io.kubernetes.cri.container-type\":\"" kind "\",\"io.kubernetes.cri.sandbox-id\":\"pod\"}"

/* The scene's own streams in memory are not linked here. */
void fake_stdio_reset(void)
{
}

size_t fake_stdio_count(void)
{
    return 0;
}

/* ---- a pod behind a server, and one caller ---- */

typedef struct answer {
    size_t place; /* among the answers; 0: there is none yet */
    int code;
    char words[256];
    uint32_t exit_status; /* of a Wait */
} answer;

typedef struct talk {
    shim_scene scene;
    task_service tasks;
    ttrpc_service service;
    ttrpc_server *server;
    stream *pipe;
    answer answers[MOST_CALLS];
    bool waits[MOST_CALLS];
    size_t calls, answered;
} talk;

static void run(shim_scene *s, const char *id, const char *place)
{
    const scene_wish wish = {.id = id, .command = "sleep 600000", .annotations = place};

    assert_ok(&s->err, shim_scene_create(s, &wish));
    assert_ok(&s->err, shim_scene_start(s, id, ""));
}

static void open_talk(talk *t)
{
    cleanup_free char *name = text_copy(served_name());

    *t = (talk){.calls = 0};
    shim_scene_open(&t->scene, "pod", true, NULL);
    run(&t->scene, "pod", SANDBOX("sandbox"));
    run(&t->scene, "web", SANDBOX("container"));
    run(&t->scene, "other", SANDBOX("container"));
    t->tasks = (task_service){t->scene.pod, 42};
    task_service_init(&t->tasks, &t->service);
    t->server = served_start(name, &t->service);
    t->pipe = served_connect(name);
}

static void close_talk(talk *t)
{
    stream_free(t->pipe);
    ttrpc_server_stop(t->server, 1000);
    shim_scene_close(&t->scene);
}

/* Sends a call, and waits for nothing; its number. */
static size_t send(talk *t, const char *method, const pb_msgdesc_t *fields, const void *message)
{
    cleanup_text text payload = TEXT_INIT;
    cleanup_text text frame = TEXT_INIT;
    ttrpc_request request = {.service = wire_text("containerd.task.v2.Task"),
                             .method = wire_text(method)};

    assert_true(t->calls < MOST_CALLS);
    assert_ok(&t->scene.err, wire_encode(fields, message, &payload, &t->scene.err));
    request.payload = wire_of(&payload);
    assert_ok(&t->scene.err, ttrpc_frame_add(&frame, (uint32_t)t->calls * 2 + 1, TTRPC_REQUEST,
                                             ttrpc_request_fields, &request, &t->scene.err));
    assert_int_equal(stream_write(t->pipe, frame.data, frame.length), 0);
    t->waits[t->calls] = text_equal(method, "Wait");
    return t->calls++;
}

static size_t ask(talk *t, const char *method, const char *id, const char *exec_id)
{
    const task_process_request request = {wire_text(id), wire_text(exec_id)};

    return send(t, method, task_process_request_fields, &request);
}

static size_t kill_it(talk *t, const char *id, const char *exec_id)
{
    const task_kill_request request = {
        .id = wire_text(id), .exec_id = wire_text(exec_id), .signal = 9};

    return send(t, "Kill", task_kill_request_fields, &request);
}

/* Where the logger of an added process writes down what it hears. */
static char *report_of(talk *t, const char *exec_id)
{
    cleanup_free char *name = text_format("report-%s", exec_id);

    return path_join(t->scene.fake->folder, name);
}

/* Exec of a process whose logger is of that kind. */
static size_t add(talk *t, const char *id, const char *exec_id, const char *command,
                  const char *mode)
{
    cleanup_free char *report = report_of(t, exec_id);
    cleanup_free char *uri = text_format("binary://" LOGGER "?%s=%s", report, mode);
    cleanup_free char *process =
        text_format("{\"commandLine\":\"%s\",\"cwd\":\"C:\\\\\"}", command);
    const task_exec_request request = {
        .id = wire_text(id),
        .exec_id = wire_text(exec_id),
        .output = wire_text(uri),
        .error_output = wire_text(uri),
        .has_spec = true,
        .spec = {wire_text("types.containerd.io/opencontainers/runtime-spec/1/Process"),
                 wire_text(process)}};

    return send(t, "Exec", task_exec_request_fields, &request);
}

/* Reads the next answer, whichever it is. */
static void take_answer(talk *t)
{
    cleanup_ttrpc_frame ttrpc_frame frame = {0};
    const ttrpc_response response = served_response(t->pipe, &frame);
    answer *a = &t->answers[frame.stream_id / 2];
    cleanup_free char *words = response.has_status ? wire_copy(response.status.message) : NULL;

    assert_true(frame.stream_id / 2 < t->calls && !a->place);
    a->place = ++t->answered;
    a->code = response.has_status ? response.status.code : 0;
    snprintf(a->words, sizeof(a->words), "%s", words ? words : "");
    if (t->waits[frame.stream_id / 2] && !a->code) {
        task_wait_response end = {0};

        assert_ok(&t->scene.err, wire_decode(task_wait_response_fields, response.payload, "it",
                                             &end, &t->scene.err));
        a->exit_status = end.exit_status;
    }
}

static const answer *answer_of(talk *t, size_t call)
{
    while (!t->answers[call].place)
        take_answer(t);
    return &t->answers[call];
}

static void assert_done(talk *t, size_t call)
{
    const answer *a = answer_of(t, call);

    if (a->code)
        fail_msg("call %zu failed with code %d: %s", call, a->code, a->words);
}

/* Its process is gone, and nobody's child any more. */
static void assert_logger_is_gone(talk *t, const char *exec_id)
{
    cleanup_free char *report = report_of(t, exec_id);
    cleanup_free char *told = NULL;
    const char *line;
    size_t size = 0;
    int pid = 0;

    assert_int_equal(t->scene.files->read(t->scene.files, report, 1 << 20, &told, &size), 0);
    line = strstr(told, "\npid ");
    assert_non_null(line);
    assert_int_equal(sscanf(line, "\npid %d", &pid), 1);
    assert_int_equal(kill((pid_t)pid, 0), -1);
}

/* ---- they come late ---- */

/* Three of a container's places are taken for 10 s, and a fourth waits for one; whoever comes after
 * that is told so. All others have their workers. */
static void loggers_that_never_come_hold_up_their_own_container_alone(void **state)
{
    static const char *const ids[] = {"e0", "e1", "e2", "e3", "e4"};
    size_t late[5], looked, other, killed, ended;
    size_t refused = 0;
    talk t;

    (void)state;
    open_talk(&t);
    for (size_t i = 0; i < 5; i++)
        late[i] = add(&t, "web", ids[i], "exit 5", "never");
    other = add(&t, "other", "o1", "exit 5", "");
    looked = ask(&t, "State", "web", "");
    assert_done(&t, looked);
    assert_done(&t, other);
    assert_done(&t, ask(&t, "Start", "other", "o1"));
    ended = ask(&t, "Wait", "other", "o1");
    assert_done(&t, ended);
    assert_int_equal(t.answers[ended].exit_status, 5);
    assert_done(&t, ask(&t, "Delete", "other", "o1"));
    killed = kill_it(&t, "web", ""); /* who waits for a place has no container then */
    assert_done(&t, killed);
    for (size_t i = 0; i < 5; i++) {
        const answer *a = answer_of(&t, late[i]);

        assert_true(a->code != 0);
        if (strstr(a->words, "3 calls on the container 'web' have not returned: where its output"))
            refused++;
        else
            assert_true(a->place > t.answers[killed].place);
    }
    assert_int_equal(refused, 1);
    assert_done(&t, ask(&t, "Wait", "web", ""));
    assert_done(&t, ask(&t, "Delete", "web", ""));
    close_talk(&t);
}

/* ---- they do not read, or do not end ---- */

static void loggers_that_do_not_read_or_end_are_waited_for_as_long_as_last_words(void **state)
{
    static const struct {
        const char *id, *command, *mode;
        uint32_t exit_status;
    } added[] = {{"d0", "flood 4000000", "deaf", 1},
                 {"d1", "flood 4000000", "deaf", 1},
                 {"s0", "exit 5", "stay", 5},
                 {"s1", "exit 6", "stay", 6}};
    enum { COUNT = sizeof(added) / sizeof(added[0]) };
    size_t waits[COUNT], looked, quick;
    uint64_t begun;
    talk t;

    (void)state;
    open_talk(&t);
    for (size_t i = 0; i < COUNT; i++)
        assert_done(&t, add(&t, "web", added[i].id, added[i].command, added[i].mode));
    for (size_t i = 0; i < COUNT; i++)
        assert_done(&t, ask(&t, "Start", "web", added[i].id));
    begun = clock_ticks();
    for (size_t i = 0; i < COUNT; i++)
        waits[i] = ask(&t, "Wait", "web", added[i].id);
    assert_done(&t, kill_it(&t, "web", "d0"));
    assert_done(&t, kill_it(&t, "web", "d1"));
    looked = ask(&t, "State", "web", "d0");
    quick = add(&t, "web", "q", "exit 7", "");
    assert_done(&t, looked);
    assert_done(&t, quick);
    for (size_t i = 0; i < COUNT; i++) {
        assert_done(&t, waits[i]);
        assert_true(t.answers[waits[i]].place > t.answers[quick].place);
        assert_int_equal(t.answers[waits[i]].exit_status, added[i].exit_status);
    }
    assert_true(clock_ticks() - begun < 2 * TASK_PATIENCE); /* all of them at once */
    for (size_t i = 0; i < COUNT; i++) {
        assert_done(&t, ask(&t, "Delete", "web", added[i].id));
        assert_logger_is_gone(&t, added[i].id);
    }
    assert_done(&t, ask(&t, "Delete", "web", "q"));
    assert_logger_is_gone(&t, "q");
    close_talk(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loggers_that_never_come_hold_up_their_own_container_alone),
        cmocka_unit_test(loggers_that_do_not_read_or_end_are_waited_for_as_long_as_last_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
