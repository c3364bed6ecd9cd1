/* SPDX-License-Identifier: MIT */
#include "shim/task/pod.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "shim/task/lifetime.h"

/* ---- the pod ---- */

task_pod *task_pod_new(const char *id, bool is_pod, const task_backend *backend)
{
    task_pod *pod = calloc(1, sizeof(*pod));

    if (!pod)
        return NULL;
    pod->id = text_copy(id);
    pod->is_pod = is_pod;
    pod->backend = backend;
    if (!pod->id || !condition_init(&pod->changed)) {
        free(pod->id);
        free(pod);
        return NULL;
    }
    pthread_mutex_init(&pod->lock, NULL);
    return pod;
}

void task_pod_free(task_pod *pod)
{
    if (!pod)
        return;
    pthread_mutex_lock(&pod->lock);
    while (pod->asking > 0)
        condition_wait(&pod->changed, &pod->lock);
    pthread_mutex_unlock(&pod->lock);
    while (pod->tasks) {
        task_process *p = pod->tasks->processes;

        drop_waiters(TAKE(p->waiters));
        process_from_backend(p);
        process_remove(p);
    }
    condition_free(&pod->changed);
    pthread_mutex_destroy(&pod->lock);
    free(pod->id);
    free(pod);
}

/* ---- making ---- */

static wcow_status check_id(const char *what, const char *id, wcow_error *err)
{
    const size_t length = strlen(id);

    if (length == 0 || length > TASK_MOST_ID || strpbrk(id, "\\/"))
        return error_set(err, WCOW_INVALID, "the %s '%.64s' is empty, too long, or has a slash",
                         what, id);
    return WCOW_OK;
}

/* Under the lock: whether a pod takes one container more. */
static wcow_status check_place(task_pod *pod, const char *id, wcow_error *err)
{
    const task_process *sandbox = process_of(pod, pod->id, "");
    size_t count = 0;

    if (task_of(pod, id))
        return error_set(err, WCOW_ALREADY_EXISTS, "there is a container '%s' already", id);
    if (pod->unwanted)
        return error_set(err, WCOW_CONFLICT, "the shim of '%s' is shutting down", pod->id);
    for (const task *t = pod->tasks; t; t = t->next)
        count++;
    if (count >= TASK_MOST_CONTAINERS)
        return error_set(err, WCOW_NO_MEMORY, "there are %zu containers in the pod already", count);
    if (strcmp(id, pod->id) == 0)
        return WCOW_OK;
    if (!pod->is_pod)
        return error_set(err, WCOW_CONFLICT, "the shim of '%s' runs no other container", pod->id);
    if (!sandbox || sandbox->status != TASK_RUNNING || sandbox->ended)
        return error_set(err, WCOW_CONFLICT, "the pod '%s' does not run", pod->id);
    return WCOW_OK;
}

static task *task_new(task_pod *pod, const task_wish *wish)
{
    task *t = calloc(1, sizeof(*t));

    if (!t)
        return NULL;
    t->pod = pod;
    t->id = text_copy(wish->id);
    t->bundle = text_copy(wish->bundle);
    if (!t->id || !t->bundle || !process_new(t, wish)) {
        free(t->id);
        free(t->bundle);
        free(t);
        return NULL;
    }
    t->next = pod->tasks;
    pod->tasks = t;
    return t;
}

/* Under the lock: whether what is made now is still of use. */
static wcow_status check_wanted(const task_process *p, wcow_error *err)
{
    const task_pod *pod = p->owner->pod;

    if (pod->unwanted)
        return error_set(err, WCOW_CONFLICT, "the shim of '%s' is shutting down", pod->id);
    if (p->unwanted)
        return error_set(err, WCOW_CONFLICT, "'%s' was deleted while it was created",
                         p->exec_id[0] ? p->exec_id : p->owner->id);
    if (p->first && p->first->ended)
        return error_set(err, WCOW_CONFLICT, "the container '%s' has ended", p->owner->id);
    return WCOW_OK;
}

/* Gives back what nobody has seen. Under the lock, but for the call. */
static void unmake(task_pod *pod, task_process *p)
{
    if (p->handle) {
        pthread_mutex_unlock(&pod->lock);
        pod->backend->discard(pod->backend->context, p->handle);
        pthread_mutex_lock(&pod->lock);
    }
    p->making = false;
    process_from_backend(p);
    process_remove(p);
    condition_broadcast(&pod->changed);
}

