/* SPDX-License-Identifier: MIT */
#include "shim/ttrpc/server.h"

#include <stdlib.h>

#include "base/error.h"
#include "shim/ttrpc/line.h"

#define PAUSE 100u /* ms until an accept that failed is tried again */

struct ttrpc_server {
    pipe_server *pipe;
    const ttrpc_service *service;
    workers slow, urgent;
    pthread_t accepting;
    pthread_mutex_t lock; /* guards the following */
    condition changed;
    ttrpc_line *lines[TTRPC_MOST_LINES];
    size_t count;
    bool stopping;
};

static void run_call(void *what)
{
    ttrpc_call *call = what;

    call->method->run(call->context, call);
}

static void drop_call(void *what)
{
    ttrpc_call_drop(what);
}

/* ---- callers ---- */

static void forget(void *context, ttrpc_line *line)
{
    ttrpc_server *s = context;

    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->count; i++) {
        if (s->lines[i] == line) {
            s->lines[i] = s->lines[--s->count];
            break;
        }
    }
    condition_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

/* Under the lock, so that a caller that leaves at once finds itself in the list. */
static void add_line(ttrpc_server *s, ttrpc_line *c)
{
    s->lines[s->count++] = c;
    if (!ttrpc_line_start(c))
        s->count--;
}

static void welcome(ttrpc_server *s, stream *pipe, uint64_t id)
{
    const ttrpc_serving serving = {s->service, &s->slow, &s->urgent, forget, s};

    pthread_mutex_lock(&s->lock);
    if (s->count < TTRPC_MOST_LINES && !s->stopping) {
        ttrpc_line *c = ttrpc_line_new(pipe, id, &serving);

        pipe = NULL;
        if (c)
            add_line(s, c);
    }
    pthread_mutex_unlock(&s->lock);
    stream_free(pipe);
}

/* True: stopping. */
static bool pause_accepting(ttrpc_server *s)
{
    const uint64_t deadline = ticks_after(PAUSE);
    bool stopping;

    pthread_mutex_lock(&s->lock);
    while (!s->stopping && condition_wait_until(&s->changed, &s->lock, deadline))
        continue;
    stopping = s->stopping;
    pthread_mutex_unlock(&s->lock);
    return stopping;
}

static void *accept_callers(void *context)
{
    ttrpc_server *s = context;

    for (uint64_t id = 1;; id++) {
        stream *pipe = NULL;
        int32_t hr = pipe_accept(s->pipe, &pipe);

        if (HR_SUCCEEDED(hr))
            welcome(s, pipe, id);
        else if (hr == HR_OPERATION_ABORTED || pause_accepting(s))
            return NULL;
    }
}

/* ---- its life ---- */

static void server_free(ttrpc_server *s)
{
    pipe_server_free(s->pipe);
    condition_free(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* False: out of memory, and nothing is left. */
static bool start_threads(ttrpc_server *s)
{
    if (!workers_init(&s->slow, run_call, drop_call))
        return false;
    if (!workers_init(&s->urgent, run_call, drop_call)) {
        workers_stop(&s->slow);
        return false;
    }
    if (!pthread_create(&s->accepting, NULL, accept_callers, s))
        return true;
    workers_stop(&s->urgent);
    workers_stop(&s->slow);
    return false;
}

wcow_status ttrpc_server_start(pipe_server *pipe, const ttrpc_service *service, ttrpc_server **out,
                               wcow_error *err)
{
    ttrpc_server *s = calloc(1, sizeof(*s));

    if (!s || !condition_init(&s->changed)) {
        free(s);
        pipe_server_free(pipe);
        return error_no_memory(err);
    }
    pthread_mutex_init(&s->lock, NULL);
    s->pipe = pipe;
    s->service = service;
    if (!start_threads(s)) {
        server_free(s);
        return error_no_memory(err);
    }
    *out = s;
    return WCOW_OK;
}

/* Under the lock, without which no caller goes. */
static void flush_lines(ttrpc_server *s, uint64_t deadline)
{
    for (size_t i = 0; i < s->count; i++)
        ttrpc_line_flush(s->lines[i], deadline);
}

void ttrpc_server_stop(ttrpc_server *s, uint32_t milliseconds)
{
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    condition_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    pipe_server_cancel(s->pipe);
    pthread_join(s->accepting, NULL);

    pthread_mutex_lock(&s->lock);
    flush_lines(s, ticks_after(milliseconds));
    for (size_t i = 0; i < s->count; i++)
        ttrpc_line_cut_off(s->lines[i]);
    while (s->count > 0)
        condition_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
    workers_stop(&s->slow);
    workers_stop(&s->urgent);
    server_free(s);
}
