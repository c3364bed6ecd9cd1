/* SPDX-License-Identifier: MIT */
/* A function that threads of others call, and that can be taken away from them. */
#include "base/handler.h"

/* What this thread is in a call of. */
static _Thread_local const handler *inside;

void handler_set(handler *h, void (*call)(void *context, int event), void *context)
{
    pthread_mutex_lock(&h->lock);
    h->call = call;
    h->context = context;
    pthread_mutex_unlock(&h->lock);
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
    pthread_cond_broadcast(&h->changed);
    pthread_mutex_unlock(&h->lock);
    return true;
}

bool handler_clear(handler *h, const struct timespec *until)
{
    bool ended;
    int failure = 0;

    pthread_mutex_lock(&h->lock);
    h->call = NULL;
    h->context = NULL;
    while (h->running > 0 && inside != h && !failure)
        failure = pthread_cond_timedwait(&h->changed, &h->lock, until);
    ended = h->running == 0;
    pthread_mutex_unlock(&h->lock);
    return ended;
}
