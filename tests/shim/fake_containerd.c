/* SPDX-License-Identifier: MIT */
/*
 * What a shim meets of containerd: its calls of the shim's program, its connections, its events
 * service, its ends of logs and standard streams. Told what to do by lines on standard input, it
 * answers each with one line on standard output; what comes by itself (events, logs, output, ends)
 * is a line of its own. README.md has the list. Kill it, and containerd is dead; start it again,
 * and it is back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/program_main.h"
#include "base/text.h"
#include "base/thread.h"
#include "port/helper.h"
#include "port/pipe.h"
#include "shim/ttrpc/client.h"
#include "shim/ttrpc/server.h"
#include "shim/wire/bootstrap.pb.h"
#include "shim/wire/event.pb.h"
#include "shim/wire/runhcs.pb.h"
#include "shim/wire/task.pb.h"
#include "shim/wire/ttrpc.pb.h"
#include "tests/shim/fake_streams.h"

#define MOST_WORDS 24
#define PATIENCE   30000u

static pthread_mutex_t output = PTHREAD_MUTEX_INITIALIZER;

void say(const char *format, ...)
{
    cleanup_text text line = TEXT_INIT;
    va_list arguments;

    va_start(arguments, format);
    text_addv(&line, format, arguments);
    va_end(arguments);
    for (char *c = line.data; c && *c; c++)
        *c = *c == '\n' || *c == '\r' ? ' ' : *c;
    pthread_mutex_lock(&output);
    printf("%s\n", text_get(&line));
    fflush(stdout);
    pthread_mutex_unlock(&output);
}

static const char *show(wire_bytes bytes, char *out, size_t size)
{
    snprintf(out, size, "%.*s", (int)bytes.size, bytes.size ? (const char *)bytes.data : "");
    return out;
}

/* ---- events ---- */

static void tell_end(wire_bytes value)
{
    event_task_exit e = {0};
    char id[200], process[200];

    if (!wire_decode(event_task_exit_fields, value, "it", &e, NULL))
        say("event exit %s %s %u", show(e.container_id, id, sizeof(id)),
            show(e.id, process, sizeof(process)), (unsigned)e.exit_status);
}

static void forward(void *context, ttrpc_call *call)
{
    event_forward_request request = {0};
    char topic[64];

    (void)context;
    if (wire_decode(event_forward_request_fields, ttrpc_call_payload(call), "it", &request, NULL)) {
        ttrpc_call_fail(call, TTRPC_INVALID_ARGUMENT, "damaged");
        return;
    }
    if (wire_is(request.envelope.topic, "/tasks/exit"))
        tell_end(request.envelope.event.value);
    else
        say("event %s", show(request.envelope.topic, topic, sizeof(topic)) + strlen("/tasks/"));
    ttrpc_call_reply(call, NULL, NULL);
}

static void serve_events(char **words)
{
    static const char *const names[] = {"containerd.services.events.ttrpc.v1.Events"};
    static const ttrpc_method methods[] = {{"Forward", TTRPC_AT_ONCE, forward, NULL}};
    static const ttrpc_service service = {names, 1, methods, 1, NULL, NULL, NULL, NULL};
    pipe_server *pipe = NULL;
    ttrpc_server *server = NULL;
    wcow_error err = WCOW_ERROR_INIT;
    const int32_t hr = pipe_listen_address(words[1], &pipe);

    if (HR_FAILED(hr))
        say("failed %08x", (unsigned)hr);
    else if (ttrpc_server_start(pipe, &service, &server, &err))
        say("failed %s", err.message);
    else
        say("ok");
}

/* ---- the program ---- */

