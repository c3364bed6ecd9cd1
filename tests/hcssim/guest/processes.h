/* SPDX-License-Identifier: MIT */
/** What runs in a job. */
#ifndef HCSSIM_GUEST_PROCESSES_H
#define HCSSIM_GUEST_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <windows.h>

#include "tests/hcssim/engine/machine.h"

/** One malloc'ed block of rows. */
int32_t processes_list(HANDLE job, sim_process_row **rows, size_t *count);
int32_t processes_pause(HANDLE job, bool pause);

/** Sends a control event to each of them; does not wait for what comes of that. */
int32_t processes_signal(HANDLE job, int event);

#endif
