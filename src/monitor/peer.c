/* SPDX-License-Identifier: MIT */
/* The monitor's side of a connection: a reader, a writer, and a queue between. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "monitor/monitor.h"

/* A client this far behind stops the container's output, as a slow pipe would. */
#define QUEUE_LIMIT ((size_t)256 * 1024)
/* How long a client that has nothing more to expect may keep its connection. */
#define GOODBYE_MILLISECONDS 10000u

typedef struct chunk {
    struct chunk *next;
    size_t length;
    uint8_t bytes[];
} chunk;

struct client {
    client *next;
    monitor *monitor;
    stream *stream;
    pthread_t reader, writer;
    chunk *first;
    chunk **last;
    size_t queued;
    client_wish wish;
    bool dead; /* nobody is at the other end any more */
    bool reader_done, writer_done;
};

client_wish *client_wishes(client *c)
{
    return &c->wish;
}

monitor *client_monitor(client *c)
{
    return c->monitor;
}

static void drop_queue(client *c)
{
    while (c->first) {
        chunk *gone = c->first;

        c->first = gone->next;
        free(gone);
    }
    c->last = &c->first;
    c->queued = 0;
}

/* Lock held. */
static void hang_up(client *c)
{
    if (c->dead)
        return;
    c->dead = true;
    drop_queue(c);
    stream_cancel(c->stream);
    condition_broadcast(&c->monitor->changed);
}

void client_send(client *c, frame_type type, const void *bytes, size_t length)
{
    chunk *piece;

    if (c->dead)
        return;
    piece = malloc(sizeof *piece + FRAME_HEADER_SIZE + length);
    if (!piece) {
        hang_up(c); /* better no answer than one with a hole in it */
        return;
    }
    piece->next = NULL;
    piece->length = FRAME_HEADER_SIZE + length;
    frame_header(piece->bytes, type, (uint32_t)length);
    if (length)
        memcpy(piece->bytes + FRAME_HEADER_SIZE, bytes, length);
    *c->last = piece;
    c->last = &piece->next;
    c->queued += piece->length;
    condition_broadcast(&c->monitor->changed);
}

void client_send_json(client *c, frame_type type, cJSON *json)
{
    cleanup_json cJSON *owned = json;
    cleanup_free char *printed = owned ? json_print(owned) : NULL;

    if (printed)
        client_send(c, type, printed, strlen(printed));
    else
        hang_up(c);
}

void client_send_error(client *c, const wcow_error *error)
{
    client_send_json(c, FRAME_ERROR, error_to_json(error));
}

static void *writer_main(void *context)
{
    client *c = context;
    monitor *m = c->monitor;

    pthread_mutex_lock(&m->lock);
    while (!c->dead) {
        chunk *piece = c->first;
        int32_t hr;

        if (!piece) {
            condition_wait(&m->changed, &m->lock);
            continue;
        }
        c->first = piece->next;
        if (!c->first)
            c->last = &c->first;
        pthread_mutex_unlock(&m->lock);
        hr = stream_write(c->stream, piece->bytes, piece->length);
        pthread_mutex_lock(&m->lock);
        if (!c->dead)
            c->queued -= piece->length;
        free(piece);
        if (HR_FAILED(hr))
            hang_up(c);
        condition_broadcast(&m->changed);
    }
    c->writer_done = true;
    condition_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
    return NULL;
}

static void *reader_main(void *context)
{
    client *c = context;
    monitor *m = c->monitor;
    bool go_on = true;

    while (go_on) {
        cleanup_frame frame received = FRAME_INIT;

        go_on = !frame_read(c->stream, FRAME_FOREVER, &received, NULL) &&
                received.type != FRAME_END && request_handle(c, &received);
    }
    request_hang_up(c);
    pthread_mutex_lock(&m->lock);
    hang_up(c);
    c->reader_done = true;
    condition_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
    return NULL;
}

static void client_free(client *c)
{
    drop_queue(c);
    stream_free(c->stream);
    free(c);
}

