/* SPDX-License-Identifier: MIT */
/**
 * One run of a container: what is taken from the host from start to end. Used by the monitor's main
 * thread only; other threads may use `process` and `system` while the monitor lets them.
 */
#ifndef WCOW_RUNTIME_RUN_H
#define WCOW_RUNTIME_RUN_H

#include <stdatomic.h>

#include "engine/container/record.h"
#include "hcs/process.h"
#include "layer/store/scratch.h"
#include "network/endpoint.h"

typedef struct run {
    wcow_host *host;
    const char *id; /* borrowed, as is the record */
    const record *record;
    uint16_t columns, rows; /* of the console; 0: unknown */

    _Atomic(const char *) step; /* the service's call that is under way, for messages */
    cJSON *config;
    hcs_port *hcs;
    layer_store layers;
    layer_chain chain;
    char *scratch;
    char *volume;
    hns_endpoint endpoint;
    compute_system *system;
    compute_process *process;
    hcs_process_io io;
} run;

/**
 * From "starting" to a running init process; each thing taken is in state.json before it is taken.
 * On failure all is given back, except what the service does not let go of: that stays noted there.
 */
WCOW_CHECKED wcow_status run_begin(run *r, wcow_error *err);

/** Ends the system (shutdown, then terminate) and gives everything back. `r->process` has exited.
 */
WCOW_CHECKED wcow_status run_end(run *r, wcow_error *err);

/** How a run ended. */
typedef struct run_result {
    uint32_t exit_code;
    bool unknown;       /* the code could not be learnt: `problem` says why */
    wcow_error problem; /* else: why it did not start, or what went wrong after its end */
} run_result;

/** Records how the run ended: exited, or, after a failed first start, created. */
WCOW_CHECKED wcow_status run_record_end(run *r, const run_result *how, wcow_error *err);

/** Frees memory; takes nothing from the host and gives nothing back. */
void run_clear(run *r);

#endif
