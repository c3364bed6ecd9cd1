/* SPDX-License-Identifier: MIT */
#include "shim/task/lifetime.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "port/clock.h"

/* ---- lists ---- */

static void process_free(task_process *p)
{
    free(p->exec_id);
    free(p->input);
    free(p->output);
    free(p->error_output);
    free(p);
}

task_process *process_new(task *owner, const task_wish *wish)
{
    task_process *p = calloc(1, sizeof(*p));

    if (!p)
        return NULL;
    p->exec_id = text_copy(wish->exec_id);
    p->input = text_copy(wish->input);
    p->output = text_copy(wish->output);
    p->error_output = text_copy(wish->error_output);
    if (!p->exec_id || !p->input || !p->output || !p->error_output) {
        process_free(p);
        return NULL;
    }
    p->terminal = wish->terminal;
    p->status = TASK_CREATED;
    p->end = (task_end){0, TASK_NOT_EXITED, TASK_NEVER};
    p->making = true;
    p->users = 1;
    p->owner = owner;
    p->first = first_process(owner);
    if (p->first)
        p->first->users++;
    p->next = owner->processes;
    owner->processes = p;
    owner->count++;
    return p;
}

task *task_of(task_pod *pod, const char *id)
{
    for (task *t = pod->tasks; t; t = t->next) {
        if (strcmp(t->id, id) == 0)
            return t;
    }
    return NULL;
}

task_process *first_process(const task *t)
{
    task_process *p = t->processes;

    while (p && p->next)
        p = p->next;
    return p;
}

task_process *process_any(task_pod *pod, const char *id, const char *exec_id)
{
    task *t = task_of(pod, id);

    for (task_process *p = t ? t->processes : NULL; p; p = p->next) {
        if (strcmp(p->exec_id, exec_id) == 0)
            return p;
    }
    return NULL;
}

task_process *process_of(task_pod *pod, const char *id, const char *exec_id)
{
    task_process *p = process_any(pod, id, exec_id);

    return p && !p->making ? p : NULL;
}

static void task_unlink(task *t)
{
    for (task **at = &t->pod->tasks; *at; at = &(*at)->next) {
        if (*at == t) {
            *at = t->next;
            return;
        }
    }
}

void process_remove(task_process *p)
{
    task *t = p->owner;

    for (task_process **at = &t->processes; *at; at = &(*at)->next) {
        if (*at == p) {
            *at = p->next;
            break;
        }
    }
    if (!t->processes)
        task_unlink(t);
    process_let_go(p);
}

/* Its task goes with its last process, which is the first one: the others hold that. */
static void process_end(task_process *p)
{
    task *t = p->owner;
    const task_backend *backend = t->pod->backend;

    if (p->handle)
        backend->release(backend->context, p->handle);
    process_free(p);
    if (--t->count > 0)
        return;
    free(t->id);
    free(t->bundle);
    free(t);
}

void process_let_go(task_process *p)
{
    while (p && --p->users == 0) {
        task_process *first = p->first;

        process_end(p);
        p = first;
    }
}

void process_to_backend(task_process *p)
{
    p->backends = true;
    p->users++;
    p->owner->pod->backends++;
}

void process_from_backend(task_process *p)
{
    if (!p->backends)
        return;
    p->backends = false;
    p->owner->pod->backends--;
    process_let_go(p);
}

wcow_status process_missing(const char *id, const char *exec_id, wcow_error *err)
{
    if (exec_id[0])
        return error_set(err, WCOW_NOT_FOUND, "no such process: '%s' in the container '%s'",
                         exec_id, id);
    return error_set(err, WCOW_NOT_FOUND, "no such container: '%s'", id);
}

wcow_status process_hold(task_pod *pod, const char *id, const char *exec_id, task_process **out,
                         wcow_error *err)
{
    pthread_mutex_lock(&pod->lock);
    *out = process_of(pod, id, exec_id);
    if (*out) {
        (*out)->users++;
        return WCOW_OK;
    }
    pthread_mutex_unlock(&pod->lock);
    return process_missing(id, exec_id, err);
}

