/* SPDX-License-Identifier: MIT */
/* How processes are brought to their end: killed, deleted, given up. */
#include <string.h>

#include "base/error.h"
#include "shim/task/lifetime.h"

/* Under the lock: whoever starts it does it. Nothing takes a KILL back. */
static void note(task_process *p, uint32_t number)
{
    if (!p->noted || p->number != TASK_KILL)
        p->number = number;
    p->noted = true;
}

/* Under the lock, but for the calls. Waits for no start, which may take minutes, and for the result
 * of a signal if it is told to. */
static wcow_status kill_one(task_process *p, uint32_t number, bool wait, waiting **list,
                            wcow_error *err)
{
    task_pod *pod = p->owner->pod;
    const char *name = p->exec_id[0] ? p->exec_id : p->owner->id;
    wcow_status status;

    if (p->busy) {
        note(p, number);
        return WCOW_OK;
    }
    if (p->status == TASK_STOPPED)
        return error_set(err, WCOW_NOT_FOUND, "'%s' has ended", name);
    if (p->status == TASK_CREATED) {
        *list = process_discard(p, *list);
        return WCOW_OK;
    }
    pthread_mutex_unlock(&pod->lock);
    status = pod->backend->signal(pod->backend->context, p->handle, number, wait, err);
    pthread_mutex_lock(&pod->lock);
    return status;
}

/* It was created, and nobody starts it. */
static bool is_idle(const task_process *p)
{
    return p->status == TASK_CREATED && !p->busy;
}

/*
 * A round of killing comes to each process once, whatever becomes of it meanwhile: what was only
 * created may be started before its turn, and another round may come to it first, with another
 * signal. So each has a bit of its own, which those that it has come to carry.
 */
typedef struct kill_round {
    task_pod *pod;
    const task *only; /* NULL: everything in the pod */
    uint32_t number;
    uint64_t bit;
} kill_round;

/*
 * Under the lock, which is given back while 64 rounds are under way: one more would have no bit,
 * and come to the same process for ever. A shim's server has 8 threads for them; a pod does not
 * rely on how many threads its callers have.
 */
static void begin_round(kill_round *r)
{
    task_pod *pod = r->pod;

    while (pod->rounds == UINT64_MAX)
        condition_wait(&pod->changed, &pod->lock);
    r->bit = ~pod->rounds & (pod->rounds + 1); /* the lowest that nobody has */
    pod->rounds |= r->bit;
}

/* Under the lock. */
static void end_round(const kill_round *r)
{
    task_pod *pod = r->pod;

    for (task *t = pod->tasks; t; t = t->next) {
        for (task_process *p = t->processes; p; p = p->next)
            p->visited &= ~r->bit;
    }
    pod->rounds &= ~r->bit;
    condition_broadcast(&pod->changed);
}

/* Under the lock: one that this round has not come to; NULL: there is none. */
static task_process *next_victim(const kill_round *r, bool idle_too)
{
    for (task *t = r->pod->tasks; t; t = t->next) {
        for (task_process *p = t->processes; p && (!r->only || t == r->only); p = p->next) {
            if (!p->making && p->status != TASK_STOPPED && !(p->visited & r->bit) &&
                (idle_too || !is_idle(p)))
                return p;
        }
    }
    return NULL;
}

/* Under the lock, but for the calls. Nobody asks how it went, so nothing is waited for but that
 * what was only created is given back. */
static void kill_unvisited(const kill_round *r, bool idle_too)
{
    task_process *p;

    while ((p = next_victim(r, idle_too))) {
        waiting *list = NULL;

        p->visited |= r->bit;
        p->users++;
        ignore(kill_one(p, r->number, false, &list, NULL));
        process_let_go(p);
        pod_tell(r->pod, list);
    }
}

/*
 * Under the lock, but for the calls: kills a process, and the others of a container, or of all of
 * the pod: what runs first, all at once, then the one that is asked for, then what only has to be
 * given back. So a service that is stuck is waited for once, however many there are.
 */
