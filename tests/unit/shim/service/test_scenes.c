/* SPDX-License-Identifier: MIT */
/*
 * Recorded scenes (data/README.md) against our service, through its pipe: every request gets the
 * recorded code, and what else was recorded of the answer; the events of every process, theirs and
 * ours, come in the recorded order. Where we differ on purpose, a table says why, and all of the
 * table is needed. Each is played on two stages (stage.h): a backend that does what the recorded
 * host did, and the real one over a simulated host.
 */
#include "shim/service/task_service.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "shim/wire/runhcs.pb.h"
#include "shim/wire/task.pb.h"
#include "tests/unit/shim/service/differences.h"
#include "tests/unit/shim/service/stage.h"
#include "tests/unit/shim/ttrpc/served.h"
#include "tests/unit/status.h"

#define SERVICE     "containerd.task.v2.Task"
#define RESOURCES   "types.containerd.io/opencontainers/runtime-spec/1/WindowsResources"
#define MOST_SHIMS  16
#define MOST_WAITS  64
#define MOST_WORDS  16
#define MOST_EVENTS 256

/* One of our shims, as far as it is there. */
typedef struct shim {
    char id[80];
    stage *stage;
    task_service service;
    ttrpc_service methods;
    ttrpc_server *server;
    stream *pipe;
    uint32_t last_stream;
    bool given_up; /* Shutdown was asked for */
    bool ended;    /* and of the shim's own task */
} shim;

typedef struct wait_entry {
    shim *at;
    uint32_t stream_id;
    bool told;
    int32_t code;
    uint32_t exit_status;
} wait_entry;

typedef struct scene {
    char name[64];
    shim *shims[MOST_SHIMS];
    size_t count;
    wait_entry waits[MOST_WAITS];
    char *events[MOST_EVENTS]; /* as recorded: "exit web/e1 5" */
    size_t event_count;
} scene;

typedef struct words {
    char *at[MOST_WORDS];
    size_t count;
} words;

static wcow_error err;

/* ---- shims ---- */

static shim *shim_start(scene *s, const char *id)
{
    shim *at = calloc(1, sizeof(*at));
    const char *name = served_name();

    assert_true(at && s->count < MOST_SHIMS);
    snprintf(at->id, sizeof(at->id), "%s", id);
    at->stage = stage_new(at->id);
    at->service = (task_service){stage_pod(at->stage), 42};
    task_service_init(&at->service, &at->methods);
    at->server = served_start(name, &at->methods);
    at->pipe = served_connect(name);
    s->shims[s->count++] = at;
    return at;
}

static void shim_stop(scene *s, shim *at)
{
    for (size_t i = 0; i < MOST_WAITS; i++) {
        if (s->waits[i].at == at)
            s->waits[i].at = NULL;
    }
    stream_free(at->pipe);
    ttrpc_server_stop(at->server, 0);
    stage_free(at->stage);
    free(at);
}

/* The shim that has a container: its own, or the last pod's. */
static shim *shim_of(scene *s, const char *id, bool create)
{
    shim *pod = NULL;

    for (size_t i = 0; i < s->count; i++) {
        if (text_equal(s->shims[i]->id, id) && !(create && s->shims[i]->given_up))
            return s->shims[i];
        if (text_starts_with(s->shims[i]->id, "<sandbox"))
            pod = s->shims[i];
    }
    if (pod && text_starts_with(id, "<container"))
        return pod;
    if (!create)
        fail_msg("%s: nobody has '%s'", s->name, id);
    return shim_start(s, id);
}

/* ---- requests ---- */

static const char *exec_of(const char *word)
{
    return text_equal(word, "-") ? "" : word;
}

static const char *option(const words *w, const char *name)
{
    const size_t length = strlen(name);

    for (size_t i = 0; i < w->count; i++) {
        if (text_starts_with(w->at[i], name) && w->at[i][length] == '=')
            return w->at[i] + length + 1;
    }
    return NULL;
}

static bool flag(const words *w, const char *name)
{
    for (size_t i = 0; i < w->count; i++) {
        if (text_equal(w->at[i], name))
            return true;
    }
    return false;
}

static const char *code_of(const words *w)
{
    for (size_t i = 0; i + 1 < w->count; i++) {
        if (text_equal(w->at[i], "->"))
            return w->at[i + 1];
    }
    return "0";
}

