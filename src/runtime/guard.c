/* SPDX-License-Identifier: MIT */
/* Who may use a process in a container. */
#include "runtime/guard.h"

#include <stdlib.h>

guard *guard_new(void)
{
    guard *g = calloc(1, sizeof *g);

    if (!g)
        return NULL;
    if (pthread_mutex_init(&g->lock, NULL)) {
        free(g);
        return NULL;
    }
    if (!condition_init(&g->changed)) {
        pthread_mutex_destroy(&g->lock);
        free(g);
        return NULL;
    }
    atomic_init(&g->holders, 1);
    return g;
}

guard *guard_hold(guard *g)
{
    atomic_fetch_add(&g->holders, 1);
    return g;
}

/* Counted outside the lock: one who has seen the count go down may destroy the lock, and another
 * could still be on its way out of it. */
void guard_drop(guard *g)
{
    if (!g || atomic_fetch_sub(&g->holders, 1) > 1)
        return;
    pthread_mutex_destroy(&g->lock);
    condition_free(&g->changed);
    free(g);
}

bool guard_wait(guard *g, uint64_t deadline)
{
    return condition_wait_until(&g->changed, &g->lock, deadline);
}

void guard_set(guard *g, stage next)
{
    pthread_mutex_lock(&g->lock);
    g->stage = next;
    condition_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

bool guard_await(guard *g)
{
    bool runs;

    pthread_mutex_lock(&g->lock);
    while (g->stage == STAGE_STARTING)
        condition_wait(&g->changed, &g->lock);
    runs = g->stage == STAGE_RUNNING;
    pthread_mutex_unlock(&g->lock);
    return runs;
}

void guard_open(guard *g, compute_system *system, compute_process *process)
{
    pthread_mutex_lock(&g->lock);
    g->system = system;
    g->process = process;
    g->stage = STAGE_RUNNING;
    condition_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

bool guard_enter(guard *g)
{
    bool allowed;

    pthread_mutex_lock(&g->lock);
    allowed = g->stage == STAGE_RUNNING;
    if (allowed)
        g->users++;
    pthread_mutex_unlock(&g->lock);
    return allowed;
}

void guard_leave(guard *g)
{
    pthread_mutex_lock(&g->lock);
    g->users--;
    condition_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

bool guard_retire(guard *g, uint32_t milliseconds)
{
    const uint64_t deadline = ticks_after(milliseconds);
    bool retired;

    pthread_mutex_lock(&g->lock);
    while (g->users && guard_wait(g, deadline))
        continue;
    retired = !g->users;
    pthread_mutex_unlock(&g->lock);
    return retired;
}
