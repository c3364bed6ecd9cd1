/* SPDX-License-Identifier: MIT */
/* The monitor's side of a connection: a reader, a writer, and a queue between. */
#include "monitor/peer.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "monitor/request.h"

/* A client this far behind stops the container's output, as a slow pipe would. */
#define QUEUE_LIMIT ((size_t)256 * 1024)
/* How long a peer that has nothing more to expect may keep its connection. */
#define GOODBYE_MILLISECONDS 10000u

typedef struct chunk {
    struct chunk *next;
    size_t length;
    uint8_t bytes[];
} chunk;

struct peer {
    peer *next;
    monitor *monitor;
    stream *stream;
    pthread_t reader, writer;
    chunk *first;
    chunk **last;
    size_t queued;
    peer_wish wish;
    bool dead; /* nobody is at the other end any more */
    bool reader_done, writer_done;
};

peer_wish *peer_wishes(peer *p)
{
    return &p->wish;
}

monitor *peer_monitor(peer *p)
{
    return p->monitor;
}

bool peer_is_gone(const peer *p)
{
    return p->dead || stream_is_over(p->stream);
}

static void drop_queue(peer *p)
{
    while (p->first) {
        chunk *gone = p->first;

        p->first = gone->next;
        free(gone);
    }
    p->last = &p->first;
    p->queued = 0;
}

/* Lock held. */
static void hang_up(peer *p)
{
    if (p->dead)
        return;
    p->dead = true;
    drop_queue(p);
    stream_cancel(p->stream);
    monitor_changed(p->monitor);
}

void peer_send(peer *p, frame_type type, const void *bytes, size_t length)
{
    chunk *piece;

    if (p->dead)
        return;
    piece = malloc(sizeof *piece + FRAME_HEADER_SIZE + length);
    if (!piece) {
        hang_up(p); /* better no answer than one with a hole in it */
        return;
    }
    piece->next = NULL;
    piece->length = FRAME_HEADER_SIZE + length;
    frame_header(piece->bytes, type, (uint32_t)length);
    if (length)
        memcpy(piece->bytes + FRAME_HEADER_SIZE, bytes, length);
    *p->last = piece;
    p->last = &piece->next;
    p->queued += piece->length;
    monitor_changed(p->monitor);
}

void peer_send_json(peer *p, frame_type type, cJSON *json)
{
    cleanup_json cJSON *owned = json;
    cleanup_free char *printed = owned ? json_print(owned) : NULL;

    if (printed)
        peer_send(p, type, printed, strlen(printed));
    else
        hang_up(p);
}

void peer_send_error(peer *p, const wcow_error *error)
{
    peer_send_json(p, FRAME_ERROR, error_to_json(error));
}

/*
 * Lock held. Nobody uses its connection any more: it is closed, for the other end may wait for
 * that, and peers are taken off the list only when the next one comes. But not while the container
 * ends: whoever is hung up on looks at its state, and is to find it at rest.
 */
static void close_if_over(peer *p)
{
    if (p->reader_done && p->writer_done && p->monitor->run.guard->stage != STAGE_ENDING) {
        stream_free(p->stream);
        p->stream = NULL;
    }
}

/* Lock held. */
static void thread_ends(peer *p, bool *done)
{
    *done = true;
    close_if_over(p);
    monitor_changed(p->monitor);
}

static void *writer_main(void *context)
{
    peer *p = context;
    monitor *m = p->monitor;

    monitor_lock(m);
    while (!p->dead) {
        chunk *piece = p->first;
        int32_t hr;

        if (!piece) {
            monitor_wait(m, TICKS_NEVER);
            continue;
        }
        p->first = piece->next;
        if (!p->first)
            p->last = &p->first;
        monitor_unlock(m);
        hr = stream_write(p->stream, piece->bytes, piece->length);
        monitor_lock(m);
        if (!p->dead)
            p->queued -= piece->length;
        free(piece);
        if (HR_FAILED(hr))
            hang_up(p);
        monitor_changed(m);
    }
    thread_ends(p, &p->writer_done);
    monitor_unlock(m);
    return NULL;
}

static void *reader_main(void *context)
{
    peer *p = context;
    monitor *m = p->monitor;
    bool go_on = true;

    while (go_on) {
        cleanup_frame frame received = FRAME_INIT;

        go_on = !frame_read(p->stream, FRAME_FOREVER, &received, NULL) &&
                received.type != FRAME_END && request_handle(p, &received);
    }
    request_hang_up(p);
    monitor_lock(m);
    hang_up(p);
    thread_ends(p, &p->reader_done);
    monitor_unlock(m);
    return NULL;
}

static void peer_free(peer *p)
{
    drop_queue(p);
    stream_free(p->stream);
    free(p);
}

wcow_status peer_new(monitor *m, stream *s, wcow_error *err)
{
    peer *p = calloc(1, sizeof *p);

    if (!p) {
        stream_free(s);
        return error_no_memory(err);
    }
    p->monitor = m;
    p->stream = s;
    p->last = &p->first;
    if (pthread_create(&p->writer, NULL, writer_main, p)) {
        peer_free(p);
        return error_set(err, WCOW_NO_MEMORY, "cannot start a thread");
    }
    monitor_lock(m);
    if (pthread_create(&p->reader, NULL, reader_main, p)) {
        hang_up(p);
        monitor_unlock(m);
        pthread_join(p->writer, NULL);
        peer_free(p);
        return error_set(err, WCOW_NO_MEMORY, "cannot start a thread");
    }
    p->next = m->peers;
    m->peers = p;
    monitor_unlock(m);
    return WCOW_OK;
}

