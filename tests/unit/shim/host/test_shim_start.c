/* SPDX-License-Identifier: MIT */
/*
 * `start` and `delete` as containerd calls them. This program is the server, too: started by
 * itself, as a shim is.
 */
#include "shim/host/shim_actions.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "port/pipe.h"
#include "shim/host/pipe_names.h"
#include "shim/host/serving.h"
#include "shim/host/shim_peer.h"
#include "shim/wire/bootstrap.pb.h"
#include "shim/wire/task.pb.h"
#include "tests/unit/shim/host/running.h"
#include "tests/unit/status.h"

/* ---- the server ---- */

static void say_ready(void *context)
{
    running *r = context;

    if (strcmp(r->wish.id, "silent") == 0) {
        fclose(stdout);
        return;
    }
    fputs("ready", stdout);
    fclose(stdout);
}

/* A helper tells that it was started. */
static int be_helper(const shim_invocation *in)
{
    cleanup_free char *path = text_format("%s/helped", in->bundle);
    FILE *told = path ? fopen(path, "w") : NULL;

    return told && fclose(told) == 0 ? 0 : 1;
}

static int be_server(int argc, char **argv)
{
    static running r;
    shim_invocation in;
    wcow_error err = WCOW_ERROR_INIT;

    if (shim_invocation_parse(argc - 1, argv + 1, &in, &err))
        return 9;
    if (in.action == SHIM_RELEASE)
        return be_helper(&in);
    if (strcmp(in.id, "broken") == 0) {
        fputs("the Host Compute Service cannot be reached", stdout);
        return 1;
    }
    if (strcmp(in.id, "dead") == 0)
        return 7;
    running_prepare(&r, in.space, in.id, in.pod, in.events, SERVE_IDLE);
    r.wish.ready = say_ready;
    r.wish.level = (shim_level)strtol(in.log_level, NULL, 10);
    if (serve(&r.wish, &err)) {
        fputs(err.message, stdout);
        return 1;
    }
    return 0;
}

/* ---- the tests ---- */

typedef struct bench {
    char root[64], space[64];
    files_port *files;
    shim_tools tools;
    text answer;
    text released; /* names of bundles */
    wcow_status release_status, keep_status;
    bool left;
    const char *torn; /* reading it fails so many times, since somebody has it open */
    size_t torn_for;
    int32_t (*read)(files_port *port, const char *path, size_t limit, char **out, size_t *size);
    wcow_error err;
} bench;

static wcow_status release(void *context, const char *bundle, const char *sandbox,
                           uint32_t milliseconds, wcow_error *err)
{
    bench *b = context;

    assert_true(milliseconds <= SHIM_DELETE_LIMIT);
    text_addf(&b->released, "%s%s|", sandbox ? "pod of " : "", strrchr(bundle, '/') + 1);
    return b->release_status ? error_set(err, b->release_status, "still there") : WCOW_OK;
}

static wcow_status keep(void *context, const char *bundle, const char *sandbox, const char *server,
                        wcow_error *err)
{
    bench *b = context;
    const char *name = strrchr(server, '\\') + 1;

    text_addf(&b->released, "%s%s until %s is gone|", sandbox ? "pod of " : "",
              strrchr(bundle, '/') + 1, name + strlen("containerd-shim--") + strlen(b->space));
    return b->keep_status ? error_set(err, b->keep_status, "the disk is full") : WCOW_OK;
}

static bool has_left(void *context)
{
    return ((bench *)context)->left;
}

static bool busy;

int32_t __real_pipe_connect_address(const char *address, uint32_t milliseconds,
                                    const atomic_bool *given_up, stream **out);
int32_t __wrap_pipe_connect_address(const char *address, uint32_t milliseconds,
                                    const atomic_bool *given_up, stream **out);

int32_t __wrap_pipe_connect_address(const char *address, uint32_t milliseconds,
                                    const atomic_bool *given_up, stream **out)
{
    return busy ? HR_PIPE_BUSY : __real_pipe_connect_address(address, milliseconds, given_up, out);
}