/* Has the backend make what stands in the lists already. Under the lock, but for the calls. */
static wcow_status make(task_pod *pod, task_process *p, const task_wish *wish, wcow_error *err)
{
    void *handle = NULL;
    wcow_status status;

    p->users++;
    process_to_backend(p);
    pthread_mutex_unlock(&pod->lock);
    status = pod->backend->create(pod->backend->context, p->first ? p->first->handle : NULL, wish,
                                  p, &handle, err);
    pthread_mutex_lock(&pod->lock);
    p->handle = handle;
    if (!status)
        status = check_wanted(p, err);
    if (status) {
        unmake(pod, p);
    } else { /* in the same section as the check: whoever gives it up later finds it */
        p->making = false;
        process_event(p, wish->exec_id[0] ? TASK_EVENT_EXEC_ADDED : TASK_EVENT_CREATE, wish);
    }
    process_let_go(p);
    return status;
}

static wcow_status create_container(task_pod *pod, const task_wish *wish, wcow_error *err)
{
    wcow_status status;
    task *t;

    pthread_mutex_lock(&pod->lock);
    status = check_place(pod, wish->id, err);
    t = status ? NULL : task_new(pod, wish);
    if (!status && !t)
        status = error_no_memory(err);
    if (!status)
        status = make(pod, t->processes, wish, err);
    pod_leave(pod, NULL);
    return status;
}

/* Under the lock: whether a container takes one process more. */
static wcow_status check_room(const task_process *first, const char *exec_id, wcow_error *err)
{
    const task *t = first->owner;

    if (first->status != TASK_RUNNING || first->ended)
        return error_set(err, WCOW_CONFLICT, "the container '%s' does not run", t->id);
    for (const task_process *p = t->processes; p; p = p->next) {
        if (strcmp(p->exec_id, exec_id) == 0)
            return error_set(err, WCOW_ALREADY_EXISTS,
                             "there is a process '%s' in the container '%s' already", exec_id,
                             t->id);
    }
    if (t->count >= TASK_MOST_PROCESSES)
        return error_set(err, WCOW_NO_MEMORY,
                         "there are %zu processes in the container '%s' already", t->count, t->id);
    return WCOW_OK;
}

/* Under the lock, but for the calls; the container has a place for them. */
static wcow_status add_within(task_pod *pod, task_process *first, const task_wish *wish,
                              wcow_error *err)
{
    wcow_status status = check_room(first, wish->exec_id, err);
    task_process *p;

    if (status)
        return status;
    p = process_new(first->owner, wish);
    return p ? make(pod, p, wish, err) : error_no_memory(err);
}

static wcow_status add_process(task_pod *pod, const task_wish *wish, wcow_error *err)
{
    task_process *first;
    wcow_status status = process_hold(pod, wish->id, "", &first, err);

    if (status)
        return status;
    status = process_enter(first, TASK_STREAMS_CALL, err);
    if (!status) {
        status = add_within(pod, first, wish, err);
        process_leave(first, TASK_STREAMS_CALL);
    }
    process_let_go(first);
    pod_leave(pod, NULL);
    return status;
}

wcow_status task_create(task_pod *pod, const task_wish *wish, wcow_error *err)
{
    wcow_status status = check_id("container's id", wish->id, err);

    if (!status && wish->exec_id[0])
        status = check_id("process's id", wish->exec_id, err);
    if (!status && wish->terminal && wish->error_output[0])
        status = error_set(err, WCOW_CONFLICT, "a terminal has no stderr of its own");
    if (status)
        return status;
    return wish->exec_id[0] ? add_process(pod, wish, err) : create_container(pod, wish, err);
}

/* ---- starting ---- */

static wcow_status check_start(const task_process *p, wcow_error *err)
{
    const task_process *first = p->first;
    const task_pod *pod = p->owner->pod;

    if (pod->unwanted)
        return error_set(err, WCOW_CONFLICT, "the shim of '%s' is shutting down", pod->id);
    if (p->status != TASK_CREATED || p->busy)
        return error_set(err, WCOW_CONFLICT, "'%s' has been started already",
                         p->exec_id[0] ? p->exec_id : p->owner->id);
    if (first && (first->status != TASK_RUNNING || first->ended))
        return error_set(err, WCOW_CONFLICT, "the container '%s' does not run", p->owner->id);
    return WCOW_OK;
}

