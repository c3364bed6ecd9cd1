/* SPDX-License-Identifier: MIT */
/*
 * A source that is read ahead. One thread fills a ring of slots; the reader of the source takes
 * them in order, and so does the thread that hashes. A slot is filled again when both are past it.
 */
#include "layer/import/read_ahead.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "port/machine.h"

#define SLOT_SIZE (512u * 1024) /* each costs the threads some wake-ups */

typedef struct slot {
    size_t size;
    unsigned char bytes[SLOT_SIZE];
} slot;

struct read_ahead {
    byte_source source;
    const byte_source *from;
    read_ahead_options options;
    size_t slot_count;
    pthread_t filler, hasher;
    bool filler_runs, hasher_runs;
    size_t at; /* the reader's position in its slot */

    pthread_mutex_t lock; /* guards what follows, but for the slots' bytes */
    pthread_cond_t more;  /* slots are filled, or none will be any more */
    pthread_cond_t room;  /* to fill some: not one at a time, a wake-up costs too much for that */
    pthread_cond_t done;  /* all is hashed */
    size_t filled, taken, hashed; /* slots so far: of each thread, the number of its present one */
    bool ended;                   /* no more will be filled, because of: */
    wcow_status status;
    wcow_error failure;
    bool stopped; /* by free() */
    slot slots[];
};

static slot *slot_of(read_ahead *a, size_t number)
{
    return &a->slots[number % a->slot_count];
}

/* How many slots are free. With the lock held. */
static size_t room(const read_ahead *a)
{
    size_t left = a->hasher_runs && a->hashed < a->taken ? a->hashed : a->taken;

    return a->slot_count - (a->filled - left);
}

/* Tells the thread that fills that slots have become free. With the lock held. */
static void tell_room(read_ahead *a)
{
    if (room(a) >= a->slot_count / 4)
        pthread_cond_signal(&a->room);
}

/* Fills one slot as far as the source allows. */
static wcow_status fill_slot(read_ahead *a, slot *s, wcow_error *err)
{
    size_t got = 1;

    s->size = 0;
    while (s->size < SLOT_SIZE && got > 0) {
        wcow_status status =
            source_read(a->from, s->bytes + s->size, SLOT_SIZE - s->size, &got, err);

        if (status)
            return status;
        s->size += got;
    }
    return WCOW_OK;
}

/* Waits for a free slot; NULL when there is nothing more to do. */
static slot *await_room(read_ahead *a)
{
    slot *s;

    pthread_mutex_lock(&a->lock);
    while (!a->stopped && room(a) == 0)
        pthread_cond_wait(&a->room, &a->lock);
    s = a->stopped || a->ended ? NULL : slot_of(a, a->filled);
    pthread_mutex_unlock(&a->lock);
    return s;
}

static void *fill_main(void *context)
{
    read_ahead *a = context;
    slot *s;

    if (a->options.leads)
        machine_thread_leads();
    while ((s = await_room(a)) != NULL) {
        wcow_error failure = WCOW_ERROR_INIT;
        wcow_status status = fill_slot(a, s, &failure);

        pthread_mutex_lock(&a->lock);
        /* What came before a failure still counts. */
        if (s->size > 0)
            a->filled++;
        if (status || s->size < SLOT_SIZE) {
            a->ended = true;
            a->status = status;
            a->failure = failure;
        }
        pthread_cond_broadcast(&a->more);
        pthread_mutex_unlock(&a->lock);
    }
    return NULL;
}

/* Waits for slot `number` to be filled; NULL if it never will. With the lock held. */
static slot *await_slot(read_ahead *a, size_t number)
{
    while (!a->stopped && !a->ended && number == a->filled)
        pthread_cond_wait(&a->more, &a->lock);
    return a->stopped || number == a->filled ? NULL : slot_of(a, number);
}