static bench *reading;

static int32_t read_torn(files_port *port, const char *path, size_t limit, char **out, size_t *size)
{
    if (reading->torn_for > 0 && text_ends_with(path, reading->torn)) {
        reading->torn_for--;
        return HR_FROM_WIN32(32); /* ERROR_SHARING_VIOLATION */
    }
    return reading->read(port, path, limit, out, size);
}

/* A scanner has config.json open. */
static void tear_config(bench *b, size_t times)
{
    reading = b;
    b->torn = "config.json";
    b->torn_for = times;
    b->read = b->files->read;
    b->files->read = read_torn;
}

static int set_up(void **state)
{
    static unsigned count;
    bench *b = calloc(1, sizeof(*b));

    if (!b)
        return -1;
    strcpy(b->root, "/tmp/wcow-shim-start-XXXXXX");
    assert_non_null(mkdtemp(b->root));
    snprintf(b->space, sizeof(b->space), "wcow-test-start-%d-%u", (int)getpid(), count++);
    assert_int_equal(files_port_open(&b->files), 0);
    b->tools = (shim_tools){b->files, b, release, keep, has_left};
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    bench *b = *state;
    char command[128];

    snprintf(command, sizeof(command), "rm -rf '%s'", b->root);
    assert_int_equal(system(command), 0);
    b->files->free(b->files);
    text_free(&b->answer);
    text_free(&b->released);
    free(b);
    return 0;
}

static char *path_of(const bench *b, const char *id, const char *name)
{
    return name ? text_format("%s/%s/%s", b->root, id, name) : text_format("%s/%s", b->root, id);
}

static void write_in_bundle(bench *b, const char *id, const char *name, const char *content)
{
    cleanup_free char *folder = path_of(b, id, NULL);
    cleanup_free char *path = path_of(b, id, name);

    ignore(mkdir(folder, 0700));
    assert_int_equal(b->files->replace(b->files, path, content, strlen(content)), 0);
}

static char *read_in_bundle(bench *b, const char *id, const char *name)
{
    cleanup_free char *path = path_of(b, id, name);
    char *content = NULL;
    size_t size;

    assert_int_equal(b->files->read(b->files, path, 4096, &content, &size), 0);
    return content;
}

#define ALONE "{\"ociVersion\": \"1.1.0\"}"
#define POD                                                                                        \
    "{\"annotations\": {\"io.kubernetes.cri.container-type\": \"sandbox\", "                       \
    "\"io.kubernetes.cri.sandbox-id\": \"pod\"}}"
#define IN_POD                                                                                     \
    "{\"annotations\": {\"io.kubernetes.cri.container-type\": \"container\", "                     \
    "\"io.kubernetes.cri.sandbox-id\": \"pod\"}}"

static wcow_status start_with(bench *b, const char *id, wire_bytes input)
{
    const shim_invocation in = {SHIM_START, b->space, id, "A", "B", "", false, "", "", false};
    cleanup_free char *folder = path_of(b, id, NULL);

    text_free(&b->answer);
    b->err = (wcow_error)WCOW_ERROR_INIT;
    return shim_start(&b->tools, &in, folder, input, &b->answer, &b->err);
}

static wcow_status start(bench *b, const char *id)
{
    return start_with(b, id, (wire_bytes){0});
}

static wcow_status delete (bench *b, const char *id)
{
    cleanup_free char *folder = path_of(b, id, NULL);
    const shim_invocation in = {SHIM_DELETE, b->space, id, "A", "B", folder, false, "", "", false};
    task_delete_response response = {0};
    wcow_status status;

    text_free(&b->answer);
    text_free(&b->released);
    b->err = (wcow_error)WCOW_ERROR_INIT;
    status = shim_delete(&b->tools, &in, &b->answer, &b->err);
    if (b->answer.length > 0 &&
        !wire_decode(task_delete_response_fields, wire_of(&b->answer), "it", &response, NULL)) {
        assert_int_equal(response.exit_status, 255);
        assert_true(response.exited_at.seconds > 1000000000);
    }
    return status;
}

