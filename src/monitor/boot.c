/* SPDX-License-Identifier: MIT */
/*
 * The host has booted. Windows starts a container's service after those that it depends on, as soon
 * as their processes run; whether they answer by then nobody promises (and a manager that knows no
 * dependencies starts it first). A start that fails is the end of it, so they are asked first.
 */
#include "monitor/boot.h"

#include "base/condition.h"
#include "base/error.h"
#include "engine/container/state.h"
#include "hcs/system.h"
#include "monitor/record_run.h"
#include "network/network.h"

/* Between two questions: nobody else waits for them. */
#define PAUSE 500u

bool boot_brings_back(const monitor *m)
{
    const restart_policy policy = record_run_policy(m);
    cleanup_state state *s = NULL;

    if (state_read(m->host, m->id, &s, NULL) || !s->booted)
        return false;

    const restart_facts how = state_restart_facts(s);

    return restart_follows(&policy, &how);
}

/* That of networks counts only for who is on one. */
static bool services_answer(const monitor *m)
{
    cleanup_json cJSON *systems = NULL;
    hns_network *networks = NULL;
    size_t count = 0;
    hcs_port *hcs = NULL;
    wcow_status status = host_hcs(m->host, &hcs, NULL);

    if (!status)
        status = compute_systems(hcs, m->host->version.build, NULL, &systems, NULL);
    if (!status && m->record->networks.count) {
        status = hns_networks(hcs, &networks, &count, NULL);
        hns_networks_free(networks, count);
    }
    return !status;
}

void boot_await_services(monitor *m)
{
    const uint64_t give_up = ticks_after(m->host->limits.boot);
    bool idle = true;

    while (idle && ticks_now() < give_up && !services_answer(m)) {
        const uint64_t next = ticks_after(PAUSE);

        monitor_lock(m);
        while (m->run.guard->stage == STAGE_IDLE && monitor_wait(m, next))
            ;
        idle = m->run.guard->stage == STAGE_IDLE;
        monitor_unlock(m);
    }
}
