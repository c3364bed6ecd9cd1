/* SPDX-License-Identifier: MIT */
/*
 * What a process reads from and writes to. Its output is written by the thread that reads its pipes
 * (runtime/streams.c); a thread copies its input; and one that watches the time of the last words
 * is there when something is left to be said after the process's end, and until it is said.
 */
#include "shim/stdio/stdio.h"

#include <stdatomic.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "base/thread.h"
#include "shim/stdio/log_uri.h"
#include "shim/stdio/logger.h"
#include "shim/stdio/outlet.h"

#define INPUT_BLOCK 8192
/* What an end waits for that nothing should keep: whoever was let go of, or is in the service. So
 * long a logger has at least: the last words to one are over so much earlier. */
#define END_PATIENCE 2000u
/* How deep a log's folders are made where there are none. */
#define FOLDERS_MOST 32

enum { OUTPUT, ERROR_OUTPUT, OUTPUT_COUNT };

struct stdio {
    pthread_mutex_t lock; /* guards the following; not held while anything is read or written */
    condition changed;
    outlet *outlets[OUTPUT_COUNT]; /* NULL: what comes is thrown away, or goes into the log */
    logger *program;
    files_port *files;
    file *log;
    uint32_t logger_end;
    unsigned busy;    /* the sink has bytes just now */
    bool closed;      /* what comes is thrown away */
    uint64_t give_up; /* when all that is being written is thrown away: after the process's end */
    uint64_t end;     /* when a logger is to have ended */
    bool watched;     /* the thread is there that sees to it */
    stream *input;    /* the client's; NULL: it has ended */
    streams *to;      /* the process's */
    bool copying;     /* the thread is there */
    bool has[OUTPUT_COUNT], has_input;
    atomic_uint holders; /* the owner and the threads: the last one frees the memory */
};

/* ---- to make and to free ---- */

/* The logger has so many milliseconds to end. */
static void close_outputs(stdio *s, uint32_t milliseconds)
{
    for (size_t i = 0; i < OUTPUT_COUNT; i++)
        outlet_free(TAKE(s->outlets[i]));
    if (s->log)
        s->files->close(s->files, TAKE(s->log));
    logger_end(TAKE(s->program), milliseconds);
}

static void drop(stdio *s)
{
    if (atomic_fetch_sub(&s->holders, 1) > 1)
        return;
    close_outputs(s, s->logger_end);
    stream_free(s->input);
    condition_free(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static stdio *stdio_new(files_port *files, const stdio_limits *limits)
{
    stdio *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    if (pthread_mutex_init(&s->lock, NULL)) {
        free(s);
        return NULL;
    }
    if (!condition_init(&s->changed)) {
        pthread_mutex_destroy(&s->lock);
        free(s);
        return NULL;
    }
    s->files = files;
    s->logger_end = limits->logger_end;
    s->give_up = s->end = TICKS_NEVER;
    atomic_init(&s->holders, 1);
    return s;
}

void stdio_free(stdio *s)
{
    if (s)
        drop(s);
}

/* ---- whom to connect to ---- */

static bool is_named(const char *name)
{
    return name && *name;
}

static wcow_status dial(const char *name, const char *what, uint64_t deadline, stream **out,
                        wcow_error *err)
{
    const int32_t hr = pipe_connect_address(name, ticks_left(deadline), NULL, out);

    if (hr == HR_INVALID_PARAMETER)
        return error_set(err, WCOW_INVALID, "%s '%s' is no pipe of this computer", what, name);
    if (hr == HR_FILE_NOT_FOUND || hr == HR_PIPE_BUSY)
        return error_set(err, WCOW_FAILED, "nobody listens at the pipe of %s '%s'", what, name);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "connect"), "pipe of %s '%s'", what, name);
    return WCOW_OK;
}

static wcow_status dial_output(stdio *s, int which, const char *name, uint64_t deadline,
                               uint32_t retry, wcow_error *err)
{
    static const char *const words[] = {"the standard output", "the standard error"};
    cleanup_stream stream *pipe = NULL;
    wcow_status status;

    if (!is_named(name))
        return WCOW_OK;
    status = dial(name, words[which], deadline, &pipe, err);
    if (status)
        return status;
    s->outlets[which] = outlet_of_client(name, pipe, retry);
    if (!s->outlets[which])
        return error_no_memory(err);
    pipe = NULL;
    s->has[which] = true;
    return WCOW_OK;
}

/* The folder, and those that it lies in, if they are not there. */
static int32_t make_folder(files_port *files, const char *path, int depth)
{
    int32_t hr = files->make_directory(files, path);
    cleanup_free char *parent = NULL;

    if (hr == HR_ALREADY_EXISTS)
        return HR_OK;
    if ((hr != HR_PATH_NOT_FOUND && hr != HR_FILE_NOT_FOUND) || depth == FOLDERS_MOST)
        return hr;
    parent = path_parent(path);
    if (!parent)
        return HR_OUT_OF_MEMORY;
    if (text_equal(parent, path) || !*parent)
        return hr;
    hr = make_folder(files, parent, depth + 1);
    return HR_FAILED(hr) ? hr : files->make_directory(files, path);
}