static void shut_down(bench *b, const char *id)
{
    cleanup_shim_peer shim_peer *peer = NULL;
    cleanup_ttrpc_answer ttrpc_answer answer = {0};

    assert_ok(&b->err, shim_peer_connect(b->space, id, 0, &peer, &b->err));
    ignore(shim_peer_ask(peer, TASK_SERVICE, "Shutdown", id, 20000, &answer, NULL));
    assert_true(shim_peer_await_end(peer, 20000));
}

static void a_task_gets_a_server_that_listens_already(void **state)
{
    bench *b = *state;
    cleanup_free char *address = shim_task_pipe(b->space, "web");
    cleanup_free char *noted = NULL;
    cleanup_free char *pid = NULL;
    cleanup_shim_peer shim_peer *peer = NULL;

    write_in_bundle(b, "web", "config.json", ALONE);
    assert_ok(&b->err, start(b, "web"));
    assert_string_equal(text_get(&b->answer), address);
    noted = read_in_bundle(b, "web", "address");
    assert_string_equal(noted, address);
    pid = read_in_bundle(b, "web", "shim.pid");
    assert_true(strtol(pid, NULL, 10) > 0);
    assert_int_not_equal(strtol(pid, NULL, 10), (long)getpid());
    assert_ok(&b->err, shim_peer_connect(b->space, "web", 0, &peer, &b->err));
    shut_down(b, "web");
}

static void bootstrap_params_are_answered_with_version_3(void **state)
{
    bench *b = *state;
    const bootstrap_params params = {.instance_id = wire_text("web"),
                                     .namespace = wire_text(b->space)};
    cleanup_free char *address = shim_task_pipe(b->space, "web");
    cleanup_text text input = TEXT_INIT;
    cleanup_json cJSON *answer = NULL;

    write_in_bundle(b, "web", "config.json", ALONE);
    assert_ok(&b->err, wire_encode(bootstrap_params_fields, &params, &input, &b->err));
    assert_ok(&b->err, start_with(b, "web", wire_of(&input)));
    answer = cJSON_Parse(text_get(&b->answer));
    assert_int_equal(json_integer(answer, "version", 0), 3);
    assert_string_equal(json_text(answer, "address", ""), address);
    assert_string_equal(json_text(answer, "protocol", ""), "ttrpc");
    shut_down(b, "web");
}

static void a_container_joins_its_pod_s_server(void **state)
{
    bench *b = *state;
    cleanup_free char *address = shim_task_pipe(b->space, "pod");
    cleanup_free char *log = shim_log_pipe(b->space, "web");
    cleanup_free char *pid = NULL;
    cleanup_free char *pod_pid = NULL;
    cleanup_stream stream *reader = NULL;

    write_in_bundle(b, "pod", "config.json", POD);
    write_in_bundle(b, "web", "config.json", IN_POD);
    assert_ok(&b->err, start(b, "pod"));
    {
        cleanup_shim_peer shim_peer *peer = NULL;
        cleanup_ttrpc_answer ttrpc_answer answer = {0};
        const task_create_request request = {.id = wire_text("pod"), .bundle = wire_text("C:\\b")};
        const ttrpc_what what = {TASK_SERVICE, "Create", b->space};

        assert_ok(&b->err, shim_peer_connect(b->space, "pod", 0, &peer, &b->err));
        assert_ok(&b->err, ttrpc_client_call(&peer->client, &what, task_create_request_fields,
                                             &request, 20000, &answer, &b->err));
    }
    assert_ok(&b->err, start(b, "web"));
    assert_string_equal(text_get(&b->answer), address);
    pid = read_in_bundle(b, "web", "shim.pid");
    pod_pid = read_in_bundle(b, "pod", "shim.pid");
    assert_string_equal(pid, pod_pid);
    assert_int_equal(pipe_connect_address(log, 0, NULL, &reader), 0);
    shut_down(b, "pod");
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
        {"pod2", POD, "the sandbox 'pod2' has 'pod' in its annotation", WCOW_INVALID},
    };
    bench *b = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        write_in_bundle(b, rows[i].id, "config.json", rows[i].config);
        assert_int_equal(start(b, rows[i].id), rows[i].status);
        if (strncmp(b->err.message, rows[i].words, strlen(rows[i].words)) != 0)
            fail_msg("%s", b->err.message);
    }
    assert_int_equal(start(b, "nobody"), WCOW_NOT_FOUND);
    assert_non_null(
        strstr(b->err.message, "config.json: The system cannot find the file specified."));
}

