/* SPDX-License-Identifier: MIT */
#include "shim/host/shim_program.h"

#include <stdio.h>

#include "base/error.h"
#include "base/number.h"
#include "base/thread.h"
#include "port/clock.h"
#include "port/machine.h"
#include "port/stream.h"
#include "shim/container/leftover.h"
#include "shim/container/pod_leftover.h"
#include "shim/host/pipe_names.h"
#include "shim/host/serving.h"
#include "shim/host/shim_actions.h"
#include "shim/host/start_input.h"

#define LAST_PATIENCE 20000u  /* ms: a server's end, whose steps have limits of their own */
#define LEFT_PATIENCE 600000u /* ms: what a helper takes for what `delete` had no time for */

/* ---- the host ---- */

typedef struct host {
    char *root, *program;
    files_port *files;
    hcs_port *hcs;
    storage_port *storage;
    container_host table;
    atomic_bool hung; /* as in the table */
} host;

static void host_close(host *h)
{
    if (h->hcs)
        h->hcs->free(h->hcs);
    if (h->storage)
        h->storage->free(h->storage);
    if (h->files)
        h->files->free(h->files);
    free(h->program);
    free(h->root);
}

DEFINE_CLEANUP_VALUE(host, host, host_close)

static wcow_status host_open_files(host *h, wcow_error *err)
{
    wcow_status status = error_check(err, files_port_open(&h->files), "open the file system");

    if (status)
        return status;
    h->root = machine_default_root();
    return h->root ? WCOW_OK : error_no_memory(err);
}

/* All but the service: the table has none yet. */
static wcow_status host_open_machine(host *h, wcow_error *err)
{
    machine_version version;
    wcow_status status = host_open_files(h, err);

    if (status)
        return status;
    h->program = machine_program();
    if (!h->program)
        return error_no_memory(err);
    machine_version_get(&version);
    h->table = (container_host){
        .layers = {h->files, NULL, h->root},
        .program = h->program,
        .schema = SCHEMA_V2,
        .build = version.build,
        .processors = machine_processors(),
        .hung = &h->hung,
    };
    return WCOW_OK;
}

static wcow_status host_open_service(host *h, wcow_error *err)
{
    wcow_status status = error_check(err, hcs_port_open(&h->hcs), "load vmcompute.dll");

    if (!status)
        status = error_check(err, storage_port_open(&h->storage), "load vmcompute.dll");
    if (status)
        return error_wrap(err, status, "the Host Compute Service cannot be reached");
    h->table.hcs = h->hcs;
    h->table.layers.storage = h->storage;
    return WCOW_OK;
}

static wcow_status host_open(host *h, wcow_error *err)
{
    wcow_status status = host_open_machine(h, err);

    return status ? status : host_open_service(h, err);
}

static wcow_status release(void *context, const char *bundle, const char *sandbox,
                           uint32_t milliseconds, bool *kept, wcow_error *err)
{
    const host *h = context;

    return sandbox ? leftover_release_pod(&h->table, bundle, sandbox, milliseconds, kept, err)
                   : leftover_release(&h->table, bundle, milliseconds, kept, err);
}

static wcow_status keep(void *context, const char *bundle, const char *sandbox, const char *server,
                        wcow_error *err)
{
    const host *h = context;

    return sandbox ? container_keep_pod(&h->table, bundle, sandbox, server, err)
                   : container_keep(&h->table, bundle, server, err);
}

static bool has_left(void *context)
{
    const host *h = context;

    return container_has_left(h->files, h->root);
}

/* ---- standard streams ---- */