void process_unhold(task_pod *pod, task_process *p)
{
    process_let_go(p);
    pthread_mutex_unlock(&pod->lock);
}

/* ---- calls that may never return ---- */

static const struct call_row {
    uint32_t patience;
    uint32_t crowd; /* for how long any number of them wait; 0: as long as one of them */
    const char *stuck;
} calls[TASK_CALLS] = {
    [TASK_SERVICE_CALL] = {TASK_PLACE_PATIENCE, 0, "the service is stuck"},
    [TASK_STREAMS_CALL] = {TASK_STREAMS_PATIENCE, TASK_STREAMS_CROWD,
                           "where its output goes is stuck"},
};

/* Where calls are short any number may stand in line; where they are slow, who waits has a thread
 * that other containers need. */
static bool is_crowded(const task_places *of, const struct call_row *call)
{
    return call->crowd && ticks_now() >= of->since + call->crowd;
}

/* Until something changes, or until this one has waited for long enough. False: that it has. */
static bool await_place(task_pod *pod, const task_places *of, const struct call_row *call,
                        bool is_last, uint64_t deadline)
{
    const uint64_t crowded = of->since + call->crowd;

    if (!is_last && call->crowd && crowded < deadline) {
        (void)condition_wait_until(&pod->changed, &pod->lock, crowded);
        return ticks_now() < deadline;
    }
    return condition_wait_until(&pod->changed, &pod->lock, deadline);
}

static void wait_for_place(task_pod *pod, task_places *of, const struct call_row *call)
{
    size_t returned = of->returned;
    uint64_t deadline = ticks_after(call->patience);
    bool is_last = false;

    while (of->under_way == TASK_MOST_UNDER_WAY && !of->stuck) {
        if (!is_last && is_crowded(of, call)) {
            if (of->awaited)
                break;
            is_last = of->awaited = true;
        }
        if (!call->crowd && returned != of->returned) { /* somebody else was quicker: it goes on */
            returned = of->returned;
            deadline = ticks_after(call->patience);
        }
        if (await_place(pod, of, call, is_last, deadline))
            continue;
        of->stuck = returned == of->returned;
        if (call->crowd)
            break;
    }
    if (is_last)
        of->awaited = false;
}

wcow_status process_enter(task_process *p, task_call call, wcow_error *err)
{
    task *t = p->owner;
    task_places *of = &t->places[call];

    wait_for_place(t->pod, of, &calls[call]);
    if (of->under_way == TASK_MOST_UNDER_WAY)
        return error_set(err, WCOW_TIMEOUT, "%d calls on the container '%s' have not returned: %s",
                         TASK_MOST_UNDER_WAY, t->id, calls[call].stuck);
    of->under_way++;
    of->since = ticks_now();
    return WCOW_OK;
}

void process_leave(task_process *p, task_call call)
{
    task_places *of = &p->owner->places[call];

    of->under_way--;
    of->returned++;
    of->since = ticks_now();
    of->stuck = false;
    condition_broadcast(&p->owner->pod->changed);
}

/* ---- the end of a process ---- */

void process_event(const task_process *p, task_event_kind kind, const task_wish *wish)
{
    const task_backend *backend = p->owner->pod->backend;
    const task_event event = {.kind = kind,
                              .id = p->owner->id,
                              .exec_id = p->exec_id,
                              .pid = p->end.pid,
                              .exit_status = p->end.exit_status,
                              .exited_at = p->end.exited_at,
                              .wish = wish};

    backend->event(backend->context, &event);
}

void process_fail(task_process *p)
{
    p->status = TASK_STOPPED;
    p->ended = true;
    p->end.exit_status = 1;
    p->end.exited_at = clock_now();
}

/* Adds those who wait for a process to a list. */
static waiting *take_waiters(task_process *p, waiting *list)
{
    while (p->waiters) {
        waiting *w = p->waiters;

        p->waiters = w->next;
        w->end = p->end;
        w->next = list;
        list = w;
    }
    return list;
}