static void create_in(bench *b, shim_peer *peer, const char *id)
{
    const task_create_request request = {.id = wire_text(id), .bundle = wire_text("C:\\b")};
    const ttrpc_what what = {TASK_SERVICE, "Create", b->space};
    cleanup_ttrpc_answer ttrpc_answer answer = {0};

    assert_ok(&b->err, ttrpc_client_call(&peer->client, &what, task_create_request_fields, &request,
                                         20000, &answer, &b->err));
}

/* It listens already, and would keep the id for a minute. */
static void a_server_that_is_given_up_has_ended(void **state)
{
    bench *b = *state;
    cleanup_shim_peer shim_peer *peer = NULL;

    write_in_bundle(b, "silent", "config.json", ALONE);
    assert_fails(&b->err, WCOW_FAILED, "the shim's server says nothing", start(b, "silent"));
    assert_int_not_equal(shim_peer_connect(b->space, "silent", 0, &peer, NULL), WCOW_OK);
}

static void a_container_whose_address_cannot_be_noted_leaves_its_pod(void **state)
{
    bench *b = *state;
    cleanup_free char *taken = path_of(b, "web", "shim.pid");
    cleanup_free char *log = shim_log_pipe(b->space, "web");
    cleanup_stream stream *reader = NULL;
    unsigned tries = 0;
    running pod;
    cleanup_shim_peer shim_peer *peer = NULL;

    write_in_bundle(b, "web", "config.json", IN_POD);
    assert_int_equal(mkdir(taken, 0700), 0);
    running_start(&pod, b->space, "pod", true, "", SERVE_IDLE);
    assert_ok(&b->err, shim_peer_connect(b->space, "pod", 0, &peer, &b->err));
    create_in(b, peer, "pod");
    assert_int_not_equal(start(b, "web"), WCOW_OK);
    assert_non_null(strstr(b->err.message, "cannot write "));
    while (!pipe_connect_address(log, 0, NULL, &reader)) {
        stream_free(TAKE(reader));
        assert_true(tries++ < 1000);
        usleep(20000);
    }
    shim_peer_free(TAKE(peer));
    shut_down(b, "pod");
    assert_int_equal(running_end(&pod), WCOW_OK);
}

/* containerd never learns of it, so nobody would end it. */
static void a_server_whose_address_cannot_be_noted_ends(void **state)
{
    bench *b = *state;
    cleanup_free char *taken = path_of(b, "web", "shim.pid");
    cleanup_shim_peer shim_peer *peer = NULL;
    unsigned tries = 0;

    write_in_bundle(b, "web", "config.json", ALONE);
    assert_int_equal(mkdir(taken, 0700), 0);
    assert_int_not_equal(start(b, "web"), WCOW_OK);
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

    write_in_bundle(b, "web", "config.json", ALONE);
    assert_ok(&b->err, start(b, "web"));
    assert_int_equal(start(b, "web"), WCOW_FAILED);
    assert_non_null(strstr(b->err.message, "cannot listen on "));
    shut_down(b, "web");
}

/* ---- delete ---- */

static void delete_gives_back_what_a_dead_server_left(void **state)
{
    bench *b = *state;

    write_in_bundle(b, "web", "config.json", ALONE);
    assert_ok(&b->err, delete (b, "web"));
    assert_string_equal(text_get(&b->released), "pod of web|");
    assert_ok(&b->err, delete (b, "web"));
    assert_string_equal(text_get(&b->released), "pod of web|");
    assert_ok(&b->err, delete (b, "nobody"));
    assert_string_equal(text_get(&b->released), "pod of nobody|");
}

