/* SPDX-License-Identifier: MIT */
/** Compute systems: containers and utility VMs. */
#ifndef HCSSIM_ENGINE_SYSTEMS_H
#define HCSSIM_ENGINE_SYSTEMS_H

#include "engine.h"

typedef enum system_status {
    SYSTEM_CREATED,
    SYSTEM_RUNNING,
    SYSTEM_PAUSED,
    SYSTEM_STOPPED
} system_status;

/** A mapped folder or pipe, an endpoint…: what start and stop need of the document, read once. */
typedef struct system_spec {
    char *hostname;
    char *volume; /* GUID of a process-isolated one */
    char *scratch;
    char *runtime_image;
    char *shared_container;
    char *space; /* network namespace; NULL: none */
    char *host;  /* id of the utility VM that hosts it */
    string_list layers;
    string_list mounts; /* triples host, container, ro|rw */
    string_list endpoints;
    uint64_t memory_mb;
    bool hyperv;
    bool machine; /* a utility VM of its own (schema 2), not a container */
    bool terminate_on_close;
} system_spec;

struct system_state {
    sim *sim;
    char *id;
    char *owner;
    char runtime_id[GUID_TEXT_SIZE];
    system_spec spec;
    compute_system *host; /* a hosted container's utility VM; holds a reference */
    system_status status;
    bool busy;     /* an operation is under way */
    bool stopping; /* its end was asked for */
    bool graceful; /* by a shutdown: its processes are told before they are killed */
    bool linked;   /* others can find it by its id */
    bool disk_used;
    int32_t exit_hr;
    const char *exit_type;
    char *exit_data;
    sim_guest *guest;
    size_t users;   /* machine calls under way that use the guest */
    size_t handles; /* of all clients */
    size_t refs;
    compute_process *processes;
    int64_t created, started; /* ns since 1970 */
    compute_system *next;
};

void system_spec_free(system_spec *spec);
compute_system *system_find(sim *s, const char *id);
void system_ref(compute_system *system);
void system_unref(compute_system *system);
/** A handle on it is gone: terminates, forgets. */
void system_handle_closed(sim *s, compute_system *system);
/** A stopped system without handles is no more. */
void system_forget_if_done(sim *s, compute_system *system);
/** Pins the guest for a machine call; false when there is none any more. */
bool system_use(compute_system *system);
void system_unuse(compute_system *system);
/** Starts its end; the rest happens on a thread of its own. */
void system_begin_stop(sim *s, compute_system *system, int32_t hr, const char *exit_type);
/** The same after its processes were asked to leave; a later system_begin_stop() ends the wait. */
void system_begin_shutdown(sim *s, compute_system *system);
const char *system_status_text(const compute_system *system);
sim_handler call_create_system, call_open_system, call_close_system, call_enumerate;
sim_handler call_start, call_shutdown, call_terminate, call_pause, call_resume, call_save;

#endif
