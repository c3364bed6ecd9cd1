/* SPDX-License-Identifier: MIT */
/** What the files of compute processes share. */
#ifndef WCOW_HCS_PROCESS_INTERNAL_H
#define WCOW_HCS_PROCESS_INTERNAL_H

#include <pthread.h>

#include "hcs/process.h"

struct compute_process {
    compute_system *system;
    hcs_process *handle;
    hcs_registration *registration;
    uint32_t pid;

    /* guarded by the system's board */
    bool exited;
    uint64_t gone_at; /* it must have ended: nobody waits longer than until then */
    compute_process *next_abandoned;

    pthread_mutex_t exit_lock; /* guards the asking for the exit code */
    bool exit_asked;
    uint32_t exit_code;
    wcow_error exit_error; /* why the code is not known; WCOW_OK if it is */
};

/** It must have ended, says the service: from now on its end is waited for a moment only. */
void process_note_gone(compute_process *process);

#endif
