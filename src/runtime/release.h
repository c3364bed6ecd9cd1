/* SPDX-License-Identifier: MIT */
/**
 * What a run takes from the host, and giving back what a run may have left there.
 *
 * Whoever owns a run keeps note of it: all that it may take, before it takes anything, crossed out
 * after it was given back. So after a crash the note says more than is there, never less; and
 * releasing what was never taken does no harm.
 */
#ifndef WCOW_RUNTIME_RELEASE_H
#define WCOW_RUNTIME_RELEASE_H

#include "layer/store/layer.h"
#include "network/endpoint.h"
#include "port/hcs.h"

/** What is taken, or may be. */
typedef struct run_taken {
    bool system;                 /* a compute system of the container's id */
    bool mounted;                /* its scratch */
    bool networked;              /* endpoints that are named after it */
    hns_endpoint_list endpoints; /* those of which more is known; without an id: one that was or is
                                    being made meanwhile, to be found by its name */
    char *space;                 /* id of a network namespace of its own; NULL: none */
    bool guarded;                /* an instance of the credential guard (schema 2) */
    bool guard_guessed;          /* of which no note tells */
} run_taken;

#define RUN_TAKEN_INIT                                                                             \
    {                                                                                              \
        false, false, false, {NULL, 0}, NULL, false, false                                         \
    }

void run_taken_free(run_taken *t);
DEFINE_CLEANUP_VALUE(run_taken, run_taken, run_taken_free)
#define cleanup_taken CLEANUP(run_taken)

/** Puts a copy in place of what `out` has; false: out of memory. */
bool run_taken_copy(const run_taken *t, run_taken *out);

/** Whether there is anything. */
bool run_taken_anything(const run_taken *t);

/** Where something is to be released. All borrowed. */
typedef struct release_place {
    const char *id;      /* of the container */
    hcs_port *hcs;       /* may be NULL if only a scratch is taken */
    layer_store layers;  /* may be empty if nothing is mounted */
    const char *scratch; /* the folder */
    uint32_t patience;   /* milliseconds, for each call to the service */
} release_place;

/** What was there, and is released. */
typedef struct released {
    size_t systems;
    size_t layers;
    size_t endpoints;
} released;

/**
 * Terminates and closes the system, removes its instance of the credential guard, deletes its
 * namespace and the endpoints, unmounts the scratch; crosses out in `what` what is released. Goes
 * on over failures and reports the first; but what a live system uses is not taken from under it. A
 * namespace that HNS will not delete is no failure (run_release_space()). The caller owns the
 * container.
 *
 * @param report  counts are added to; may be NULL
 */
WCOW_CHECKED wcow_status run_release(const release_place *place, run_taken *what, released *report,
                                     wcow_error *err);

/**
 * Of this the namespace alone, with whatever endpoints are in it. HNS deletes none that a container
 * is in, or that it believes to have one (network/namespace.h): of another that shares it, or of
 * one that is gone. So it may stay, noted in `what`, for its owner to keep its id and to try again
 * later: no container is kept from starting or going by that, since its next run has another one.
 */
void run_release_space(hcs_port *hcs, run_taken *what);

/** And its instance of the credential guard alone. */
WCOW_CHECKED wcow_status run_release_guard(hcs_port *hcs, const char *id, run_taken *what,
                                           wcow_error *err);

#endif