/* The request's message. All of those with an id and an exec id alone are the same. */
static void encode(shim *at, const words *w, text *out)
{
    const char *method = w->at[0][0] == 'w' ? "Wait" : w->at[1];
    const wire_bytes id = wire_text(w->at[2]), exec_id = wire_text(exec_of(w->at[3]));
    const wire_bytes input = wire_text(option(w, "in")), output = wire_text(option(w, "out"));
    const wire_bytes error_output = wire_text(option(w, "error"));
    const task_create_request create = {.id = id,
                                        .bundle = wire_text(option(w, "bundle")),
                                        .terminal = flag(w, "terminal"),
                                        .input = input,
                                        .output = output,
                                        .error_output = error_output};
    const task_exec_request exec = {.id = id,
                                    .exec_id = exec_id,
                                    .terminal = flag(w, "terminal"),
                                    .input = input,
                                    .output = output,
                                    .error_output = error_output,
                                    .has_spec = true,
                                    .spec = {wire_text("t"), stage_process()}};
    const task_kill_request kill = {
        .id = id,
        .exec_id = exec_id,
        .signal = option(w, "signal") ? (uint32_t)atoi(option(w, "signal")) : 0,
        .all = flag(w, "all")};
    const task_resize_pty_request resize = {
        .id = id, .exec_id = exec_id, .width = 80, .height = 25};
    const task_close_io_request close = {.id = id, .exec_id = exec_id, .input = true};
    const task_process_request process = {.id = id, .exec_id = exec_id};
    const task_shutdown_request shutdown = {.id = id};
    const task_update_request update = {
        .id = id, .has_resources = true, .resources = {wire_text(RESOURCES), stage_resources()}};
    const struct encoding {
        const char *method;
        const pb_msgdesc_t *fields;
        const void *message;
    } encodings[] = {
        {"Exec", task_exec_request_fields, &exec},
        {"Kill", task_kill_request_fields, &kill},
        {"ResizePty", task_resize_pty_request_fields, &resize},
        {"CloseIO", task_close_io_request_fields, &close},
        {"Shutdown", task_shutdown_request_fields, &shutdown},
        {"Update", task_update_request_fields, &update},
        {method, task_process_request_fields, &process},
    };
    size_t i = 0;

    if (text_equal(method, "Create")) {
        stage_encode_create(at->stage, &create, out);
        return;
    }
    while (!text_equal(encodings[i].method, method))
        i++;
    assert_ok(&err, wire_encode(encodings[i].fields, encodings[i].message, out, &err));
}

static uint32_t send_request(shim *at, const words *w)
{
    cleanup_text text payload = TEXT_INIT;
    cleanup_text text frame = TEXT_INIT;
    ttrpc_request request = {.service = wire_text(SERVICE),
                             .method = wire_text(w->at[0][0] == 'w' ? "Wait" : w->at[1])};

    encode(at, w, &payload);
    request.payload = wire_of(&payload);
    at->last_stream += at->last_stream ? 2 : 1;
    assert_ok(&err, ttrpc_frame_add(&frame, at->last_stream, TTRPC_REQUEST, ttrpc_request_fields,
                                    &request, &err));
    assert_int_equal(stream_write(at->pipe, text_get(&frame), frame.length), 0);
    return at->last_stream;
}

/* An answer to a Wait that came while another was waited for. */
static void note_wait(scene *s, const shim *at, uint32_t stream_id, const ttrpc_response *response)
{
    task_wait_response end = {0};

    for (size_t i = 0; i < MOST_WAITS; i++) {
        wait_entry *w = &s->waits[i];

        if (w->at != at || w->stream_id != stream_id)
            continue;
        assert_ok(&err,
                  wire_decode(task_wait_response_fields, response->payload, "it", &end, &err));
        w->told = true;
        w->code = response->status.code;
        w->exit_status = end.exit_status;
    }
}

/* Waits for the answer to a request. */
static ttrpc_response receive(scene *s, shim *at, uint32_t stream_id, ttrpc_frame *frame)
{
    for (;;) {
        ttrpc_response response = served_response(at->pipe, frame);

        if (frame->stream_id == stream_id)
            return response;
        note_wait(s, at, frame->stream_id, &response);
    }
}