static void *hash_main(void *context)
{
    read_ahead *a = context;
    slot *s;

    pthread_mutex_lock(&a->lock);
    while ((s = await_slot(a, a->hashed)) != NULL) {
        pthread_mutex_unlock(&a->lock);
        sha256_update(a->options.hash, s->bytes, s->size);
        pthread_mutex_lock(&a->lock);
        a->hashed++;
        tell_room(a);
    }
    pthread_cond_signal(&a->done);
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

/* Gives the reader's slot back if it is used up. With the lock held. */
static void leave_slot(read_ahead *a)
{
    if (a->at == 0 || a->at < slot_of(a, a->taken)->size)
        return;
    a->at = 0;
    a->taken++;
    tell_room(a);
}

/* Waits for bytes that are not read yet; without any at the end. */
static wcow_status next_bytes(read_ahead *a, const unsigned char **bytes, size_t *size,
                              wcow_error *err)
{
    wcow_status status = WCOW_OK;
    const slot *s;

    pthread_mutex_lock(&a->lock);
    leave_slot(a);
    s = await_slot(a, a->taken);
    if (!s) {
        status = a->status;
        if (status && err)
            *err = a->failure;
    }
    pthread_mutex_unlock(&a->lock);
    *bytes = s ? s->bytes + a->at : NULL;
    *size = s ? s->size - a->at : 0;
    return status;
}

static wcow_status read_taken(void *context, void *buffer, size_t size, size_t *got,
                              wcow_error *err)
{
    read_ahead *a = context;
    const unsigned char *bytes;
    size_t most;
    wcow_status status = next_bytes(a, &bytes, &most, err);

    if (status)
        return status;
    if (size > most)
        size = most;
    if (size > 0)
        memcpy(buffer, bytes, size);
    a->at += size;
    *got = size;
    return WCOW_OK;
}

static wcow_status lend_taken(void *context, const void **bytes, size_t *size, wcow_error *err)
{
    read_ahead *a = context;
    const unsigned char *next;
    wcow_status status = next_bytes(a, &next, size, err);

    *bytes = next;
    a->at += *size;
    return status;
}

/* The slots stay as malloc gave them: untouched, they take no memory. */
static read_ahead *ring_new(const read_ahead_options *options)
{
    size_t slots = options->memory / SLOT_SIZE;
    read_ahead *a = malloc(sizeof(*a) + slots * sizeof(slot));

    if (!a)
        return NULL;
    memset(a, 0, sizeof(*a));
    a->source = (byte_source){read_taken, a, lend_taken};
    a->options = *options;
    a->slot_count = slots;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->more, NULL);
    pthread_cond_init(&a->room, NULL);
    pthread_cond_init(&a->done, NULL);
    return a;
}

wcow_status read_ahead_new(const byte_source *from, const read_ahead_options *options,
                           read_ahead **out, wcow_error *err)
{
    cleanup_read_ahead read_ahead *a = ring_new(options);

    if (!a)
        return error_no_memory(err);
    a->from = from;
    a->hasher_runs = options->hash && !pthread_create(&a->hasher, NULL, hash_main, a);
    a->filler_runs =
        (a->hasher_runs || !options->hash) && !pthread_create(&a->filler, NULL, fill_main, a);
    if (!a->filler_runs)
        return error_set(err, WCOW_NO_MEMORY, "cannot start a thread");
    *out = TAKE(a);
    return WCOW_OK;
}

const byte_source *read_ahead_source(read_ahead *ahead)
{
    return &ahead->source;
}

void read_ahead_wait(read_ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    while (ahead->hasher_runs && !(ahead->ended && ahead->hashed == ahead->filled))
        pthread_cond_wait(&ahead->done, &ahead->lock);
    pthread_mutex_unlock(&ahead->lock);
}

void read_ahead_free(read_ahead *ahead)
{
    if (!ahead)
        return;
    pthread_mutex_lock(&ahead->lock);
    ahead->stopped = true;
    pthread_cond_broadcast(&ahead->more);
    pthread_cond_broadcast(&ahead->room);
    pthread_mutex_unlock(&ahead->lock);
    if (ahead->filler_runs)
        pthread_join(ahead->filler, NULL);
    if (ahead->hasher_runs)
        pthread_join(ahead->hasher, NULL);
    pthread_cond_destroy(&ahead->done);
    pthread_cond_destroy(&ahead->room);
    pthread_cond_destroy(&ahead->more);
    pthread_mutex_destroy(&ahead->lock);
    free(ahead);
}
