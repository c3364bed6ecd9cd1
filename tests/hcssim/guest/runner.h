/* SPDX-License-Identifier: MIT */
/**
 * Running a container's processes: one job, its programs, their streams and consoles. The service
 * uses it for process isolation (the volume is a folder), the agent in the utility VM for Hyper-V
 * isolation (C:\ is the volume). All functions return HRESULTs and may be called from any thread.
 */
#ifndef HCSSIM_GUEST_RUNNER_H
#define HCSSIM_GUEST_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <windows.h>

#include "tests/hcssim/engine/machine.h"

typedef struct runner runner;
typedef struct runner_process runner_process;

/** Streams are overlapped ends, the caller's; NULL where not asked for. */
typedef struct runner_started {
    uint32_t pid;
    HANDLE in, out, err;
    runner_process *process;
} runner_started;

/** @param root  folder that is C:\ inside, NULL for C:\ itself; both are copied */
int32_t runner_new(const wchar_t *root, const char *hostname, runner **out);
/** Ends all its processes, waits for that, frees it. Its processes must be freed already or later.
 */
void runner_free(runner *r);
/** Its processes get CTRL_SHUTDOWN_EVENT; does not wait for what comes of that. */
int32_t runner_shutdown(runner *r);
/** Ends all its processes with this code and waits for that. */
void runner_stop(runner *r, uint32_t exit_code);
/** Of `spec`, client_pid is not looked at. `exited` may be called before this returns. */
int32_t runner_start(runner *r, const sim_process_spec *spec, runner_started *out);
int32_t runner_pause(runner *r, bool pause);
int32_t runner_list(runner *r, sim_process_row **rows, size_t *count);

int32_t runner_process_kill(runner_process *process, uint32_t exit_code);
int32_t runner_process_signal(runner_process *process, int event);
int32_t runner_process_resize(runner_process *process, uint16_t columns, uint16_t rows);
/** `exited` is not called after return. The process runs on. */
void runner_process_free(runner_process *process);

#endif
