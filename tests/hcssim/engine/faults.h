/* SPDX-License-Identifier: MIT */
/** Faults that tests inject. */
#ifndef HCSSIM_ENGINE_FAULTS_H
#define HCSSIM_ENGINE_FAULTS_H

#include "engine.h"

typedef struct fault {
    cJSON *rule;
    unsigned seen;
    struct fault *next;
} fault;

/** What is to happen to a call. */
typedef struct fault_verdict {
    bool hit;
    bool fails;
    bool after;
    bool events;
    bool kill;
    bool kill_client;
    int32_t hr;
    uint32_t delay;
} fault_verdict;

void fault_check_call(sim *s, const char *call, fault_verdict *out);
/** True: drop it. *delay gets extra milliseconds. */
bool fault_check_notice(sim *s, uint32_t type, uint32_t *delay);
/** The service dies: everybody is disconnected, all handles go dead. Under the lock. */
void sim_kill(sim *s);

#endif