/* As containerd's shims elsewhere do it: what is there stays, and folders are made. */
static wcow_status open_log(stdio *s, const char *path, wcow_error *err)
{
    cleanup_free char *folder = path_parent(path);
    int32_t hr;

    if (!folder)
        return error_no_memory(err);
    hr = s->files->open(s->files, path, FILE_APPEND, &s->log);
    if (hr == HR_PATH_NOT_FOUND || hr == HR_FILE_NOT_FOUND) {
        hr = make_folder(s->files, folder, 0);
        if (HR_SUCCEEDED(hr))
            hr = s->files->open(s->files, path, FILE_APPEND, &s->log);
    }
    return HR_FAILED(hr) ? error_wrap(err, error_hresult(err, hr, "open"), "log '%s'", path)
                         : WCOW_OK;
}

/* A log takes both outputs, and containerd's clients name it as both. */
static wcow_status begin_log(stdio *s, const log_uri *uri, const stdio_names *names,
                             const stdio_limits *limits, wcow_error *err)
{
    wcow_status status = uri->kind == LOG_FILE
                             ? open_log(s, uri->path, err)
                             : logger_start(uri, names, limits, &s->program, s->outlets, err);

    s->has[OUTPUT] = !status;
    s->has[ERROR_OUTPUT] = !status && !names->terminal;
    return status;
}

static wcow_status open_outputs(stdio *s, const stdio_names *names, const stdio_limits *limits,
                                uint64_t deadline, wcow_error *err)
{
    cleanup_log_uri log_uri uri = LOG_URI_INIT;
    wcow_status status = log_uri_parse(is_named(names->output) ? names->output : "", &uri, err);

    if (status)
        return status;
    if (uri.kind != LOG_NONE)
        return begin_log(s, &uri, names, limits, err);
    status = dial_output(s, OUTPUT, names->output, deadline, limits->retry, err);
    return status ? status
                  : dial_output(s, ERROR_OUTPUT, names->error_output, deadline, limits->retry, err);
}

static wcow_status open_input(stdio *s, const char *name, uint64_t deadline, wcow_error *err)
{
    wcow_status status;

    if (!is_named(name))
        return WCOW_OK;
    status = dial(name, "the standard input", deadline, &s->input, err);
    s->has_input = !status;
    return status;
}

wcow_status stdio_open(files_port *files, const stdio_names *names, const stdio_limits *limits,
                       stdio **out, wcow_error *err)
{
    const uint64_t deadline = ticks_now() + limits->dial;
    cleanup_stdio stdio *s = NULL;
    wcow_status status;

    if (names->terminal && is_named(names->error_output))
        return error_set(err, WCOW_CONFLICT, "a terminal has no standard error of its own");
    s = stdio_new(files, limits);
    if (!s)
        return error_no_memory(err);
    status = open_input(s, names->input, deadline, err);
    if (!status)
        status = open_outputs(s, names, limits, deadline, err);
    if (!status)
        *out = TAKE(s);
    return status;
}

bool stdio_has_input(const stdio *s)
{
    return s->has_input;
}

bool stdio_has_output(const stdio *s)
{
    return s->has[OUTPUT];
}

bool stdio_has_error_output(const stdio *s)
{
    return s->has[ERROR_OUTPUT];
}

uint32_t stdio_logger_id(const stdio *s)
{
    return s->program ? logger_id(s->program) : 0;
}

/* ---- output ---- */

/* The lock is held. */
static void give_up(stdio *s)
{
    for (size_t i = 0; i < OUTPUT_COUNT; i++) {
        if (s->outlets[i])
            outlet_give_up(s->outlets[i]);
    }
}

static void *watch_main(void *context)
{
    stdio *s = context;

    pthread_mutex_lock(&s->lock);
    while (!s->closed && condition_wait_until(&s->changed, &s->lock, s->give_up))
        continue;
    if (!s->closed)
        give_up(s);
    pthread_mutex_unlock(&s->lock);
    drop(s);
    return NULL;
}

/* Somebody who writes may be kept by his reader from now on; the lock is held. */
static void watch(stdio *s)
{
    if (s->watched || s->give_up == TICKS_NEVER)
        return;
    atomic_fetch_add(&s->holders, 1);
    s->watched = thread_start_detached(watch_main, s);
    if (s->watched)
        return;
    atomic_fetch_sub(&s->holders, 1); /* the owner is there */
    give_up(s);
}

static bool begin_writing(stdio *s)
{
    bool begun;

    pthread_mutex_lock(&s->lock);
    begun = !s->closed;
    if (begun) {
        s->busy++;
        watch(s);
    }
    pthread_mutex_unlock(&s->lock);
    return begun;
}

