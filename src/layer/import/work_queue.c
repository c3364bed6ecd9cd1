/* SPDX-License-Identifier: MIT */
/* Pieces of work for several threads. */
#include "layer/import/work_queue.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/error.h"

#define THREAD_LIMIT 16

struct work_queue {
    pthread_t threads[THREAD_LIMIT];
    unsigned thread_count;
    size_t limit;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t added; /* or the end has come */
    pthread_cond_t room;  /* half of the limit: to be woken costs as much as a file */
    pthread_cond_t idle;  /* all is done */
    work *first, **last;
    uint64_t count;   /* added so far */
    size_t waiting;   /* memory of what was not begun */
    unsigned running; /* begun and not done */
    bool stopped;
    wcow_status status; /* of the earliest failure: */
    uint64_t failed;    /* its number */
    wcow_error failure;
};

/* With the lock held. */
static void note_failure(work_queue *q, uint64_t number, wcow_status status,
                         const wcow_error *failure)
{
    if (q->status && q->failed < number)
        return;
    q->status = status;
    q->failed = number;
    q->failure = *failure;
}

/* Runs and releases a piece that was taken out; with the lock held, but for the run. */
static void run(work_queue *q, work *item)
{
    wcow_error failure = WCOW_ERROR_INIT;
    wcow_status status;

    /* What comes after a failure would not have been begun. */
    if (!q->status) {
        q->running++;
        pthread_mutex_unlock(&q->lock);
        status = item->run(item, &failure);
        pthread_mutex_lock(&q->lock);
        q->running--;
        if (status)
            note_failure(q, item->number, status, &failure);
    }
    item->release(item);
    if (!q->first && q->running == 0)
        pthread_cond_broadcast(&q->idle);
}

static work *take(work_queue *q)
{
    work *item = q->first;

    q->first = item->next;
    if (!q->first)
        q->last = &q->first;
    q->waiting -= item->size;
    if (q->waiting <= q->limit / 2)
        pthread_cond_broadcast(&q->room);
    return item;
}

static void *work_main(void *context)
{
    work_queue *q = context;

    pthread_mutex_lock(&q->lock);
    for (;;) {
        while (!q->first && !q->stopped)
            pthread_cond_wait(&q->added, &q->lock);
        if (!q->first)
            break;
        run(q, take(q));
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

wcow_status work_queue_new(unsigned threads, size_t limit, work_queue **out, wcow_error *err)
{
    work_queue *q = calloc(1, sizeof(*q));

    if (!q)
        return error_no_memory(err);
    q->limit = limit;
    q->last = &q->first;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->added, NULL);
    pthread_cond_init(&q->room, NULL);
    pthread_cond_init(&q->idle, NULL);
    while (q->thread_count < threads && q->thread_count < THREAD_LIMIT &&
           !pthread_create(&q->threads[q->thread_count], NULL, work_main, q))
        q->thread_count++;
    *out = q;
    return WCOW_OK;
}

void work_queue_add(work_queue *queue, work *item)
{
    pthread_mutex_lock(&queue->lock);
    item->number = queue->count++;
    item->next = NULL;
    if (queue->thread_count == 0) {
        run(queue, item);
    } else {
        while (queue->first && queue->waiting + item->size > queue->limit)
            pthread_cond_wait(&queue->room, &queue->lock);
        *queue->last = item;
        queue->last = &item->next;
        queue->waiting += item->size;
        pthread_cond_signal(&queue->added);
    }
    pthread_mutex_unlock(&queue->lock);
}

bool work_queue_failed(work_queue *queue)
{
    bool failed;

    pthread_mutex_lock(&queue->lock);
    failed = queue->status != WCOW_OK;
    pthread_mutex_unlock(&queue->lock);
    return failed;
}

wcow_status work_queue_wait(work_queue *queue, wcow_error *err)
{
    wcow_status status;

    pthread_mutex_lock(&queue->lock);
    while (queue->first || queue->running > 0)
        pthread_cond_wait(&queue->idle, &queue->lock);
    status = queue->status;
    if (status && err)
        *err = queue->failure;
    pthread_mutex_unlock(&queue->lock);
    return status;
}

void work_queue_free(work_queue *queue)
{
    if (!queue)
        return;
    pthread_mutex_lock(&queue->lock);
    queue->stopped = true;
    while (queue->first) {
        work *item = take(queue);

        item->release(item);
    }
    pthread_cond_broadcast(&queue->added);
    pthread_mutex_unlock(&queue->lock);
    for (unsigned i = 0; i < queue->thread_count; i++)
        pthread_join(queue->threads[i], NULL);
    pthread_cond_destroy(&queue->idle);
    pthread_cond_destroy(&queue->room);
    pthread_cond_destroy(&queue->added);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}
