/* SPDX-License-Identifier: MIT */
/* The client's end of a standard stream. */
#include "far_end.h"

#include <stdlib.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/text.h"
#include "port/clock.h"
#include "port/pipe.h"

struct far_end {
    char *address;
    far_end_kind kind;
    pipe_server *server;
    pthread_t thread;
    bool present;
    pthread_mutex_t lock; /* guards the following */
    condition changed;
    stream *connection;
    text heard;
    size_t begin;
    unsigned connections;
    bool ended, leaving;
};

static stream *take_connection(far_end *e)
{
    stream *taken = NULL;

    if (HR_FAILED(pipe_accept(e->server, &taken)))
        return NULL;
    pthread_mutex_lock(&e->lock);
    e->connection = taken;
    e->connections++;
    e->begin = e->heard.length;
    e->ended = false;
    if (e->leaving)
        stream_cancel(taken);
    condition_broadcast(&e->changed);
    pthread_mutex_unlock(&e->lock);
    return taken;
}

static void drop_connection(far_end *e)
{
    stream *dropped;

    pthread_mutex_lock(&e->lock);
    dropped = TAKE(e->connection);
    pthread_mutex_unlock(&e->lock);
    stream_free(dropped);
}

static void listen_to(far_end *e, stream *connection)
{
    for (;;) {
        char block[4096];
        size_t got = 0;
        const int32_t hr = stream_read(connection, block, sizeof(block), &got);

        pthread_mutex_lock(&e->lock);
        if (HR_SUCCEEDED(hr) && got)
            text_add_bytes(&e->heard, block, got);
        else if (HR_SUCCEEDED(hr))
            e->ended = true;
        condition_broadcast(&e->changed);
        pthread_mutex_unlock(&e->lock);
        if (HR_FAILED(hr) || !got)
            return;
    }
}

static void *far_main(void *context)
{
    far_end *e = context;
    stream *connection = take_connection(e);

    while (connection && e->kind == FAR_FICKLE) {
        drop_connection(e);
        connection = take_connection(e);
    }
    if (connection && e->kind == FAR_READER)
        listen_to(e, connection);
    return NULL;
}

void far_end_return(far_end *e)
{
    /* A name may be in use for a moment after its server went. */
    for (int i = 0; i < 200 && HR_FAILED(pipe_listen_address(e->address, &e->server)); i++)
        clock_sleep(5);
    if (!e->server)
        abort();
    e->leaving = false;
    if (pthread_create(&e->thread, NULL, far_main, e))
        abort();
    e->present = true;
}

far_end *far_end_new(const char *address, far_end_kind kind)
{
    far_end *e = calloc(1, sizeof(*e));

    if (!e || pthread_mutex_init(&e->lock, NULL) || !condition_init(&e->changed))
        abort();
    e->address = text_copy(address);
    e->kind = kind;
    e->heard = (text)TEXT_INIT;
    text_add(&e->heard, "");
    far_end_return(e);
    return e;
}

void far_end_leave(far_end *e)
{
    if (!e->present)
        return;
    pthread_mutex_lock(&e->lock);
    e->leaving = true;
    if (e->connection)
        stream_cancel(e->connection);
    pthread_mutex_unlock(&e->lock);
    pipe_server_cancel(e->server);
    pthread_join(e->thread, NULL);
    drop_connection(e);
    pipe_server_free(TAKE(e->server));
    e->present = false;
}

void far_end_free(far_end *e)
{
    if (!e)
        return;
    far_end_leave(e);
    text_free(&e->heard);
    condition_free(&e->changed);
    pthread_mutex_destroy(&e->lock);
    free(e->address);
    free(e);
}

bool far_end_heard(far_end *e, size_t size, uint32_t milliseconds)
{
    const uint64_t deadline = ticks_after(milliseconds);
    bool heard;

    pthread_mutex_lock(&e->lock);
    while (e->heard.length < size && condition_wait_until(&e->changed, &e->lock, deadline))
        continue;
    heard = e->heard.length >= size;
    pthread_mutex_unlock(&e->lock);
    return heard;
}

bool far_end_ended(far_end *e, uint32_t milliseconds)
{
    const uint64_t deadline = ticks_after(milliseconds);
    bool ended;

    pthread_mutex_lock(&e->lock);
    while (!e->ended && condition_wait_until(&e->changed, &e->lock, deadline))
        continue;
    ended = e->ended;
    pthread_mutex_unlock(&e->lock);
    return ended;
}

const char *far_end_bytes(const far_end *e, size_t *size)
{
    *size = e->heard.length;
    return text_get(&e->heard);
}

size_t far_end_begin(const far_end *e)
{
    return e->begin;
}

unsigned far_end_connections(far_end *e)
{
    unsigned connections;

    pthread_mutex_lock(&e->lock);
    connections = e->connections;
    pthread_mutex_unlock(&e->lock);
    return connections;
}

bool far_end_say(far_end *e, const void *bytes, size_t size)
{
    stream *connection;

    pthread_mutex_lock(&e->lock);
    while (!e->connection)
        condition_wait(&e->changed, &e->lock);
    connection = e->connection;
    pthread_mutex_unlock(&e->lock);
    return HR_SUCCEEDED(stream_write(connection, bytes, size));
}

void far_end_hang_up(far_end *e)
{
    pthread_mutex_lock(&e->lock);
    while (!e->connection)
        condition_wait(&e->changed, &e->lock);
    pthread_mutex_unlock(&e->lock);
    drop_connection(e);
}
