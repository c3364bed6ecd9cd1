/* SPDX-License-Identifier: MIT */
/** What takes time: operations on systems, and threads for them. */
#ifndef HCSSIM_ENGINE_OPERATIONS_H
#define HCSSIM_ENGINE_OPERATIONS_H

#include "handles.h"
#include "systems.h"

/** Carries out a part of an operation without the lock. */
typedef int32_t operation_work(sim *s, compute_system *system, refusal *why);

/** Runs an operation on a system as the options say: at once, or pending and then a notification.
 */
int32_t operation_run(sim_context *c, handle *on, uint32_t notification, system_status then,
                      operation_work *work);
/** Runs something on a thread that sim_free() waits for. */
bool sim_spawn(sim *s, void (*run)(sim *s, void *argument), void *argument);
operation_work work_create, work_start, work_pause, work_resume, work_save;
/** Waits for users and operations to leave, ends the guest, reports. Not under the lock. */
void system_stop(sim *s, compute_system *system);

#endif
