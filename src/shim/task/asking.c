/* SPDX-License-Identifier: MIT */
/* What is asked of whatever runs the tasks. */
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "base/thread.h"
#include "shim/task/lifetime.h"

/* Holds a process, and tells what it is; it has stopped as soon as it has ended. Gives the lock
 * back in any case. */
static wcow_status hold_seen(task_pod *pod, const char *id, const char *exec_id, task_process **out,
                             task_status *is, wcow_error *err)
{
    wcow_status status = process_hold(pod, id, exec_id, out, err);

    if (status)
        return status;
    *is = (*out)->ended ? TASK_STOPPED : (*out)->status;
    pthread_mutex_unlock(&pod->lock);
    return WCOW_OK;
}

static void let_go(task_pod *pod, task_process *p)
{
    pthread_mutex_lock(&pod->lock);
    process_unhold(pod, p);
}

/* A call of the backend on what runs, with a place of its container's. */
static wcow_status enter(task_process *p, wcow_error *err)
{
    task_pod *pod = p->owner->pod;
    wcow_status status;

    pthread_mutex_lock(&pod->lock);
    status = process_enter(p, TASK_SERVICE_CALL, err);
    pthread_mutex_unlock(&pod->lock);
    return status;
}

static void leave(task_process *p)
{
    task_pod *pod = p->owner->pod;

    pthread_mutex_lock(&pod->lock);
    process_leave(p, TASK_SERVICE_CALL);
    pthread_mutex_unlock(&pod->lock);
}

static wcow_status resize(task_process *p, uint32_t width, uint32_t height, wcow_error *err)
{
    const task_backend *backend = p->owner->pod->backend;
    wcow_status status = enter(p, err);

    if (status)
        return status;
    status = backend->resize(backend->context, p->handle, width, height, err);
    leave(p);
    return status;
}

wcow_status task_resize(task_pod *pod, const char *id, const char *exec_id, uint32_t width,
                        uint32_t height, wcow_error *err)
{
    task_process *p;
    task_status is;
    wcow_status status = hold_seen(pod, id, exec_id, &p, &is, err);

    if (status)
        return status;
    if (!p->terminal)
        status = error_set(err, WCOW_CONFLICT, "'%s' has no terminal", exec_id[0] ? exec_id : id);
    else if (is == TASK_RUNNING)
        status = resize(p, width, height, err);
    let_go(pod, p);
    return status;
}

/* Of what was only created, too: there may be nothing to read when it starts. */
wcow_status task_close_input(task_pod *pod, const char *id, const char *exec_id, wcow_error *err)
{
    const task_backend *backend = pod->backend;
    task_process *p;
    task_status is;
    wcow_status status = hold_seen(pod, id, exec_id, &p, &is, err);

    if (status)
        return status;
    if (is != TASK_STOPPED)
        status = backend->close_input(backend->context, p->handle, err);
    let_go(pod, p);
    return status;
}

static wcow_status update(task_process *p, const task_change *change, wcow_error *err)
{
    const task_backend *backend = p->owner->pod->backend;
    wcow_status status = enter(p, err);

    if (status)
        return status;
    status = backend->update(backend->context, p->handle, change, err);
    leave(p);
    return status;
}

wcow_status task_update(task_pod *pod, const char *id, const task_change *change, wcow_error *err)
{
    task_process *p;
    task_status is;
    wcow_status status = hold_seen(pod, id, "", &p, &is, err);

    if (status)
        return status;
    if (change->size == 0)
        status = error_set(err, WCOW_INVALID, "nothing says what to change of '%s'", id);
    else if (is == TASK_RUNNING)
        status = update(p, change, err);
    else if (is == TASK_STOPPED) /* callers take it for done */
        status = error_set(err, WCOW_NOT_FOUND, "the container '%s' has ended", id);
    else
        status = error_set(err, WCOW_CONFLICT, "the container '%s' does not run", id);
    let_go(pod, p);
    return status;
}

/* ---- questions with a limit ---- */

/* One process of a list, copied of the backend's words. */
typedef struct fact {
    struct fact *next;
    task_process_facts is;
    char *image_name;
} fact;

/*
 * A question that a thread of its own asks: the service may never answer. Who asked waits for so
 * long; the thread, or he, whoever is later, frees it.
 */
typedef struct asked {
    task_pod *pod;
    task_process *p; /* held by the thread */
    question what;
    bool answered, given_up; /* guarded by the pod's lock */
    wcow_status status;
    wcow_error err;
    task_statistics statistics;
    fact *facts, **last;
} asked;

static void asked_free(asked *a)
{
    while (a->facts) {
        fact *f = a->facts;

        a->facts = f->next;
        free(f->image_name);
        free(f);
    }
    free(a);
}

