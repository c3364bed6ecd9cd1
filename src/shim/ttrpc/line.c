/* SPDX-License-Identifier: MIT */
#include "shim/ttrpc/line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/part_time.h"
#include "base/thread.h"
#include "shim/wire/ttrpc.pb.h"

#define RETRY_INTERVAL                                                                             \
    50u /* ms: how often a thread is tried to be started that there is no memory for */

/* Bytes on their way to the caller. */
typedef struct answer {
    struct answer *next;
    char *bytes;
    size_t size;
} answer;

/* Calls of one pace that are not answered, and their bytes. */
typedef struct share {
    size_t calls, taken;
} share;

/*
 * Held by its reading thread and by each of its calls: one that is answered after the connection's
 * end finds it closed.
 */
struct ttrpc_line {
    uint64_t id;
    ttrpc_serving serving;
    uint32_t last_stream; /* the reading thread's */
    pthread_t reader;
    pthread_mutex_t lock; /* guards the following */
    condition changed;
    stream *pipe; /* NULL: closed */
    answer *first, **last;
    size_t unread, references;
    share shares[TTRPC_PACES];
    part_time writer;
    bool over;
};

/* ---- its life ---- */

ttrpc_line *ttrpc_line_new(stream *pipe, uint64_t id, const ttrpc_serving *serving)
{
    ttrpc_line *c = calloc(1, sizeof(*c));

    if (!c || !condition_init(&c->changed)) {
        free(c);
        stream_free(pipe);
        return NULL;
    }
    pthread_mutex_init(&c->lock, NULL);
    c->id = id;
    c->serving = *serving;
    c->pipe = pipe;
    c->last = &c->first;
    c->references = 1;
    return c;
}

static void free_answers(ttrpc_line *c)
{
    while (c->first) {
        answer *a = c->first;

        c->first = a->next;
        free(a->bytes);
        free(a);
    }
}

