/* SPDX-License-Identifier: MIT */
#include "tests/unit/shim/host/running.h"

#include <stdio.h>
#include <unistd.h>

#include "tests/unit/status.h"

static void take_event(void *context, const task_event *event)
{
    running *r = context;

    r->fake_event(context, event);
    r->owner.event(r->owner.context, event);
}

static wcow_status run(void *context, const serve_owner *owner, const task_backend **out,
                       wcow_error *err)
{
    running *r = context;

    (void)err;
    r->owner = *owner;
    r->backend.at_end = owner->shut_down;
    r->backend.at_end_context = owner->context;
    *out = &r->backend.table;
    return WCOW_OK;
}

static void note(running *r, bool *what)
{
    pthread_mutex_lock(&r->lock);
    *what = true;
    condition_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

static void ready(void *context)
{
    running *r = context;

    note(r, &r->ready);
}

static void ending(void *context)
{
    running *r = context;

    note(r, &r->told_ending);
}

static void *serve_it(void *context)
{
    running *r = context;

    r->status = serve(&r->wish, &r->err);
    note(r, &r->ended);
    return NULL;
}

void running_prepare(running *r, const char *space, const char *id, bool is_pod, const char *events,
                     uint32_t idle)
{
    static unsigned count;

    memset(r, 0, sizeof(*r));
    fake_backend_init(&r->backend);
    r->fake_event = r->backend.table.event;
    r->backend.table.event = take_event;
    pthread_mutex_init(&r->lock, NULL);
    assert_true(condition_init(&r->changed));
    if (space)
        snprintf(r->space, sizeof(r->space), "%s", space);
    else
        snprintf(r->space, sizeof(r->space), "wcow-test-%d-%u", (int)getpid(), count++);
    r->wish = (serve_wish){.space = r->space,
                           .id = id,
                           .is_pod = is_pod,
                           .events = events,
                           .level = SHIM_DEBUG,
                           .idle = idle,
                           .context = r,
                           .run = run,
                           .ready = ready,
                           .ending = ending};
}

void running_start(running *r, const char *space, const char *id, bool is_pod, const char *events,
                   uint32_t idle)
{
    running_prepare(r, space, id, is_pod, events, idle);
    assert_int_equal(pthread_create(&r->thread, NULL, serve_it, r), 0);
    pthread_mutex_lock(&r->lock);
    while (!r->ready && !r->ended)
        condition_wait(&r->changed, &r->lock);
    pthread_mutex_unlock(&r->lock);
}

bool running_has_ended(running *r, uint32_t milliseconds)
{
    const uint64_t deadline = ticks_after(milliseconds);
    bool ended;

    pthread_mutex_lock(&r->lock);
    while (!r->ended && condition_wait_until(&r->changed, &r->lock, deadline))
        continue;
    ended = r->ended;
    pthread_mutex_unlock(&r->lock);
    return ended;
}

wcow_status running_end(running *r)
{
    pthread_join(r->thread, NULL);
    fake_backend_free(&r->backend);
    condition_free(&r->changed);
    pthread_mutex_destroy(&r->lock);
    return r->status;
}