/* call SHIM RC: MS and what it said. Folder "-": the one that we are in. */
static void run_shim(const char *const *arguments, const char *folder, const text *input)
{
    char before[1024] = "";
    char *said = NULL;
    size_t size = 0;
    uint32_t code = 0;
    const uint64_t start = ticks_now();
    int32_t hr;

    if (!getcwd(before, sizeof(before)) || (strcmp(folder, "-") != 0 && chdir(folder))) {
        say("failed chdir");
        return;
    }
    hr =
        helper_run(arguments, text_get(input), input->length, 65536, PATIENCE, &said, &size, &code);
    ignore(chdir(before));
    if (HR_FAILED(hr))
        say("failed %08x", (unsigned)hr);
    else
        say("ran %u %u %s", (unsigned)code, (unsigned)(ticks_now() - start), said);
    free(said);
}

/* start SHIM NAMESPACE ID BUNDLE nothing|options|params */
static void start_shim(char **words)
{
    const char *const arguments[] = {
        words[1],         "-namespace", words[2], "-address", "grpc", "-publish-binary",
        "containerd.exe", "-id",        words[3], "start",    NULL};
    const bootstrap_params params = {.instance_id = wire_text(words[3]),
                                     .namespace = wire_text(words[2]),
                                     .log_level = -4,
                                     .containerd_ttrpc_address =
                                         wire_text(getenv("TTRPC_ADDRESS"))};
    const common_any any = {.type_url = wire_text("containerd.runhcs.v1.Options")};
    cleanup_text text input = TEXT_INIT;

    if (text_equal(words[5], "params"))
        ignore(wire_encode(bootstrap_params_fields, &params, &input, NULL));
    else if (text_equal(words[5], "options"))
        ignore(wire_encode(common_any_fields, &any, &input, NULL));
    run_shim(arguments, words[4], &input);
}

/* delete SHIM NAMESPACE ID BUNDLE */
static void delete_shim(char **words)
{
    const char *const arguments[] = {words[1], "-namespace",      words[2],         "-address",
                                     "grpc",   "-publish-binary", "containerd.exe", "-id",
                                     words[3], "-bundle",         words[4],         "delete",
                                     NULL};
    const text nothing = TEXT_INIT;

    run_shim(arguments, "-", &nothing);
}

/* ask SHIM FLAG */
static void ask_shim(char **words)
{
    const char *const arguments[] = {words[1], words[2], NULL};
    const text nothing = TEXT_INIT;

    run_shim(arguments, "-", &nothing);
}

/* ---- calls ---- */

static struct connection {
    char name[80], address[300];
    ttrpc_client client;
} connections[16];

static struct connection *connection_of(const char *name)
{
    for (size_t i = 0; i < sizeof(connections) / sizeof(connections[0]); i++)
        if (strcmp(connections[i].name, name) == 0)
            return &connections[i];
    return NULL;
}

static int32_t dial(const char *address, ttrpc_client *out)
{
    stream *s = NULL;
    const int32_t hr = pipe_connect_address(address, 5000, NULL, &s);

    if (HR_SUCCEEDED(hr))
        *out = (ttrpc_client)TTRPC_CLIENT_INIT(s);
    return hr;
}

/* connect NAME ADDRESS */
static void connect_to(char **words)
{
    struct connection *c = connection_of("");
    const int32_t hr = c ? dial(words[2], &c->client) : HR_OUT_OF_MEMORY;

    if (HR_FAILED(hr)) {
        say("failed %08x", (unsigned)hr);
        return;
    }
    snprintf(c->name, sizeof(c->name), "%s", words[1]);
    snprintf(c->address, sizeof(c->address), "%s", words[2]);
    say("ok");
}

/* close NAME: waits for the server to close it, as after Shutdown, at most 10 s */
static void close_connection(char **words)
{
    struct connection *c = connection_of(words[1]);
    cleanup_ttrpc_frame ttrpc_frame frame = {0};
    bool ended = false;
    wcow_status status = WCOW_FAILED;

    if (c) {
        status = ttrpc_frame_read(c->client.pipe, ticks_after(10000), &frame, &ended, NULL);
        stream_free(c->client.pipe);
        memset(c, 0, sizeof(*c));
    }
    say(ended || status ? "closed" : "open");
}