static void release(ttrpc_line *c)
{
    size_t left;

    pthread_mutex_lock(&c->lock);
    left = --c->references;
    pthread_mutex_unlock(&c->lock);
    if (left > 0)
        return;
    free_answers(c);
    stream_free(c->pipe);
    condition_free(&c->changed);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

/* Under the lock. */
static void end(ttrpc_line *c)
{
    if (!c->over && c->pipe)
        stream_cancel(c->pipe);
    c->over = true;
    condition_broadcast(&c->changed);
}

void ttrpc_line_cut_off(ttrpc_line *c)
{
    pthread_mutex_lock(&c->lock);
    end(c);
    pthread_mutex_unlock(&c->lock);
}

void ttrpc_line_flush(ttrpc_line *c, uint64_t deadline)
{
    pthread_mutex_lock(&c->lock);
    while (c->unread > 0 && !c->over) {
        if (!condition_wait_until(&c->changed, &c->lock, deadline))
            break;
    }
    pthread_mutex_unlock(&c->lock);
}

/* ---- writing ---- */

/* Under the lock: waits for something to write; NULL: it is over, or nothing came for long. */
static answer *next_answer(ttrpc_line *c)
{
    const uint64_t deadline = ticks_after(PART_TIME_IDLE);
    answer *a;

    while (!c->first && !c->over) {
        if (!condition_wait_until(&c->changed, &c->lock, deadline))
            return NULL;
    }
    a = c->over ? NULL : c->first;
    if (!a)
        return NULL;
    c->first = a->next;
    if (!c->first)
        c->last = &c->first;
    return a;
}

static void *write_answers(void *context)
{
    ttrpc_line *c = context;
    answer *a;

    pthread_mutex_lock(&c->lock);
    while ((a = next_answer(c))) {
        int32_t hr;

        pthread_mutex_unlock(&c->lock);
        hr = stream_write(c->pipe, a->bytes, a->size);
        pthread_mutex_lock(&c->lock);
        c->unread -= a->size;
        condition_broadcast(&c->changed);
        if (HR_FAILED(hr))
            end(c);
        free(a->bytes);
        free(a);
    }
    part_time_leave(&c->writer);
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

/* Under the lock: whether somebody writes what is to be written. */
static bool has_writer(ttrpc_line *c)
{
    return !c->first || c->over || part_time_call(&c->writer, write_answers, c);
}

/* Under the lock. Without memory for a thread the answers stay where they are: a connection that
 * ends for want of one is a shim that has died, to containerd, which ends all of its pod. The
 * reading thread, which others want to be heard by, tries again between two looks at the pipe;
 * anybody else until it is there. */
static void call_writer(ttrpc_line *c)
{
    while (!has_writer(c) && !pthread_equal(pthread_self(), c->reader))
        condition_wait_until(&c->changed, &c->lock, ticks_after(RETRY_INTERVAL));
}

/* The reading thread: when it is to look at the answers again. */
static uint64_t next_try(ttrpc_line *c)
{
    uint64_t then;

    pthread_mutex_lock(&c->lock);
    then = has_writer(c) ? TICKS_NEVER : ticks_after(RETRY_INTERVAL);
    pthread_mutex_unlock(&c->lock);
    return then;
}

/* Takes `frames` to be written, or drops them: he who leaves too much unread is cut off. */
static void queue_answer(ttrpc_line *c, text *frames)
{
    answer *a = calloc(1, sizeof(*a));

    pthread_mutex_lock(&c->lock);
    if (!a || c->unread + frames->length > TTRPC_MOST_UNREAD)
        end(c); /* he would wait for ever for the answer that he did not get */
    if (!c->over && a) {
        a->size = frames->length;
        a->bytes = text_take(frames);
        c->unread += a->size;
        *c->last = a;
        c->last = &a->next;
        a = NULL;
        call_writer(c);
        condition_broadcast(&c->changed);
    }
    pthread_mutex_unlock(&c->lock);
    free(a);
}

static void answer_with(ttrpc_line *c, uint32_t stream_id, const ttrpc_response *response)
{
    cleanup_text text frame = TEXT_INIT;

    if (ttrpc_frame_add(&frame, stream_id, TTRPC_RESPONSE, ttrpc_response_fields, response, NULL))
        ttrpc_line_cut_off(c);
    else
        queue_answer(c, &frame);
}

static void refuse(ttrpc_line *c, uint32_t stream_id, ttrpc_code code, const char *message)
{
    ttrpc_response response = {.has_status = true,
                               .status = {.code = (int32_t)code, .message = wire_text(message)}};

    answer_with(c, stream_id, &response);
}

/* ---- calls ---- */

wire_bytes ttrpc_call_payload(const ttrpc_call *call)
{
    return call->payload;
}

uint64_t ttrpc_call_caller(const ttrpc_call *call)
{
    return call->line->id;
}

void ttrpc_call_drop(ttrpc_call *call)
{
    ttrpc_line *c = call->line;
    share *of = &c->shares[call->method->pace];

    pthread_mutex_lock(&c->lock);
    of->calls--;
    of->taken -= call->frame.size;
    pthread_mutex_unlock(&c->lock);
    ttrpc_frame_free(&call->frame);
    free(call);
    release(c);
}

void ttrpc_call_fail(ttrpc_call *call, ttrpc_code code, const char *message)
{
    if (!call->confirmed)
        refuse(call->line, call->stream_id, code, message);
    ttrpc_call_drop(call);
}

/* The message is shown as one line: so are the service's words, which are one each. */
void ttrpc_call_error(ttrpc_call *call, const wcow_error *err)
{
    cleanup_text text message = TEXT_INIT;
    const char *between = " [";

    text_add(&message, err->message);
    if (err->hint[0])
        text_addf(&message, " (%s)", err->hint);
    for (const char *at = err->events; *at; at += strcspn(at, "\n"), at += *at == '\n') {
        text_addf(&message, "%s%.*s", between, (int)strcspn(at, "\r\n"), at);
        between = "; ";
    }
    if (err->events[0])
        text_add(&message, "]");
    ttrpc_call_fail(call, ttrpc_code_of(err->status),
                    message.failed ? err->message : text_get(&message));
}

void ttrpc_call_reply_encoded(ttrpc_call *call, wire_bytes message)
{
    const ttrpc_response response = {.payload = message};

    if (call->confirmed) {
        ttrpc_call_drop(call);
        return;
    }
    if (message.size > WIRE_MOST_BYTES - TTRPC_HEADER_SIZE) {
        ttrpc_call_fail(call, TTRPC_RESOURCE_EXHAUSTED, "the answer is longer than 4 MiB");
        return;
    }
    answer_with(call->line, call->stream_id, &response);
    ttrpc_call_drop(call);
}

void ttrpc_call_reply(ttrpc_call *call, const pb_msgdesc_t *fields, const void *message)
{
    cleanup_text text payload = TEXT_INIT;
    wcow_error err = WCOW_ERROR_INIT;

    if (fields && wire_encode(fields, message, &payload, &err))
        ttrpc_call_error(call, &err);
    else
        ttrpc_call_reply_encoded(call, wire_of(&payload));
}

void ttrpc_call_confirm(ttrpc_call *call)
{
    const ttrpc_response response = {0};

    answer_with(call->line, call->stream_id, &response);
    call->confirmed = true;
}

/* ---- reading ---- */

/* What a request names; NULL: there is none of that name. */
typedef struct called {
    const ttrpc_service *service;
    const ttrpc_method *method;
} called;

/* NULL: the caller has too many calls of that pace under way, or too long ones, or there is no
 * memory. */
static ttrpc_call *call_new(ttrpc_line *c, const called *what, ttrpc_frame *frame,
                            wire_bytes payload)
{
    ttrpc_call *call = malloc(sizeof(*call));
    share *of = &c->shares[what->method->pace];
    bool room;

    if (!call)
        return NULL;
    pthread_mutex_lock(&c->lock);
    room = of->calls < TTRPC_MOST_CALLS && frame->size <= TTRPC_MOST_TAKEN - of->taken;
    of->calls += room;
    of->taken += room ? frame->size : 0;
    c->references += room;
    pthread_mutex_unlock(&c->lock);
    if (!room) {
        free(call);
        return NULL;
    }
    *call = (ttrpc_call){.line = c,
                         .method = what->method,
                         .context = what->service->context,
                         .stream_id = frame->stream_id,
                         .frame = *frame,
                         .payload = payload};
    frame->bytes = NULL; /* the call's now */
    return call;
}

/* Hands it to whoever runs it. What was confirmed is done in any case. */
static void hand_on(ttrpc_line *c, ttrpc_call *call)
{
    const ttrpc_method *method = call->method;
    const bool now = method->pace == TTRPC_AT_ONCE || method->pace == TTRPC_KEPT;
    workers *who = method->pace == TTRPC_SLOW ? c->serving.slow : c->serving.urgent;

    if (!now && workers_add(who, call))
        return;
    if (now || call->confirmed)
        method->run(call->context, call);
    else
        ttrpc_call_fail(call, TTRPC_RESOURCE_EXHAUSTED, "too many calls wait");
}

static void run_call(ttrpc_line *c, const called *what, ttrpc_frame *frame, wire_bytes payload)
{
    const ttrpc_method *method = what->method;
    ttrpc_call *call = call_new(c, what, frame, payload);

    if (!call)
        refuse(c, frame->stream_id, TTRPC_RESOURCE_EXHAUSTED, "too many calls are not answered");
    else if (!method->prepare || method->prepare(call->context, call))
        hand_on(c, call);
}

static bool has_name(const ttrpc_service *service, wire_bytes name)
{
    for (size_t i = 0; i < service->name_count; i++)
        if (wire_is(name, service->names[i]))
            return true;
    return false;
}

static called find_called(const ttrpc_service *service, const ttrpc_request *request)
{
    called found = {service, NULL};

    while (found.service && !has_name(found.service, request->service))
        found.service = found.service->next;
    for (size_t i = 0; found.service && i < found.service->method_count && !found.method; i++)
        if (wire_is(request->method, found.service->methods[i].name))
            found.method = &found.service->methods[i];
    return found;
}

static void refuse_unknown(ttrpc_line *c, uint32_t stream_id, const ttrpc_request *request,
                           bool known_service)
{
    const wire_bytes name = known_service ? request->method : request->service;
    char message[256];

    snprintf(message, sizeof(message), "%s '%.*s' is not implemented",
             known_service ? "the method" : "the service", name.size < 128 ? (int)name.size : 128,
             name.size > 0 ? (const char *)name.data : "");
    text_make_printable(message);
    refuse(c, stream_id, TTRPC_UNIMPLEMENTED, message);
}

static void take_request(ttrpc_line *c, ttrpc_frame *frame)
{
    ttrpc_request request = {0};
    wcow_error err = WCOW_ERROR_INIT;
    called what;

    if (frame->too_long) {
        refuse(c, frame->stream_id, TTRPC_RESOURCE_EXHAUSTED, "the message is longer than 4 MiB");
        return;
    }
    if (wire_decode(ttrpc_request_fields, (wire_bytes){frame->bytes, frame->size}, "the request",
                    &request, &err)) {
        refuse(c, frame->stream_id, TTRPC_INVALID_ARGUMENT, err.message);
        return;
    }
    what = find_called(c->serving.service, &request);
    if (what.method)
        run_call(c, &what, frame, request.payload);
    else
        refuse_unknown(c, frame->stream_id, &request, what.service != NULL);
}

/* Streams are numbered by who opens them, each odd and higher than the last. */
static bool is_next_stream(ttrpc_line *c, uint32_t stream_id)
{
    if (stream_id % 2 == 0 || stream_id <= c->last_stream)
        return false;
    c->last_stream = stream_id;
    return true;
}

static void take_frame(ttrpc_line *c, ttrpc_frame *frame)
{
    if (frame->type != TTRPC_REQUEST)
        return; /* of streams, which no method has, and of what is not invented yet */
    if (!is_next_stream(c, frame->stream_id))
        refuse(c, frame->stream_id, TTRPC_INVALID_ARGUMENT, "the stream's number is not the next");
    else if (frame->flags & TTRPC_REMOTE_OPEN)
        refuse(c, frame->stream_id, TTRPC_UNIMPLEMENTED, "no method takes a stream");
    else
        take_request(c, frame);
}

static void read_requests(ttrpc_line *c)
{
    for (;;) {
        cleanup_ttrpc_frame ttrpc_frame frame = {0};
        bool ended = false;
        const wcow_status status =
            ttrpc_frame_read_begun(c->pipe, next_try(c), &frame, &ended, NULL);

        if (status == WCOW_TIMEOUT)
            continue;
        if (status || ended)
            return;
        take_frame(c, &frame);
    }
}

static void close_pipe(ttrpc_line *c)
{
    stream *pipe;

    pthread_mutex_lock(&c->lock);
    pipe = TAKE(c->pipe);
    pthread_mutex_unlock(&c->lock);
    stream_free(pipe);
}

static void tell_came(const ttrpc_line *c)
{
    for (const ttrpc_service *s = c->serving.service; s; s = s->next)
        if (s->came)
            s->came(s->context, c->id);
}

static void tell_left(const ttrpc_line *c)
{
    for (const ttrpc_service *s = c->serving.service; s; s = s->next)
        if (s->left)
            s->left(s->context, c->id);
}

static void *serve(void *context)
{
    ttrpc_line *c = context;
    const ttrpc_serving serving = c->serving;

    c->reader = pthread_self();
    tell_came(c);
    read_requests(c);
    ttrpc_line_cut_off(c); /* nobody calls the writer any more */
    part_time_join(&c->writer);
    tell_left(c);
    close_pipe(c);
    serving.gone(serving.context, c);
    release(c);
    return NULL;
}

bool ttrpc_line_start(ttrpc_line *c)
{
    if (thread_start_detached(serve, c))
        return true;
    release(c);
    return false;
}
