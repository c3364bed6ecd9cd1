/* SPDX-License-Identifier: MIT */
/**
 * One run of one container, from an OCI runtime configuration: what it takes from the host, and
 * that all of it is given back. It knows no image, no name and no record: its owner (the monitor,
 * the shim) hands in what it needs, and is told what to keep note of.
 *
 *     run_init(&r) … run_begin(&r, &request) … run_pass_on(&r) … run_wait(&r, &code)
 *     run_close(&r); run_drain(&r); run_end(&r); … guard_set(r.guard, STAGE_ENDED); run_free(&r)
 *     … or, for one more: run_again(&r); guard_set(r.guard, STAGE_PAUSE), STAGE_STARTING;
 * run_begin()
 *
 * These are the owner's, on one thread. Others use the process between guard_enter() and
 * guard_leave(), end it by stopping.h, and write to it through `streams`.
 */
#ifndef WCOW_RUNTIME_RUN_H
#define WCOW_RUNTIME_RUN_H

#include <stdatomic.h>

#include "base/json.h"
#include "base/step.h"
#include "hcs/document.h"
#include "network/network.h"
#include "runtime/guard.h"
#include "runtime/hosts.h"
#include "runtime/release.h"
#include "runtime/streams.h"

/** How its owner keeps note of it (see release.h): a failure ends the run. */
typedef struct run_notes {
    void *context;
    /** Before anything is taken: all that it may take. */
    wcow_status (*begin)(void *context, const run_taken *what, wcow_error *err);
    /** It runs: more is known of what is taken. NULL: nobody keeps note of that. */
    wcow_status (*running)(void *context, uint32_t pid, const run_taken *what, wcow_error *err);
    /** It ends: its endpoints are those that are noted now: others may have taken more for it, or
     * given some back. NULL: nobody does. */
    wcow_status (*ending)(void *context, run_taken *what, wcow_error *err);
    /** It was given back, but for this. NULL: nobody keeps note of that. */
    wcow_status (*released)(void *context, const run_taken *left, wcow_error *err);
} run_notes;

/** How long the service may take. Milliseconds. */
typedef struct run_limits {
    uint32_t drain;     /* silence after the exit after which the pipes count as read */
    uint32_t shutdown;  /* for HcsShutdownComputeSystem to end the system */
    uint32_t terminate; /* for HcsTerminate… to end a process or a system */
    uint32_t sink;      /* for the sink to return after the process's end; 0: as long as it takes */
} run_limits;

/** A network that the container is connected to. All borrowed. */
typedef struct run_network {
    const char *reference;      /* as of hns_network_find(); NULL: the host's default network */
    hns_endpoint_wish endpoint; /* but for its network's id and its name */
} run_network;

/**
 * Finds a network by its reference, and adds to the wish for an endpoint what follows from the
 * network; what that borrows lasts until the next is looked for.
 */
typedef wcow_status run_find_network(void *context, hcs_port *hcs, const char *reference,
                                     hns_network *out, hns_endpoint_wish *wish, wcow_error *err);

/** All its networks: the first is the one that ports and names are of, and it may have none. */
typedef struct run_networks {
    const run_network *items;
    size_t count;
    run_find_network *find;           /* NULL: HNS alone is asked */
    void *context;                    /* for it */
    socket_owner_find_fn *port_owner; /* who has a port of the host; NULL: nobody asks before */
    /** Instead: another container's, by its id, and the endpoints of that one. NULL: none. */
    const char *container;
    const hns_endpoint_list *endpoints;
    const char *space;      /* and, with schema 2, its namespace */
    const host_name *names; /* for its hosts file; HOST_GATEWAY is its first gateway's address */
    size_t name_count;
    bool as_configured; /* the configuration names them: nothing is taken, nothing is set there */
    bool renames; /* names of an earlier run may stand there: they go, if there are none now */
} run_networks;

