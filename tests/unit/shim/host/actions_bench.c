/* SPDX-License-Identifier: MIT */
#include "tests/unit/shim/host/actions_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "port/pipe.h"
#include "shim/host/serving.h"
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

int bench_be_server(int argc, char **argv)
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

/* ---- the caller ---- */

static wcow_status release(void *context, const char *bundle, const char *sandbox,
                           uint32_t milliseconds, bool *kept, wcow_error *err)
{
    bench *b = context;

    *kept = !b->forgets;
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

void bench_seem_busy(bool seems)
{
    busy = seems;
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

void bench_tear_config(bench *b, size_t times)
{
    reading = b;
    b->torn = "config.json";
    b->torn_for = times;
    b->read = b->files->read;
    b->files->read = read_torn;
}

int bench_set_up(void **state)
{
    static unsigned count;
    bench *b = calloc(1, sizeof(*b));

    if (!b)
        return -1;
    strcpy(b->root, "/tmp/wcow-shim-bench-XXXXXX");
    assert_non_null(mkdtemp(b->root));
    snprintf(b->space, sizeof(b->space), "wcow-test-bench-%d-%u", (int)getpid(), count++);
    assert_int_equal(files_port_open(&b->files), 0);
    b->tools = (shim_tools){b->files, b, release, keep, has_left};
    *state = b;
    return 0;
}

int bench_tear_down(void **state)
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

char *bench_path(const bench *b, const char *id, const char *name)
{
    return name ? text_format("%s/%s/%s", b->root, id, name) : text_format("%s/%s", b->root, id);
}

void bench_write(bench *b, const char *id, const char *name, const char *content)
{
    cleanup_free char *folder = bench_path(b, id, NULL);
    cleanup_free char *path = bench_path(b, id, name);

    ignore(mkdir(folder, 0700));
    assert_int_equal(b->files->replace(b->files, path, content, strlen(content)), 0);
}

char *bench_read(bench *b, const char *id, const char *name)
{
    cleanup_free char *path = bench_path(b, id, name);
    char *content = NULL;
    size_t size;

    assert_int_equal(b->files->read(b->files, path, 4096, &content, &size), 0);
    return content;
}

wcow_status bench_start_with(bench *b, const char *id, wire_bytes input)
{
    const shim_invocation in = {SHIM_START, b->space, id, "A", "B", "", false, "", "", false};
    cleanup_free char *folder = bench_path(b, id, NULL);

    text_free(&b->answer);
    b->err = (wcow_error)WCOW_ERROR_INIT;
    return shim_start(&b->tools, &in, folder, input, &b->answer, &b->err);
}

wcow_status bench_start(bench *b, const char *id)
{
    return bench_start_with(b, id, (wire_bytes){0});
}

wcow_status bench_delete(bench *b, const char *id)
{
    cleanup_free char *folder = bench_path(b, id, NULL);
    const shim_invocation in = {SHIM_DELETE, b->space, id, "A", "B", folder, false, "", "", false};
    task_delete_response response = {0};
    wcow_status status;

    text_free(&b->answer);
    text_free(&b->released);
    b->err = (wcow_error)WCOW_ERROR_INIT;
    status = shim_delete(&b->tools, &in, &b->answer, &b->err);
    if (b->answer.length > 0) {
        wcow_error problem = WCOW_ERROR_INIT;

        assert_ok(&problem, wire_decode(task_delete_response_fields, wire_of(&b->answer), "it",
                                        &response, &problem));
        assert_int_equal(response.exit_status, 255);
        assert_true(response.exited_at.seconds > 1000000000);
    }
    return status;
}

void bench_create(bench *b, shim_peer *peer, const char *id)
{
    const task_create_request request = {.id = wire_text(id), .bundle = wire_text("C:\\b")};
    const ttrpc_what what = {TASK_SERVICE, "Create", b->space};
    cleanup_ttrpc_answer ttrpc_answer answer = {0};

    assert_ok(&b->err, ttrpc_client_call(&peer->client, &what, task_create_request_fields, &request,
                                         20000, &answer, &b->err));
}

void bench_ask(bench *b, shim_peer *peer, const char *method, const char *id)
{
    cleanup_ttrpc_answer ttrpc_answer answer = {0};

    assert_ok(&b->err, shim_peer_ask(peer, TASK_SERVICE, method, id, 20000, &answer, &b->err));
}

void bench_shut_down(bench *b, const char *id)
{
    cleanup_shim_peer shim_peer *peer = NULL;
    cleanup_ttrpc_answer ttrpc_answer answer = {0};

    assert_ok(&b->err, shim_peer_connect(b->space, id, 0, &peer, &b->err));
    ignore(shim_peer_ask(peer, TASK_SERVICE, "Shutdown", id, 20000, &answer, NULL));
    assert_true(shim_peer_await_end(peer, 20000));
}
