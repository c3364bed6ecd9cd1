/* SPDX-License-Identifier: MIT */
/* A process and a client, for tests of what is between them. */
#include "bench.h"

#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/thread.h"
#include "port/machine.h"
#include "tests/unit/status.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned inputs_closed;
static bool hanging;
static unsigned threads_left;

/* The linker hands the code under test these. */
wcow_status __wrap_compute_process_close_input(compute_process *process, wcow_error *err);
bool __real_thread_start_detached(void *(*run)(void *), void *context);
bool __wrap_thread_start_detached(void *(*run)(void *), void *context);

wcow_status __wrap_compute_process_close_input(compute_process *process, wcow_error *err)
{
    (void)process;
    (void)err;
    pthread_mutex_lock(&lock);
    inputs_closed++;
    while (hanging)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    return WCOW_OK;
}

bool __wrap_thread_start_detached(void *(*run)(void *), void *context)
{
    bool allowed;

    pthread_mutex_lock(&lock);
    allowed = threads_left > 0;
    threads_left -= allowed;
    pthread_mutex_unlock(&lock);
    return allowed && __real_thread_start_detached(run, context);
}

void bench_allow_threads(unsigned count)
{
    pthread_mutex_lock(&lock);
    threads_left = count;
    pthread_mutex_unlock(&lock);
}

unsigned bench_inputs_closed(void)
{
    unsigned count;

    pthread_mutex_lock(&lock);
    count = inputs_closed;
    pthread_mutex_unlock(&lock);
    return count;
}

void bench_hang(void)
{
    pthread_mutex_lock(&lock);
    hanging = true;
    pthread_mutex_unlock(&lock);
}

void bench_release(void)
{
    pthread_mutex_lock(&lock);
    hanging = false;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

void bench_open(stdio_bench *b)
{
    static const char *const ends[] = {"stdin", "stdout", "stderr"};
    static unsigned counter;

    *b = (stdio_bench){.limits = STDIO_LIMITS_INIT, .in = -1, .out = -1, .err = -1};
    b->error = (wcow_error)WCOW_ERROR_INIT;
    for (size_t i = 0; i < 3; i++)
        snprintf(b->addresses[i], sizeof(b->addresses[i]), "\\\\.\\pipe\\ctr-test-%u-%u-%s",
                 machine_process_id(), counter, ends[i]);
    counter++;
    snprintf(b->container, sizeof(b->container), "web%u", machine_process_id());
    b->names = (stdio_names){.space = "default",
                             .container = b->container,
                             .input = b->addresses[0],
                             .output = b->addresses[1],
                             .error_output = b->addresses[2]};
    assert_int_equal(files_port_open(&b->files), HR_OK);
    pthread_mutex_lock(&lock);
    inputs_closed = 0;
    pthread_mutex_unlock(&lock);
    bench_allow_threads(1000000);
}

void bench_listen(stdio_bench *b)
{
    for (size_t i = 0; i < 3; i++)
        b->client[i] = far_end_new(b->addresses[i], i == 0 ? FAR_WRITER : FAR_READER);
}

static stream *of_descriptor(int descriptor)
{
    stream *s = NULL;

    assert_int_equal(stream_from_native(descriptor, &s), HR_OK);
    return s;
}

static void start_process(stdio_bench *b, stdio *s)
{
    const streams_sink sink = stdio_sink(s);
    hcs_process_io io = {1, NULL, NULL, NULL};
    int ends[2];

    if (stdio_has_input(s)) {
        assert_int_equal(pipe(ends), 0);
        b->in = ends[0];
        io.in = of_descriptor(ends[1]);
    }
    if (stdio_has_output(s)) {
        assert_int_equal(pipe(ends), 0);
        b->out = ends[1];
        io.out = of_descriptor(ends[0]);
    }
    if (stdio_has_error_output(s)) {
        assert_int_equal(pipe(ends), 0);
        b->err = ends[1];
        io.err = of_descriptor(ends[0]);
    }
    b->streams = streams_new();
    assert_non_null(b->streams);
    streams_attach(b->streams, NULL, &io);
    assert_ok(&b->error, streams_begin(b->streams, &sink, &b->error));
}

stdio *bench_begin(stdio_bench *b)
{
    stdio *s = NULL;

    assert_ok(&b->error, stdio_open(b->files, &b->names, &b->limits, &s, &b->error));
    start_process(b, s);
    assert_ok(&b->error, stdio_begin_input(s, b->streams, &b->error));
    return s;
}

static void hang_up(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

void bench_end(stdio_bench *b)
{
    hang_up(&b->in);
    hang_up(&b->out);
    hang_up(&b->err);
}

void bench_tear_down(stdio_bench *b, stdio *s, uint32_t last_words)
{
    stdio_last_words(s, last_words);
    ignore(streams_drain(b->streams, 1000, TICKS_NEVER));
    assert_true(stdio_finish(s, 100));
    streams_finish(b->streams);
    stdio_free(s);
    streams_free(TAKE(b->streams));
}

void bench_close(stdio_bench *b)
{
    bench_end(b);
    if (b->streams) /* after a failure */
        streams_finish(b->streams);
    streams_free(b->streams);
    for (size_t i = 0; i < 3; i++)
        far_end_free(b->client[i]);
    b->files->free(b->files);
}

static int remove_one(const char *path, const struct stat *what, int kind, struct FTW *where)
{
    (void)what;
    (void)kind;
    (void)where;
    return remove(path);
}

void bench_remove_folder(const char *path)
{
    assert_int_equal(nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

void bench_print(stdio_bench *b, bool is_error, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t written = write(is_error ? b->err : b->out, bytes, size);

        if (written < 0 && errno == EINTR)
            continue;
        assert_true(written > 0);
        bytes += written;
        size -= (size_t)written;
    }
}

size_t bench_read(stdio_bench *b, char *bytes, size_t size)
{
    size_t all = 0;

    while (all < size) {
        struct pollfd waited = {.fd = b->in, .events = POLLIN};
        ssize_t got;

        assert_int_equal(poll(&waited, 1, (int)PATIENCE), 1);
        got = read(b->in, bytes + all, size - all);
        assert_true(got >= 0);
        if (got == 0)
            break;
        all += (size_t)got;
    }
    return all;
}
