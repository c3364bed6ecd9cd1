/* SPDX-License-Identifier: MIT */
/* Pumping a process's pipes. */
#include "runtime/streams.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/thread.h"

#define BLOCK_SIZE 8192

struct streams {
    pthread_mutex_t lock; /* guards the following; not held while anything is read or written */
    condition changed;
    hcs_process_io io;
    compute_process *process;
    streams_sink sink;
    bool reading;   /* the thread is there */
    bool abandoned; /* which frees it, and says so: */
    void (*left)(void *context);
    void *left_context;
    unsigned busy; /* the sink has bytes just now */
    uint64_t last_output;
    pthread_mutex_t input_lock; /* held while one writes, or closes */
    atomic_uint holders;        /* the owner and the thread: the last one frees the memory */
};

streams *streams_new(void)
{
    streams *s = calloc(1, sizeof *s);
    bool locked = s && !pthread_mutex_init(&s->lock, NULL);
    bool input_locked = locked && !pthread_mutex_init(&s->input_lock, NULL);

    if (input_locked && condition_init(&s->changed)) {
        atomic_init(&s->holders, 1);
        return s;
    }
    if (input_locked)
        pthread_mutex_destroy(&s->input_lock);
    if (locked)
        pthread_mutex_destroy(&s->lock);
    free(s);
    return NULL;
}

/* As in guard_drop(). */
static void drop(streams *s)
{
    if (atomic_fetch_sub(&s->holders, 1) > 1)
        return;
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->input_lock);
    condition_free(&s->changed);
    free(s);
}

void streams_free(streams *s)
{
    if (!s)
        return;
    stream_free(s->io.in);
    stream_free(s->io.out);
    stream_free(s->io.err);
    drop(s);
}

void streams_attach(streams *s, compute_process *process, const hcs_process_io *io)
{
    pthread_mutex_lock(&s->lock);
    s->process = process;
    s->io = *io;
    pthread_mutex_unlock(&s->lock);
}

/* ---- output ---- */

/* What the thread that reads has. */
typedef struct pump {
    streams *streams;
    stream_readers *readers;
    size_t count;
    bool is_error[STREAM_READERS_MOST];
} pump;

static void pump_free(pump *p)
{
    stream_readers_free(p->readers);
    free(p);
}

static void hand_on(pump *p, bool is_error, const void *bytes, size_t length)
{
    streams *s = p->streams;
    bool wanted;

    pthread_mutex_lock(&s->lock);
    s->busy++;
    wanted = !s->abandoned;
    pthread_mutex_unlock(&s->lock);
    if (wanted && s->sink.output)
        s->sink.output(s->sink.context, is_error, bytes, length);
    pthread_mutex_lock(&s->lock);
    s->busy--;
    s->last_output = ticks_now();
    condition_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

/* Whether nobody else is to free it. */
static bool stop_reading(streams *s)
{
    bool abandoned;

    pthread_mutex_lock(&s->lock);
    s->reading = false;
    abandoned = s->abandoned;
    condition_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return abandoned;
}

/* Nobody is in the sink. */
static void free_abandoned(streams *s)
{
    void (*const left)(void *) = s->left;
    void *context = s->left_context;

    streams_free(s);
    left(context);
}

/* To the end of all. */
static void read_all(pump *p)
{
    size_t left = p->count;

    while (left) {
        const void *bytes;
        size_t which;
        size_t got;

        if (HR_FAILED(stream_readers_next(p->readers, &which, &bytes, &got)))
            return;
        if (got)
            hand_on(p, p->is_error[which], bytes, got);
        else
            left--;
    }
}

static void *pump_main(void *context)
{
    pump *p = context;
    streams *s = p->streams;

    read_all(p);
    pump_free(p);

    /* Whoever waits for the end may free the streams before the next line: but for what the sink
     * is, they are not looked at any more. */
    const streams_sink sink = s->sink;

    if (stop_reading(s))
        free_abandoned(s);
    else if (sink.ended)
        sink.ended(sink.context);
    drop(s);
    return NULL;
}

static wcow_status new_pump(streams *s, pump **out, wcow_error *err)
{
    stream *const all[] = {s->io.out, s->io.err};
    stream *sources[STREAM_READERS_MOST];
    pump *p = calloc(1, sizeof *p);
    int32_t hr;

    if (!p)
        return error_no_memory(err);
    p->streams = s;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (!all[i])
            continue;
        p->is_error[p->count] = i == 1;
        sources[p->count++] = all[i];
    }
    hr = stream_readers_new(sources, p->count, BLOCK_SIZE, &p->readers);
    if (HR_FAILED(hr)) {
        pump_free(p);
        return error_hresult(err, hr, "read its pipes");
    }
    *out = p;
    return WCOW_OK;
}

