/* SPDX-License-Identifier: MIT */
/* Processes that nobody is attached to. */
#include "monitor/background.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/container_event.h"

/* From the end of its output until its own is told. */
#define ENDING_MILLISECONDS 1000u

struct background {
    background *next;
    monitor *monitor;
    compute_process *process;
    streams *streams;
    char *exec; /* its id */
};

static void background_free(background *b)
{
    streams_free(b->streams);
    compute_process_close(b->process);
    free(b->exec);
    free(b);
}

static void enlist(background *b)
{
    monitor *m = b->monitor;

    monitor_lock(m);
    b->next = m->backgrounds;
    m->backgrounds = b;
    if (m->run.guard->stage != STAGE_RUNNING) /* the doors were closed meanwhile */
        streams_cancel(b->streams);
    monitor_unlock(m);
}

static void delist(background *b)
{
    monitor *m = b->monitor;

    monitor_lock(m);
    for (background **where = &m->backgrounds; *where; where = &(*where)->next) {
        if (*where == b) {
            *where = b->next;
            break;
        }
    }
    monitor_unlock(m);
}

/* The last of it: from here on the system may be closed. */
static void leave(background *b)
{
    guard *g = b->monitor->run.guard;

    background_free(b);
    guard_leave(g);
}

static void ended(void *context)
{
    background *b = context;
    uint32_t code = 0;

    if (!compute_process_wait(b->process, ENDING_MILLISECONDS, &code, NULL))
        container_event_exec_end(b->monitor->host, b->monitor->id, b->exec, code);
    delist(b);
    leave(b);
}

void backgrounds_cancel(monitor *m)
{
    for (background *b = m->backgrounds; b; b = b->next)
        streams_cancel(b->streams);
}

static wcow_status create(background *b, const char *document, wcow_error *err)
{
    hcs_process_io io = {0, NULL, NULL, NULL};
    wcow_status status;

    b->streams = streams_new();
    if (!b->streams)
        return error_no_memory(err);
    status = compute_process_create(b->monitor->run.guard->system, document, &io, &b->process, err);
    if (!status)
        streams_attach(b->streams, b->process, &io);
    return status;
}

/* After this it is the readers': it may be gone already. */
static wcow_status read_on(background *b, wcow_error *err)
{
    const streams_sink sink = {.context = b, .ended = ended};
    wcow_status status;

    enlist(b);
    status = streams_begin(b->streams, &sink, err);
    if (!status)
        return WCOW_OK;
    delist(b);
    ignore(compute_process_kill(b->process, NULL)); /* better ended than stuck for ever */
    return status;
}

wcow_status background_start(monitor *m, const char *document, const char *exec, bool tty,
                             uint32_t *pid, wcow_error *err)
{
    background *b;
    wcow_status status;

    if (!guard_enter(m->run.guard))
        return error_set(err, WCOW_CONFLICT, "container %s is not running", m->id);
    b = calloc(1, sizeof *b);
    if (!b) {
        guard_leave(m->run.guard);
        return error_no_memory(err);
    }
    b->monitor = m;
    b->exec = text_copy(exec);
    status = b->exec ? create(b, document, err) : error_no_memory(err);
    if (!status) {
        const uint32_t id = compute_process_id(b->process);

        if (!tty) /* nobody will type; a console's input stays open all the same */
            streams_close_input(b->streams);
        status = read_on(b, err);
        if (!status)
            *pid = id;
    }
    if (status)
        leave(b);
    return status;
}