static void add_fact(void *to, const task_process_facts *facts)
{
    asked *a = to;
    fact *f = calloc(1, sizeof(*f));

    if (f && facts->image_name)
        f->image_name = text_copy(facts->image_name);
    if (!f || (facts->image_name && !f->image_name)) {
        free(f);
        a->status = error_no_memory(&a->err);
        return;
    }
    f->is = *facts;
    f->is.image_name = f->image_name;
    *a->last = f;
    a->last = &f->next;
}

static void *ask(void *context)
{
    asked *a = context;
    task_pod *pod = a->pod;
    const task_backend *backend = pod->backend;
    wcow_status status;
    bool given_up;

    if (a->what == QUESTION_PROCESSES)
        status = backend->processes(backend->context, a->p->handle, add_fact, a, &a->err);
    else
        status = backend->statistics(backend->context, a->p->handle, &a->statistics, &a->err);
    pthread_mutex_lock(&pod->lock);
    a->status = status ? status : a->status;
    a->answered = true;
    given_up = a->given_up;
    if (given_up)
        a->p->overdue[a->what] = false;
    process_let_go(a->p);
    pod->asking--;
    condition_broadcast(&pod->changed);
    pthread_mutex_unlock(&pod->lock);
    if (given_up)
        asked_free(a);
    return NULL;
}

/* Under the lock: starts the thread; NULL: it is of no use, or there is no memory. */
static asked *ask_new(task_process *p, question what)
{
    asked *a = p->overdue[what] ? NULL : calloc(1, sizeof(*a));

    if (!a)
        return NULL;
    *a = (asked){.pod = p->owner->pod, .p = p, .what = what, .err = WCOW_ERROR_INIT};
    a->last = &a->facts;
    if (!thread_start_detached(ask, a)) {
        free(a);
        return NULL;
    }
    p->users++;
    p->owner->pod->asking++;
    return a;
}

/* Without the lock; NULL: no answer within the time. To be freed with asked_free(). */
static asked *ask_within(task_process *p, question what, uint32_t milliseconds)
{
    task_pod *pod = p->owner->pod;
    const uint64_t deadline = ticks_after(milliseconds);
    asked *a;

    pthread_mutex_lock(&pod->lock);
    a = ask_new(p, what);
    while (a && !a->answered && condition_wait_until(&pod->changed, &pod->lock, deadline))
        continue;
    if (a && !a->answered) {
        a->given_up = true; /* the thread's from then on */
        p->overdue[what] = true;
        a = NULL;
    }
    pthread_mutex_unlock(&pod->lock);
    return a;
}

wcow_status task_measure(task_pod *pod, const char *id, task_statistics *out, wcow_error *err)
{
    task_process *p;
    asked *a;
    task_status is;
    wcow_status status = hold_seen(pod, id, "", &p, &is, err);

    if (status)
        return status;
    a = is == TASK_RUNNING ? ask_within(p, QUESTION_STATISTICS, TASK_PATIENCE) : NULL;
    if (is != TASK_RUNNING)
        status = error_set(err, WCOW_NOT_FOUND, "the container '%s' does not run", id);
    else if (!a)
        status = error_set(err, WCOW_TIMEOUT, "the service does not say how '%s' does", id);
    else if (a->status)
        status = error_pass(err, a->status, &a->err);
    else
        *out = a->statistics;
    if (a)
        asked_free(a);
    let_go(pod, p);
    return status;
}

/* ---- the processes in a container ---- */

/* Holds the process that was added by us and has this pid; NULL: there is none. */
static task_process *hold_by_pid(task_pod *pod, const char *id, uint32_t pid)
{
    task_process *p;
    task *t;

    pthread_mutex_lock(&pod->lock);
    t = task_of(pod, id);
    for (p = t ? t->processes : NULL; p; p = p->next) {
        if (!p->making && p->end.pid == pid && p->status == TASK_RUNNING)
            break;
    }
    if (p)
        p->users++;
    pthread_mutex_unlock(&pod->lock);
    return p;
}

static void tell_fact(task_pod *pod, const char *id, const task_process_facts *facts,
                      task_add_process *add, void *to)
{
    task_process *p = hold_by_pid(pod, id, facts->pid);

    add(to, p ? p->exec_id : NULL, facts);
    if (p)
        let_go(pod, p);
}

wcow_status task_processes(task_pod *pod, const char *id, task_add_process *add, void *to,
                           wcow_error *err)
{
    task_process_facts remembered = {.created_at = TASK_NEVER};
    task_state state = {0};
    asked *a = NULL;
    wcow_status status = task_look(pod, id, "", &state, err);

    if (status)
        return status;
    if (state.status == TASK_RUNNING)
        a = ask_within(state.held, QUESTION_PROCESSES, TASK_LIST_PATIENCE);
    for (const fact *f = a ? a->facts : NULL; f; f = f->next)
        tell_fact(pod, id, &f->is, add, to);
    /* What the service does not say is remembered. */
    remembered.pid = state.end.pid;
    if (!a || !a->facts)
        add(to, "", &remembered);
    if (a)
        asked_free(a);
    task_state_free(&state);
    return WCOW_OK;
}
