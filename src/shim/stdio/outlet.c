/* SPDX-License-Identifier: MIT */
/* Writing to readers who come and go. */
#include "shim/stdio/outlet.h"

#include <string.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/text.h"

/* The pauses that containerd's own shim makes: so many wait for one daemon. */
#define PAUSE_FIRST   200u
#define PAUSE_LONGEST 60000u
/* Once the process has ended. */
#define PAUSE_HURRIED 500u

struct outlet {
    pthread_mutex_t lock; /* guards the following; not held while anything is written */
    condition changed;
    char *address;       /* of a client's pipe */
    pipe_server *server; /* of a logger's; until it has come */
    stream *connection;  /* NULL: there is no reader. Changed by who writes alone, with the lock */
    uint32_t retry, patience;
    bool hurried, given_up;
    /* These are for who writes alone. */
    uint32_t pause;  /* before the next attempt */
    uint32_t chance; /* the last random number */
    bool untried;    /* the reader was dialled again, and has taken nothing yet */
};

static outlet *outlet_new(void)
{
    outlet *o = calloc(1, sizeof *o);

    if (!o)
        return NULL;
    if (pthread_mutex_init(&o->lock, NULL)) {
        free(o);
        return NULL;
    }
    if (!condition_init(&o->changed)) {
        pthread_mutex_destroy(&o->lock);
        free(o);
        return NULL;
    }
    o->chance = (uint32_t)ticks_now() ^ (uint32_t)(uintptr_t)o;
    return o;
}

void outlet_free(outlet *o)
{
    if (!o)
        return;
    stream_free(o->connection);
    pipe_server_free(o->server);
    free(o->address);
    condition_free(&o->changed);
    pthread_mutex_destroy(&o->lock);
    free(o);
}

outlet *outlet_of_client(const char *address, stream *pipe, uint32_t retry)
{
    outlet *o = outlet_new();

    if (!o)
        return NULL;
    o->address = text_copy(address);
    if (!o->address) {
        outlet_free(o);
        return NULL;
    }
    o->connection = pipe;
    o->retry = retry;
    return o;
}

outlet *outlet_of_logger(pipe_server *server, uint32_t patience)
{
    outlet *o = outlet_new();

    if (!o)
        return NULL;
    o->server = server;
    o->patience = patience;
    return o;
}

/* ---- who reads ---- */

static bool is_given_up(outlet *o)
{
    bool given_up;

    pthread_mutex_lock(&o->lock);
    given_up = o->given_up;
    pthread_mutex_unlock(&o->lock);
    return given_up;
}

/* Where outlet_give_up() finds it. False: it was there before. */
static bool take_reader(outlet *o, stream *reader)
{
    pipe_server *server;
    bool taken;

    pthread_mutex_lock(&o->lock);
    server = TAKE(o->server); /* nobody else is to come */
    taken = !o->given_up;
    if (taken)
        o->connection = reader;
    pthread_mutex_unlock(&o->lock);
    pipe_server_free(server);
    if (!taken)
        stream_free(reader);
    return taken;
}

static void lose_reader(outlet *o)
{
    stream *lost;

    pthread_mutex_lock(&o->lock);
    lost = TAKE(o->connection);
    pthread_mutex_unlock(&o->lock);
    stream_free(lost);
}

bool outlet_await(outlet *o, uint32_t milliseconds)
{
    stream *reader = NULL;

    if (o->connection)
        return true;
    return o->server && HR_SUCCEEDED(pipe_accept_within(o->server, milliseconds, &reader)) &&
           take_reader(o, reader);
}

/* Half as long to half as long again: not all of a host's shims come at once. */
static uint32_t spread(outlet *o, uint32_t pause)
{
    o->chance = o->chance * 1664525u + 1013904223u;
    return pause / 2 + (uint32_t)(((uint64_t)pause * (o->chance >> 8)) >> 24);
}

/*
 * Waits for the next attempt. False: there is none. Whoever hurries makes one at once, and comes
 * back to find that he has hurried already.
 */
static bool pause_once(outlet *o, uint64_t deadline, bool *hurried)
{
    const uint32_t longest = *hurried ? PAUSE_HURRIED : PAUSE_LONGEST;
    const uint32_t length = spread(o, o->pause < longest ? o->pause : longest);
    uint64_t until = ticks_now() + length;
    bool again;

    if (until > deadline)
        until = deadline;
    pthread_mutex_lock(&o->lock);
    while (!o->given_up && o->hurried == *hurried &&
           condition_wait_until(&o->changed, &o->lock, until))
        continue;
    again = !o->given_up;
    *hurried = o->hurried;
    pthread_mutex_unlock(&o->lock);
    o->pause = o->pause < PAUSE_LONGEST / 3 * 2 ? o->pause / 2 * 3 : PAUSE_LONGEST;
    return again && ticks_now() < deadline;
}

/* Whether there is a reader again. */
static bool dial_again(outlet *o)
{
    const uint64_t deadline = o->retry ? ticks_now() + o->retry : TICKS_NEVER;
    /* One who comes and goes without taking anything is not dialled as fast as he can go. */
    bool wait = o->untried;
    bool hurried = false;

    if (!o->untried)
        o->pause = PAUSE_FIRST;
    o->untried = true;
    for (;;) {
        stream *reader = NULL;

        if (wait && !pause_once(o, deadline, &hurried))
            return false;
        if (is_given_up(o))
            return false;
        if (HR_SUCCEEDED(pipe_connect_address(o->address, 0, NULL, &reader)))
            return take_reader(o, reader);
        wait = true;
    }
}

static bool find_reader(outlet *o)
{
    if (o->address ? dial_again(o) : outlet_await(o, o->patience))
        return true;
    outlet_give_up(o);
    return false;
}

/* ---- what he reads ---- */

void outlet_write(outlet *o, const void *bytes, size_t size)
{
    const char *next = bytes;

    while (size > 0 && !is_given_up(o)) {
        size_t done = 0;
        int32_t hr;

        if (!o->connection && !find_reader(o))
            return;
        hr = stream_write_counted(o->connection, next, size, &done);
        next += done;
        size -= done;
        o->untried = o->untried && done == 0;
        if (HR_SUCCEEDED(hr))
            return;
        /* A logger does not come back, nor does one whose pipe fails in other ways. */
        if (hr != HR_BROKEN_PIPE || !o->address) {
            outlet_give_up(o);
            return;
        }
        lose_reader(o);
    }
}

void outlet_hurry(outlet *o)
{
    pthread_mutex_lock(&o->lock);
    o->hurried = true;
    condition_broadcast(&o->changed);
    pthread_mutex_unlock(&o->lock);
}

void outlet_give_up(outlet *o)
{
    pthread_mutex_lock(&o->lock);
    o->given_up = true;
    if (o->connection)
        stream_cancel(o->connection);
    if (o->server)
        pipe_server_cancel(o->server);
    condition_broadcast(&o->changed);
    pthread_mutex_unlock(&o->lock);
}