/* All of standard input, which may be absent. */
static wcow_status read_input(text *out, wcow_error *err)
{
    cleanup_stream stream *input = NULL;
    char buffer[4096];
    size_t got = 0;

    if (HR_FAILED(stream_standard(STANDARD_INPUT, &input)))
        return WCOW_OK;
    while (HR_SUCCEEDED(stream_read(input, buffer, sizeof(buffer), &got)) && got > 0) {
        if (out->length + got > START_INPUT_MOST)
            return error_set(err, WCOW_INVALID, "containerd sent more than 4 MiB");
        text_add_bytes(out, buffer, got);
    }
    return out->failed ? error_no_memory(err) : WCOW_OK;
}

static wcow_status write_output(const text *words, wcow_error *err)
{
    if (words->failed)
        return error_no_memory(err);
    if (fwrite(text_get(words), 1, words->length, stdout) != words->length || fflush(stdout))
        return error_set(err, WCOW_FAILED, "cannot write the answer");
    return WCOW_OK;
}

/* ---- actions ---- */

static wcow_status run_start(const shim_invocation *in, wcow_error *err)
{
    CLEANUP(host) host h = {0};
    cleanup_text text input = TEXT_INIT;
    cleanup_text text answer = TEXT_INIT;
    cleanup_free char *folder = machine_whole_path(".");
    wcow_status status = folder ? host_open_files(&h, err) : error_no_memory(err);
    const shim_tools tools = {h.files, &h, release, keep, has_left};

    if (!status)
        status = read_input(&input, err);
    if (!status)
        status = shim_start(&tools, in, folder, wire_of(&input), &answer, err);
    return status ? status : write_output(&answer, err);
}

/* What a thread still uses that was given up is not closed under it: the process ends instead. */
static wcow_status leave_if_hung(host *h, wcow_status status)
{
    if (atomic_load(&h->hung)) {
        fflush(stderr);
        machine_end(status ? 1 : 0);
    }
    return status;
}

static void warn(const shim_invocation *in, const wcow_error *problem)
{
    fprintf(stderr, "level=warning msg=\"%s: %s\"\n", in->id, problem->message);
}

/*
 * containerd wants its answer whatever happened, or it keeps the bundle for ever. Where the service
 * cannot be reached, what the bundle notes is kept for when it can.
 */
static wcow_status run_delete(const shim_invocation *in, wcow_error *err)
{
    CLEANUP(host) host h = {0};
    cleanup_text text answer = TEXT_INIT;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_error why = WCOW_ERROR_INIT;
    wcow_status status = host_open_machine(&h, err);
    const shim_tools tools = {h.files, &h, release, keep, has_left};

    if (status)
        return status;
    ignore(host_open_service(&h, &why));
    status = shim_delete(&tools, in, &answer, &problem);
    if (status)
        warn(in, &problem);
    if (status && why.status)
        warn(in, &why);
    if (status && !answer.length)
        return leave_if_hung(&h, error_pass(err, status, &problem));
    return leave_if_hung(&h, write_output(&answer, err));
}

static wcow_status run_release(const shim_invocation *in, wcow_error *err)
{
    CLEANUP(host) host h = {0};
    wcow_status status = host_open(&h, err);

    (void)in;
    if (!status)
        status = leftover_release_all(&h.table, LEFT_PATIENCE, err);
    return leave_if_hung(&h, status);
}

static wcow_status run_info(const shim_invocation *in, wcow_error *err)
{
    cleanup_text text answer = TEXT_INIT;
    wcow_status status = shim_info(&answer, err);

    (void)in;
    return status ? status : write_output(&answer, err);
}

static wcow_status run_version(const shim_invocation *in, wcow_error *err)
{
    (void)in;
    (void)err;
    printf("containerd-shim-wcow-v1:\n  Version:  %s\n", shim_version());
    return WCOW_OK;
}

static wcow_status run_help(const shim_invocation *in, wcow_error *err)
{
    (void)in;
    (void)err;
    printf("NAME:\n"
           "  containerd-shim-wcow-v1 runs Windows containers for containerd\n\n"
           "USAGE, by containerd:\n"
           "  -namespace NAME -address PIPE -publish-binary FILE -id ID [-debug] start\n"
           "  -namespace NAME -address PIPE -publish-binary FILE -id ID -bundle FOLDER delete\n"
           "  -info\n"
           "  -v\n");
    return WCOW_OK;
}