/** What is to be run, and where. All borrowed, until run_free(). */
typedef struct run_request {
    const char *id;
    const char *owner;  /* the Owner of its compute system */
    cJSON *config;      /* the OCI configuration; what the run learns of it is set there */
    run_taken *earlier; /* what an earlier run may have left: released first; NULL: nothing */
    hcs_port *hcs;
    layer_store layers;
    const layer_chain *chain; /* what the scratch stands on */
    const char *scratch;      /* the folder */
    run_networks networks;
    uint16_t columns, rows;       /* of its console, if it has one; 0: unknown */
    const process_streams *pipes; /* that its process has; NULL: all of them */
    bool keep_input;              /* somebody will write to it; else its input ends at once */
    document_schema schema;
    uint32_t build;      /* of Windows; 0: unknown */
    uint32_t processors; /* of the machine; 0: unknown */
    run_limits limits;
    run_notes notes;
    streams_sink sink;      /* where its output goes */
    const step_sink *steps; /* who is told of each step; NULL: nobody */
} run_request;

typedef struct run {
    guard *guard;
    _Atomic(const char *) step; /* the service's call that is under way, for messages; or NULL */
    run_request what;
    run_taken taken;
    char *volume;
    compute_system *system;
    bool is_down; /* the system has ended, and needs no more than to be closed */
    compute_process *process;
    streams *streams;
    cJSON *credentials; /* what the credential guard answered, until the system is created */
} run;

/** Others may wait for it from now on, and stop it. */
WCOW_CHECKED wcow_status run_init(run *r, wcow_error *err);

/**
 * To a running init process; then the guard is open. On failure all is given back, except what the
 * service does not let go of: that stays noted.
 */
WCOW_CHECKED wcow_status run_begin(run *r, const run_request *request, wcow_error *err);

/**
 * The same in two steps: to a compute system that was not started, and from there on. What was
 * created is given back by run_discard(), if it is not to be started; after a failure of either
 * nothing is left to do.
 */
WCOW_CHECKED wcow_status run_create(run *r, const run_request *request, wcow_error *err);
WCOW_CHECKED wcow_status run_start(run *r, wcow_error *err);
void run_discard(run *r);

/** Starts passing its output on, and ends its input if nobody will write to it. On failure the
 * process is killed. */
WCOW_CHECKED wcow_status run_pass_on(run *r, wcow_error *err);

/** compute_process_ends_within() and compute_process_wake_also() of the init process: for who does
 * something else meanwhile. */
static inline bool run_ends_within(run *r, uint32_t milliseconds)
{
    return compute_process_ends_within(r->process, milliseconds);
}

static inline void run_wake_also(run *r, void (*wake)(void *), void *context)
{
    compute_process_wake_also(r->process, wake, context);
}

/** Waits for the end of the init process. WCOW_EXIT_UNKNOWN and others as compute_process_wait().
 */
WCOW_CHECKED wcow_status run_wait(run *r, uint32_t *exit_code, wcow_error *err);

/** It ends: nobody new may use it, and who writes to it is let go of. */
void run_close(run *r);

/**
 * Shuts the system down, or terminates it, before run_end() does: what else runs in it ends with
 * that, and whoever watches that can leave.
 */
WCOW_CHECKED wcow_status run_stop_system(run *r, wcow_error *err);

/**
 * Waits until its output is read. Descendants may hold the pipes open; then the system is ended,
 * which closes them, and the rest is read.
 *
 * @return false if somebody is in the sink still, after limits.sink: then the owner takes `streams`
 *         away with streams_abandon()
 */
bool run_drain(run *r);

/**
 * Ends the system (shutdown, then terminate) and gives everything back. If a call to the service
 * has not returned, what it uses cannot be closed: the death of this process closes it, and what is
 * noted tells the rest.
 */
WCOW_CHECKED wcow_status run_end(run *r, wcow_error *err);

/**
 * After run_end(): makes it ready for another run_begin().
 *
 * @return false if a call to the service stands in what the last one had: then there is no other
 */
bool run_again(run *r);

/** Frees memory; takes nothing from the host and gives nothing back. */
void run_free(run *r);

#endif
