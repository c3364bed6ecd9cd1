/* SPDX-License-Identifier: MIT */
/**
 * Pieces of work, begun in the order they were added, by several threads. The failure that counts
 * is that of the earliest piece, as if they were done one after the other; later ones are dropped.
 */
#ifndef WCOW_LAYER_IMPORT_WORK_QUEUE_H
#define WCOW_LAYER_IMPORT_WORK_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

#include "base/cleanup.h"

/** The beginning of what a piece of work consists of. */
typedef struct work {
    wcow_status (*run)(struct work *work, wcow_error *err);
    void (*release)(struct work *work); /* when it is done or dropped, on any thread */
    size_t size;                        /* the memory that it takes, roughly */
    /* the queue's own */
    uint64_t number;
    struct work *next;
} work;

typedef struct work_queue work_queue;

/**
 * Starts the threads, or as many as there can be; without any, work is done where it is added.
 *
 * @param limit  of the memory of all that waits; a larger piece waits alone
 */
WCOW_CHECKED wcow_status work_queue_new(unsigned threads, size_t limit, work_queue **out,
                                        wcow_error *err);
/** Takes the work over, and releases it when it is done or dropped. Waits for room. */
void work_queue_add(work_queue *queue, work *item);
/** Whether there was a failure already: then adding more is in vain. */
bool work_queue_failed(work_queue *queue);
/** Waits until all is done; the failure, if there was one. */
WCOW_CHECKED wcow_status work_queue_wait(work_queue *queue, wcow_error *err);
/** Drops what was not begun, waits for the rest. */
void work_queue_free(work_queue *queue);

DEFINE_CLEANUP(work_queue, work_queue *, work_queue_free)
#define cleanup_work_queue CLEANUP(work_queue)

#endif
