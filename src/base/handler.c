/* SPDX-License-Identifier: MIT */
/* A function that threads of others call, and that can be taken away from them. */
#include "base/handler.h"

/* What this thread is in a call of. */
static _Thread_local const handler *inside;

bool handler_set(handler *h, void (*call)(void *context, int event), void *context)
{
    bool ready;

    pthread_mutex_lock(&h->lock);
    h->ready = h->ready || condition_init(&h->changed);
    ready = h->ready;
    if (ready) {
        h->call = call;
        h->context = context;
    }
    pthread_mutex_unlock(&h->lock);
    return ready;
}

bool handler_call(handler *h, int event)
{
    void (*call)(void *, int);
    void *context;

    /* Counted as soon as it is known: whoever takes it away from now on waits for the call. */
    pthread_mutex_lock(&h->lock);
    call = h->call;
    context = h->context;
    h->running += call != NULL;
    pthread_mutex_unlock(&h->lock);
    if (!call)
        return false;

    inside = h;
    call(context, event);
    inside = NULL;

    pthread_mutex_lock(&h->lock);
    h->running--;
    condition_broadcast(&h->changed);
    pthread_mutex_unlock(&h->lock);
    return true;
}

bool handler_clear(handler *h, uint32_t milliseconds)
{
    const uint64_t deadline = ticks_after(milliseconds);
    bool ended;

    pthread_mutex_lock(&h->lock);
    h->call = NULL;
    h->context = NULL;
    while (h->running > 0 && inside != h && condition_wait_until(&h->changed, &h->lock, deadline))
        continue;
    ended = h->running == 0;
    pthread_mutex_unlock(&h->lock);
    return ended;
}
