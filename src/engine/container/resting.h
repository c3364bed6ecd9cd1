/* SPDX-License-Identifier: MIT */
/** Containers that do not run, and whose scratch is used all the same: by commit and export. */
#ifndef WCOW_ENGINE_CONTAINER_RESTING_H
#define WCOW_ENGINE_CONTAINER_RESTING_H

#include "engine/container/container.h"
#include "engine/container/record.h"
#include "engine/host/host_stores.h"
#include "engine/host/store.h"

typedef struct resting {
    record *record;
    store_lock owner; /* held: nobody can start or remove it meanwhile */
    layer_store layers;
    layer_chain chain;
    char *scratch;
} resting;

#define RESTING_INIT                                                                               \
    {                                                                                              \
        .owner = STORE_LOCK_INIT, .chain = LAYER_CHAIN_INIT                                        \
    }

/**
 * Takes it, and notes that its scratch may be mounted, so that whoever finds it after a crash
 * releases it.
 *
 * @param verb  what it is for: "commit"
 * @return WCOW_CONFLICT while it runs
 */
WCOW_CHECKED wcow_status resting_take(wcow_container *container, const char *verb, resting *out,
                                      wcow_error *err);
/**
 * Takes the names of its networks, which are nobody's any more, out of its hosts file on the
 * mounted `volume`: its next start writes them again. What cannot be taken out stays.
 */
void resting_forget_names(const resting *r, const char *volume);
/** The same of one that is not mounted, and is not afterwards; nothing of one that has had none. */
WCOW_CHECKED wcow_status resting_forget_names_at_rest(const resting *r, wcow_error *err);
/** All went well and nothing is mounted any more: crosses the note out. */
WCOW_CHECKED wcow_status resting_done(wcow_container *container, wcow_error *err);
void resting_clear(resting *r);

DEFINE_CLEANUP_VALUE(resting, resting, resting_clear)
#define cleanup_resting CLEANUP(resting)

#endif