/* Of version 3, where nothing but the sandbox's `delete` comes, it is the whole pod. */
static void delete_of_a_container_gives_back_no_other(void **state)
{
    bench *b = *state;

    write_in_bundle(b, "pod", "config.json", POD);
    write_in_bundle(b, "third", "config.json", IN_POD);
    assert_ok(&b->err, delete (b, "third"));
    assert_string_equal(text_get(&b->released), "third|");
    assert_ok(&b->err, delete (b, "pod"));
    assert_string_equal(text_get(&b->released), "pod of pod|");
}

static void ask(bench *b, shim_peer *peer, const char *method, const char *id)
{
    cleanup_ttrpc_answer ttrpc_answer answer = {0};

    assert_ok(&b->err, shim_peer_ask(peer, TASK_SERVICE, method, id, 20000, &answer, &b->err));
}

static void a_living_pod_is_not_harmed_by_the_delete_of_a_container(void **state)
{
    bench *b = *state;
    running pod;
    cleanup_shim_peer shim_peer *peer = NULL;

    write_in_bundle(b, "pod", "config.json", POD);
    write_in_bundle(b, "web", "config.json", IN_POD);
    running_start(&pod, b->space, "pod", true, "", 200);
    assert_ok(&b->err, shim_peer_connect(b->space, "pod", 0, &peer, &b->err));
    create_in(b, peer, "pod");
    ask(b, peer, "Start", "pod");
    create_in(b, peer, "web");
    assert_ok(&b->err, delete (b, "web")); /* which the pod has: it is newer, perhaps */
    assert_string_equal(text_get(&b->released), "");
    ask(b, peer, "Delete", "web");
    assert_ok(&b->err, delete (b, "web"));
    assert_string_equal(text_get(&b->released), "web|");
    assert_ok(&b->err, delete (b, "pod")); /* we are connected, as containerd is */
    assert_string_equal(text_get(&b->released), "");
    fake_end(&pod.backend, "pod", "", 1);
    fake_finish(&pod.backend, "pod", "");
    ask(b, peer, "Delete", "pod");
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

    write_in_bundle(b, "pod", "config.json", POD);
    write_in_bundle(b, "web", "config.json", IN_POD);
    running_start(&pod, b->space, "pod", true, "", SERVE_IDLE);
    assert_ok(&b->err, shim_peer_connect(b->space, "pod", 0, &peer, &b->err));
    create_in(b, peer, "pod");
    ask(b, peer, "Start", "pod");
    fake_hold(&pod.backend, "create");
    assert_int_equal(pthread_create(&thread, NULL, create_web, &c), 0);
    fake_await_held(&pod.backend, 1);
    assert_ok(&b->err, delete (b, "web"));
    assert_string_equal(text_get(&b->released), "");
    fake_let_go(&pod.backend);
    pthread_join(thread, NULL);
    assert_fails(&c.own.err, WCOW_CONFLICT, "'web' was deleted while it was created", c.status);
    assert_ok(&b->err, delete (b, "web"));
    assert_string_equal(text_get(&b->released), "web|");
    fake_end(&pod.backend, "pod", "", 1);
    fake_finish(&pod.backend, "pod", "");
    ask(b, peer, "Delete", "pod");
    ask(b, peer, "Shutdown", "pod");
    assert_int_equal(running_end(&pod), WCOW_OK);
}

/* containerd did not get an answer from it in time, and has forgotten it. */
static void a_server_that_nobody_calls_any_more_is_ended(void **state)
{
    bench *b = *state;
    running shim;

    write_in_bundle(b, "web", "config.json", ALONE);
    running_start(&shim, b->space, "web", false, "", SERVE_IDLE);
    assert_ok(&b->err, delete (b, "web"));
    assert_true(running_has_ended(&shim, 0) || running_has_ended(&shim, 20000));
    assert_int_equal(running_end(&shim), WCOW_OK);
    assert_string_equal(text_get(&b->released), "pod of web|");
}

