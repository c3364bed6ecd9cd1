/* SPDX-License-Identifier: MIT */
/**
 * What becomes of tasks, told to containerd by its events service. One thread does it, in the order
 * in which things happened; nobody waits for it.
 *
 * While containerd is away the queue is kept, and tried again with growing pauses and whenever
 * containerd has connected to the shim. Exits and deletions are kept until it is back, within the
 * queue's bounds; the rest is dropped after some tries, since whoever comes back asks how things
 * are.
 */
#ifndef WCOW_SHIM_HOST_EVENT_QUEUE_H
#define WCOW_SHIM_HOST_EVENT_QUEUE_H

#include "base/cleanup.h"
#include "shim/host/shim_log.h"
#include "shim/task/backend.h"

typedef struct event_queue event_queue;

#define EVENT_QUEUE_MOST  4096u
#define EVENT_QUEUE_TRIES 5u
#define EVENT_PATIENCE    5000u  /* ms: for a connection, and for a call */
#define EVENT_FIRST_PAUSE 1000u  /* ms: doubled after each try that failed… */
#define EVENT_LAST_PAUSE  30000u /* …up to this */

/**
 * @param address  containerd's, for ttrpc; "": nobody is told anything
 * @param log  borrowed
 */
WCOW_CHECKED wcow_status event_queue_new(const char *address, const char *space, shim_log *log,
                                         event_queue **out, wcow_error *err);
/** Copies it. Never waits; of what there is no memory for, the log tells. False: as
 * event_queue_call(), which is to be called then. */
bool event_queue_add(event_queue *queue, const task_event *event);
/** Sees to it that what waits is told. False: there is no memory for a thread, so this is to be
 * called again. */
bool event_queue_call(event_queue *queue);
/** containerd is there: it is tried at once. */
void event_queue_hurry(event_queue *queue);
/** Gives what is left so long, and frees the queue. */
void event_queue_free(event_queue *queue, uint32_t milliseconds);

#endif
