/* SPDX-License-Identifier: MIT */
/**
 * The service as a whole: what it has, the lock that guards it, and a call being carried out.
 *
 * The lock is never held while the machine works or a client is called back. What such a call needs
 * is pinned by a reference instead.
 */
#ifndef HCSSIM_ENGINE_ENGINE_H
#define HCSSIM_ENGINE_ENGINE_H

#include <pthread.h>

#include "base/condition.h"
#include "base/guid.h"
#include "base/json.h"
#include "base/text.h"
#include "refusal.h"
#include "sim.h"

typedef struct session session;
typedef struct handle handle;
typedef struct system_state compute_system;
typedef struct process_state compute_process;
typedef struct mount mount;
typedef struct fault fault;

/** A call being carried out. */
typedef struct sim_context {
    sim *sim;
    session *session;
    const cJSON *request;
    cJSON *reply;
    refusal why;
    uint64_t made;       /* handle that the call gave out, 0: none */
    sim_started streams; /* that it gave out; process NULL: none */
} sim_context;

typedef int32_t sim_handler(sim_context *c);

/** At least as many as there are handlers (sim.c). */
#define SIM_CALL_KINDS 96

struct sim {
    pthread_mutex_t lock;
    condition changed; /* something that a thread may wait for */
    sim_options options;
    char *state, *journal_path, *faults_path;
    sim_machine *machine;
    uint64_t last_id; /* of sessions, handles and callbacks */
    session *sessions;
    handle *handles;
    compute_system *systems;
    mount *mounts;
    cJSON *networks, *endpoints, *namespaces, *policies; /* HNS: arrays of objects */
    unsigned hns_counter;
    cJSON *guards; /* instances of the credential guard */
    fault *faults;
    size_t faults_hit;
    char *faults_text; /* of the fault file, as last read */
    pthread_mutex_t journal_lock;
    cJSON *journal;
    uint64_t journal_lines;
    size_t calls[SIM_CALL_KINDS]; /* carried out, by the row of their handler */
    size_t journal_kept;          /* entries in memory */
    int64_t begun;
    size_t jobs;      /* threads of sim_spawn() */
    size_t left_open; /* handles that sessions left when they ended */
};

/** Text of a member of the request; NULL if it is missing or null. */
const char *request_text(sim_context *c, const char *member);
void sim_lock(sim *s);
void sim_unlock(sim *s);
/** Wakes whoever waits for a change. */
void sim_changed(sim *s);
void sim_wait(sim *s);
/** The same for so long at most. */
void sim_wait_for(sim *s, uint32_t milliseconds);
/** A fresh random GUID. */
void guid_make(char out[GUID_TEXT_SIZE]);
int64_t wall_clock(void);
uint32_t sim_build(const sim *s);

#endif