/* ---- the server ---- */

typedef struct server {
    host host;
    const shim_invocation *in;
    char *pipe; /* that it listens at */
    container_backend *backend;
} server;

static wcow_status make_backend(void *context, const serve_owner *owner, const task_backend **out,
                                wcow_error *err)
{
    server *s = context;
    const container_owner theirs = {
        .context = owner->context,
        .id = s->in->id,
        .is_pod = s->in->pod,
        .space = s->in->space,
        .pipe = s->pipe,
        .event = owner->event,
        .shut_down = owner->shut_down,
        .problem = owner->problem,
        .remark = owner->remark,
    };
    wcow_status status = container_backend_new(&s->host.table, &theirs, &s->backend, err);

    if (!status)
        *out = container_backend_table(s->backend);
    return status;
}

/* Who reads it waits for its end. */
static void say_ready(void *context)
{
    (void)context;
    fputs(SERVE_READY, stdout);
    fclose(stdout);
}

/* Nothing that hangs keeps the process, whose end gives back what is left. */
static void *end_at_last(void *context)
{
    (void)context;
    clock_sleep(LAST_PATIENCE);
    machine_end(1);
}

static void watch_end(void *context)
{
    ignore(thread_start_detached(end_at_last, context));
}

static wcow_status serve_host(server *s, wcow_error *err)
{
    int64_t level = 0;
    wcow_status status = host_open(&s->host, err);

    if (status)
        return status;
    if (*s->in->log_level && !number_parse_signed(s->in->log_level, &level))
        return error_set(err, WCOW_INVALID, "the log's level is no number: '%s'", s->in->log_level);
    s->pipe = shim_task_pipe(s->in->space, s->in->id);
    if (!s->pipe)
        return error_no_memory(err);

    const serve_wish wish = {
        .space = s->in->space,
        .id = s->in->id,
        .is_pod = s->in->pod,
        .events = s->in->events,
        .level = shim_level_from_number((int32_t)level),
        .idle = SERVE_IDLE,
        .context = s,
        .run = make_backend,
        .ready = say_ready,
        .ending = watch_end,
    };

    return serve(&wish, err);
}

/* What goes wrong before it is ready, `start` reads and tells. */
static wcow_status run_serve(const shim_invocation *in, wcow_error *err)
{
    server s = {.in = in};
    wcow_error problem = WCOW_ERROR_INIT;
    const wcow_status status = serve_host(&s, &problem);

    if (status == WCOW_TIMEOUT || atomic_load(&s.host.hung))
        machine_end(status ? 1 : 0); /* something hangs, and is not waited for */
    container_backend_free(s.backend);
    free(s.pipe);
    host_close(&s.host);
    if (status)
        fputs(problem.message, stdout);
    return error_pass(err, status, &problem);
}

/* ---- which ---- */

static wcow_status (*const actions[])(const shim_invocation *in, wcow_error *err) = {
    [SHIM_HELP] = run_help,       [SHIM_START] = run_start,     [SHIM_DELETE] = run_delete,
    [SHIM_SERVE] = run_serve,     [SHIM_RELEASE] = run_release, [SHIM_INFO] = run_info,
    [SHIM_VERSION] = run_version,
};

uint32_t shim_program_run(int argc, char *const *argv)
{
    wcow_error err = WCOW_ERROR_INIT;
    shim_invocation in;
    const int skipped = argc > 0;
    wcow_status status = shim_invocation_parse(argc - skipped, argv + skipped, &in, &err);

    if (!status)
        status = actions[in.action](&in, &err);
    if (!status)
        return 0;
    fprintf(stderr, "%s\n", err.message);
    if (*err.hint)
        fprintf(stderr, "%s\n", err.hint);
    return 1;
}
