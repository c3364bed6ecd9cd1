/* SPDX-License-Identifier: MIT */
/** state.json: how a container is. What it is: record.h. */
#ifndef WCOW_ENGINE_CONTAINER_STATE_H
#define WCOW_ENGINE_CONTAINER_STATE_H

#include "base/json.h"
#include "engine/container/health_check.h"
#include "engine/container/restart_policy.h"
#include "engine/container/summary.h"
#include "network/endpoint.h"

typedef enum phase {
    PHASE_CREATING, /* its scratch is being made */
    PHASE_CREATED,
    PHASE_STARTING,
    PHASE_RUNNING,
    PHASE_PAUSED,
    PHASE_EXITED,
    PHASE_REMOVING,
    PHASE_DEAD /* whoever created or removed it died at it: it can only be removed */
} phase;

/**
 * What a run takes from the host is noted here before it is taken and crossed out after
 * it was given back, so that whoever finds a dead container knows what to release.
 */
typedef struct state {
    cJSON *read; /* as in a record; as is the next */
    bool copied;
    phase phase;
    uint32_t pid; /* of the init process, as the host sees it */
    uint32_t monitor_pid;
    uint32_t exit_code;
    int64_t started; /* nanoseconds since 1970; 0: never */
    int64_t finished;
    char *error;                 /* why the last run failed; NULL or "" if it did not */
    bool networked;              /* endpoints were or are being made */
    hns_endpoint_list endpoints; /* HNS endpoints of this run, once known; one without an id is on
                                    its way (connect) */
    char *space;                 /* its own network namespace (schema 2); NULL or "": none */
    char *shared_space; /* that of the container whose network it shares, from its start to the end
                           of its run; NULL or "": none */
    int64_t joined; /* `started` of the container whose network it shares, as it was then; 0: none,
                       or an older wcow has started it */
    bool mounted;   /* the scratch was or is being mounted */
    bool system;    /* a compute system was or is being created */
    bool made;      /* its creation was finished */
    bool booted;    /* it was started before (IgnoreFlushesDuringBoot) */
    bool lost;      /* its monitor died; the exit code is made up */
    bool unknown;   /* its exit code could not be learnt, `error` says why; it is made up, too */
    /* Its run has ended and another follows after a pause; it counts as running meanwhile, as in
     * Docker, and to an older wcow it just runs. */
    bool restarting;
    uint32_t restart_count; /* since somebody started it */
    bool stopped;           /* somebody has stopped it: see restart_policy.h */
    health_state health;    /* of this run, or at its end */
    uint32_t health_streak; /* probes in a row that failed */
    bool named;             /* a start has written names of others into its hosts file */
    bool guarded;           /* the credential guard has or gets an instance for it (schema 2) */
    bool guard_guessed;     /* that it has is a guess: no run has noted it */
    bool service;           /* it has a Windows service, or one is being made (service.h) */
} state;

/** Exit code of a container whose own one nobody knows. */
#define EXIT_CODE_LOST UINT32_C(255)

void state_free(state *s);
DEFINE_CLEANUP(state, state *, state_free)
#define cleanup_state CLEANUP(state)

/** WCOW_CORRUPT if it is damaged, WCOW_UNSUPPORTED if a newer wcow wrote it in its own way. */
WCOW_CHECKED wcow_status state_read(wcow_host *host, const char *id, state **out, wcow_error *err);
/**
 * What stands for a state that cannot be read: dead, for that reason, and everything that a run
 * may take is noted as taken, and a service as made. NULL: out of memory.
 */
state *state_unreadable(const char *reason);
/**
 * Reads a state, or what stands for it if it is damaged, missing or of a newer wcow.
 *
 * @param known            copies of files; NULL: none
 * @param[out] unreadable  WCOW_OK, WCOW_CORRUPT or WCOW_UNSUPPORTED
 * @return WCOW_NOT_FOUND if there is no such container any more
 */
WCOW_CHECKED wcow_status state_look(summary *known, wcow_host *host, const char *id, state **out,
                                    wcow_status *unreadable, wcow_error *err);
/** Writes it as it is: for the owner of a container that nobody else can know of yet. */
WCOW_CHECKED wcow_status state_write(wcow_host *host, const char *id, const state *s,
                                     wcow_error *err);
bool state_is_running(const state *s); /* paused is running, too */
bool state_is_active(const state *s);  /* starting, running or paused */
/** Somebody is at work with it, or was when he died: its monitor, its creator, its remover. */
bool state_is_busy(const state *s);
/** The exit code of the last run; WCOW_EXIT_UNKNOWN, with the reason, if it could not be learnt. */
WCOW_CHECKED wcow_status state_exit_code(const state *s, uint32_t *out, wcow_error *err);
/** "created", "running"… as Docker names it. */
const char *phase_name(phase p);
/** The same, and "restarting". */
const char *state_name(const state *s);
/** What its end and --restart decide on. */
restart_facts state_restart_facts(const state *s);

/** Changes a state; returning a failure leaves it as it was. */
typedef wcow_status state_change_fn(void *context, state *s, wcow_error *err);

/** Reads, changes and writes the state under container.lock. */
WCOW_CHECKED wcow_status state_change(wcow_host *host, const char *id, state_change_fn *change,
                                      void *context, wcow_error *err);

/**
 * The same for the end of a run, which a full disk must not keep from being recorded: it is written
 * into the room that state_keep_room() has kept. For the container's owner.
 */
WCOW_CHECKED wcow_status state_change_last(wcow_host *host, const char *id, state_change_fn *change,
                                           void *context, wcow_error *err);
void state_keep_room(wcow_host *host, const char *id);

/** The same without writing it: what another one changes is seen whole, or not at all. */
WCOW_CHECKED wcow_status state_look_at(wcow_host *host, const char *id, state_change_fn *look,
                                       void *context, wcow_error *err);

#endif
