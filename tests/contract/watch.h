/* SPDX-License-Identifier: MIT */
/** Recording notifications, for contract_hcs. */
#ifndef CONTRACT_WATCH_H
#define CONTRACT_WATCH_H

#include <pthread.h>
#include <stdbool.h>

#include "port/hcs.h"

typedef struct watch {
    pthread_mutex_t lock;
    unsigned seen[8]; /* system notifications by type */
    unsigned exited;  /* HCS_PROCESS_EXITED */
    unsigned other;
    int32_t hr;        /* of the last one */
    unsigned running;  /* callbacks at this moment */
    uint32_t delay_ms; /* how long each callback takes */
    bool own_thread;   /* one ran on the thread that made the watch */
    pthread_t maker;
} watch;

void watch_start(watch *w);
void watch_end(watch *w);
/** The hcs_callback; the context is the watch. */
void watch_note(uint32_t type, void *context, int32_t hr, const char *data);
unsigned watch_count(watch *w, uint32_t type);
/** Waits until that many came; false after the time. */
bool watch_wait(watch *w, uint32_t type, unsigned count, uint32_t milliseconds);

#endif
