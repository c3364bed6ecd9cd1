/* SPDX-License-Identifier: MIT */
#include "shim/host/event_queue.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/part_time.h"
#include "base/text.h"
#include "port/clock.h"
#include "port/pipe.h"
#include "shim/host/event_message.h"
#include "shim/ttrpc/client.h"
#include "shim/wire/event.pb.h"

typedef struct waiting_event {
    struct waiting_event *next;
    bool final;
    char *message; /* encoded */
    size_t size;
} waiting_event;

struct event_queue {
    char *address, *space;
    shim_log *log;
    ttrpc_client client;  /* of the thread that tells; its pipe is changed under the lock */
    pthread_mutex_t lock; /* guards the following */
    condition changed;
    part_time telling;
    waiting_event *first, **last;
    waiting_event *told; /* the first one, while it is: nobody else takes it out */
    size_t count;
    uint64_t pause_until; /* containerd is away; 0: it is not */
    uint32_t pause;
    unsigned tries; /* since it was there last */
    bool stopping;
    uint64_t deadline; /* for what is left then */
};

static void event_free(waiting_event *e)
{
    free(e->message);
    free(e);
}

/* ---- the list, under the lock ---- */

static void remove_first(event_queue *q)
{
    waiting_event *e = q->first;

    q->first = e->next;
    if (!q->first)
        q->last = &q->first;
    q->count--;
    event_free(e);
}

/* Takes out what may be lost, or one event of whatever kind. */
static size_t drop(event_queue *q, bool final, size_t most)
{
    waiting_event **at = &q->first;
    size_t dropped = 0;

    while (*at && dropped < most) {
        waiting_event *e = *at;

        if (e == q->told || (e->final && !final)) {
            at = &e->next;
            continue;
        }
        *at = e->next;
        q->count--;
        dropped++;
        event_free(e);
    }
    q->last = &q->first;
    while (*q->last)
        q->last = &(*q->last)->next;
    return dropped;
}

static size_t make_room(event_queue *q)
{
    size_t dropped;

    if (q->count < EVENT_QUEUE_MOST)
        return 0;
    dropped = drop(q, false, SIZE_MAX);
    return dropped ? dropped : drop(q, true, 1);
}

/* ---- telling ---- */

static void disconnect(event_queue *q)
{
    stream *pipe;

    pthread_mutex_lock(&q->lock);
    pipe = TAKE(q->client.pipe);
    pthread_mutex_unlock(&q->lock);
    stream_free(pipe);
}

static wcow_status connect_to_containerd(event_queue *q, wcow_error *err)
{
    stream *pipe = NULL;
    wcow_status status;

    if (q->client.pipe)
        return WCOW_OK;
    /* One that is not there is gone: who waits for it is this thread, later. */
    status = error_check(err, pipe_connect_address(q->address, 0, NULL, &pipe), "CreateFile");
    if (status)
        return status;
    pthread_mutex_lock(&q->lock);
    q->client = (ttrpc_client)TTRPC_CLIENT_INIT(pipe);
    pthread_mutex_unlock(&q->lock);
    return WCOW_OK;
}

static wcow_status forward(event_queue *q, const waiting_event *e, wcow_error *err)
{
    const ttrpc_what what = {"containerd.services.events.ttrpc.v1.Events", "Forward", q->space};
    cleanup_ttrpc_answer ttrpc_answer answer = {0};
    event_forward_request request = {0};
    wcow_status status = connect_to_containerd(q, err);

    if (!status)
        status = wire_decode(event_forward_request_fields,
                             (wire_bytes){(const uint8_t *)e->message, e->size}, "an event",
                             &request, err);
    if (!status)
        status = ttrpc_client_call(&q->client, &what, event_forward_request_fields, &request,
                                   EVENT_PATIENCE, &answer, err);
    if (status)
        disconnect(q);
    return status;
}

/* containerd is away, or too busy: what it must know is kept for it. */
static void put_off(event_queue *q)
{
    size_t dropped = 0;

    pthread_mutex_lock(&q->lock);
    q->told = NULL;
    q->pause = !q->tries                         ? EVENT_FIRST_PAUSE
               : q->pause < EVENT_LAST_PAUSE / 2 ? q->pause * 2
                                                 : EVENT_LAST_PAUSE;
    q->pause_until = ticks_after(q->pause);
    if (++q->tries > EVENT_QUEUE_TRIES)
        dropped = drop(q, false, SIZE_MAX);
    pthread_mutex_unlock(&q->lock);
    if (dropped)
        shim_log_line(q->log, SHIM_WARN, "containerd was not told of %zu events, such as starts",
                      dropped);
}

