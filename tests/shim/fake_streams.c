/* SPDX-License-Identifier: MIT */
#include "tests/shim/fake_streams.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/thread.h"
#include "port/pipe.h"

typedef struct listener {
    char *name;
    pipe_server *server;
} listener;

static void *read_stream(void *context)
{
    listener *l = context;
    stream *s = NULL;
    char buffer[4096];
    size_t got = 0;

    while (HR_SUCCEEDED(pipe_accept(l->server, &s))) {
        while (HR_SUCCEEDED(stream_read(s, buffer, sizeof(buffer), &got)) && got > 0)
            say("out %s %.*s", l->name, (int)got, buffer);
        say("end %s", l->name);
        stream_free(s);
    }
    return NULL;
}

void listen_for(char **words)
{
    listener *l = calloc(1, sizeof(*l));
    int32_t hr = l ? pipe_listen_address(words[1], &l->server) : HR_OUT_OF_MEMORY;

    if (HR_SUCCEEDED(hr))
        l->name = text_copy(words[2]);
    if (HR_FAILED(hr))
        say("failed %08x", (unsigned)hr);
    else if (!thread_start_detached(read_stream, l))
        say("failed thread");
    else
        say("ok");
}

typedef struct feeder {
    char *name;
    pipe_server *server;
    size_t size;
} feeder;

static void *feed_stream(void *context)
{
    const feeder *f = context;
    char buffer[4096];
    size_t left = f->size;
    stream *s = NULL;

    memset(buffer, 'x', sizeof(buffer));
    if (HR_FAILED(pipe_accept(f->server, &s)))
        return NULL;
    while (left > 0) {
        const size_t part = left < sizeof(buffer) ? left : sizeof(buffer);

        if (HR_FAILED(stream_write(s, buffer, part)))
            break;
        left -= part;
    }
    say("fed %s %zu", f->name, f->size - left); /* and does not hang up */
    return NULL;
}

void feed(char **words)
{
    feeder *f = calloc(1, sizeof(*f));
    int32_t hr = f ? pipe_listen_address(words[1], &f->server) : HR_OUT_OF_MEMORY;

    if (HR_SUCCEEDED(hr)) {
        f->name = text_copy(words[2]);
        f->size = strtoul(words[3], NULL, 10);
    }
    if (HR_FAILED(hr))
        say("failed %08x", (unsigned)hr);
    else
        say(thread_start_detached(feed_stream, f) ? "ok" : "failed thread");
}

typedef struct log_reader {
    char *address, *id;
} log_reader;

static void *read_log(void *context)
{
    const log_reader *l = context;
    stream *s = NULL;
    char buffer[1024];
    size_t got = 0;
    const int32_t hr = pipe_connect_address(l->address, 5000, NULL, &s);

    if (HR_FAILED(hr)) {
        say("log %s failed %08x", l->id, (unsigned)hr);
        return NULL;
    }
    say("log %s there", l->id);
    while (HR_SUCCEEDED(stream_read(s, buffer, sizeof(buffer), &got)) && got > 0)
        say("log %s %.*s", l->id, (int)got, buffer);
    say("log %s end", l->id);
    stream_free(s);
    return NULL;
}

void follow_log(char **words)
{
    log_reader *l = calloc(1, sizeof(*l));

    if (l) {
        l->id = text_copy(words[2]);
        l->address = text_format("\\\\.\\pipe\\containerd-shim-%s-%s-log", words[1], words[2]);
    }
    say(l && l->id && l->address && thread_start_detached(read_log, l) ? "ok" : "failed");
}
