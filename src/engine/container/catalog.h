/* SPDX-License-Identifier: MIT */
/** All containers of a store: finding, listing, and taking names, safe against other processes. */
#ifndef WCOW_ENGINE_CONTAINER_CATALOG_H
#define WCOW_ENGINE_CONTAINER_CATALOG_H

#include "engine/container/record.h"
#include "engine/container/state.h"
#include "engine/host/store.h"

/**
 * A container as it stands on disk. Of one whose files cannot be read the rest is shown all the
 * same, with what stands for them (record_unreadable(), state_unreadable()): it must be
 * seen to be removed.
 */
typedef struct entry {
    record *record;
    state *state;
    wcow_status
        unreadable; /* WCOW_CORRUPT, or WCOW_UNSUPPORTED: a newer wcow's; `state` says why */
} entry;

void entry_clear(entry *e);
DEFINE_CLEANUP_VALUE(entry, entry, entry_clear)

typedef struct catalog {
    entry *items;
    size_t count;
} catalog;

#define CATALOG_INIT                                                                               \
    {                                                                                              \
        NULL, 0                                                                                    \
    }

void catalog_free(catalog *c);
DEFINE_CLEANUP_VALUE(catalog, catalog, catalog_free)
#define cleanup_catalog CLEANUP(catalog)

/** Folders of containers that were never finished or half removed. */
WCOW_CHECKED wcow_status catalog_debris(wcow_host *host, string_list *out, wcow_error *err);
/** Reads one; WCOW_NOT_FOUND if there is no such container. */
WCOW_CHECKED wcow_status catalog_entry(wcow_host *host, const char *id, entry *out,
                                       wcow_error *err);
/** Reads them all, newest first. One that vanishes meanwhile is left out; a damaged one is not. */
WCOW_CHECKED wcow_status catalog_read(wcow_host *host, catalog *out, wcow_error *err);
/** Whose network namespace that is: noted in its state, or told by the id. NULL: none of these. */
const char *catalog_of_namespace(const catalog *c, const char *space);
/**
 * Finds by whole id, name, or unambiguous prefix of an id, in this order (as Docker does). One
 * whose name cannot be read has the first 12 digits of its id for one.
 */
WCOW_CHECKED wcow_status catalog_find(wcow_host *host, const char *reference, char **id,
                                      char **name, wcow_error *err);
/** The lock under which names are taken and folders of containers come and go. */
WCOW_CHECKED wcow_status catalog_lock(wcow_host *host, store_lock *out, wcow_error *err);
/** Under the lock: who has this name? *id is NULL if nobody has. */
WCOW_CHECKED wcow_status catalog_owner(wcow_host *host, const char *name, char **id,
                                       wcow_error *err);

#endif
