/* SPDX-License-Identifier: MIT */
/*
 * Recorded scenes (data/README.md) against our service, through its pipe, over a backend that does
 * what the recorded host did: every request gets the recorded code, and what else was recorded of
 * the answer; the events of every process come in the recorded order. Where we differ on purpose, a
 * table says why.
 */
#include "shim/service/task_service.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "shim/wire/task.pb.h"
#include "tests/unit/shim/task/fake_backend.h"
#include "tests/unit/shim/ttrpc/served.h"
#include "tests/unit/status.h"

#define SERVICE     "containerd.task.v2.Task"
#define MOST_SHIMS  16
#define MOST_WAITS  64
#define MOST_WORDS  12
#define MOST_EVENTS 256

/* One of our shims, as far as it is there. */
typedef struct shim {
    char id[80];
    fake_backend backend;
    task_pod *pod;
    task_service service;
    ttrpc_service methods;
    ttrpc_server *server;
    stream *pipe;
    uint32_t last_stream;
    bool given_up; /* Shutdown was asked for */
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

/* ---- what we do otherwise ---- */

static const struct difference {
    const char *scene, *what; /* a method, or a process: its events */
    const char *recorded, *ours;
    const char *why;
} differences[] = {
    {"cri-exit-while-down", "Delete", "2", "0",
     "that shim waits for ever for a reader that has gone, and gives up after 30 s"},
    {"ctr-reader-gone", "Delete", "2", "0", "the same"},
    {"ctr-exit-while-down", "Pids", "2", "0",
     "a list with the pid that it had tells every containerd that it is not lost"},
    {"cri-exit-while-down", "<container-13>", "create <container-13>|start <container-13>|",
     "create <container-13>|start <container-13>|exit <container-13> 0|delete <container-13> 0|",
     "with a teardown that ends come its events"},
    {"ctr-exit-while-down", "dow1", "create dow1|start dow1|delete dow1 0|",
     "create dow1|start dow1|exit dow1 0|delete dow1 0|",
     "an event is kept until containerd is back; that shim drops it"},
    {"ctr-reader-gone", "gon1", "create gon1|start gon1|",
     "create gon1|start gon1|exit gon1 1|delete gon1 1|", "the first of these"},
    {"cri-exec-while-killed", "<container-2>/<exec-1>",
     "added <container-2>/<exec-1>|started <container-2>/<exec-1>|",
     "added <container-2>/<exec-1>|started <container-2>/<exec-1>|exit <container-2>/<exec-1> 1|",
     "what containerd forgot when it was restarted ends with its container, and that is told"},
    {"cri-pod-full", "<container-1>/<exec-6>",
     "added <container-1>/<exec-6>|started <container-1>/<exec-6>|",
     "added <container-1>/<exec-6>|started <container-1>/<exec-6>|exit <container-1>/<exec-6> 0|",
     "the same; it ended between two recordings"},
};

/* The code that is to be expected: the recorded one, or ours. */
static int32_t expected_code(const scene *s, const words *w, const char *recorded)
{
    for (size_t i = 0; i < sizeof(differences) / sizeof(differences[0]); i++) {
        const struct difference *d = &differences[i];

        if (text_equal(d->scene, s->name) && text_equal(d->what, w->at[1]) &&
            text_equal(d->recorded, recorded))
            return atoi(d->ours);
    }
    return atoi(recorded);
}

/* ---- shims ---- */

static shim *shim_start(scene *s, const char *id)
{
    shim *at = calloc(1, sizeof(*at));
    const char *name = served_name();

    assert_true(at && s->count < MOST_SHIMS);
    snprintf(at->id, sizeof(at->id), "%s", id);
    fake_backend_init(&at->backend);
    at->pod = task_pod_new(id, true, &at->backend.table);
    assert_non_null(at->pod);
    at->service = (task_service){at->pod, 42};
    task_service_init(&at->service, &at->methods);
    at->server = served_start(name, &at->methods);
    at->pipe = served_connect(name);
    s->shims[s->count++] = at;
    return at;
}

/* What still runs ends; the events of that were not recorded. */
static void shim_stop(scene *s, shim *at)
{
    for (size_t i = at->backend.count; i > 0; i--) {
        fake_process *p = &at->backend.processes[i - 1];

        if (p->owner && p->started && !p->finished) {
            task_process_ended(p->owner, 1, 1000);
            task_process_finished(p->owner);
        }
    }
    for (size_t i = 0; i < MOST_WAITS; i++) {
        if (s->waits[i].at == at)
            s->waits[i].at = NULL;
    }
    stream_free(at->pipe);
    ttrpc_server_stop(at->server, 0);
    task_pod_free(at->pod);
    fake_backend_free(&at->backend);
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
static void encode(const words *w, text *out)
{
    const char *method = w->at[0][0] == 'w' ? "Wait" : w->at[1];
    const wire_bytes id = wire_text(w->at[2]), exec_id = wire_text(exec_of(w->at[3]));
    const task_create_request create = {
        .id = id, .bundle = wire_text("C:\\bundle"), .terminal = flag(w, "terminal")};
    const task_exec_request exec = {.id = id, .exec_id = exec_id, .terminal = flag(w, "terminal")};
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
        .id = id, .has_resources = true, .resources = {wire_text("t"), wire_text("{}")}};
    const struct encoding {
        const char *method;
        const pb_msgdesc_t *fields;
        const void *message;
    } encodings[] = {
        {"Create", task_create_request_fields, &create},
        {"Exec", task_exec_request_fields, &exec},
        {"Kill", task_kill_request_fields, &kill},
        {"ResizePty", task_resize_pty_request_fields, &resize},
        {"CloseIO", task_close_io_request_fields, &close},
        {"Shutdown", task_shutdown_request_fields, &shutdown},
        {"Update", task_update_request_fields, &update},
        {method, task_process_request_fields, &process},
    };
    size_t i = 0;

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

    encode(w, &payload);
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

/* The backend fails as the recorded host did. What is refused before it is asked is not its affair.
 */
static void prepare(fake_backend *f, const words *w, const char *code)
{
    static const char *const calls[][2] = {
        {"Create", "create"}, {"Exec", "create"}, {"Start", "start"}, {"Update", "update"}};
    static char number[16];

    f->fails = NULL;
    if (option(w, "pid"))
        f->next_pid = (uint32_t)atoi(option(w, "pid"));
    if (atoi(code) == 0)
        return;
    f->failure = atoi(code) == TTRPC_UNKNOWN ? WCOW_COMMAND_NOT_FOUND : ttrpc_status_of(atoi(code));
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (text_equal(w->at[1], calls[i][0]))
            f->fails = calls[i][1];
    }
    if (text_equal(w->at[1], "Kill") && atoi(code) == TTRPC_FAILED_PRECONDITION) {
        snprintf(number, sizeof(number), "signal%s", option(w, "signal"));
        f->fails = number;
    }
}

/* What the answers to State and Delete say of a process's end. */
static void check_end(const scene *s, const words *w, wire_bytes payload)
{
    task_state_response state = {0};
    task_delete_response end = {0};
    task_start_response start = {0};
    uint32_t pid = 0, exit_status = 0;

    if (text_equal(w->at[1], "State")) {
        assert_ok(&err, wire_decode(task_state_response_fields, payload, "it", &state, &err));
        pid = state.pid;
        exit_status = state.exit_status;
    } else if (text_equal(w->at[1], "Delete")) {
        assert_ok(&err, wire_decode(task_delete_response_fields, payload, "it", &end, &err));
        pid = end.pid;
        exit_status = end.exit_status;
    } else if (text_equal(w->at[1], "Start")) {
        assert_ok(&err, wire_decode(task_start_response_fields, payload, "it", &start, &err));
        pid = start.pid;
    }
    if (option(w, "pid") && (uint32_t)atoi(option(w, "pid")) != pid)
        fail_msg("%s: %s %s: pid %u", s->name, w->at[1], w->at[2], pid);
    if (option(w, "exit") && (uint32_t)atoi(option(w, "exit")) != exit_status)
        fail_msg("%s: %s %s %s: exit status %u, not %s", s->name, w->at[1], w->at[2], w->at[3],
                 exit_status, option(w, "exit"));
}

static void play_call(scene *s, const words *w)
{
    const char *code = code_of(w);
    shim *at = shim_of(s, w->at[2], text_equal(w->at[1], "Create"));
    cleanup_ttrpc_frame ttrpc_frame frame = {0};
    ttrpc_response response;

    /* Nothing holds up our teardown: one that has begun is done by now. */
    if (text_equal(w->at[1], "Delete"))
        fake_finish_ended(&at->backend, w->at[2], exec_of(w->at[3]));
    at->given_up = at->given_up || text_equal(w->at[1], "Shutdown");
    prepare(&at->backend, w, code);
    response = receive(s, at, send_request(at, w), &frame);
    if (!text_equal(code, "-") && response.status.code != expected_code(s, w, code))
        fail_msg("%s: %s %s %s: code %d, not %s", s->name, w->at[1], w->at[2], w->at[3],
                 response.status.code, code);
    if (text_equal(code, "0"))
        check_end(s, w, response.payload);
}

static void play_wait(scene *s, const words *w)
{
    wait_entry *entry = &s->waits[atoi(w->at[1])];
    shim *at = shim_of(s, w->at[2], false);

    assert_true(atoi(w->at[1]) < MOST_WAITS);
    *entry = (wait_entry){.at = at, .stream_id = send_request(at, w)};
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
    if (option(w, "exit") && (uint32_t)atoi(option(w, "exit")) != entry->exit_status)
        fail_msg("%s: wait %s: exit status %u", s->name, w->at[1], entry->exit_status);
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
        fake_end(&shim_of(s, w->at[1], false)->backend, w->at[1], exec_of(w->at[2]),
                 (uint32_t)atoi(w->at[3]));
    else if (text_equal(w->at[0], "over"))
        fake_finish(&shim_of(s, w->at[1], false)->backend, w->at[1], exec_of(w->at[2]));
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

/* Whether a table names the difference. */
static bool is_known_difference(const scene *s, const char *name, size_t length, const char *wanted,
                                const char *got)
{
    for (size_t i = 0; i < sizeof(differences) / sizeof(differences[0]); i++) {
        const struct difference *d = &differences[i];

        if (text_equal(d->scene, s->name) && strlen(d->what) == length &&
            memcmp(d->what, name, length) == 0)
            return text_equal(d->recorded, wanted) && text_equal(d->ours, got);
    }
    return false;
}

static void check_events(const scene *s)
{
    cleanup_text text recorded = TEXT_INIT;
    cleanup_text text ours = TEXT_INIT;

    for (size_t i = 0; i < s->event_count; i++)
        text_addf(&recorded, "%s|", s->events[i]);
    for (size_t i = 0; i < s->count; i++) {
        cleanup_free char *some = fake_take_events(&s->shims[i]->backend);

        text_add(&ours, some);
    }
    for (size_t i = 0; i < s->event_count; i++) {
        size_t length;
        const char *name = event_of(s->events[i], &length);
        cleanup_free char *wanted = events_of(text_get(&recorded), name, length);
        cleanup_free char *got = events_of(text_get(&ours), name, length);

        if (!text_equal(wanted, got) && !is_known_difference(s, name, length, wanted, got))
            fail_msg("%s: events of %.*s:\n  recorded %s\n  ours     %s", s->name, (int)length,
                     name, wanted, got);
    }
}

/* ---- scenes ---- */

static void end_scene(scene *s)
{
    if (s->name[0])
        check_events(s);
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
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scene_is_answered_and_told_as_recorded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
