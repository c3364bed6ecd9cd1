/* SPDX-License-Identifier: MIT */
#include "monitor/step_log.h"

#include "monitor/peer.h"

static void take(void *context, const char *what, uint64_t when)
{
    monitor *m = context;
    step_log *all = &m->steps;

    monitor_lock(m);
    if (all->count < STEP_LOG_SIZE) {
        all->items[all->count].what = what;
        all->items[all->count].when = when;
        all->count++;
    }
    peers_step(m, what, when);
    monitor_unlock(m);
}

step_sink step_log_sink(monitor *m)
{
    return (step_sink){take, m};
}

void step_log_tell(peer *p)
{
    const step_log *all = &peer_monitor(p)->steps;

    peer_wishes(p)->steps = true;
    for (size_t i = 0; i < all->count; i++)
        peer_send_step(p, all->items[i].what, all->items[i].when);
}
