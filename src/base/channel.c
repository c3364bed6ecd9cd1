/* SPDX-License-Identifier: MIT */
/* Bytes from one thread to another. */
#include "base/channel.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Copies what fits into one run of the ring; the lock is held. */
static size_t put_some(channel *c, const char *bytes, size_t size)
{
    const size_t at = (c->first + c->used) % c->capacity;
    const size_t piece = smaller(smaller(size, c->capacity - c->used), c->capacity - at);

    memcpy(c->bytes + at, bytes, piece);
    c->used += piece;
    return piece;
}

static uint64_t end_of_patience(uint32_t milliseconds)
{
    return milliseconds ? ticks_after(milliseconds) : TICKS_NEVER;
}

static wcow_status impatient(const char *what, uint32_t milliseconds, wcow_error *err)
{
    return error_set(err, WCOW_TIMEOUT, "%s for %u s", what, (milliseconds + 999) / 1000);
}

static wcow_status write_channel(void *context, const void *bytes, size_t size, wcow_error *err)
{
    channel *c = context;
    const char *next = bytes;
    uint64_t deadline = end_of_patience(c->sink_patience);
    bool abandoned;
    wcow_status status = WCOW_OK;

    pthread_mutex_lock(&c->lock);
    while (!status && size > 0 && !c->abandoned) {
        const size_t piece = put_some(c, next, size);

        next += piece;
        size -= piece;
        if (piece) {
            condition_broadcast(&c->changed);
            deadline = end_of_patience(c->sink_patience);
        } else if (!condition_wait_until(&c->changed, &c->lock, deadline)) {
            status = impatient("nothing was read", c->sink_patience, err);
        }
    }
    abandoned = c->abandoned;
    pthread_mutex_unlock(&c->lock);
    return abandoned ? error_set(err, WCOW_CANCELLED, "nobody reads it any more") : status;
}

static wcow_status read_channel(void *context, void *buffer, size_t size, size_t *got,
                                wcow_error *err)
{
    channel *c = context;
    const uint64_t deadline = end_of_patience(c->source_patience);
    bool patient = true;
    wcow_status status = WCOW_OK;

    pthread_mutex_lock(&c->lock);
    while (patient && !c->used && !c->ended)
        patient = condition_wait_until(&c->changed, &c->lock, deadline);
    *got = smaller(smaller(size, c->used), c->capacity - c->first);
    memcpy(buffer, c->bytes + c->first, *got);
    c->first = (c->first + *got) % c->capacity;
    c->used -= *got;
    if (*got)
        condition_broadcast(&c->changed);
    else
        status = c->ended ? error_pass(err, c->status, &c->why)
                          : impatient("nothing came", c->source_patience, err);
    pthread_mutex_unlock(&c->lock);
    return status;
}

wcow_status channel_open(channel *c, size_t capacity, wcow_error *err)
{
    *c = (channel){.bytes = malloc(capacity), .capacity = capacity};
    c->sink = (byte_sink){write_channel, c};
    c->source = (byte_source){.read = read_channel, .context = c};
    if (!c->bytes || !condition_init(&c->changed)) {
        free(c->bytes);
        c->bytes = NULL;
        return error_no_memory(err);
    }
    if (pthread_mutex_init(&c->lock, NULL)) {
        condition_free(&c->changed);
        free(c->bytes);
        c->bytes = NULL;
        return error_no_memory(err);
    }
    return WCOW_OK;
}

void channel_close(channel *c)
{
    if (!c->bytes)
        return;
    pthread_mutex_destroy(&c->lock);
    condition_free(&c->changed);
    free(c->bytes);
    c->bytes = NULL;
}

void channel_end(channel *c, wcow_status status, const wcow_error *why)
{
    pthread_mutex_lock(&c->lock);
    c->ended = true;
    c->status = status;
    if (status)
        c->why = *why;
    condition_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

void channel_await_end(channel *c)
{
    pthread_mutex_lock(&c->lock);
    while (!c->ended)
        condition_wait(&c->changed, &c->lock);
    pthread_mutex_unlock(&c->lock);
}

void channel_abandon(channel *c)
{
    pthread_mutex_lock(&c->lock);
    c->abandoned = true;
    condition_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}
