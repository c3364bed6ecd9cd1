/* SPDX-License-Identifier: MIT */
/*
 * Streams over descriptors: sockets, pipes, terminals, files.
 *
 * A descriptor that is ours is made non-blocking. A standard stream shares its open file with other
 * processes (the shell), so it is left as it is: after poll() said "writable" a pipe takes PIPE_BUF
 * bytes without blocking, so that is how much is written at a time.
 */
#include "port/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "cancel.h"
#include "codes.h"

struct stream {
    int descriptor;
    int cancel;
    bool owned;
    atomic_bool cancelled, hurried;
};

/* A write into a pipe that nobody reads is to fail, not to end the process. */
static void ignore_broken_pipes(void)
{
    struct sigaction now;

    if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
        signal(SIGPIPE, SIG_IGN);
}

static int32_t stream_new(int descriptor, bool owned, stream **out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    stream *s = calloc(1, sizeof(*s));

    pthread_once(&once, ignore_broken_pipes);
    if (!s)
        return HR_OUT_OF_MEMORY;
    s->descriptor = descriptor;
    s->owned = owned;
    s->cancel = cancel_new();
    if (s->cancel < 0) {
        int32_t hr = hresult_last();

        free(s);
        return hr;
    }
    *out = s;
    return HR_OK;
}

int32_t stream_from_native(intptr_t native, stream **out)
{
    int descriptor = (int)native;
    int flags = fcntl(descriptor, F_GETFL);
    int32_t hr;

    if (flags < 0)
        return hresult_last();
    hr = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) ? hresult_last() : HR_OK;
    if (HR_SUCCEEDED(hr))
        hr = stream_new(descriptor, true, out);
    if (HR_FAILED(hr))
        close(descriptor);
    return hr;
}

int32_t stream_standard(int which, stream **out)
{
    if (which < STANDARD_INPUT || which > STANDARD_ERROR)
        return HR_INVALID_PARAMETER;
    if (fcntl(which, F_GETFD) < 0)
        return hresult_last();
    return stream_new(which, false, out);
}

static bool is_end(int code)
{
    return code == EPIPE || code == ECONNRESET || code == EIO;
}

int32_t stream_read_timeout(stream *s, void *buffer, size_t size, uint32_t milliseconds,
                            size_t *got)
{
    for (;;) {
        int32_t hr = cancel_wait(s->cancel, s->descriptor, POLLIN, milliseconds);
        const bool hurried =
            hr == HR_OPERATION_ABORTED && atomic_load(&s->hurried) && !atomic_load(&s->cancelled);
        ssize_t count;

        if (HR_FAILED(hr) && !hurried)
            return hr;
        count = read(s->descriptor, buffer, size);
        if (count < 0 && errno == EAGAIN && hurried)
            return HR_WAIT_TIMEOUT;
        if (count < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        /* A terminal that was hung up says EIO. */
        if (count < 0 && !is_end(errno))
            return hresult_last();
        *got = count < 0 ? 0 : (size_t)count;
        return HR_OK;
    }
}

int32_t stream_read(stream *s, void *buffer, size_t size, size_t *got)
{
    return stream_read_timeout(s, buffer, size, WAIT_FOREVER, got);
}

int32_t stream_write(stream *s, const void *bytes, size_t size)
{
    size_t unused;

    return stream_write_counted(s, bytes, size, &unused);
}

int32_t stream_write_counted(stream *s, const void *bytes, size_t size, size_t *done)
{
    const char *next = bytes;

    *done = 0;
    while (size > 0) {
        int32_t hr = cancel_wait(s->cancel, s->descriptor, POLLOUT, WAIT_FOREVER);
        size_t piece = !s->owned && size > PIPE_BUF ? PIPE_BUF : size;
        ssize_t count;

        if (HR_FAILED(hr))
            return hr;
        count = write(s->descriptor, next, piece);
        if (count < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (count < 0)
            return is_end(errno) ? HR_BROKEN_PIPE : hresult_last();
        next += count;
        *done += (size_t)count;
        size -= (size_t)count;
    }
    return HR_OK;
}

void stream_hurry(stream *s)
{
    atomic_store(&s->hurried, true);
    cancel_raise(s->cancel);
}

bool stream_is_over(stream *s)
{
    char byte;
    const ssize_t count = recv(s->descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    return count == 0 || (count < 0 && is_end(errno));
}

void stream_cancel(stream *s)
{
    atomic_store(&s->cancelled, true);
    cancel_raise(s->cancel);
}

void stream_free(stream *s)
{
    if (!s)
        return;
    if (s->owned)
        close(s->descriptor);
    close(s->cancel);
    free(s);
}

/* ---- several ---- */

struct stream_readers {
    size_t count, block_size;
    size_t first; /* who is looked at first */
    stream *items[STREAM_READERS_MOST];
    bool ended[STREAM_READERS_MOST];
    char block[];
};

int32_t stream_readers_new(stream *const *streams, size_t count, size_t block_size,
                           stream_readers **out)
{
    stream_readers *r = count <= STREAM_READERS_MOST ? calloc(1, sizeof(*r) + block_size) : NULL;

    if (!r)
        return HR_OUT_OF_MEMORY;
    r->count = count;
    r->block_size = block_size;
    for (size_t i = 0; i < count; i++)
        r->items[i] = streams[i];
    *out = r;
    return HR_OK;
}

/* Which of them has something, was cancelled or has ended; -1: poll() failed. */
static int wait_for_one(const stream_readers *r)
{
    struct pollfd polled[2 * STREAM_READERS_MOST];
    int ready;

    for (size_t i = 0; i < r->count; i++) {
        /* poll() passes negative descriptors over */
        polled[2 * i] = (struct pollfd){r->ended[i] ? -1 : r->items[i]->descriptor, POLLIN, 0};
        polled[2 * i + 1] = (struct pollfd){r->ended[i] ? -1 : r->items[i]->cancel, POLLIN, 0};
    }
    do {
        ready = poll(polled, 2 * r->count, -1);
    } while (ready < 0 && errno == EINTR);
    for (size_t n = 0; ready > 0 && n < r->count; n++) {
        const size_t i = (r->first + n) % r->count;

        if (polled[2 * i].revents || polled[2 * i + 1].revents)
            return (int)i;
    }
    return -1;
}

int32_t stream_readers_next(stream_readers *r, size_t *which, const void **bytes, size_t *got)
{
    const int ready = wait_for_one(r);

    if (ready < 0)
        return hresult_last();
    *which = (size_t)ready;
    *bytes = r->block;
    *got = 0;
    if (HR_FAILED(stream_read(r->items[ready], r->block, r->block_size, got)))
        *got = 0;
    r->ended[ready] = *got == 0;
    r->first = (*which + 1) % r->count;
    return HR_OK;
}

void stream_readers_free(stream_readers *r)
{
    free(r);
}