static wcow_status call(struct connection *c, const char *service, const char *method,
                        const pb_msgdesc_t *fields, const void *message, ttrpc_answer *out,
                        wcow_error *err)
{
    const ttrpc_what what = {service, method, "default"};

    return c ? ttrpc_client_call(&c->client, &what, fields, message, PATIENCE, out, err)
             : error_set(err, WCOW_INVALID, "no such connection");
}

static void answer_with(wcow_status status, const wcow_error *err, const char *words)
{
    if (status)
        say("failed %s: %s", wcow_status_name(status), err->message);
    else
        say("ok %s", words);
}

/* The one mount of a snapshot: its folder, and its parents' as a JSON array without spaces. */
static wcow_status add_mount(const char *source, const char *parents, text *out, wcow_error *err)
{
    cleanup_free char *option = text_format("parentLayerPaths=%s", parents);
    task_mount mount = {.type = wire_text("windows-layer"), .source = wire_text(source)};

    mount.options.count = 2;
    mount.options.entries[0] = wire_text("rw");
    mount.options.entries[1] = wire_text(option);
    return wire_encode(task_mount_fields, &mount, out, err);
}

static const char *given(const char *word)
{
    return text_equal(word, "-") ? "" : word;
}

/* create NAME ID BUNDLE SCRATCH PARENTS STDIN STDOUT STDERR TERMINAL ("-": none) */
static void create(char **words)
{
    task_create_request request = {.id = wire_text(words[2]),
                                   .bundle = wire_text(words[3]),
                                   .input = wire_text(given(words[6])),
                                   .output = wire_text(given(words[7])),
                                   .error_output = wire_text(given(words[8])),
                                   .terminal = text_equal(words[9], "1")};
    cleanup_text text mount = TEXT_INIT;
    cleanup_ttrpc_answer ttrpc_answer answer = {0};
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status = add_mount(words[4], words[5], &mount, &err);

    request.rootfs.count = 1;
    request.rootfs.entries[0] = wire_of(&mount);
    if (!status)
        status = call(connection_of(words[1]), "containerd.task.v2.Task", "Create",
                      task_create_request_fields, &request, &answer, &err);
    answer_with(status, &err, "");
}

/* exec NAME ID EXEC STDIN STDOUT STDERR TERMINAL JSON ("|" for spaces in the specification) */
static void exec(char **words)
{
    task_exec_request request = {.id = wire_text(words[2]),
                                 .exec_id = wire_text(words[3]),
                                 .input = wire_text(given(words[4])),
                                 .output = wire_text(given(words[5])),
                                 .error_output = wire_text(given(words[6])),
                                 .terminal = text_equal(words[7], "1"),
                                 .has_spec = true};
    cleanup_ttrpc_answer ttrpc_answer answer = {0};
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status;

    for (char *c = words[8]; *c; c++)
        *c = *c == '|' ? ' ' : *c;
    request.spec.type_url = wire_text("types.containerd.io/opencontainers/runtime-spec/1/Process");
    request.spec.value = wire_text(words[8]);
    status = call(connection_of(words[1]), "containerd.task.v2.Task", "Exec",
                  task_exec_request_fields, &request, &answer, &err);
    answer_with(status, &err, "");
}

/* kill NAME ID EXEC NUMBER ALL */
static void kill_task(char **words)
{
    const task_kill_request request = {.id = wire_text(words[2]),
                                       .exec_id = wire_text(given(words[3])),
                                       .signal = (uint32_t)strtoul(words[4], NULL, 10),
                                       .all = text_equal(words[5], "1")};
    cleanup_ttrpc_answer ttrpc_answer answer = {0};
    wcow_error err = WCOW_ERROR_INIT;

    answer_with(call(connection_of(words[1]), "containerd.task.v2.Task", "Kill",
                     task_kill_request_fields, &request, &answer, &err),
                &err, "");
}

