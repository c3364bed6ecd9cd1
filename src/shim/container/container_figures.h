/* SPDX-License-Identifier: MIT */
/** What the service says of a container that runs, and changing its limits. */
#ifndef WCOW_SHIM_CONTAINER_CONTAINER_FIGURES_H
#define WCOW_SHIM_CONTAINER_CONTAINER_FIGURES_H

#include "shim/container/container_process.h"

/* All of a container's first process. WCOW_NOT_FOUND if it does not run. */

WCOW_CHECKED wcow_status container_processes(container_process *p, task_add_facts *add, void *to,
                                             wcow_error *err);
WCOW_CHECKED wcow_status container_statistics(container_process *p, task_statistics *out,
                                              wcow_error *err);
/** All of it is checked before any of it is done. */
WCOW_CHECKED wcow_status container_update(container_process *p, const task_change *change,
                                          wcow_error *err);

#endif