static wcow_status start_pump(streams *s, wcow_error *err)
{
    pump *p = NULL;
    wcow_status status = new_pump(s, &p, err);

    if (status)
        return status;
    atomic_fetch_add(&s->holders, 1);
    pthread_mutex_lock(&s->lock);
    s->reading = true;
    pthread_mutex_unlock(&s->lock);
    if (thread_start_detached(pump_main, p))
        return WCOW_OK;
    pthread_mutex_lock(&s->lock);
    s->reading = false;
    pthread_mutex_unlock(&s->lock);
    drop(s);
    pump_free(p);
    return error_set(err, WCOW_NO_MEMORY, "cannot start a thread");
}

wcow_status streams_begin(streams *s, const streams_sink *sink, wcow_error *err)
{
    s->sink = *sink;
    if (s->io.out || s->io.err)
        return start_pump(s, err);
    if (sink->ended)
        sink->ended(sink->context);
    return WCOW_OK;
}

/* When to stop waiting for more; the lock is held. */
static uint64_t end_of_patience(const streams *s, uint32_t silence, uint64_t give_up)
{
    const uint64_t silent = s->busy ? TICKS_NEVER : s->last_output + silence;

    return silent < give_up ? silent : give_up;
}

bool streams_drain(streams *s, uint32_t silence, uint64_t give_up)
{
    bool drained;

    pthread_mutex_lock(&s->lock);
    s->last_output = ticks_now();
    while (s->reading &&
           condition_wait_until(&s->changed, &s->lock, end_of_patience(s, silence, give_up)))
        continue;
    drained = !s->reading;
    pthread_mutex_unlock(&s->lock);
    return drained;
}

void streams_cancel(streams *s)
{
    if (s->io.out)
        stream_cancel(s->io.out);
    if (s->io.err)
        stream_cancel(s->io.err);
}

bool streams_finish_within(streams *s, uint64_t deadline)
{
    bool finished;

    streams_cancel(s);
    pthread_mutex_lock(&s->lock);
    while (s->reading && condition_wait_until(&s->changed, &s->lock, deadline))
        continue;
    finished = !s->reading;
    pthread_mutex_unlock(&s->lock);
    return finished;
}

void streams_finish(streams *s)
{
    (void)streams_finish_within(s, TICKS_NEVER);
}

void streams_abandon(streams *s, void (*left)(void *context), void *context)
{
    bool reading;

    pthread_mutex_lock(&s->lock);
    s->left = left;
    s->left_context = context;
    s->abandoned = true;
    reading = s->reading;
    pthread_mutex_unlock(&s->lock);
    if (!reading)
        free_abandoned(s);
}

/* ---- input ---- */

bool streams_write(streams *s, const void *bytes, size_t length)
{
    bool taken;
    stream *input;

    pthread_mutex_lock(&s->input_lock);
    pthread_mutex_lock(&s->lock);
    input = s->io.in;
    pthread_mutex_unlock(&s->lock);
    taken = input && HR_SUCCEEDED(stream_write(input, bytes, length));
    pthread_mutex_unlock(&s->input_lock);
    return taken;
}

/* The service first, the pipe second: as hcsshim does; either may have happened already. */
void streams_close_input(streams *s)
{
    stream *input;

    pthread_mutex_lock(&s->input_lock);
    pthread_mutex_lock(&s->lock);
    input = TAKE(s->io.in);
    pthread_mutex_unlock(&s->lock);
    if (input) {
        ignore(compute_process_close_input(s->process, NULL));
        stream_free(input);
    }
    pthread_mutex_unlock(&s->input_lock);
}

void streams_cancel_input(streams *s)
{
    pthread_mutex_lock(&s->lock);
    if (s->io.in)
        stream_cancel(s->io.in);
    pthread_mutex_unlock(&s->lock);
}
