/* SPDX-License-Identifier: MIT */
#include "shim/host/shim_log.h"

#include <pthread.h>
#include <stdarg.h>

#include "base/condition.h"
#include "base/docker_time.h"
#include "base/error.h"
#include "base/part_time.h"
#include "base/text.h"
#include "port/clock.h"
#include "port/pipe.h"
#include "shim/host/pipe_names.h"

#define PAUSE 100u /* ms until an accept that failed is tried again */
#define LOOKS 8u   /* connections that one look takes of a pipe: others dial without end, perhaps */

/*
 * One task's pipe. The shim's own has a thread that takes connections, since its lines wait for
 * them. From the others nothing is ever read: who dials one is connected by the system, whether
 * somebody has asked for a connection or not (ConnectNamedPipe: ERROR_PIPE_CONNECTED), and needs
 * us only to make room for the next one, who dials again until there is.
 */
typedef struct log_pipe {
    struct log_pipe *next;
    shim_log *log;
    char *id;
    pipe_server *server;
    bool accepts; /* a thread does */
    pthread_t accepting;
    stream *reader; /* guarded by the log's lock; in use while the log is writing to it */
} log_pipe;

struct shim_log {
    char *space;
    shim_level level;
    pthread_mutex_t lock; /* guards the following */
    condition changed;
    part_time writing;
    log_pipe *pipes; /* the shim's own is the last */
    text lines;
    size_t dropped;
    stream *written_to; /* the writer's at the moment, whoever else lets go of it */
    bool outdated;      /* it is to be freed by the writer */
    bool stopping;
};

/* ---- who reads ---- */

/* Under the lock. A reader that is written to is cancelled, and freed by who writes. */
static void let_go(shim_log *log, stream *reader)
{
    if (reader && reader == log->written_to) {
        log->outdated = true;
        stream_cancel(reader);
    } else {
        stream_free(reader);
    }
}

/* True: stopping. */
static bool pause_accepting(shim_log *log)
{
    const uint64_t deadline = ticks_after(PAUSE);
    bool stopping;

    pthread_mutex_lock(&log->lock);
    while (!log->stopping && condition_wait_until(&log->changed, &log->lock, deadline))
        continue;
    stopping = log->stopping;
    pthread_mutex_unlock(&log->lock);
    return stopping;
}

/* ---- lines ---- */

/* A value of logfmt. */
static void add_quoted(text *out, const char *words)
{
    text_add_char(out, '"');
    for (; *words; words++) {
        if (*words == '"' || *words == '\\')
            text_add_char(out, '\\');
        text_add_char(out, *words);
    }
    text_add_char(out, '"');
}

static void add_line(text *out, shim_level level, const char *words)
{
    char now[TIME_TEXT_SIZE];

    docker_time_print(clock_now(), now);
    text_addf(out, "time=\"%s\" level=%s msg=", now, shim_level_name(level));
    add_quoted(out, words);
    text_add_char(out, '\n');
}

/* Under the lock: tells, at the place where they would be, of lines that found no room. */
static void add_lost(shim_log *log)
{
    cleanup_free char *words = text_format("%zu lines of this log are lost", log->dropped);

    if (log->dropped > 0)
        add_line(&log->lines, SHIM_WARN, words ? words : "lines of this log are lost");
    log->dropped = 0;
}

/* ---- writing ---- */

/* The shim's own pipe. */
static log_pipe *own_pipe(const shim_log *log)
{
    log_pipe *pipe = log->pipes;

    while (pipe && pipe->next)
        pipe = pipe->next;
    return pipe;
}

/* Under the lock, which is given back meanwhile. */
static void write_lines(shim_log *log, log_pipe *pipe)
{
    stream *reader = pipe->reader;
    cleanup_free char *lines = NULL;
    size_t length;
    int32_t hr;

    add_lost(log);
    length = log->lines.length;
    lines = text_take(&log->lines);
    if (!lines)
        return;
    log->written_to = reader;
    log->outdated = false;
    pthread_mutex_unlock(&log->lock);
    hr = stream_write(reader, lines, length);
    pthread_mutex_lock(&log->lock);
    log->written_to = NULL;
    if (HR_FAILED(hr) && !log->outdated)
        pipe->reader = NULL;
    if (HR_FAILED(hr) || log->outdated)
        stream_free(reader);
}

