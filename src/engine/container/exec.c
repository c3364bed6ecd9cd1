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
#include "engine/container/container_event.h"
#include "engine/container/exec_document.h"
#include "engine/container/exec_note.h"
#include "engine/container/monitor_link.h"
#include "engine/container/own_session.h"
#include "engine/container/reconcile.h"
#include "engine/host/paths.h"
#include "port/clock.h"
#include "runtime/guard.h"
#include "runtime/streams.h"

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
    if (s->restarting)
        return error_set(err, WCOW_CONFLICT,
                         "Container %s is restarting, wait until the container is running",
                         container->id);
    if (s->phase != PHASE_RUNNING)
        return error_set(err, WCOW_CONFLICT, "container %s is not running", container->id);
    return WCOW_OK;
}

/* ---- what is told of it ---- */

/* "exec_create: cmd /c ver", as Docker has it. */
static void tell_begin(wcow_container *container, const wcow_exec_spec *spec, const char *id)
{
    static const char *const actions[] = {"exec_create", "exec_start"};
    const event_attribute more = {"execID", id};

    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        cleanup_text text action = TEXT_INIT;

        text_addf(&action, "%s:", actions[i]);
        for (const char *const *word = spec->command; *word; word++)
            text_addf(&action, " %s", *word);
        container_event_of(container->host, container->id, text_get(&action), &more, 1);
    }
}

/* ---- with a session ---- */

/*
 * All that the threads of an attached one use. On the heap, since a call to the service may keep
 * one of them, and with it all of this, for as long as this process lives.
 */
typedef struct attached {
    struct attached *next;
    session session;
    guard *guard; /* open once the process is there; ended if there will be none */
    compute_system *system;
    compute_process *process;
    streams *streams;
} attached;

/* What is typed while the process is being made waits for it. */
static bool pass_input(void *context, const void *bytes, size_t length)
{
    attached *a = context;

    return guard_await(a->guard) && streams_write(a->streams, bytes, length);
}

/* A console's input does not end with whoever typed, as dockerd has it: to its program that would
 * be a closed window. */
static void pass_input_end(void *context)
{
    attached *a = context;

    if (guard_await(a->guard) && !a->session.options.tty)
        streams_close_input(a->streams);
}

static void pass_size(void *context, uint16_t columns, uint16_t rows)
{
    attached *a = context;

    if (guard_await(a->guard))
        ignore(compute_process_resize(a->process, rows, columns, NULL));
}

/* Docker's exec does not pass signals on at all; here Ctrl-C would else leave the process behind.
 */
static void pass_interrupt(void *context, int event)
{
    attached *a = context;
    const char *name = event == CONSOLE_CTRL_BREAK ? "CtrlBreak" : "CtrlC";

    if (!guard_await(a->guard))
        return;
    if (compute_process_signal(a->process, name, NULL, NULL) == WCOW_UNSUPPORTED)
        ignore(compute_process_kill(a->process, NULL));
}

static void wake(void *context)
{
    (void)context; /* the waiter looks every now and then */
}

/* When nobody reads our output the process is still read, so that it can end. */
static void pass_output(void *context, bool is_error, const void *bytes, size_t length)
{
    attached *a = context;

    ignore(session_output(&a->session, is_error, bytes, length, NULL));
}

static void attached_free(attached *a)
{
    streams_free(a->streams);
    compute_process_close(a->process);
    compute_system_close(a->system);
    guard_drop(a->guard);
    free(a);
}

DEFINE_CLEANUP(attached, attached *, attached_free)

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

static wcow_status attached_new(wcow_container *container, attached **out, wcow_error *err)
{
    CLEANUP(attached) attached *a = calloc(1, sizeof *a);
    hcs_port *hcs;
    wcow_status status = host_hcs(container->host, &hcs, err);

    if (status)
        return status;
    if (a) {
        a->guard = guard_new();
        a->streams = streams_new();
    }
    if (!a || !a->guard || !a->streams)
        return error_no_memory(err);
    status = compute_system_open(hcs, container->id, NULL, &a->system, err);
    if (!status)
        *out = TAKE(a);
    return status;
}

/* Makes the process. The session begins before it, so that nothing it writes meets a console that
 * echoes. */
static wcow_status create_process(attached *a, wcow_container *container,
                                  const wcow_exec_spec *spec, exec_note *note, wcow_error *err)
{
    hcs_process_io io = {0, NULL, NULL, NULL};
    cleanup_free char *document = NULL;
    uint16_t columns;
    uint16_t rows;
    wcow_status status;

    session_size(&a->session, &columns, &rows);
    status = exec_document(container->host, container->id, spec, columns, rows, &document, err);
    if (!status)
        status = session_begin(&a->session, err);
    if (status)
        return status;
    exec_note_begin(note, container);
    tell_begin(container, spec, exec_note_id(note));
    status = compute_process_create(a->system, document, &io, &a->process, err);
    if (!host_step(container->host, status, "the process is created"))
        streams_attach(a->streams, a->process, &io);
    return status;
}