/* update NAME ID JSON */
static void update(char **words)
{
    const task_update_request request = {
        .id = wire_text(words[2]),
        .has_resources = true,
        .resources = {
            wire_text("types.containerd.io/opencontainers/runtime-spec/1/WindowsResources"),
            wire_text(words[3])}};
    cleanup_ttrpc_answer ttrpc_answer answer = {0};
    wcow_error err = WCOW_ERROR_INIT;

    answer_with(call(connection_of(words[1]), "containerd.task.v2.Task", "Update",
                     task_update_request_fields, &request, &answer, &err),
                &err, "");
}

/* What is shown of an answer, by the method. */
static void describe(const char *method, wire_bytes payload, text *out)
{
    task_state_response state = {0};
    task_delete_response deleted = {0};
    task_wait_response waited = {0};
    task_connect_response connected = {0};
    task_pids_response pids = {0};
    task_start_response started = {0};

    if (text_equal(method, "State") &&
        !wire_decode(task_state_response_fields, payload, "it", &state, NULL))
        text_addf(out, "%d %u %u", (int)state.status, (unsigned)state.pid,
                  (unsigned)state.exit_status);
    if (text_equal(method, "Delete") &&
        !wire_decode(task_delete_response_fields, payload, "it", &deleted, NULL))
        text_addf(out, "%u %u", (unsigned)deleted.pid, (unsigned)deleted.exit_status);
    if (text_equal(method, "Wait") &&
        !wire_decode(task_wait_response_fields, payload, "it", &waited, NULL))
        text_addf(out, "%u", (unsigned)waited.exit_status);
    if (text_equal(method, "Connect") &&
        !wire_decode(task_connect_response_fields, payload, "it", &connected, NULL))
        text_addf(out, "%u %u", (unsigned)connected.shim_pid, (unsigned)connected.task_pid);
    if (text_equal(method, "Pids") &&
        !wire_decode(task_pids_response_fields, payload, "it", &pids, NULL))
        text_addf(out, "%zu", pids.processes.count);
    if (text_equal(method, "Start") &&
        !wire_decode(task_start_response_fields, payload, "it", &started, NULL))
        text_addf(out, "%u", (unsigned)started.pid);
    if (text_equal(method, "Stats"))
        text_addf(out, "%zu", payload.size);
}

/* call NAME METHOD ID EXEC */
static void call_named(char **words)
{
    const task_process_request request = {wire_text(words[3]), wire_text(given(words[4]))};
    cleanup_ttrpc_answer ttrpc_answer answer = {0};
    cleanup_text text shown = TEXT_INIT;
    wcow_error err = WCOW_ERROR_INIT;
    const wcow_status status = call(connection_of(words[1]), "containerd.task.v2.Task", words[2],
                                    task_process_request_fields, &request, &answer, &err);

    if (!status)
        describe(words[2], answer.payload, &shown);
    answer_with(status, &err, text_get(&shown));
}

typedef struct waiter {
    char *address, *id, *exec_id;
} waiter;

static void *wait_for(void *context)
{
    const waiter *w = context;
    const task_process_request request = {wire_text(w->id), wire_text(w->exec_id)};
    const ttrpc_what what = {"containerd.task.v2.Task", "Wait", "default"};
    ttrpc_client client = {0};
    cleanup_ttrpc_answer ttrpc_answer answer = {0};
    task_wait_response end = {0};
    wcow_error err = WCOW_ERROR_INIT;
    int32_t hr = dial(w->address, &client);
    wcow_status status = error_check(&err, hr, "connect");

    if (!status)
        status = ttrpc_client_call(&client, &what, task_process_request_fields, &request, 600000,
                                   &answer, &err);
    if (!status)
        status = wire_decode(task_wait_response_fields, answer.payload, "it", &end, &err);
    if (status)
        say("waited %s %s failed %s", w->id, *w->exec_id ? w->exec_id : "-", err.message);
    else
        say("waited %s %s %u", w->id, *w->exec_id ? w->exec_id : "-", (unsigned)end.exit_status);
    stream_free(client.pipe);
    return NULL;
}