/* Under the lock: whether there is something to write, now or before `idle`. */
static bool await_lines(shim_log *log, uint64_t idle)
{
    for (;;) {
        const log_pipe *own = own_pipe(log);

        if (log->stopping)
            return false;
        if (own && own->reader && log->lines.length > 0)
            return true;
        if (!condition_wait_until(&log->changed, &log->lock, idle))
            return false;
    }
}

static void *write_log(void *context)
{
    shim_log *log = context;

    pthread_mutex_lock(&log->lock);
    while (await_lines(log, ticks_after(PART_TIME_IDLE))) {
        write_lines(log, own_pipe(log));
        condition_broadcast(&log->changed);
    }
    part_time_leave(&log->writing);
    pthread_mutex_unlock(&log->lock);
    return NULL;
}

/* Under the lock. Without a thread lines wait for one that can be started later. */
static void call_writer(shim_log *log)
{
    const log_pipe *own = own_pipe(log);

    if (!log->stopping && own && own->reader && log->lines.length > 0)
        ignore(part_time_call(&log->writing, write_log, log));
    condition_broadcast(&log->changed);
}

/* ---- pipes ---- */

/* Under the lock. */
static void take_reader(log_pipe *pipe, stream *reader)
{
    let_go(pipe->log, pipe->reader);
    pipe->reader = reader;
}

static void *accept_readers(void *context)
{
    log_pipe *pipe = context;
    shim_log *log = pipe->log;

    for (;;) {
        stream *reader = NULL;
        const int32_t hr = pipe_accept(pipe->server, &reader);

        if (HR_SUCCEEDED(hr)) {
            pthread_mutex_lock(&log->lock);
            take_reader(pipe, reader);
            call_writer(log);
            pthread_mutex_unlock(&log->lock);
        } else if (hr == HR_OPERATION_ABORTED || pause_accepting(log)) {
            return NULL;
        }
    }
}

static void pipe_free(log_pipe *pipe)
{
    pipe_server_free(pipe->server);
    stream_free(pipe->reader);
    free(pipe->id);
    free(pipe);
}

/* It is in no list any more. */
static void pipe_stop(log_pipe *pipe)
{
    if (pipe->accepts) {
        pipe_server_cancel(pipe->server);
        pthread_join(pipe->accepting, NULL);
    }
    pipe_free(pipe);
}

static wcow_status pipe_listen_for(shim_log *log, const char *id, log_pipe **out, wcow_error *err)
{
    cleanup_free char *name = shim_log_pipe(log->space, id);
    log_pipe *pipe = calloc(1, sizeof(*pipe));
    wcow_status status;

    if (pipe) {
        pipe->log = log;
        pipe->id = text_copy(id);
    }
    if (!name || !pipe || !pipe->id) {
        free(pipe);
        return error_no_memory(err);
    }
    status = error_check(err, pipe_listen_address(name, &pipe->server), "CreateNamedPipe");
    if (status) {
        error_wrap(err, status, "cannot listen on '%s'", name);
        pipe_free(pipe);
        return status;
    }
    *out = pipe;
    return WCOW_OK;
}

static log_pipe **find(shim_log *log, const char *id)
{
    log_pipe **at = &log->pipes;

    while (*at && !text_equal((*at)->id, id))
        at = &(*at)->next;
    return at;
}

wcow_status shim_log_open(shim_log *log, const char *id, wcow_error *err)
{
    log_pipe *pipe = NULL;
    wcow_status status;
    bool there;

    pthread_mutex_lock(&log->lock);
    there = *find(log, id) != NULL;
    pthread_mutex_unlock(&log->lock);
    if (there)
        return WCOW_OK;
    status = pipe_listen_for(log, id, &pipe, err);
    if (status)
        return status;
    pthread_mutex_lock(&log->lock);
    pipe->next = log->pipes;
    log->pipes = pipe;
    pthread_mutex_unlock(&log->lock);
    return WCOW_OK;
}

