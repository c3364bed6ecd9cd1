/* SPDX-License-Identifier: MIT */
/**
 * Finding containers whose owner (monitor, creator, remover) died, and bringing them to rest.
 *
 * Whoever changes a container over a time holds its monitor.lock. A state that says "somebody is at
 * work" with that lock free means that he died.
 */
#ifndef WCOW_ENGINE_CONTAINER_RECONCILE_H
#define WCOW_ENGINE_CONTAINER_RECONCILE_H

#include "engine/container/container.h"
#include "engine/container/record.h"
#include "engine/container/state.h"
#include "engine/host/store.h"
#include "runtime/release.h"

/** Whether another command has removed it: there is no container.json any more. */
bool container_gone(wcow_container *container);
/** WCOW_NOT_FOUND, "… was removed by another command". */
wcow_status container_say_gone(const wcow_container *container, wcow_error *err);
/** Its record; as container_say_gone() if another command has removed it. */
WCOW_CHECKED wcow_status container_record(wcow_container *container, record **out, wcow_error *err);

/**
 * Reads a container's state; if its monitor died, first releases what it left (system, mounted
 * scratch, endpoint) and records "exited, monitor lost". A state that is damaged or missing makes
 * it dead; it stays on the disk as it is, until somebody removes the container.
 *
 * @return WCOW_UNSUPPORTED if a newer wcow wrote it
 *         as container_say_gone() if another command removed it meanwhile
 */
WCOW_CHECKED wcow_status container_settle(wcow_container *container, state **out, wcow_error *err);

/**
 * A call to the service failed so: if that can be since the container's run has just ended, waits
 * for a moment until its state tells. True: it does.
 */
bool container_await_end(wcow_container *container, wcow_status why);

/**
 * Whether somebody is at work with a container whose state says so: then it is as it was just read.
 * Who changes it, or asks as well, counts as one who is: what was read was true a moment before.
 */
bool container_watched(wcow_host *host, const char *id);

/**
 * The caller has just taken the container's monitor.lock: if the state says that somebody is at
 * work, he died. Brings it to rest as container_settle() does.
 */
WCOW_CHECKED wcow_status container_inherit(wcow_host *host, const char *id, wcow_error *err);
/**
 * For who holds the lock of one that he has found at rest before: whether this, its state now, says
 * that it was started meanwhile, and its monitor died. That one's loss is noted then. On a full
 * disk a state that nobody could write says the same, and means nothing.
 */
bool container_started_meanwhile(wcow_host *host, const char *id, const state *s);

/** What is to be told of one whose monitor died, or could not record its end: once, when it is
 * written down or the container goes. */
typedef struct loss {
    bool untold;
    const uint32_t *code; /* NULL: nobody knows how it ended */
    int64_t started;
    hns_endpoint_list endpoints;
} loss;

/** For who has the lock: what this, its state as it is written, leaves to be told. */
loss loss_of(const state *s, const uint32_t *code);
/**
 * Tells it: networks and volumes given back, "die", and if nobody knows more Windows' log. Nothing,
 * if it was told.
 */
void loss_tell(wcow_host *host, const char *id, loss *l);
void loss_clear(loss *l);

DEFINE_CLEANUP_VALUE(loss, loss, loss_clear)
#define cleanup_loss CLEANUP(loss)

/** What a state says that a run took. False: there is no memory. */
bool state_taken(const state *s, run_taken *out);
/** Notes in a state what is taken now. False: there is no memory. */
bool state_note(state *s, const run_taken *what);

/**
 * Releases everything that `s` says a run took, and crosses it out in `s`. Goes on over failures
 * and reports the first; what failed stays noted. The caller owns the container.
 */
WCOW_CHECKED wcow_status container_release(wcow_host *host, const char *id, state *s,
                                           released *report, wcow_error *err);

/**
 * Takes the container's monitor.lock: from then on the caller answers for it.
 *
 * @return WCOW_TIMEOUT if another has it for all that time: the error names the lock; what users
 *         are told is container_say_busy()
 */
WCOW_CHECKED wcow_status container_own(wcow_host *host, const char *id, uint32_t milliseconds,
                                       store_lock *out, wcow_error *err);
/** WCOW_CONFLICT, "container … is busy". */
wcow_status container_say_busy(const char *name, wcow_error *err);

#endif