/* The answer is there all the same, and a helper goes on. */
static void what_cannot_be_given_back_is_told(void **state)
{
    bench *b = *state;

    write_in_bundle(b, "dead", "config.json", ALONE);
    b->release_status = WCOW_TIMEOUT;
    assert_fails(&b->err, WCOW_TIMEOUT, "still there", delete (b, "dead"));
    assert_true(b->answer.length > 0);
}

#define LINGERS                                                                                    \
    "the shim's server neither answers nor ends: what it has is given back when it is gone"

static void await_helper(const bench *b, const char *id)
{
    cleanup_free char *path = path_of(b, id, "helped");
    file_info info;

    for (unsigned i = 0; HR_FAILED(b->files->info(b->files, path, &info)); i++) {
        assert_true(i < 1000);
        usleep(20000);
    }
    assert_int_equal(b->files->remove_file(b->files, path), 0);
}

static void assert_no_helper(const bench *b, const char *id)
{
    cleanup_free char *path = path_of(b, id, "helped");
    file_info info;

    usleep(100000);
    assert_int_equal(b->files->info(b->files, path, &info), HR_FILE_NOT_FOUND);
}

/*
 * containerd was restarted, connected, got no answer in time and calls `delete`, without having
 * closed that connection.
 */
static void a_server_of_the_bundle_is_ended_whoever_is_connected(void **state)
{
    bench *b = *state;
    cleanup_shim_peer shim_peer *containerd = NULL;

    write_in_bundle(b, "web", "config.json", ALONE);
    assert_ok(&b->err, start(b, "web"));
    assert_ok(&b->err, shim_peer_connect(b->space, "web", 0, &containerd, &b->err));
    assert_ok(&b->err, delete (b, "web"));
    assert_string_equal(text_get(&b->released), "pod of web|");
    assert_true(shim_peer_await_end(containerd, 20000));
}

/* The bundle goes with the answer, so its note is remembered, and nothing of it touched. */
static void what_a_server_that_does_not_answer_has_is_kept_for_a_helper(void **state)
{
    bench *b = *state;
    cleanup_free char *address = shim_task_pipe(b->space, "pod");
    cleanup_pipe_server pipe_server *stuck = NULL;

    write_in_bundle(b, "pod", "config.json", POD);
    write_in_bundle(b, "web", "config.json", IN_POD);
    assert_int_equal(pipe_listen_address(address, &stuck), 0);
    assert_fails(&b->err, WCOW_UNAVAILABLE, LINGERS, delete (b, "pod"));
    assert_string_equal(text_get(&b->released), "pod of pod until pod-pipe is gone|");
    assert_true(b->answer.length > 0);
    await_helper(b, "pod");
    assert_fails(&b->err, WCOW_UNAVAILABLE, LINGERS, delete (b, "web"));
    assert_string_equal(text_get(&b->released), "web until pod-pipe is gone|");
    await_helper(b, "web");
    b->keep_status = WCOW_FAILED; /* then containerd has to keep the bundle */
    assert_fails(&b->err, WCOW_FAILED, "the disk is full", delete (b, "web"));
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

    write_in_bundle(b, "web", "config.json", ALONE);
    write_in_bundle(b, "web", "shim.pid", pid);
    running_start(&shim, b->space, "web", false, "", SERVE_IDLE);
    assert_ok(&b->err, shim_peer_connect(b->space, "web", 0, &peer, &b->err));
    create_in(b, peer, "web");
    ask(b, peer, "Start", "web");
    shim_peer_free(TAKE(peer));
    assert_fails(&b->err, WCOW_UNAVAILABLE, LINGERS, delete (b, "web"));
    assert_string_equal(text_get(&b->released), "pod of web until web-pipe is gone|");
    await_helper(b, "web");
    fake_end(&shim.backend, "web", "", 1);
    fake_finish(&shim.backend, "web", "");
    assert_int_equal(running_end(&shim), WCOW_OK);
    assert_ok(&b->err, delete (b, "web"));
    assert_string_equal(text_get(&b->released), "pod of web|");
}