/* One process; what never ran has no exit, but for a container's first, whose end is the
 * container's. */
static waiting *end_one(task_process *p, waiting *list)
{
    if (p->over)
        return list;
    if (p->status != TASK_STOPPED)
        process_fail(p);
    p->over = true;
    if (p->end.pid || !p->exec_id[0])
        process_event(p, TASK_EVENT_EXIT, NULL);
    return take_waiters(p, list);
}

waiting *process_discard(task_process *p, waiting *list)
{
    task_pod *pod = p->owner->pod;

    p->busy = true;
    pthread_mutex_unlock(&pod->lock);
    pod->backend->discard(pod->backend->context, p->handle);
    pthread_mutex_lock(&pod->lock);
    p->busy = false;
    process_fail(p);
    process_from_backend(p);
    list = end_one(p, list);
    condition_broadcast(&pod->changed);
    return list;
}

/* What is left in a container: neither over nor in somebody's hands, who sees to it; NULL: nothing.
 */
static task_process *next_left(const task *t)
{
    for (task_process *p = t->processes; p; p = p->next) {
        if (!p->making && !p->busy && !p->over && p->exec_id[0])
            return p;
    }
    return NULL;
}

/* What runs or waits in a container whose first process is over has ended with it. */
static waiting *end_others(task *t, waiting *list)
{
    task_process *p;

    while ((p = next_left(t))) {
        p->users++;
        list = p->status == TASK_CREATED ? process_discard(p, list) : end_one(p, list);
        process_let_go(p);
    }
    return list;
}

waiting *process_over(task_process *p)
{
    waiting *list = p->exec_id[0] ? NULL : end_others(p->owner, NULL);

    list = end_one(p, list);
    condition_broadcast(&p->owner->pod->changed);
    return list;
}

/* Under the lock: whether this thread is the one that tells the backend that all is done. */
static bool is_end(task_pod *pod)
{
    bool alive = pod->backends > 0 || pod->telling > 0;

    for (const task *t = pod->tasks; t; t = t->next)
        alive = alive || !first_process(t)->over;
    if (alive || !pod->unwanted || pod->shut)
        return false;
    pod->shut = true;
    return true;
}

void pod_tell(task_pod *pod, waiting *list)
{
    if (!list)
        return;
    pod->telling++; /* nobody else may call it the end before they are told */
    pthread_mutex_unlock(&pod->lock);
    tell_waiters(list);
    pthread_mutex_lock(&pod->lock);
    pod->telling--;
}

void pod_leave(task_pod *pod, waiting *list)
{
    const task_backend *backend = pod->backend;
    bool end;

    pod_tell(pod, list);
    end = is_end(pod);
    pthread_mutex_unlock(&pod->lock);
    if (end)
        backend->shut_down(backend->context);
}

void tell_waiters(waiting *first)
{
    while (first) {
        waiting *w = first;

        first = w->next;
        w->waiter.tell(w->waiter.context, &w->end);
        free(w);
    }
}

void drop_waiters(waiting *first)
{
    while (first) {
        waiting *w = first;

        first = w->next;
        w->waiter.drop(w->waiter.context);
        free(w);
    }
}

/* ---- what the backend tells ---- */

void task_process_ended(task_process *p, uint32_t exit_status, int64_t exited_at)
{
    task_pod *pod = p->owner->pod;

    pthread_mutex_lock(&pod->lock);
    if (!p->ended) {
        p->ended = true;
        p->end.exit_status = exit_status;
        p->end.exited_at = exited_at;
        if (!p->busy)
            p->status = TASK_STOPPED;
    }
    pthread_mutex_unlock(&pod->lock);
}

void task_process_finished(task_process *p)
{
    task_pod *pod = p->owner->pod;
    waiting *list = NULL;

    pthread_mutex_lock(&pod->lock);
    p->told_finished = true;
    if (!p->busy) /* else the thread that starts it sees to that */
        list = process_over(p);
    process_from_backend(p);
    pod_leave(pod, list);
}
