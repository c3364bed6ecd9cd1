/* SPDX-License-Identifier: MIT */
/*
 * exec -d: a further process that nobody is attached to. As with dockerd, its pipes are there and
 * are read until its end: one without them, or whose pipes nobody reads any more, stands still or
 * fails at its first line. The command that asked for it is gone by then, so the monitor reads, and
 * throws away. The process's end closes the pipes; the container's end takes them away before that.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/thread.h"
#include "monitor/monitor.h"

#define BLOCK_SIZE 4096

struct background {
    background *next;
    monitor *monitor;
    compute_process *process;
    hcs_process_io io;
    unsigned readers; /* under the monitor's lock; the last one frees it */
};

/* A reader's own part. */
typedef struct reader {
    background *background;
    stream *source;
} reader;

static void background_free(background *b)
{
    stream_free(b->io.in);
    stream_free(b->io.out);
    stream_free(b->io.err);
    compute_process_close(b->process);
    free(b);
}

/* Takes it off the list when it is nobody's any more. */
static bool let_go(background *b)
{
    monitor *m = b->monitor;
    bool last;

    pthread_mutex_lock(&m->lock);
    last = --b->readers == 0;
    for (background **where = &m->backgrounds; last && *where; where = &(*where)->next) {
        if (*where == b) {
            *where = b->next;
            break;
        }
    }
    pthread_mutex_unlock(&m->lock);
    return last;
}

static void leave(background *b)
{
    monitor *m = b->monitor;

    if (!let_go(b))
        return;
    background_free(b);
    monitor_leave(m); /* last: from here on the system may be closed */
}

static void *reader_main(void *context)
{
    reader *r = context;
    background *b = r->background;
    char block[BLOCK_SIZE];
    size_t got = 0;

    while (HR_SUCCEEDED(stream_read(r->source, block, sizeof block, &got)) && got)
        continue;
    free(r);
    leave(b);
    return NULL;
}

static bool start_reader(background *b, stream *source)
{
    reader *r = malloc(sizeof *r);

    if (!r)
        return false;
    *r = (reader){b, source};
    if (thread_start_detached(reader_main, r))
        return true;
    free(r);
    return false;
}

static void cancel(background *b)
{
    if (b->io.out)
        stream_cancel(b->io.out);
    if (b->io.err)
        stream_cancel(b->io.err);
}

void backgrounds_cancel(monitor *m)
{
    for (background *b = m->backgrounds; b; b = b->next)
        cancel(b);
}

/* Counts who will read, and itself until all is begun. */
static void enlist(background *b)
{
    monitor *m = b->monitor;

    pthread_mutex_lock(&m->lock);
    b->readers = 1;
    b->next = m->backgrounds;
    m->backgrounds = b;
    if (m->stage != STAGE_RUNNING) /* the doors were closed meanwhile */
        cancel(b);
    pthread_mutex_unlock(&m->lock);
}

static void read_on(background *b, stream *source)
{
    monitor *m = b->monitor;

    if (!source)
        return;
    pthread_mutex_lock(&m->lock);
    b->readers++;
    pthread_mutex_unlock(&m->lock);
    if (start_reader(b, source))
        return;
    (void)!compute_process_kill(b->process, NULL); /* better ended than stuck for ever */
    (void)let_go(b);
}

wcow_status background_start(monitor *m, const char *document, bool tty, uint32_t *pid,
                             wcow_error *err)
{
    background *b;
    wcow_status status;

    if (!monitor_enter(m))
        return error_set(err, WCOW_CONFLICT, "container %s is not running", m->id);
    b = calloc(1, sizeof *b);
    if (!b) {
        monitor_leave(m);
        return error_no_memory(err);
    }
    b->monitor = m;
    status = compute_process_create(m->run.system, document, &b->io, &b->process, err);
    if (status) {
        free(b);
        monitor_leave(m);
        return status;
    }
    *pid = compute_process_id(b->process);
    if (!tty) { /* nobody will type; a console's input stays open all the same */
        (void)!compute_process_close_input(b->process, NULL);
        stream_free(b->io.in);
        b->io.in = NULL;
    }
    enlist(b);
    read_on(b, b->io.out);
    read_on(b, b->io.err);
    leave(b);
    return WCOW_OK;
}