/* wait NAME ID EXEC: told when it comes, on a connection of its own */
static void start_waiting(char **words)
{
    const struct connection *c = connection_of(words[1]);
    waiter *w = calloc(1, sizeof(*w));

    if (w && c) {
        w->address = text_copy(c->address);
        w->id = text_copy(words[2]);
        w->exec_id = text_copy(given(words[3]));
    }
    say(w && c && thread_start_detached(wait_for, w) ? "ok" : "failed");
}

/* resize NAME ID EXEC WIDTH HEIGHT */
static void resize(char **words)
{
    const task_resize_pty_request request = {wire_text(words[2]), wire_text(given(words[3])),
                                             (uint32_t)strtoul(words[4], NULL, 10),
                                             (uint32_t)strtoul(words[5], NULL, 10)};
    cleanup_ttrpc_answer ttrpc_answer answer = {0};
    wcow_error err = WCOW_ERROR_INIT;

    answer_with(call(connection_of(words[1]), "containerd.task.v2.Task", "ResizePty",
                     task_resize_pty_request_fields, &request, &answer, &err),
                &err, "");
}

/* close_input NAME ID EXEC */
static void close_input(char **words)
{
    const task_close_io_request request = {wire_text(words[2]), wire_text(given(words[3])), true};
    cleanup_ttrpc_answer ttrpc_answer answer = {0};
    wcow_error err = WCOW_ERROR_INIT;

    answer_with(call(connection_of(words[1]), "containerd.task.v2.Task", "CloseIO",
                     task_close_io_request_fields, &request, &answer, &err),
                &err, "");
}

/* park NAME ID COUNT: so many Waits on a connection of their own, whose answers nobody reads */
static void park(char **words)
{
    const struct connection *c = connection_of(words[1]);
    const task_process_request wanted = {.id = wire_text(words[2])};
    const uint32_t count = (uint32_t)strtoul(words[3], NULL, 10);
    cleanup_text text payload = TEXT_INIT;
    cleanup_text text frames = TEXT_INIT;
    ttrpc_client client = {0};
    ttrpc_request request = {.service = wire_text("containerd.task.v2.Task"),
                             .method = wire_text("Wait")};
    wcow_status status = wire_encode(task_process_request_fields, &wanted, &payload, NULL);

    request.payload = wire_of(&payload);
    for (uint32_t i = 0; i < count && !status; i++)
        status = ttrpc_frame_add(&frames, 2 * i + 1, TTRPC_REQUEST, ttrpc_request_fields, &request,
                                 NULL);
    if (!c || status || HR_FAILED(dial(c->address, &client)) ||
        HR_FAILED(stream_write(client.pipe, frames.data, frames.length)))
        say("failed");
    else
        say("ok"); /* the connection is open until this program ends */
}

/* ---- lines ---- */

static const struct {
    const char *word;
    int count; /* of words, itself included */
    void (*run)(char **words);
} commands[] = {
    {"events", 2, serve_events},     {"start", 6, start_shim},
    {"delete", 5, delete_shim},      {"ask", 3, ask_shim},
    {"listen", 3, listen_for},       {"log", 3, follow_log},
    {"connect", 3, connect_to},      {"close", 2, close_connection},
    {"create", 10, create},          {"exec", 9, exec},
    {"kill", 6, kill_task},          {"call", 5, call_named},
    {"wait", 4, start_waiting},      {"feed", 4, feed},
    {"resize", 6, resize},           {"park", 4, park},
    {"close_input", 4, close_input}, {"update", 4, update},
};

static void run_line(char *line)
{
    char *words[MOST_WORDS];
    int count = 0;

    for (char *word = strtok(line, " \r\n"); word && count < MOST_WORDS;
         word = strtok(NULL, " \r\n"))
        words[count++] = word;
    for (size_t i = 0; count > 0 && i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].word, words[0]) == 0 && commands[i].count == count) {
            commands[i].run(words);
            return;
        }
    }
    say("failed: no such command, or not so many words");
}

uint32_t program_main(int argc, char **argv)
{
    static char line[16384];

    (void)argc;
    (void)argv;
    say("ready");
    while (fgets(line, sizeof(line), stdin))
        run_line(line);
    return 0;
}