/* Under the lock: what came of a start, and what was told meanwhile. */
static waiting *conclude_start(task_process *p, wcow_status status, uint32_t pid)
{
    p->busy = false;
    if (!status) {
        p->status = p->ended ? TASK_STOPPED : TASK_RUNNING;
        p->end.pid = pid;
        process_event(p, p->exec_id[0] ? TASK_EVENT_EXEC_STARTED : TASK_EVENT_START, NULL);
    } else {
        process_fail(p);
        process_from_backend(p);
    }
    condition_broadcast(&p->owner->pod->changed);
    if (status || p->told_finished || (p->first && p->first->over))
        return process_over(p);
    return NULL;
}

/* Under the lock, but for the call: who killed it while it was being started meant what it is now.
 */
static void deliver_noted(task_pod *pod, task_process *p)
{
    const uint32_t number = p->number; /* KILL if the pod was given up meanwhile */

    if (p->status != TASK_RUNNING || p->ended || !p->noted)
        return;
    pthread_mutex_unlock(&pod->lock);
    ignore(pod->backend->signal(pod->backend->context, p->handle, number, false, NULL));
    pthread_mutex_lock(&pod->lock);
}

/* Under the lock, but for the calls; the container has a place for them. */
static wcow_status start_within(task_pod *pod, task_process *p, uint32_t *pid, waiting **list,
                                wcow_error *err)
{
    wcow_status status = check_start(p, err);

    if (status)
        return status;
    p->busy = true;
    pthread_mutex_unlock(&pod->lock);
    status = pod->backend->start(pod->backend->context, p->handle, pid, err);
    pthread_mutex_lock(&pod->lock);
    *list = conclude_start(p, status, status ? 0 : *pid);
    deliver_noted(pod, p);
    return status;
}

wcow_status task_start(task_pod *pod, const char *id, const char *exec_id, uint32_t *pid,
                       wcow_error *err)
{
    waiting *list = NULL;
    task_process *p;
    wcow_status status = process_hold(pod, id, exec_id, &p, err);

    if (status)
        return status;
    status = process_enter(p, TASK_SERVICE_CALL, err);
    if (!status) {
        status = start_within(pod, p, pid, &list, err);
        process_leave(p, TASK_SERVICE_CALL);
    }
    process_let_go(p);
    pod_leave(pod, list);
    return status;
}

/* ---- looking ---- */

wcow_status task_look(task_pod *pod, const char *id, const char *exec_id, task_state *out,
                      wcow_error *err)
{
    task_process *p;
    wcow_status status = process_hold(pod, id, exec_id, &p, err);

    if (status)
        return status;
    *out = (task_state){.held = p,
                        .id = p->owner->id,
                        .exec_id = p->exec_id,
                        .bundle = p->owner->bundle,
                        .input = p->input,
                        .output = p->output,
                        .error_output = p->error_output,
                        .terminal = p->terminal,
                        .status = p->status,
                        .end = p->end};
    if (p->status != TASK_STOPPED) { /* ended before its start was told */
        out->end.exit_status = TASK_NOT_EXITED;
        out->end.exited_at = TASK_NEVER;
    }
    pthread_mutex_unlock(&pod->lock);
    return WCOW_OK;
}

void task_state_free(task_state *state)
{
    if (state->held) {
        task_pod *pod = state->held->owner->pod;

        pthread_mutex_lock(&pod->lock);
        process_unhold(pod, state->held);
    }
    *state = (task_state){0};
}

/* ---- waiting ---- */

wcow_status task_wait(task_pod *pod, const char *id, const char *exec_id, uint64_t caller,
                      const task_waiter *waiter, wcow_error *err)
{
    waiting *w = malloc(sizeof(*w));
    task_process *p;
    wcow_status status = w ? process_hold(pod, id, exec_id, &p, err) : error_no_memory(err);

    if (status) {
        free(w);
        return status;
    }
    *w = (waiting){.caller = caller, .waiter = *waiter, .end = p->end};
    if (!p->over) {
        w->next = p->waiters;
        p->waiters = w;
        w = NULL;
    }
    process_unhold(pod, p);
    tell_waiters(w);
    return WCOW_OK;
}

/* Takes a caller's entries out of a process's list. */
static waiting *take_callers(task_process *p, uint64_t caller, waiting *list)
{
    waiting **at = &p->waiters;

    while (*at) {
        waiting *w = *at;

        if (w->caller != caller) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        w->next = list;
        list = w;
    }
    return list;
}

void task_forget(task_pod *pod, uint64_t caller)
{
    waiting *list = NULL;

    pthread_mutex_lock(&pod->lock);
    for (task *t = pod->tasks; t; t = t->next) {
        for (task_process *p = t->processes; p; p = p->next)
            list = take_callers(p, caller, list);
    }
    pthread_mutex_unlock(&pod->lock);
    drop_waiters(list);
}