static void end_writing(stdio *s)
{
    pthread_mutex_lock(&s->lock);
    s->busy--;
    condition_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void write_output(void *context, bool is_error, const void *bytes, size_t length)
{
    stdio *s = context;
    outlet *to;

    if (!begin_writing(s))
        return;
    to = s->outlets[is_error ? ERROR_OUTPUT : OUTPUT];
    if (s->log) /* what does not fit on the disk is lost, and the process goes on */
        ignore(s->files->write_all(s->files, s->log, bytes, length));
    else if (to)
        outlet_write(to, bytes, length);
    end_writing(s);
}

streams_sink stdio_sink(stdio *s)
{
    return (streams_sink){.context = s, .output = write_output};
}

void stdio_last_words(stdio *s, uint32_t milliseconds)
{
    const uint32_t rest = milliseconds < END_PATIENCE ? milliseconds : END_PATIENCE;

    pthread_mutex_lock(&s->lock);
    if (s->give_up == TICKS_NEVER) {
        s->end = ticks_now() + milliseconds;
        s->give_up = s->program ? s->end - rest : s->end;
    }
    for (size_t i = 0; i < OUTPUT_COUNT; i++) {
        if (s->outlets[i])
            outlet_hurry(s->outlets[i]);
    }
    if (s->busy)
        watch(s);
    pthread_mutex_unlock(&s->lock);
}

/* ---- input ---- */

/* The client's end first: he may be writing to a process that reads no more. */
static void end_input(stdio *s)
{
    stream *input;
    bool closed;

    pthread_mutex_lock(&s->lock);
    input = TAKE(s->input);
    closed = s->closed;
    pthread_mutex_unlock(&s->lock);
    stream_free(input);
    if (!closed) /* else the process has ended */
        streams_close_input(s->to);
}

static void *input_main(void *context)
{
    stdio *s = context;
    char block[INPUT_BLOCK];
    size_t got = 0;

    while (HR_SUCCEEDED(stream_read(s->input, block, sizeof block, &got)) && got &&
           streams_write(s->to, block, got))
        continue;
    end_input(s);
    pthread_mutex_lock(&s->lock);
    s->copying = false;
    condition_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    drop(s);
    return NULL;
}

wcow_status stdio_begin_input(stdio *s, streams *to, wcow_error *err)
{
    if (!s->input)
        return WCOW_OK;
    atomic_fetch_add(&s->holders, 1);
    s->to = to;
    s->copying = true;
    if (thread_start_detached(input_main, s))
        return WCOW_OK;
    s->copying = false;
    s->to = NULL;
    atomic_fetch_sub(&s->holders, 1);
    return error_set(err, WCOW_NO_MEMORY, "cannot start a thread for the standard input");
}

void stdio_close_input(stdio *s)
{
    pthread_mutex_lock(&s->lock);
    if (s->input)
        stream_hurry(s->input);
    pthread_mutex_unlock(&s->lock);
}

/* ---- the end ---- */

/* The lock is held. */
static void finish_output(stdio *s, uint32_t milliseconds)
{
    uint64_t deadline = ticks_now() + milliseconds;
    uint64_t last;

    if (s->give_up < deadline) /* the time of the last words has begun already */
        deadline = s->give_up;
    while (s->busy && condition_wait_until(&s->changed, &s->lock, deadline))
        continue;
    s->closed = true;
    give_up(s);
    condition_broadcast(&s->changed);
    last = s->log ? 0 : ticks_now() + END_PATIENCE; /* a disk lets nobody go */
    while (s->busy && condition_wait_until(&s->changed, &s->lock, last))
        continue;
}

/* The lock is held: what a logger has of its time, and of that of the last words. They may be over,
 * if the system took long to end; then its pipes have ended just now. */
static uint32_t logger_patience(const stdio *s)
{
    const uint32_t left = ticks_left(s->end);
    const uint32_t least = left > END_PATIENCE ? left : END_PATIENCE;

    return least < s->logger_end ? least : s->logger_end;
}

/* The lock is held. False: somebody is in a call that does not return. */
static bool finish_input(stdio *s)
{
    const uint64_t deadline = ticks_now() + END_PATIENCE;

    if (s->input)
        stream_cancel(s->input);
    if (s->copying)
        streams_cancel_input(s->to);
    while (s->copying && condition_wait_until(&s->changed, &s->lock, deadline))
        continue;
    return !s->copying;
}

bool stdio_finish(stdio *s, uint32_t milliseconds)
{
    uint32_t patience;
    bool whole;
    bool idle;

    pthread_mutex_lock(&s->lock);
    finish_output(s, milliseconds);
    whole = finish_input(s);
    idle = !s->busy;
    patience = logger_patience(s);
    pthread_mutex_unlock(&s->lock);
    if (idle) /* else the disk keeps somebody: they are closed with the rest */
        close_outputs(s, patience);
    return whole;
}