/* A server takes one after the other: nobody to connect to is not nobody there. */
static void a_busy_server_is_not_taken_for_a_dead_one(void **state)
{
    bench *b = *state;
    cleanup_free char *address = shim_task_pipe(b->space, "web");
    cleanup_pipe_server pipe_server *server = NULL;

    write_in_bundle(b, "web", "config.json", ALONE);
    assert_int_equal(pipe_listen_address(address, &server), 0);
    busy = true;
    assert_fails(&b->err, WCOW_UNAVAILABLE, LINGERS, delete (b, "web"));
    busy = false;
    assert_string_equal(text_get(&b->released), "pod of web until web-pipe is gone|");
    await_helper(b, "web");
}

/* By its own name no server would be found, and what a living pod has would be released. */
static void a_specification_that_somebody_has_open_is_waited_for(void **state)
{
    bench *b = *state;
    running pod;
    cleanup_shim_peer shim_peer *peer = NULL;

    write_in_bundle(b, "pod", "config.json", POD);
    write_in_bundle(b, "web", "config.json", IN_POD);
    running_start(&pod, b->space, "pod", true, "", 200);
    assert_ok(&b->err, shim_peer_connect(b->space, "pod", 0, &peer, &b->err));
    create_in(b, peer, "pod");
    ask(b, peer, "Start", "pod");
    create_in(b, peer, "web");
    tear_config(b, 3);
    assert_ok(&b->err, delete (b, "web"));
    assert_string_equal(text_get(&b->released), "");
    b->torn_for = 1000000;
    assert_int_not_equal(delete (b, "web"), WCOW_OK);
    assert_non_null(strstr(b->err.message, "cannot read "));
    assert_string_equal(text_get(&b->released), "");
    assert_string_equal(text_get(&b->answer), "");
    b->torn_for = 0;
    ask(b, peer, "Delete", "web");
    fake_end(&pod.backend, "pod", "", 1);
    fake_finish(&pod.backend, "pod", "");
    ask(b, peer, "Delete", "pod");
    shim_peer_free(TAKE(peer));
    assert_int_equal(running_end(&pod), WCOW_OK);
}

/* Its helper has failed, or the host was restarted. */
static void what_an_earlier_call_left_gets_a_helper_each_time(void **state)
{
    bench *b = *state;

    write_in_bundle(b, "web", "config.json", ALONE);
    assert_ok(&b->err, delete (b, "web"));
    assert_no_helper(b, "web");
    b->left = true;
    assert_ok(&b->err, delete (b, "web"));
    await_helper(b, "web");
    assert_ok(&b->err, start(b, "web"));
    await_helper(b, "web");
    shut_down(b, "web");
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
        cmocka_unit_test_setup_teardown(a_task_gets_a_server_that_listens_already, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(bootstrap_params_are_answered_with_version_3, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_container_joins_its_pod_s_server, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_goes_wrong_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_server_that_is_given_up_has_ended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_container_whose_address_cannot_be_noted_leaves_its_pod,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_server_whose_address_cannot_be_noted_ends, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(one_id_has_one_server, set_up, tear_down),
        cmocka_unit_test_setup_teardown(delete_gives_back_what_a_dead_server_left, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(delete_of_a_container_gives_back_no_other, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_living_pod_is_not_harmed_by_the_delete_of_a_container,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_being_created_is_its_server_s_to_give_back, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_server_that_nobody_calls_any_more_is_ended, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_given_back_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_server_of_the_bundle_is_ended_whoever_is_connected,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_server_that_does_not_answer_has_is_kept_for_a_helper,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_server_that_does_not_end_has_is_kept_for_a_helper,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_busy_server_is_not_taken_for_a_dead_one, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_specification_that_somebody_has_open_is_waited_for,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_an_earlier_call_left_gets_a_helper_each_time, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(info_names_the_runtime_and_its_version, set_up, tear_down),
    };

    if (argc > 1)
        return be_server(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