void shim_log_look(shim_log *log)
{
    pthread_mutex_lock(&log->lock);
    for (log_pipe *pipe = log->pipes; pipe; pipe = pipe->next) {
        stream *reader = NULL;

        for (unsigned i = 0; i < LOOKS && !pipe->accepts &&
                             HR_SUCCEEDED(pipe_accept_within(pipe->server, 0, &reader));
             i++)
            take_reader(pipe, TAKE(reader));
    }
    pthread_mutex_unlock(&log->lock);
}

void shim_log_close(shim_log *log, const char *id)
{
    log_pipe **at;
    log_pipe *pipe = NULL;

    pthread_mutex_lock(&log->lock);
    at = find(log, id);
    if (*at && (*at)->next) { /* the last one is the shim's own */
        pipe = *at;
        *at = pipe->next;
    }
    pthread_mutex_unlock(&log->lock);
    if (pipe)
        pipe_stop(pipe);
}

/* ---- its life ---- */

static void log_free(shim_log *log)
{
    text_free(&log->lines);
    condition_free(&log->changed);
    pthread_mutex_destroy(&log->lock);
    free(log->space);
    free(log);
}

static wcow_status accept_own(shim_log *log, const char *id, wcow_error *err)
{
    wcow_status status = shim_log_open(log, id, err);
    log_pipe *own = log->pipes;

    if (status)
        return status;
    own->accepts = !pthread_create(&own->accepting, NULL, accept_readers, own);
    if (own->accepts)
        return WCOW_OK;
    pipe_free(own);
    return error_no_memory(err);
}

wcow_status shim_log_new(const char *space, const char *id, shim_level level, shim_log **out,
                         wcow_error *err)
{
    shim_log *log = calloc(1, sizeof(*log));
    wcow_status status;

    if (!log || !condition_init(&log->changed)) {
        free(log);
        return error_no_memory(err);
    }
    pthread_mutex_init(&log->lock, NULL);
    log->level = level;
    log->space = text_copy(space);
    status = log->space ? accept_own(log, id, err) : error_no_memory(err);
    if (status) {
        log_free(log);
        return status;
    }
    *out = log;
    return WCOW_OK;
}

void shim_log_free(shim_log *log, uint32_t milliseconds)
{
    const uint64_t deadline = ticks_after(milliseconds);
    log_pipe *pipes;
    log_pipe *own;

    if (!log)
        return;
    pthread_mutex_lock(&log->lock);
    own = own_pipe(log);
    while (own->reader && (log->lines.length > 0 || log->written_to) &&
           condition_wait_until(&log->changed, &log->lock, deadline))
        continue;
    log->stopping = true;
    if (log->written_to)
        stream_cancel(log->written_to);
    condition_broadcast(&log->changed);
    pthread_mutex_unlock(&log->lock);
    part_time_join(&log->writing);
    pipes = log->pipes;
    while (pipes) {
        log_pipe *next = pipes->next;

        pipe_stop(pipes);
        pipes = next;
    }
    log_free(log);
}

void shim_log_line(shim_log *log, shim_level level, const char *format, ...)
{
    cleanup_text text words = TEXT_INIT;
    cleanup_text text line = TEXT_INIT;
    va_list arguments;

    if (level < log->level)
        return;
    va_start(arguments, format);
    text_addv(&words, format, arguments);
    va_end(arguments);
    if (words.data)
        text_make_printable(words.data);
    pthread_mutex_lock(&log->lock);
    add_line(&line, level, text_get(&words));
    if (line.failed || log->lines.length + line.length > SHIM_LOG_MOST)
        log->dropped++;
    else
        text_add_bytes(&log->lines, line.data, line.length);
    call_writer(log);
    pthread_mutex_unlock(&log->lock);
}
