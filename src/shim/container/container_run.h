/* SPDX-License-Identifier: MIT */
/** A container and its first process: a run (runtime/run.h), from Create to its end. */
#ifndef WCOW_SHIM_CONTAINER_CONTAINER_RUN_H
#define WCOW_SHIM_CONTAINER_CONTAINER_RUN_H

#include "shim/container/bundle_config.h"
#include "shim/container/container_process.h"

/** Nothing is left on failure, but for what the service does not let go of: that stays noted. */
WCOW_CHECKED wcow_status container_run_create(container_backend *backend, const task_wish *wish,
                                              task_process *task, container_process **out,
                                              wcow_error *err);
/** The same; from then on a thread watches it to its end. */
WCOW_CHECKED wcow_status container_run_start(container_process *p, uint32_t *pid, wcow_error *err);
/** Gives back what was never started. A service that does not answer is not waited for for long. */
void container_run_discard(container_process *p);
/** By the last one who has it. */
void container_run_free(container_process *p);

const bundle_config *container_run_config(const container_process *p);

#endif
