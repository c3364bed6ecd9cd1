/* SPDX-License-Identifier: MIT */
/** Processes of compute systems. */
#ifndef HCSSIM_ENGINE_PROCESSES_H
#define HCSSIM_ENGINE_PROCESSES_H

#include "systems.h"

struct process_state {
    compute_system *system; /* holds a reference */
    uint32_t pid;
    bool console;
    bool in_closed;
    bool exited;
    uint32_t exit_code;
    sim_process *started;
    size_t refs;
    compute_process *next;
};

void process_ref(compute_process *process);
void process_unref(sim *s, compute_process *process);
/** Its end, once: reports it, lets go of it. */
void process_ended(sim *s, compute_process *process, uint32_t exit_code);
char *process_status(const compute_process *process);
sim_handler call_create_process, call_open_process, call_close_process, call_terminate_process;
sim_handler call_signal_process, call_process_info, call_process_properties, call_modify_process;

#endif
