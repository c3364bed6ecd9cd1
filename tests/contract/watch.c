/* SPDX-License-Identifier: MIT */
/* Recording notifications. */
#include "watch.h"

#include <string.h>

#include "port/clock.h"

void watch_start(watch *w)
{
    memset(w, 0, sizeof(*w));
    pthread_mutex_init(&w->lock, NULL);
    w->maker = pthread_self();
}

void watch_end(watch *w)
{
    pthread_mutex_destroy(&w->lock);
}

static unsigned *counter(watch *w, uint32_t type)
{
    if (type < sizeof(w->seen) / sizeof(w->seen[0]))
        return &w->seen[type];
    return type == HCS_PROCESS_EXITED ? &w->exited : &w->other;
}

void watch_note(uint32_t type, void *context, int32_t hr, const char *data)
{
    watch *w = context;

    (void)data;
    pthread_mutex_lock(&w->lock);
    w->running++;
    w->own_thread = w->own_thread || pthread_equal(pthread_self(), w->maker);
    pthread_mutex_unlock(&w->lock);
    if (w->delay_ms)
        clock_sleep(w->delay_ms);
    pthread_mutex_lock(&w->lock);
    (*counter(w, type))++;
    w->hr = hr;
    w->running--;
    pthread_mutex_unlock(&w->lock);
}

unsigned watch_count(watch *w, uint32_t type)
{
    unsigned count;

    pthread_mutex_lock(&w->lock);
    count = *counter(w, type);
    pthread_mutex_unlock(&w->lock);
    return count;
}

bool watch_wait(watch *w, uint32_t type, unsigned count, uint32_t milliseconds)
{
    uint64_t deadline = clock_ticks() + milliseconds;

    while (watch_count(w, type) < count) {
        if (clock_ticks() >= deadline)
            return false;
        clock_sleep(2);
    }
    return true;
}
