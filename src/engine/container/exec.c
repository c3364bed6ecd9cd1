/* SPDX-License-Identifier: MIT */
/*
 * exec: a further process in a running container. With a session it is on a handle of our own, and
 * its pipes live as long as this process; without one the monitor makes it and reads its pipes.
 */
#include <pthread.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/options.h"
#include "base/text.h"
#include "engine/container/exec_note.h"
#include "engine/container/monitor_link.h"
#include "engine/container/own_session.h"
#include "engine/container/reconcile.h"
#include "engine/container/spec.h"
#include "engine/host/paths.h"
#include "hcs/document.h"
#include "oci/runtime_spec.h"
#include "port/clock.h"
#include "runtime/exec_io.h"

/* How often a detached exec notices that it is. The exit itself is told at once. */
#define ROUND_MILLISECONDS 200u
/* For the service to make a process, as hcsshim's own limit for a call. */
#define START_MILLISECONDS 240000u

static wcow_status check_running(wcow_container *container, wcow_error *err)
{
    cleanup_state state *s = NULL;
    wcow_status status = container_settle(container, &s, err);

    if (status)
        return status;
    if (s->phase == PHASE_PAUSED)
        return error_set(err, WCOW_CONFLICT,
                         "Container %s is paused, unpause the container before exec",
                         container->name);
    if (s->phase != PHASE_RUNNING)
        return error_set(err, WCOW_CONFLICT, "container %s is not running", container->id);
    return WCOW_OK;
}

static wcow_status merge_environment(const cJSON *process, const wcow_exec_spec *spec,
                                     string_list *out, wcow_error *err)
{
    if (!json_strings(process, "env", out))
        return error_set(err, WCOW_CORRUPT, "the container's config.json is damaged");
    return config_add_environment(out, spec->environment, err);
}

static wcow_status make_document(wcow_container *container, const wcow_exec_spec *spec,
                                 uint16_t columns, uint16_t rows, char **out, wcow_error *err)
{
    cleanup_free char *path = path_in_container(container->host, container->id, FILE_CONFIG);
    cleanup_strings string_list environment = STRING_LIST_INIT;
    cleanup_json cJSON *config = NULL;
    cleanup_json cJSON *process = NULL;
    cleanup_json cJSON *document = NULL;
    const cJSON *own;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    status = store_read(container->host, path, &config, err);
    if (status)
        return status;
    own = json_member(config, "process");
    status = merge_environment(own, spec, &environment, err);
    if (status)
        return status;

    const oci_process wanted = {
        .args = spec->command,
        .env = (const char *const *)environment.items,
        .cwd = spec->working_directory ? spec->working_directory : json_text(own, "cwd", "C:\\"),
        .username = spec->user ? spec->user : json_text(json_member(own, "user"), "username", NULL),
        .terminal = spec->tty,
        .height = rows,
        .width = columns,
    };

    status = oci_process_new(&wanted, &process, err);
    if (!status)
        status = process_document_new(SCHEMA_V1, process, &document, err);
    if (status)
        return status;
    *out = json_print(document);
    return *out ? WCOW_OK : error_no_memory(err);
}

/* Waits for its end, or for the user to have had enough. */
static wcow_status watch(session *s, compute_process *process, wcow_outcome *outcome,
                         wcow_error *err)
{
    for (;;) {
        wcow_error problem = WCOW_ERROR_INIT;
        uint32_t code = 0;
        wcow_status status = compute_process_wait(process, ROUND_MILLISECONDS, &code, &problem);

        if (!status) {
            *outcome = (wcow_outcome){.exit_code = code};
            return WCOW_OK;
        }
        if (status != WCOW_TIMEOUT) {
            if (err)
                *err = problem;
            return error_wrap(err, status, "cannot learn the exit code of its command");
        }
        if (session_detached(s)) {
            *outcome = (wcow_outcome){.detached = true};
            return WCOW_OK;
        }
        if (session_given_up(s))
            return error_set(err, WCOW_CANCELLED, "got 3 SIGTERM/SIGINTs, forcefully exiting");
    }
}

/* All that the threads of an attached one use. */
typedef struct attached {
    struct attached *next;
    compute_system *system;
    session session;
    exec_io io;
} attached;

static wcow_status run_session(wcow_container *container, attached *a, const wcow_exec_spec *spec,
                               wcow_outcome *outcome, wcow_error *err)
{
    CLEANUP(exec_note) exec_note note = EXEC_NOTE_INIT;
    cleanup_free char *document = NULL;
    exec_io *io = &a->io;
    uint16_t columns;
    uint16_t rows;
    wcow_status status;

    session_size(&a->session, &columns, &rows);
    status = make_document(container, spec, columns, rows, &document, err);
    if (!status)
        status = exec_io_init(io, &a->session, err);
    if (!status)
        status = session_begin(&a->session, err);
    if (!status) {
        exec_note_begin(&note, container);
        status = compute_process_create(a->system, document, &io->streams, &io->process, err);
    }
    if (io->begun) {
        wcow_status begun = exec_io_begin(io, status ? NULL : err);

        status = status ? status : begun;
    }
    if (!status)
        status = watch(&a->session, io->process, outcome, err);
    if (io->process && !compute_process_exited(io->process))
        exec_note_leave(&note, compute_process_id(io->process), !status);
    exec_note_end(&note);
    exec_io_drain(io, status || outcome->detached);
    return status;
}

