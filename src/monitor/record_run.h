/* SPDX-License-Identifier: MIT */
/**
 * Between a container's files and its run: what they say goes into the run, and what becomes of it
 * goes into state.json.
 */
#ifndef WCOW_MONITOR_RECORD_RUN_H
#define WCOW_MONITOR_RECORD_RUN_H

#include "engine/container/restart_policy.h"
#include "engine/container/run_wiring.h"
#include "monitor/monitor.h"

/** What a run borrows. Zero-initialise. */
typedef struct record_run {
    monitor *monitor;
    cJSON *config;
    layer_chain chain;
    char *scratch;
    run_taken earlier;
    record *record; /* read anew: networks are joined and left between two runs */
    run_wiring wiring;
    bool renames;     /* as of run_networks */
    store_lock drive; /* from before its drive is unmounted until its end is recorded */
} record_run;

/** Reads the files, opens the ports, and fills in all of `request` but its sink. */
WCOW_CHECKED wcow_status record_run_open(record_run *r, monitor *m, run_request *request,
                                         wcow_error *err);
void record_run_close(record_run *r);

/** Its policy as its record is now: it may have been updated. */
restart_policy record_run_policy(const monitor *m);

/**
 * Records how the run ended: exited, or, after a failed first start, created; or restarting, unless
 * there is no room for that (m->restarting is no more then).
 */
WCOW_CHECKED wcow_status record_run_end(monitor *m, wcow_error *err);

#endif
