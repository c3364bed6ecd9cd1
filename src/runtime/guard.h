/* SPDX-License-Identifier: MIT */
/**
 * Who may use a process in a container, and its compute system: nobody before it runs, whoever
 * enters while it does, nobody new once it ends. Handles are closed when all have left.
 *
 * Calls to the service may never return, so whoever makes one holds the guard itself, too: lock and
 * condition stay for as long as somebody may come back to them, whatever has become of their owner.
 * The owner may guard more by the same lock, and wait for the same condition.
 */
#ifndef WCOW_RUNTIME_GUARD_H
#define WCOW_RUNTIME_GUARD_H

#include <stdatomic.h>

#include "base/condition.h"
#include "hcs/process.h"

typedef enum stage {
    STAGE_IDLE, /* nobody has asked for a start yet */
    STAGE_STARTING,
    STAGE_RUNNING,
    STAGE_ENDING, /* the process has ended; teardown is under way */
    STAGE_PAUSE,  /* everything is given back, and its owner is about to start it again */
    STAGE_ENDED   /* everything is given back, or the start failed */
} stage;

typedef struct guard {
    pthread_mutex_t lock; /* guards the following, and what its owner says */
    condition changed;    /* broadcast at every change that somebody may wait for */
    stage stage;
    unsigned users;
    struct errand *errands; /* calls under way, see errand.h */
    compute_system *system; /* these are for who has entered */
    compute_process *process;
    atomic_uint holders;
} guard;

/** Idle; held once. NULL: there is no memory. */
guard *guard_new(void);
guard *guard_hold(guard *g);
/** The last one frees it. Whoever drops it has left the lock. NULL is fine. */
void guard_drop(guard *g);

/** condition_wait_until() for `changed`; lock held. */
bool guard_wait(guard *g, uint64_t deadline);
void guard_set(guard *g, stage next);
/** Waits while it starts. Whether it runs then. */
bool guard_await(guard *g);
/** Opens it: from now on it runs. */
void guard_open(guard *g, compute_system *system, compute_process *process);

/** Whether process and system may be used; if so, until guard_leave(). */
bool guard_enter(guard *g);
void guard_leave(guard *g);
/** Waits until nobody uses them any more. False: somebody has not come back in time. */
bool guard_retire(guard *g, uint32_t milliseconds);

#endif