wcow_status client_new(monitor *m, stream *s, wcow_error *err)
{
    client *c = calloc(1, sizeof *c);

    if (!c) {
        stream_free(s);
        return error_no_memory(err);
    }
    c->monitor = m;
    c->stream = s;
    c->last = &c->first;
    if (pthread_create(&c->writer, NULL, writer_main, c)) {
        client_free(c);
        return error_set(err, WCOW_NO_MEMORY, "cannot start a thread");
    }
    pthread_mutex_lock(&m->lock);
    if (pthread_create(&c->reader, NULL, reader_main, c)) {
        hang_up(c);
        pthread_mutex_unlock(&m->lock);
        pthread_join(c->writer, NULL);
        client_free(c);
        return error_set(err, WCOW_NO_MEMORY, "cannot start a thread");
    }
    c->next = m->clients;
    m->clients = c;
    pthread_mutex_unlock(&m->lock);
    return WCOW_OK;
}

static bool wants(const client *c, bool is_error)
{
    return !c->dead && (is_error ? c->wish.error_output : c->wish.output);
}

static bool somebody_is_behind(const monitor *m, bool is_error)
{
    for (const client *c = m->clients; c; c = c->next) {
        if (wants(c, is_error) && c->queued > QUEUE_LIMIT)
            return true;
    }
    return false;
}

void clients_output(monitor *m, bool is_error, const void *bytes, size_t length)
{
    const frame_type type = is_error ? FRAME_ERROR_OUTPUT : FRAME_OUTPUT;

    pthread_mutex_lock(&m->lock);
    for (client *c = m->clients; c; c = c->next) {
        if (wants(c, is_error))
            client_send(c, type, bytes, length);
    }
    while (!m->unlimited && somebody_is_behind(m, is_error))
        condition_wait(&m->changed, &m->lock);
    m->last_output = ticks_now();
    condition_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
}

void clients_started(monitor *m, uint32_t pid)
{
    for (client *c = m->clients; c; c = c->next) {
        cJSON *json;

        if (!c->wish.start)
            continue;
        c->wish.start = false;
        json = cJSON_CreateObject();
        if (json && !json_add_integer(json, "pid", pid)) {
            cJSON_Delete(json);
            json = NULL;
        }
        client_send_json(c, FRAME_STARTED, json);
    }
}

static void tell_end(client *c)
{
    const monitor *m = c->monitor;
    const run_result *how = &m->result;

    if (m->failed && c->wish.start) {
        client_send_error(c, &m->result.problem);
    } else if (c->wish.done) {
        client_send(c, FRAME_DONE, NULL, 0);
    } else if (c->wish.end) {
        client_send_json(c, FRAME_EXIT,
                         exit_to_json(how->unknown ? NULL : &how->exit_code, &how->problem));
    }
    c->wish = (client_wish){.output = c->wish.output, .error_output = c->wish.error_output};
}

void clients_ended(monitor *m)
{
    for (client *c = m->clients; c; c = c->next)
        tell_end(c);
}

/* Takes one that is over off the list; NULL if there is none. Lock held. */
static client *take_finished(monitor *m)
{
    for (client **where = &m->clients; *where; where = &(*where)->next) {
        client *c = *where;

        if (c->reader_done && c->writer_done) {
            *where = c->next;
            return c;
        }
    }
    return NULL;
}

void clients_reap(monitor *m)
{
    client *c;

    do {
        pthread_mutex_lock(&m->lock);
        c = take_finished(m);
        pthread_mutex_unlock(&m->lock);
        if (c) {
            pthread_join(c->reader, NULL);
            pthread_join(c->writer, NULL);
            client_free(c);
        }
    } while (c);
}

/*
 * Whoever still reads output may take the time it needs: `run … | less` must not lose a line.
 * Others got their answer and hang up soon, or are hung up on.
 */
static bool somebody_reads(const monitor *m)
{
    for (const client *c = m->clients; c; c = c->next) {
        if (!c->dead && (c->wish.output || c->wish.error_output))
            return true;
    }
    return false;
}

void clients_finish(monitor *m)
{
    pthread_mutex_lock(&m->lock);
    while (somebody_reads(m))
        monitor_wait(m, TICKS_NEVER);

    const uint64_t deadline = ticks_now() + GOODBYE_MILLISECONDS;

    for (;;) {
        bool alive = false;

        for (const client *c = m->clients; c; c = c->next)
            alive = alive || !c->reader_done || !c->writer_done;
        if (!alive)
            break;
        if (!monitor_wait(m, deadline)) {
            for (client *c = m->clients; c; c = c->next)
                hang_up(c);
            monitor_wait(m, TICKS_NEVER);
        }
    }
    pthread_mutex_unlock(&m->lock);
    clients_reap(m);
}
