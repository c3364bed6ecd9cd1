/* SPDX-License-Identifier: MIT */
/* Passing bytes between this process's streams and an exec'ed process. */
#include "runtime/exec_io.h"

#include "base/error.h"

#define BLOCK_SIZE 8192

/* Whether there is a process to talk to; waits until that is known. */
static bool has_process(exec_io *io)
{
    pthread_mutex_lock(&io->lock);
    while (!io->ready)
        condition_wait(&io->changed, &io->lock);
    pthread_mutex_unlock(&io->lock);
    return io->process != NULL;
}

static bool pass_input(void *context, const void *bytes, size_t length)
{
    exec_io *io = context;

    return has_process(io) && io->input_open &&
           HR_SUCCEEDED(stream_write(io->streams.in, bytes, length));
}

static void pass_input_end(void *context)
{
    exec_io *io = context;
    stream *input;

    /* A console's input does not end with whoever typed, as dockerd has it: to its program that
     * would be a closed window. */
    if (!has_process(io) || io->session->options.tty)
        return;
    pthread_mutex_lock(&io->lock);
    input = TAKE(io->streams.in);
    io->input_open = false;
    pthread_mutex_unlock(&io->lock);
    if (!input)
        return;
    (void)!compute_process_close_input(io->process, NULL);
    stream_free(input);
}

static void pass_size(void *context, uint16_t columns, uint16_t rows)
{
    exec_io *io = context;

    if (has_process(io))
        (void)!compute_process_resize(io->process, rows, columns, NULL);
}

/* Docker's exec does not pass signals on at all; here Ctrl-C would else leave the process behind.
 */
static void pass_interrupt(void *context, int event)
{
    exec_io *io = context;
    const char *name = event == CONSOLE_CTRL_BREAK ? "CtrlBreak" : "CtrlC";

    if (!has_process(io))
        return;
    if (compute_process_signal(io->process, name, NULL, NULL) == WCOW_UNSUPPORTED)
        (void)!compute_process_kill(io->process, NULL);
}

static void wake(void *context)
{
    (void)context; /* the waiter looks every now and then */
}

session_target exec_io_target(exec_io *io)
{
    return (session_target){io, pass_input, pass_input_end, pass_size, pass_interrupt, wake, true};
}

static void set_busy(exec_pump *pump, bool busy)
{
    exec_io *io = pump->io;

    pthread_mutex_lock(&io->lock);
    pump->busy = busy;
    io->last_output = ticks_now();
    condition_broadcast(&io->changed);
    pthread_mutex_unlock(&io->lock);
}

static void *pump_main(void *context)
{
    exec_pump *pump = context;
    exec_io *io = pump->io;
    stream *from = pump->is_error ? io->streams.err : io->streams.out;
    char block[BLOCK_SIZE];
    size_t got = 0;

    while (HR_SUCCEEDED(stream_read(from, block, sizeof block, &got)) && got) {
        set_busy(pump, true);
        /* When nobody reads our output the process is still read, so that it can end. */
        (void)!session_output(io->session, pump->is_error, block, got, NULL);
        set_busy(pump, false);
    }
    pthread_mutex_lock(&io->lock);
    pump->done = true;
    condition_broadcast(&io->changed);
    pthread_mutex_unlock(&io->lock);
    return NULL;
}

static wcow_status start_pump(exec_io *io, bool is_error, wcow_error *err)
{
    exec_pump *pump = &io->pumps[is_error];

    *pump = (exec_pump){.io = io, .is_error = is_error, .done = true};
    if (!(is_error ? io->streams.err : io->streams.out))
        return WCOW_OK;
    pump->done = false;
    if (pthread_create(&pump->thread, NULL, pump_main, pump)) {
        pump->done = true;
        return error_set(err, WCOW_NO_MEMORY, "cannot start a thread");
    }
    pump->begun = true;
    return WCOW_OK;
}

wcow_status exec_io_init(exec_io *io, session *s, wcow_error *err)
{
    if (pthread_mutex_init(&io->lock, NULL) || !condition_init(&io->changed))
        return error_no_memory(err);
    io->begun = true;
    io->session = s;
    return WCOW_OK;
}

wcow_status exec_io_begin(exec_io *io, wcow_error *err)
{
    wcow_status status;

    pthread_mutex_lock(&io->lock);
    io->ready = true;
    io->input_open = io->streams.in != NULL;
    condition_broadcast(&io->changed);
    pthread_mutex_unlock(&io->lock);
    if (!io->process)
        return WCOW_OK;
    if (!io->session->options.input)
        pass_input_end(io);
    status = start_pump(io, false, err);
    return status ? status : start_pump(io, true, err);
}

static bool all_done(const exec_io *io)
{
    return (!io->pumps[0].begun || io->pumps[0].done) && (!io->pumps[1].begun || io->pumps[1].done);
}

/* Descendants may hold the pipes open; silence counts as the end then. Lock held. */
static void wait_for_silence(exec_io *io)
{
    io->last_output = ticks_now();
    while (!all_done(io)) {
        if (io->pumps[0].busy || io->pumps[1].busy) {
            condition_wait(&io->changed, &io->lock);
            continue;
        }
        if (!condition_wait_until(&io->changed, &io->lock, io->last_output + io->drain))
            return;
    }
}

void exec_io_drain(exec_io *io, bool abandon)
{
    if (!io->begun)
        return;
    if (!abandon) {
        pthread_mutex_lock(&io->lock);
        wait_for_silence(io);
        pthread_mutex_unlock(&io->lock);
    }
    for (unsigned i = 0; i < 2; i++) {
        stream *from = i ? io->streams.err : io->streams.out;

        if (!io->pumps[i].begun)
            continue;
        stream_cancel(from);
        pthread_join(io->pumps[i].thread, NULL);
        io->pumps[i].begun = false;
    }
    pthread_mutex_lock(&io->lock);
    if (io->streams.in)
        stream_cancel(io->streams.in); /* the session's input thread may be blocked in it */
    pthread_mutex_unlock(&io->lock);
}

void exec_io_close(exec_io *io)
{
    stream_free(io->streams.in);
    stream_free(io->streams.out);
    stream_free(io->streams.err);
    compute_process_close(io->process);
    if (io->begun) {
        pthread_mutex_destroy(&io->lock);
        condition_free(&io->changed);
    }
}