/* ---- lines ---- */

/* A fact of an answer; one that was not recorded is not compared. */
static void check_fact(const scene *s, const words *w, const char *name, const char *ours)
{
    const char *recorded = option(w, name);
    char theirs[256], its[256];

    if (!recorded || text_equal(recorded, ours))
        return;
    snprintf(theirs, sizeof(theirs), "%s=%s", name, recorded);
    snprintf(its, sizeof(its), "%s=%s", name, ours);
    if (!difference_is_known(s->name, w->at[1], theirs, its))
        fail_msg("%s: %s %s %s: %s, not %s", s->name, w->at[1], w->at[2], w->at[3], its, theirs);
}

static void check_number(const scene *s, const words *w, const char *name, uint32_t ours)
{
    char number[16];

    snprintf(number, sizeof(number), "%u", ours);
    check_fact(s, w, name, number);
}

/* A text of State; where all of it was recorded, what was not is empty. */
static void check_text(const scene *s, const words *w, const char *name, wire_bytes ours)
{
    cleanup_free char *is = wire_copy(ours);

    assert_non_null(is);
    if (option(w, "exec") && !option(w, name))
        assert_string_equal(is, "");
    check_fact(s, w, name, is);
}

/* Where a pid was recorded, it is that of the same process. */
static void check_pid(const scene *s, shim *at, const words *w, uint32_t ours)
{
    const uint32_t recorded = option(w, "pid") ? (uint32_t)atoi(option(w, "pid")) : 0;

    if (ours == stage_pid(at->stage, w->at[2], exec_of(w->at[3]), recorded))
        ours = recorded;
    check_number(s, w, "pid", ours);
}

static void check_state(const scene *s, shim *at, const words *w, wire_bytes payload)
{
    const char *bundle = option(w, "bundle");
    task_state_response is = {0};
    const char *status = option(w, "status");

    assert_ok(&err, wire_decode(task_state_response_fields, payload, "it", &is, &err));
    check_pid(s, at, w, is.pid);
    check_number(s, w, "exit", is.exit_status);
    if (status && text_equal(status, "0")) /* created or running */
        assert_true(is.status == TASK_CREATED || is.status == TASK_RUNNING);
    else
        check_number(s, w, "status", (uint32_t)is.status);
    check_text(s, w, "exec", is.exec_id);
    check_text(s, w, "bundle",
               bundle && wire_is(is.bundle, stage_bundle(at->stage, w->at[2], bundle))
                   ? wire_text(bundle)
                   : is.bundle);
    check_text(s, w, "in", is.input);
    check_text(s, w, "out", is.output);
    check_text(s, w, "error", is.error_output);
}

static void check_start(const scene *s, shim *at, const words *w, wire_bytes payload)
{
    task_start_response is = {0};

    assert_ok(&err, wire_decode(task_start_response_fields, payload, "it", &is, &err));
    stage_learn(at->stage, w->at[2], exec_of(w->at[3]), is.pid);
    check_pid(s, at, w, is.pid);
}

static void check_delete(const scene *s, shim *at, const words *w, wire_bytes payload)
{
    task_delete_response is = {0};

    assert_ok(&err, wire_decode(task_delete_response_fields, payload, "it", &is, &err));
    check_pid(s, at, w, is.pid);
    check_number(s, w, "exit", is.exit_status);
}

static void check_pids(const scene *s, shim *at, const words *w, wire_bytes payload)
{
    task_pids_response is = {0};

    (void)at;
    assert_ok(&err, wire_decode(task_pids_response_fields, payload, "it", &is, &err));
    if (option(w, "pids")[0] == '+')
        assert_true(is.processes.count > 0);
    else
        check_number(s, w, "pids", (uint32_t)is.processes.count);
}

static void check_connect(const scene *s, shim *at, const words *w, wire_bytes payload)
{
    task_connect_response is = {0};

    (void)at;
    assert_ok(&err, wire_decode(task_connect_response_fields, payload, "it", &is, &err));
    assert_int_equal(is.shim_pid, 42);
    check_fact(s, w, "shim", is.task_pid == is.shim_pid ? "task" : "other");
}