static wcow_status kill_with_others(task_pod *pod, const task *only, task_process *p,
                                    uint32_t number, bool wait, waiting **list, wcow_error *err)
{
    kill_round round = {.pod = pod, .only = only, .number = number};
    wcow_status status = WCOW_OK;

    begin_round(&round);
    p->visited |= round.bit;
    kill_unvisited(&round, false);
    if (!p->making)
        status = kill_one(p, number, wait, list, err);
    kill_unvisited(&round, true);
    end_round(&round);
    return status;
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
        status = kill_with_others(pod, strcmp(id, pod->id) == 0 ? NULL : p->owner, p, number, true,
                                  &list, err);
    else
        status = kill_one(p, number, true, &list, err);
    process_let_go(p);
    pod_leave(pod, list);
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

static wcow_status check_stopped(const task_process *p, wcow_error *err)
{
    if (p->busy || p->status == TASK_RUNNING)
        return error_set(err, WCOW_CONFLICT, "'%s' runs: it must be stopped first",
                         p->exec_id[0] ? p->exec_id : p->owner->id);
    return WCOW_OK;
}

/* Of a first process that is over: whether somebody still works with an added one. */
static wcow_status check_others(const task_process *p, wcow_error *err)
{
    for (const task_process *each = p->owner->processes; each && !p->first; each = each->next) {
        if (each->making || each->busy)
            return error_set(err, WCOW_CONFLICT, "a process of '%s' is being started",
                             p->owner->id);
    }
    return WCOW_OK;
}

/*
 * Under the lock: has the thread that makes a process give it back, and waits for that: who deletes
 * a container removes its layers next.
 */
static wcow_status give_up_making(task_pod *pod, task_process *p, const char *id,
                                  const char *exec_id, wcow_error *err)
{
    const uint64_t deadline = ticks_after(TASK_PATIENCE);
    bool gone;

    p->users++;
    p->unwanted = true;
    while (p->making && condition_wait_until(&pod->changed, &pod->lock, deadline))
        continue;
    gone = !p->making;
    process_let_go(p);
    if (!gone)
        return error_set(err, WCOW_TIMEOUT, "'%s' is still being created",
                         exec_id[0] ? exec_id : id);
    return process_missing(id, exec_id, err);
}

/* Takes the lock, which is held then in any case, and holds a process. */
static wcow_status hold_made(task_pod *pod, const char *id, const char *exec_id, task_process **out,
                             wcow_error *err)
{
    task_process *p;

    pthread_mutex_lock(&pod->lock);
    p = process_any(pod, id, exec_id);
    if (!p)
        return process_missing(id, exec_id, err);
    if (p->making)
        return give_up_making(pod, p, id, exec_id, err);
    p->users++;
    *out = p;
    return WCOW_OK;
}

/* Under the lock: what is over leaves the lists. */
static wcow_status remove_over(task_pod *pod, task_process *p, task_end *out, wcow_error *err)
{
    wcow_status status;

    if (!await_over(p))
        return error_set(err, WCOW_TIMEOUT, "'%s' has ended, and is not given back yet",
                         p->exec_id[0] ? p->exec_id : p->owner->id);
    if (process_of(pod, p->owner->id, p->exec_id) != p) /* somebody else was quicker */
        return process_missing(p->owner->id, p->exec_id, err);
    status = check_others(p, err);
    if (status)
        return status;
    *out = p->end;
    process_event(p, TASK_EVENT_DELETE, NULL);
    if (p->first)
        process_remove(p);
    else
        remove_task(p);
    return WCOW_OK;
}

wcow_status task_delete(task_pod *pod, const char *id, const char *exec_id, task_end *out,
                        wcow_error *err)
{
    waiting *list = NULL;
    task_process *p = NULL;
    wcow_status status = hold_made(pod, id, exec_id, &p, err);

    if (p && !status)
        status = check_stopped(p, err);
    if (p && !status && p->status == TASK_CREATED)
        list = process_discard(p, list);
    if (p && !status)
        status = remove_over(pod, p, out, err);
    process_let_go(p);
    pod_leave(pod, list);
    return status;
}

void task_shut_down(task_pod *pod, const char *id)
{
    waiting *list = NULL;
    task *t;

    if (strcmp(id, pod->id) != 0)
        return;
    pthread_mutex_lock(&pod->lock);
    pod->unwanted = true;
    t = task_of(pod, id);
    t = t ? t : pod->tasks;
    if (t) {
        task_process *first = first_process(t);

        first->users++;
        ignore(kill_with_others(pod, NULL, first, TASK_KILL, false, &list, NULL));
        process_let_go(first);
    }
    pod_leave(pod, list);
}

task_presence task_give_up(task_pod *pod, const char *id)
{
    task_presence presence = TASK_ABSENT;
    task *t;

    pthread_mutex_lock(&pod->lock);
    t = task_of(pod, id);
    if (t) {
        task_process *first = first_process(t);

        presence = first->making ? TASK_GIVEN_UP : TASK_PRESENT;
        first->unwanted = first->unwanted || first->making;
    }
    pthread_mutex_unlock(&pod->lock);
    return presence;
}

task_need task_pod_need(task_pod *pod)
{
    task_need need = TASK_NEED_NOTHING;

    pthread_mutex_lock(&pod->lock);
    if (pod->tasks || pod->backends > 0)
        need = pod->unwanted ? TASK_NEED_UNWANTED : TASK_NEED_TASKS;
    pthread_mutex_unlock(&pod->lock);
    return need;
}
