/* SPDX-License-Identifier: MIT */
/** What a container's record and its host say of a run. */
#ifndef WCOW_ENGINE_CONTAINER_RUN_REQUEST_H
#define WCOW_ENGINE_CONTAINER_RUN_REQUEST_H

#include "engine/container/record.h"
#include "runtime/run.h"

/** The Owner of its compute systems: what carries it is ours to clear away. */
#define RUN_OWNER "wcow"

/**
 * Fills in who is run, how, and how long it may take. Left to the caller: ports, layers, scratch,
 * networks (run_wiring.h), configuration, notes, and where the output goes.
 */
void run_request_fill(run_request *request, const wcow_host *host, const record *what);

#endif
