/* SPDX-License-Identifier: MIT */
/* How processes are brought to their end: killed, deleted, given up. */
#include <string.h>

#include "base/error.h"
#include "shim/task/lifetime.h"

#define KILL 9u

/* Under the lock, but for the call: gives back what was never started. */
static waiting *discard(task_process *p)
{
    task_pod *pod = p->owner->pod;

    p->busy = true;
    pthread_mutex_unlock(&pod->lock);
    pod->backend->discard(pod->backend->context, p->handle);
    pthread_mutex_lock(&pod->lock);
    p->busy = false;
    process_fail(p);
    return process_over(p);
}

/* Under the lock, but for the calls. */
static wcow_status kill_one(task_process *p, uint32_t number, waiting **list, wcow_error *err)
{
    task_pod *pod = p->owner->pod;
    const char *name = p->exec_id[0] ? p->exec_id : p->owner->id;
    wcow_status status;

    if (!process_settle(p))
        return error_set(err, WCOW_TIMEOUT, "'%s' is still being started", name);
    if (p->status == TASK_STOPPED)
        return error_set(err, WCOW_NOT_FOUND, "'%s' has ended", name);
    if (p->status == TASK_CREATED) {
        *list = discard(p);
        return WCOW_OK;
    }
    pthread_mutex_unlock(&pod->lock);
    status = pod->backend->signal(pod->backend->context, p->handle, number, err);
    pthread_mutex_lock(&pod->lock);
    return status;
}

/* Under the lock: one that this round of killing has not come to; NULL: there is none. */
static task_process *next_victim(task_pod *pod, const task *only, uint64_t round)
{
    for (task *t = pod->tasks; t; t = t->next) {
        for (task_process *p = t->processes; p && (!only || t == only); p = p->next) {
            if (!p->making && p->status != TASK_STOPPED && p->round < round)
                return p;
        }
    }
    return NULL;
}

/* Under the lock, but for the calls: kills the others of a container, or of all of the pod. */
static void kill_others(task_pod *pod, const task *only, task_process *but, uint32_t number)
{
    const uint64_t round = ++pod->rounds;
    task_process *p;

    but->round = round;
    while ((p = next_victim(pod, only, round))) {
        waiting *list = NULL;

        p->round = round;
        p->users++;
        ignore(kill_one(p, number, &list, NULL));
        process_let_go(p);
        pthread_mutex_unlock(&pod->lock);
        tell_waiters(list);
        pthread_mutex_lock(&pod->lock);
    }
}

wcow_status task_kill(task_pod *pod, const char *id, const char *exec_id, uint32_t number, bool all,
                      wcow_error *err)
{
    waiting *list = NULL;
    task_process *p;
    wcow_status status;

    if (all && exec_id[0])
        return error_set(err, WCOW_CONFLICT, "all of a container's processes, or '%s': not both",
                         exec_id);
    status = process_hold(pod, id, exec_id, &p, err);
    if (status)
        return status;
    if (all)
        kill_others(pod, strcmp(id, pod->id) == 0 ? NULL : p->owner, p, number);
    status = kill_one(p, number, &list, err);
    process_unhold(pod, p);
    tell_waiters(list);
    return status;
}

/* Under the lock: waits until a process that has ended is finished. */
static bool await_over(task_process *p)
{
    task_pod *pod = p->owner->pod;
    const uint64_t deadline = ticks_after(TASK_PATIENCE);

    while (!p->over && condition_wait_until(&pod->changed, &pod->lock, deadline))
        continue;
    return p->over;
}

/* Under the lock: what goes with a container. Nobody waits for what is over. */
static void remove_task(task_process *first)
{
    task *t = first->owner;

    while (t->processes != first)
        process_remove(t->processes);
    process_remove(first);
}

static wcow_status check_delete(const task_process *p, wcow_error *err)
{
    const char *name = p->exec_id[0] ? p->exec_id : p->owner->id;

    if (p->busy || p->status == TASK_RUNNING)
        return error_set(err, WCOW_CONFLICT, "'%s' runs: it must be stopped first", name);
    for (const task_process *each = p->owner->processes; each && !p->exec_id[0];
         each = each->next) {
        if (each->making || each->busy)
            return error_set(err, WCOW_CONFLICT, "a process of '%s' is being started", name);
    }
    return WCOW_OK;
}

wcow_status task_delete(task_pod *pod, const char *id, const char *exec_id, task_end *out,
                        wcow_error *err)
{
    waiting *list = NULL;
    task_process *p;
    wcow_status status = process_hold(pod, id, exec_id, &p, err);

    if (status)
        return status;
    status = check_delete(p, err);
    if (!status && p->status == TASK_CREATED)
        list = discard(p);
    if (!status && !await_over(p))
        status = error_set(err, WCOW_TIMEOUT, "'%s' has ended, and is not given back yet", id);
    if (!status && process_of(pod, id, exec_id) != p)
        status = process_missing(id, exec_id, err); /* somebody else was quicker */
    if (!status)
        status = check_delete(p, err);
    if (!status) {
        *out = p->end;
        process_event(p, TASK_EVENT_DELETE, NULL);
        if (exec_id[0])
            process_remove(p);
        else
            remove_task(p);
        pod_check_end(pod);
    }
    process_unhold(pod, p);
    tell_waiters(list);
    return status;
}

void task_shut_down(task_pod *pod, const char *id)
{
    task *t;

    if (strcmp(id, pod->id) != 0)
        return;
    pthread_mutex_lock(&pod->lock);
    pod->unwanted = true;
    t = task_of(pod, id);
    t = t ? t : pod->tasks;
    if (t) {
        task_process *first = first_process(t);
        waiting *list = NULL;

        first->users++;
        kill_others(pod, NULL, first, KILL);
        if (!first->making)
            ignore(kill_one(first, KILL, &list, NULL));
        process_let_go(first);
        pthread_mutex_unlock(&pod->lock);
        tell_waiters(list);
        pthread_mutex_lock(&pod->lock);
    }
    pod_check_end(pod);
    pthread_mutex_unlock(&pod->lock);
}