static void tell_first(event_queue *q, waiting_event *e)
{
    wcow_error err = WCOW_ERROR_INIT;
    const wcow_status status = forward(q, e, &err);

    if (status == WCOW_UNAVAILABLE || status == WCOW_TIMEOUT || status == WCOW_NOT_FOUND ||
        status == WCOW_DENIED) {
        shim_log_line(q->log, SHIM_DEBUG, "containerd cannot be told of an event: %s", err.message);
        put_off(q);
        return;
    }
    if (status)
        shim_log_line(q->log, SHIM_WARN, "containerd does not take an event: %s", err.message);
    pthread_mutex_lock(&q->lock);
    q->pause_until = 0;
    q->tries = 0;
    q->told = NULL;
    remove_first(q);
    condition_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

/* The first event when it is time to tell it; NULL: no more will be told, or there was none for
 * long, and the thread has left. */
static waiting_event *await_event(event_queue *q)
{
    const uint64_t idle = ticks_after(PART_TIME_IDLE);
    waiting_event *e;

    pthread_mutex_lock(&q->lock);
    while (!q->told) {
        const uint64_t now = ticks_now();
        const uint64_t until = q->first ? q->pause_until : idle;

        if (q->stopping ? !q->first || now >= q->deadline : !q->first && now >= idle)
            break;
        if (q->first && now >= q->pause_until)
            q->told = q->first;
        else
            ignore(condition_wait_until(&q->changed, &q->lock,
                                        q->stopping && q->deadline < until ? q->deadline : until));
    }
    e = q->told;
    if (!e)
        part_time_leave(&q->telling);
    pthread_mutex_unlock(&q->lock);
    return e;
}

static void *tell(void *context)
{
    event_queue *q = context;
    waiting_event *e;

    while ((e = await_event(q)) != NULL)
        tell_first(q, e);
    return NULL;
}

/* Under the lock. False: there is no memory for the thread, and events wait for another try. */
static bool call_teller(event_queue *q)
{
    const bool called = !q->first || part_time_call(&q->telling, tell, q);

    condition_broadcast(&q->changed);
    return called;
}

bool event_queue_call(event_queue *q)
{
    bool called;

    pthread_mutex_lock(&q->lock);
    called = call_teller(q);
    pthread_mutex_unlock(&q->lock);
    return called;
}

/* ---- its life ---- */

static void queue_free(event_queue *q)
{
    while (q->first)
        remove_first(q);
    condition_free(&q->changed);
    pthread_mutex_destroy(&q->lock);
    free(q->address);
    free(q->space);
    free(q);
}

wcow_status event_queue_new(const char *address, const char *space, shim_log *log,
                            event_queue **out, wcow_error *err)
{
    event_queue *q = calloc(1, sizeof(*q));

    if (!q || !condition_init(&q->changed)) {
        free(q);
        return error_no_memory(err);
    }
    pthread_mutex_init(&q->lock, NULL);
    q->last = &q->first;
    q->log = log;
    q->address = text_copy(address);
    q->space = text_copy(space);
    if (!q->address || !q->space) {
        queue_free(q);
        return error_no_memory(err);
    }
    *out = q;
    return WCOW_OK;
}

static waiting_event *event_new(event_queue *q, const task_event *event)
{
    cleanup_text text message = TEXT_INIT;
    waiting_event *e = calloc(1, sizeof(*e));

    if (!e || event_message_make(event, q->space, clock_now(), &message, NULL)) {
        free(e);
        return NULL;
    }
    e->final = event_is_final(event);
    e->size = message.length;
    e->message = text_take(&message);
    if (!e->message) {
        event_free(e);
        return NULL;
    }
    return e;
}

bool event_queue_add(event_queue *q, const task_event *event)
{
    waiting_event *e;
    size_t dropped;
    bool called;

    if (*q->address == '\0')
        return true;
    e = event_new(q, event);
    if (!e) {
        shim_log_line(q->log, SHIM_ERROR, "containerd is not told of an event: out of memory");
        return true;
    }
    pthread_mutex_lock(&q->lock);
    dropped = make_room(q);
    *q->last = e;
    q->last = &e->next;
    q->count++;
    called = call_teller(q);
    pthread_mutex_unlock(&q->lock);
    if (dropped)
        shim_log_line(q->log, SHIM_ERROR, "containerd is not told of %zu events: too many wait",
                      dropped);
    return called;
}

void event_queue_hurry(event_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->pause_until = 0;
    ignore(call_teller(q));
    pthread_mutex_unlock(&q->lock);
}

void event_queue_free(event_queue *q, uint32_t milliseconds)
{
    if (!q)
        return;
    pthread_mutex_lock(&q->lock);
    q->stopping = true;
    q->deadline = ticks_after(milliseconds);
    ignore(call_teller(q));
    while (q->first && condition_wait_until(&q->changed, &q->lock, q->deadline))
        continue;
    q->deadline = 0;
    if (q->client.pipe)
        stream_cancel(q->client.pipe);
    condition_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    part_time_join(&q->telling);
    disconnect(q);
    queue_free(q);
}
