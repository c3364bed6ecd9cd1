/* SPDX-License-Identifier: MIT */
/** A process that is added to a container. */
#ifndef WCOW_SHIM_CONTAINER_CONTAINER_EXEC_H
#define WCOW_SHIM_CONTAINER_CONTAINER_EXEC_H

#include "shim/container/container_process.h"

/** @param first  the container's, which it holds */
WCOW_CHECKED wcow_status container_exec_create(container_process *first, const task_wish *wish,
                                               task_process *task, container_process **out,
                                               wcow_error *err);
/** From then on a thread watches it to its end. */
WCOW_CHECKED wcow_status container_exec_start(container_process *p, uint32_t *pid, wcow_error *err);
/** By the last one who has it. */
void container_exec_free(container_process *p);

#endif
