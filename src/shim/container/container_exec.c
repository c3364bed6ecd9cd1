/* SPDX-License-Identifier: MIT */
#include "shim/container/container_exec.h"

#include "base/error.h"
#include "base/text.h"
#include "port/clock.h"
#include "shim/container/container_run.h"
#include "shim/task/pod.h"

/* However busy a descendant writes on: after so many times the silence it is cut off. */
#define DRAIN_PATIENCE 4u

typedef struct container_exec {
    container_process base;
    char *document;
    char *command; /* for messages */
    compute_process *process;
    streams *streams;
} container_exec;

static container_exec *exec_of(container_process *p)
{
    return (container_exec *)(void *)p;
}

void container_exec_free(container_process *p)
{
    container_exec *e = exec_of(p);
    container_process *first = p->first;

    stdio_free(p->io);
    guard_drop(p->guard);
    free(e->document);
    free(e->command);
    free(p->id);
    free(e);
    container_process_drop(first);
}

/* ---- creating ---- */

static wcow_status make_document(container_exec *e, const cJSON *process, wcow_error *err)
{
    const bundle_config *config = container_run_config(e->base.first);
    cleanup_json cJSON *document = NULL;
    wcow_status status =
        process_document_new(config->schema, process, &e->base.pipes, &document, err);

    if (status)
        return status;
    e->document = json_print(document);
    e->command = text_copy(json_text(document, "CommandLine", ""));
    return e->document && e->command ? WCOW_OK : error_no_memory(err);
}

static wcow_status open_exec(container_exec *e, const task_wish *wish, wcow_error *err)
{
    cleanup_json cJSON *process = NULL;
    wcow_status status = bundle_config_process(wish, &process, err);

    if (status)
        return status;
    e->base.id = text_copy(wish->id);
    e->base.guard = guard_new();
    if (!e->base.id || !e->base.guard)
        return error_no_memory(err);
    status =
        container_process_open(&e->base, wish, container_run_config(e->base.first)->retry, err);
    return status ? status : make_document(e, process, err);
}

wcow_status container_exec_create(container_process *first, const task_wish *wish,
                                  task_process *task, container_process **out, wcow_error *err)
{
    container_exec *e = calloc(1, sizeof *e);
    wcow_status status;

    if (!e)
        return error_no_memory(err);
    atomic_init(&e->base.holders, 1);
    e->base.backend = first->backend;
    e->base.task = task;
    e->base.first = container_process_hold(first);
    status = open_exec(e, wish, err);
    if (status) {
        container_process_close(&e->base);
        container_process_drop(&e->base);
        return status;
    }
    *out = &e->base;
    return WCOW_OK;
}

/* ---- its end ---- */

/* Whether the container's guard may be left. What somebody still stands in is left behind, and then
 * the container's system is not closed either. */
static bool close_process(container_exec *e, bool streams_are_free)
{
    if (!guard_retire(e->base.guard, TERMINATE_PATIENCE) || !streams_are_free) {
        container_process_leave_behind(&e->base);
        return false;
    }
    streams_free(TAKE(e->streams));
    compute_process_close(TAKE(e->process));
    return true;
}

/* After its process. The client sees the end before anybody is told of it. */
static bool end_exec(container_exec *e)
{
    const uint64_t last = ticks_after(SINK_PATIENCE);
    bool drained, is_free, is_closed;

    stdio_last_words(e->base.io, LAST_WORDS);
    guard_set(e->base.guard, STAGE_ENDING);
    streams_cancel_input(e->streams);
    (void)streams_drain(e->streams, SILENCE, ticks_after(SILENCE * DRAIN_PATIENCE));
    drained = streams_finish_within(e->streams, last);
    is_free = container_process_finish(&e->base, LAST_WORDS, drained ? NULL : &e->streams);
    is_closed = close_process(e, is_free);
    guard_set(e->base.guard, STAGE_ENDED);
    return is_closed;
}

/* It has finished before its container has: that waits for the guard. */
static void *end(void *context)
{
    container_exec *e = context;
    wcow_error problem = WCOW_ERROR_INIT;
    uint32_t code = EXIT_UNKNOWN;
    bool is_closed;

    if (compute_process_wait(e->process, COMPUTE_FOREVER, &code, &problem))
        container_process_problem(&e->base, &problem);
    task_process_ended(e->base.task, code, clock_now());
    is_closed = end_exec(e);
    task_process_finished(e->base.task);
    if (is_closed)
        guard_leave(e->base.first->guard);
    container_process_drop(&e->base);
    return NULL;
}

/* ---- starting ---- */

static wcow_status make_process(container_exec *e, wcow_error *err)
{
    compute_system *system = e->base.first->guard->system;
    hcs_process_io io = {0, NULL, NULL, NULL};
    wcow_status status;

    e->streams = streams_new();
    if (!e->streams)
        return error_no_memory(err);
    status = compute_process_create(system, e->document, &io, &e->process, err);
    if (status == WCOW_COMMAND_NOT_FOUND || status == WCOW_COMMAND_NOT_RUNNABLE)
        return error_wrap(err, status, "cannot run '%s'", e->command);
    if (status)
        return status;
    streams_attach(e->streams, e->process, &io);
    guard_open(e->base.guard, system, e->process);
    return WCOW_OK;
}

static wcow_status begin(container_exec *e, wcow_error *err)
{
    const streams_sink sink = stdio_sink(e->base.io);
    wcow_status status = streams_begin(e->streams, &sink, err);

    if (!status)
        status = stdio_begin_input(e->base.io, e->streams, err);
    if (status)
        return status;
    return container_process_watch(&e->base, e->process, end, err);
}

/* The container's guard is entered: whoever ends it leaves it. */
static wcow_status start_within(container_exec *e, uint32_t *pid, wcow_error *err)
{
    wcow_status status = make_process(e, err);
    uint32_t started;

    if (status) {
        container_process_close(&e->base);
        streams_free(TAKE(e->streams));
        guard_leave(e->base.first->guard);
        return status;
    }
    started = compute_process_id(e->process);
    status = begin(e, err);
    if (status) {
        ignore(compute_process_kill_alone(e->process, NULL));
        if (end_exec(e))
            guard_leave(e->base.first->guard);
        return status;
    }
    *pid = started;
    return WCOW_OK;
}

wcow_status container_exec_start(container_process *p, uint32_t *pid, wcow_error *err)
{
    if (!guard_enter(p->first->guard)) {
        container_process_close(p);
        return error_set(err, WCOW_CONFLICT, "the container '%s' does not run", p->id);
    }
    return start_within(exec_of(p), pid, err);
}