/* Lets the session at it; from here on bytes pass in both directions. */
static wcow_status pass_on(attached *a, wcow_error *err)
{
    const streams_sink sink = {.context = a, .output = pass_output};

    guard_open(a->guard, a->system, a->process);
    if (!a->session.options.input)
        pass_input_end(a);
    return streams_begin(a->streams, &sink, err);
}

/* Waits for its end, or for the user to have had enough. */
static wcow_status watch(attached *a, wcow_outcome *outcome, wcow_error *err)
{
    for (;;) {
        wcow_error problem = WCOW_ERROR_INIT;
        uint32_t code = 0;
        wcow_status status = compute_process_wait(a->process, ROUND_MILLISECONDS, &code, &problem);

        if (!status) {
            *outcome = (wcow_outcome){.exit_code = code};
            return WCOW_OK;
        }
        if (status != WCOW_TIMEOUT) {
            ignore(error_pass(err, status, &problem));
            return error_wrap(err, status, "cannot learn the exit code of its command");
        }
        if (session_detached(&a->session)) {
            *outcome = (wcow_outcome){.detached = true};
            return WCOW_OK;
        }
        if (session_given_up(&a->session))
            return error_set(err, WCOW_CANCELLED, "got 3 SIGTERM/SIGINTs, forcefully exiting");
    }
}

/* What is left of its output is read, unless nobody wants it any more. */
static void finish(attached *a, uint32_t silence, bool abandon)
{
    if (!abandon)
        (void)streams_drain(a->streams, silence, TICKS_NEVER);
    streams_finish(a->streams);
    streams_cancel_input(a->streams); /* the session's input thread may be blocked in it */
}

static wcow_status run_session(attached *a, wcow_container *container, const wcow_exec_spec *spec,
                               wcow_outcome *outcome, wcow_error *err)
{
    CLEANUP(exec_note) exec_note note = EXEC_NOTE_INIT;
    wcow_status status = create_process(a, container, spec, &note, err);

    if (status) {
        guard_set(a->guard, STAGE_ENDED);
        return status;
    }
    status = pass_on(a, err);
    if (!status)
        status = watch(a, outcome, err);
    if (!compute_process_exited(a->process))
        exec_note_leave(&note, compute_process_id(a->process), !status);
    if (!status && !outcome->detached)
        container_event_exec_end(container->host, container->id, exec_note_id(&note),
                                 outcome->exit_code);
    if (!status && outcome->detached)
        container_event_exec_detach(container->host, container->id, exec_note_id(&note));
    exec_note_end(&note);
    if (!status && !outcome->detached)
        step_done(&container->host->steps, "the process has ended");
    finish(a, container->host->limits.drain, status || outcome->detached);
    if (!status && !outcome->detached)
        step_done(&container->host->steps, "its output is read");
    return status;
}

static wcow_status run_attached(wcow_container *container, const wcow_exec_spec *spec,
                                const session_options *attach, wcow_outcome *outcome,
                                wcow_error *err)
{
    CLEANUP(attached) attached *a = NULL;
    wcow_status status = attached_new(container, &a, err);

    if (status)
        return status;

    const session_target target = {a,    pass_input, pass_input_end, pass_size, pass_interrupt,
                                   wake, true};

    guard_set(a->guard, STAGE_STARTING);
    status = session_init(&a->session, attach, &target, err);
    if (status)
        return status;
    status = run_session(a, container, spec, outcome, err);
    if (!session_end(&a->session))
        leave_behind(TAKE(a));
    return status;
}

/* ---- without one ---- */

static cJSON *exec_request(const char *document, const char *id, bool tty)
{
    cleanup_json cJSON *request = request_new("exec");

    if (!request || !json_add_text(request, "document", document) ||
        !json_add_text(request, "exec", id) || !json_add_bool(request, "tty", tty))
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
    bool over = false;
    wcow_status status = exec_document(container->host, container->id, spec, 0, 0, &document, err);

    if (!status)
        status = monitor_reach(container, &link, &over, err);
    if (!status && over)
        return check_running(container, err);
    if (!status) {
        exec_note_begin(&note, container);
        tell_begin(container, spec, exec_note_id(&note));
        status = connection_ask(&link, exec_request(document, exec_note_id(&note), spec->tty),
                                START_MILLISECONDS, &answer, &silent, err);
    }
    if (!host_step(container->host, status, "its monitor has answered"))
        note_started(&note, &answer);
    return !status && answer.type == FRAME_END ? after_refusal(container, err) : status;
}

/* ---- either ---- */

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
    status = attach ? run_attached(container, &what, &own.options, outcome, err)
                    : run_in_background(container, &what, err);
    if (container_await_end(container, status)) {
        const wcow_status ended = check_running(container, err);

        if (ended)
            return ended;
    }
    if (status == WCOW_COMMAND_NOT_FOUND || status == WCOW_COMMAND_NOT_RUNNABLE)
        error_wrap(err, status, "cannot run '%s'", what.command[0]);
    if (status && status != WCOW_CANCELLED)
        error_wrap(err, status, "cannot exec in container '%s'", container->name);
    return status;
}