static void check_stats(const scene *s, shim *at, const words *w, wire_bytes payload)
{
    task_stats_response is = {0};
    runhcs_statistics numbers = {0};

    (void)at;
    assert_ok(&err, wire_decode(task_stats_response_fields, payload, "it", &is, &err));
    assert_true(wire_is(is.stats.type_url, "containerd.runhcs.stats.v1.Statistics"));
    assert_ok(&err, wire_decode(runhcs_statistics_fields, is.stats.value, "it", &numbers, &err));
    check_fact(s, w, "stats",
               numbers.windows.has_processor && numbers.windows.has_memory ? "Statistics"
                                                                           : "empty");
}

/* What was recorded of an answer. */
static void check_answer(const scene *s, shim *at, const words *w, wire_bytes payload)
{
    static const struct check {
        const char *method;
        void (*run)(const scene *s, shim *at, const words *w, wire_bytes payload);
    } checks[] = {{"State", check_state},     {"Start", check_start}, {"Delete", check_delete},
                  {"Connect", check_connect}, {"Pids", check_pids},   {"Stats", check_stats}};

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (text_equal(w->at[1], checks[i].method))
            checks[i].run(s, at, w, payload);
    }
}

static void play_call(scene *s, const words *w)
{
    const char *code = code_of(w);
    shim *at = shim_of(s, w->at[2], text_equal(w->at[1], "Create"));
    cleanup_ttrpc_frame ttrpc_frame frame = {0};
    ttrpc_response response;
    char ours[16];

    if (text_equal(w->at[1], "Delete") && difference_in_teardown(s->name))
        stage_finish_ended(at->stage, w->at[2], exec_of(w->at[3]));
    if (text_equal(w->at[1], "Shutdown")) {
        at->given_up = true;
        at->ended = at->ended || text_equal(w->at[2], at->id);
    }
    stage_expect(at->stage, w->at[1], atoi(code),
                 option(w, "pid") ? (uint32_t)atoi(option(w, "pid")) : 0,
                 option(w, "signal") ? atoi(option(w, "signal")) : 0);
    response = receive(s, at, send_request(at, w), &frame);
    snprintf(ours, sizeof(ours), "%d", response.status.code);
    if (!text_equal(code, "-") && !text_equal(code, ours) &&
        !difference_is_known(s->name, w->at[1], code, ours))
        fail_msg("%s: %s %s %s: code %s, not %s", s->name, w->at[1], w->at[2], w->at[3], ours,
                 code);
    if (text_equal(code, "0") && response.status.code == 0)
        check_answer(s, at, w, response.payload);
}

static void play_wait(scene *s, const words *w)
{
    wait_entry *entry = &s->waits[atoi(w->at[1])];
    shim *at = shim_of(s, w->at[2], false);

    assert_true(atoi(w->at[1]) < MOST_WAITS);
    *entry = (wait_entry){.at = at, .stream_id = send_request(at, w)};
}

static void check_told(const scene *s, const words *w, uint32_t exit_status)
{
    const char *recorded = option(w, "exit");
    char theirs[32], ours[32];

    if (!recorded || (uint32_t)strtoul(recorded, NULL, 10) == exit_status)
        return;
    snprintf(theirs, sizeof(theirs), "exit=%s", recorded);
    snprintf(ours, sizeof(ours), "exit=%u", exit_status);
    if (!difference_is_known(s->name, "Wait", theirs, ours))
        fail_msg("%s: wait %s: %s, not %s", s->name, w->at[1], ours, theirs);
}

static void play_told(scene *s, const words *w)
{
    wait_entry *entry = &s->waits[atoi(w->at[1])];
    cleanup_ttrpc_frame ttrpc_frame frame = {0};

    if (!entry->told) {
        ttrpc_response response = receive(s, entry->at, entry->stream_id, &frame);

        note_wait(s, entry->at, entry->stream_id, &response);
    }
    assert_int_equal(entry->code, atoi(w->at[2]));
    check_told(s, w, entry->exit_status);
}

static void play_event(scene *s, const words *w)
{
    const bool exec = !text_equal(w->at[3], "-");

    assert_true(s->event_count < MOST_EVENTS);
    s->events[s->event_count++] =
        text_format("%s %s%s%s%s%s", w->at[1], w->at[2], exec ? "/" : "", exec ? w->at[3] : "",
                    w->count > 4 ? " " : "", w->count > 4 ? w->at[4] : "");
}