static bool wants(const peer *p, bool is_error)
{
    return !p->dead && !p->wish.told && (is_error ? p->wish.error_output : p->wish.output);
}

static bool somebody_is_behind(const monitor *m, bool is_error)
{
    for (const peer *p = m->peers; p; p = p->next) {
        if (wants(p, is_error) && p->queued > QUEUE_LIMIT)
            return true;
    }
    return false;
}

void peers_output(monitor *m, bool is_error, const void *bytes, size_t length)
{
    const frame_type type = is_error ? FRAME_ERROR_OUTPUT : FRAME_OUTPUT;

    monitor_lock(m);
    for (peer *p = m->peers; p; p = p->next) {
        if (wants(p, is_error))
            peer_send(p, type, bytes, length);
    }
    while (!m->unlimited && somebody_is_behind(m, is_error))
        monitor_wait(m, TICKS_NEVER);
    monitor_unlock(m);
}

void peer_send_started(peer *p, uint32_t pid)
{
    cJSON *json = cJSON_CreateObject();

    if (json && !json_add_integer(json, "pid", pid)) {
        cJSON_Delete(json);
        json = NULL;
    }
    peer_send_json(p, FRAME_STARTED, json);
}

void peer_send_step(peer *p, const char *what, uint64_t when)
{
    peer_send_json(p, FRAME_STEP, step_to_json(what, when));
}

void peers_step(monitor *m, const char *what, uint64_t when)
{
    for (peer *p = m->peers; p; p = p->next) {
        if (p->wish.steps)
            peer_send_step(p, what, when);
    }
}

void peers_started(monitor *m, uint32_t pid)
{
    for (peer *p = m->peers; p; p = p->next) {
        if (!p->wish.start)
            continue;
        p->wish.start = false;
        peer_send_started(p, pid);
    }
}

static void tell_end(peer *p)
{
    const monitor *m = p->monitor;
    const run_result *how = &m->result;

    if (m->failed && p->wish.start) {
        peer_send_error(p, &m->result.problem);
    } else if (p->wish.done) {
        peer_send(p, FRAME_DONE, NULL, 0);
    } else if (p->wish.end) {
        peer_send_json(p, FRAME_EXIT,
                       exit_to_json(how->unknown ? NULL : &how->exit_code, &how->problem));
    }
    p->wish = (peer_wish){.output = p->wish.output,
                          .error_output = p->wish.error_output,
                          .told = p->wish.output || p->wish.error_output};
}

void peers_ended(monitor *m)
{
    for (peer *p = m->peers; p; p = p->next) {
        tell_end(p);
        close_if_over(p); /* another may read its output for as long as it likes */
    }
}

/* Takes one that is over off the list; NULL if there is none. Lock held. */
static peer *take_finished(monitor *m)
{
    for (peer **where = &m->peers; *where; where = &(*where)->next) {
        peer *p = *where;

        if (p->reader_done && p->writer_done) {
            *where = p->next;
            return p;
        }
    }
    return NULL;
}

void peers_reap(monitor *m)
{
    peer *p;

    do {
        monitor_lock(m);
        p = take_finished(m);
        monitor_unlock(m);
        if (p) {
            pthread_join(p->reader, NULL);
            pthread_join(p->writer, NULL);
            peer_free(p);
        }
    } while (p);
}

/*
 * Whoever still reads output may take the time it needs: `run … | less` must not lose a line.
 * Others got their answer and hang up soon, or are hung up on.
 */
static bool somebody_reads(const monitor *m)
{
    for (const peer *p = m->peers; p; p = p->next) {
        if (!p->dead && (p->wish.output || p->wish.error_output))
            return true;
    }
    return false;
}

/* Whether a thread of one still runs, of those at least who have a connection. Lock held. */
static bool somebody_is_there(const monitor *m, bool connected)
{
    for (const peer *p = m->peers; p; p = p->next) {
        if ((!p->reader_done || !p->writer_done) && !(connected && p->dead))
            return true;
    }
    return false;
}

/* Lock held. */
static void wait_until_gone(monitor *m, bool connected, uint32_t milliseconds)
{
    const uint64_t deadline = ticks_after(milliseconds);

    while (somebody_is_there(m, connected) && monitor_wait(m, deadline))
        continue;
}

bool peers_finish(monitor *m)
{
    bool over;

    monitor_lock(m);
    while (somebody_reads(m))
        monitor_wait(m, TICKS_NEVER);
    wait_until_gone(m, true, GOODBYE_MILLISECONDS);
    for (peer *p = m->peers; p; p = p->next)
        hang_up(p);
    /* Each ends at once now, unless its request stands in a call to the service. */
    wait_until_gone(m, false, m->host->limits.terminate);
    over = !somebody_is_there(m, false);
    monitor_unlock(m);
    peers_reap(m);
    return over;
}