/* A call to the service has not returned: what it uses stays as it is until this process ends. */
static void leave_behind(attached *a)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static attached *all;

    pthread_mutex_lock(&lock);
    a->next = all;
    all = a;
    pthread_mutex_unlock(&lock);
}

static wcow_status run_attached(wcow_container *container, attached *a, const wcow_exec_spec *spec,
                                const session_options *attach, wcow_outcome *outcome,
                                wcow_error *err)
{
    const session_target target = exec_io_target(&a->io);
    wcow_status status = session_init(&a->session, attach, &target, err);
    bool over = true;

    if (!status) {
        status = run_session(container, a, spec, outcome, err);
        over = session_end(&a->session);
    }
    if (!over) {
        leave_behind(a);
        return status;
    }
    exec_io_close(&a->io);
    compute_system_close(a->system);
    free(a);
    return status;
}

static cJSON *exec_request(const char *document, bool tty)
{
    cleanup_json cJSON *request = request_new("exec");

    if (!request || !json_add_text(request, "document", document) ||
        !json_add_bool(request, "tty", tty))
        return NULL;
    return TAKE(request);
}

/* It hung up: the container ended just now, or it is of a wcow that was there before this one. */
static wcow_status after_refusal(wcow_container *container, wcow_error *err)
{
    wcow_status status = check_running(container, err);

    if (status)
        return status;
    error_set(err, WCOW_UNSUPPORTED, "its monitor is an older wcow.exe, which cannot do that");
    error_hint(err, "restart the container, or exec without -d");
    return WCOW_UNSUPPORTED;
}

/* The monitor made it, and we go. */
static void note_started(exec_note *note, const frame *answer)
{
    cleanup_json cJSON *started = NULL;

    if (answer->type == FRAME_STARTED && !frame_json(answer, &started, NULL))
        exec_note_leave(note, (uint32_t)json_integer(started, "pid", 0), true);
}

static wcow_status run_in_background(wcow_container *container, const wcow_exec_spec *spec,
                                     wcow_error *err)
{
    CLEANUP(exec_note) exec_note note = EXEC_NOTE_INIT;
    cleanup_free char *document = NULL;
    cleanup_connection connection link = CONNECTION_INIT;
    cleanup_frame frame answer = FRAME_INIT;
    bool silent = false;
    wcow_status status = make_document(container, spec, 0, 0, &document, err);

    if (!status)
        status = monitor_connect(container, container->host->limits.connect, &link, err);
    if (!status) {
        exec_note_begin(&note, container);
        status = connection_ask(&link, exec_request(document, spec->tty), START_MILLISECONDS,
                                &answer, &silent, err);
    }
    if (!status)
        note_started(&note, &answer);
    return !status && answer.type == FRAME_END ? after_refusal(container, err) : status;
}

static wcow_status run_with_session(wcow_container *container, const wcow_exec_spec *spec,
                                    const session_options *attach, wcow_outcome *outcome,
                                    wcow_error *err)
{
    cleanup_free attached *a = calloc(1, sizeof *a);
    hcs_port *hcs;
    wcow_status status = host_hcs(container->host, &hcs, err);

    if (!status && !a)
        status = error_no_memory(err);
    if (!status)
        status = compute_system_open(hcs, container->id, NULL, &a->system, err);
    if (status)
        return status;
    a->io.drain = container->host->limits.drain;
    return run_attached(container, TAKE(a), spec, attach, outcome, err);
}

wcow_status wcow_container_exec(wcow_container *container, const wcow_exec_spec *spec,
                                const wcow_attach_options *attach, wcow_outcome *outcome,
                                wcow_error *err)
{
    wcow_exec_spec what = WCOW_EXEC_SPEC_INIT;
    own_session own;
    wcow_status status = options_copy(&what, sizeof what, spec, "wcow_exec_spec", err);

    if (!status)
        status = own_session_init(&own, attach, err);
    if (status)
        return status;
    own.options.tty = what.tty;
    if (!what.command || !what.command[0] || !*what.command[0])
        return error_set(err, WCOW_INVALID, "No exec command specified");
    status = check_running(container, err);
    if (status)
        return status;
    status = attach ? run_with_session(container, &what, &own.options, outcome, err)
                    : run_in_background(container, &what, err);
    if (status == WCOW_COMMAND_NOT_FOUND || status == WCOW_COMMAND_NOT_RUNNABLE)
        error_wrap(err, status, "cannot run '%s'", what.command[0]);
    if (status && status != WCOW_CANCELLED)
        error_wrap(err, status, "cannot exec in container '%s'", container->name);
    return status;
}