static void play(scene *s, const words *w)
{
    if (text_equal(w->at[0], "call"))
        play_call(s, w);
    else if (text_equal(w->at[0], "wait"))
        play_wait(s, w);
    else if (text_equal(w->at[0], "told"))
        play_told(s, w);
    else if (text_equal(w->at[0], "exit"))
        stage_end(shim_of(s, w->at[1], false)->stage, w->at[1], exec_of(w->at[2]),
                  (uint32_t)strtoul(w->at[3], NULL, 10));
    else if (text_equal(w->at[0], "over"))
        stage_finish(shim_of(s, w->at[1], false)->stage, w->at[1], exec_of(w->at[2]));
    else
        play_event(s, w);
}

/* ---- events ---- */

/* The name of the process that an event is of. */
static const char *event_of(const char *event, size_t *length)
{
    const char *name = strchr(event, ' ') + 1;

    *length = strcspn(name, " |");
    return name;
}

/* All events of a process in a list of them, each with '|' after it. */
static char *events_of(const char *list, const char *name, size_t length)
{
    text found = TEXT_INIT;

    for (const char *at = list; *at; at += strcspn(at, "|") + 1) {
        size_t size;
        const char *of = event_of(at, &size);

        if (size == length && memcmp(of, name, length) == 0)
            text_add_bytes(&found, at, strcspn(at, "|") + 1);
    }
    return found.length ? text_take(&found) : text_copy("");
}

/* The events of all processes that one of two lists names. */
static void compare_events(const scene *s, const char *names, const char *recorded,
                           const char *ours)
{
    for (const char *at = names; *at; at += strcspn(at, "|") + 1) {
        size_t length;
        const char *of = event_of(at, &length);
        cleanup_free char *name = text_copy_bytes(of, length);
        cleanup_free char *wanted = events_of(recorded, of, length);
        cleanup_free char *got = events_of(ours, of, length);

        if (!text_equal(wanted, got) && !difference_is_known(s->name, name, wanted, got))
            fail_msg("%s: events of %s:\n  recorded %s\n  ours     %s", s->name, name, wanted, got);
    }
}

static void check_events(const scene *s)
{
    cleanup_text text recorded = TEXT_INIT;
    cleanup_text text ours = TEXT_INIT;

    for (size_t i = 0; i < s->event_count; i++)
        text_addf(&recorded, "%s|", s->events[i]);
    for (size_t i = 0; i < s->count; i++) {
        shim *at = s->shims[i];
        cleanup_free char *some = stage_take_events(at->stage, at->ended);

        text_add(&ours, some);
    }
    compare_events(s, text_get(&recorded), text_get(&recorded), text_get(&ours));
    compare_events(s, text_get(&ours), text_get(&recorded), text_get(&ours));
}

/* ---- scenes ---- */

static void end_scene(scene *s)
{
    if (s->name[0])
        check_events(s);
    for (size_t i = 0; i < s->count; i++)
        stage_settle(s->shims[i]->stage);
    for (size_t i = 0; i < s->count; i++)
        shim_stop(s, s->shims[i]);
    for (size_t i = 0; i < s->event_count; i++)
        free(s->events[i]);
    memset(s, 0, sizeof(*s));
}

static words split(char *line)
{
    words w = {{NULL}, 0};
    char *rest = line;

    for (char *word = strtok_r(line, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest)) {
        assert_true(w.count < MOST_WORDS);
        w.at[w.count++] = word;
    }
    return w;
}

static void every_scene_is_answered_and_told_as_recorded(void **state)
{
    FILE *file = fopen("data/scenes.txt", "rb");
    static scene s;
    static char line[1024];
    size_t scenes = 0;

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        words w = split(line);

        if (!text_equal(w.at[0], "scene")) {
            play(&s, &w);
            continue;
        }
        end_scene(&s);
        snprintf(s.name, sizeof(s.name), "%s", w.at[1]);
        scenes++;
    }
    end_scene(&s);
    fclose(file);
    assert_true(scenes > 20);
    differences_check_all_met();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scene_is_answered_and_told_as_recorded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
