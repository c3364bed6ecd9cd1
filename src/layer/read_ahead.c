/* SPDX-License-Identifier: MIT */
/*
 * A source that is read ahead. One thread fills a ring of slots; the reader of the source takes
 * them in order, and so does the thread that hashes. A slot is filled again when both are past it.
 */
#include "layer/read_ahead.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define SLOT_COUNT 4
#define SLOT_SIZE  (512u * 1024) /* each costs the threads some wake-ups */

typedef struct slot {
    size_t size;
    unsigned char bytes[SLOT_SIZE];
} slot;

struct read_ahead {
    byte_source source;
    const byte_source *from;
    sha256 *hash;
    pthread_t filler, hasher;
    bool filler_runs, hasher_runs;
    size_t at; /* the reader's position in its slot */

    pthread_mutex_t lock; /* guards what follows, but for the slots' bytes */
    pthread_cond_t changed;
    size_t filled, taken, hashed; /* slots so far: of each thread, the number of its present one */
    bool ended;                   /* no more will be filled, because of: */
    wcow_status status;
    wcow_error failure;
    bool stopped; /* by free() */
    slot slots[SLOT_COUNT];
};

static slot *slot_of(read_ahead *a, size_t number)
{
    return &a->slots[number % SLOT_COUNT];
}

/* Whether a slot is free. With the lock held. */
static bool has_room(const read_ahead *a)
{
    return a->filled - a->taken < SLOT_COUNT &&
           (!a->hasher_runs || a->filled - a->hashed < SLOT_COUNT);
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
    while (!a->stopped && !has_room(a))
        pthread_cond_wait(&a->changed, &a->lock);
    s = a->stopped || a->ended ? NULL : slot_of(a, a->filled);
    pthread_mutex_unlock(&a->lock);
    return s;
}

static void *fill_main(void *context)
{
    read_ahead *a = context;
    slot *s;

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
        pthread_cond_broadcast(&a->changed);
        pthread_mutex_unlock(&a->lock);
    }
    return NULL;
}

/* Waits for slot `number` to be filled; NULL if it never will. With the lock held. */
static slot *await_slot(read_ahead *a, size_t number)
{
    while (!a->stopped && !a->ended && number == a->filled)
        pthread_cond_wait(&a->changed, &a->lock);
    return a->stopped || number == a->filled ? NULL : slot_of(a, number);
}

static void *hash_main(void *context)
{
    read_ahead *a = context;
    slot *s;

    pthread_mutex_lock(&a->lock);
    while ((s = await_slot(a, a->hashed)) != NULL) {
        pthread_mutex_unlock(&a->lock);
        sha256_update(a->hash, s->bytes, s->size);
        pthread_mutex_lock(&a->lock);
        a->hashed++;
        pthread_cond_broadcast(&a->changed);
    }
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
    pthread_cond_broadcast(&a->changed);
}

static wcow_status read_taken(void *context, void *buffer, size_t size, size_t *got,
                              wcow_error *err)
{
    read_ahead *a = context;
    wcow_status status = WCOW_OK;
    slot *s;

    pthread_mutex_lock(&a->lock);
    leave_slot(a);
    s = await_slot(a, a->taken);
    if (!s) {
        status = a->status;
        if (status && err)
            *err = a->failure;
    }
    pthread_mutex_unlock(&a->lock);
    if (status)
        return status;

    if (!s || size > s->size - a->at)
        size = s ? s->size - a->at : 0;
    if (size > 0)
        memcpy(buffer, s->bytes + a->at, size);
    a->at += size;
    *got = size;
    return WCOW_OK;
}

wcow_status read_ahead_new(const byte_source *from, sha256 *hash, read_ahead **out, wcow_error *err)
{
    cleanup_read_ahead read_ahead *a = malloc(sizeof(*a));

    if (!a)
        return error_no_memory(err);
    /* Not the slots: untouched, they take no memory. */
    memset(a, 0, offsetof(read_ahead, slots));
    a->source = (byte_source){read_taken, a};
    a->from = from;
    a->hash = hash;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->changed, NULL);
    a->hasher_runs = hash && !pthread_create(&a->hasher, NULL, hash_main, a);
    a->filler_runs = (a->hasher_runs || !hash) && !pthread_create(&a->filler, NULL, fill_main, a);
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
        pthread_cond_wait(&ahead->changed, &ahead->lock);
    pthread_mutex_unlock(&ahead->lock);
}

void read_ahead_free(read_ahead *ahead)
{
    if (!ahead)
        return;
    pthread_mutex_lock(&ahead->lock);
    ahead->stopped = true;
    pthread_cond_broadcast(&ahead->changed);
    pthread_mutex_unlock(&ahead->lock);
    if (ahead->filler_runs)
        pthread_join(ahead->filler, NULL);
    if (ahead->hasher_runs)
        pthread_join(ahead->hasher, NULL);
    pthread_cond_destroy(&ahead->changed);
    pthread_mutex_destroy(&ahead->lock);
    free(ahead);
}
