/* SPDX-License-Identifier: MIT */
/* What is asked of whatever runs the tasks. */
#include "base/error.h"
#include "shim/task/lifetime.h"

/* Holds a process that runs. A failure gives the lock back, a success does so, too. */
static wcow_status hold_running(task_pod *pod, const char *id, const char *exec_id,
                                task_process **out, bool *runs, wcow_error *err)
{
    wcow_status status = process_hold(pod, id, exec_id, out, err);

    if (status)
        return status;
    *runs = (*out)->status == TASK_RUNNING && !(*out)->ended;
    pthread_mutex_unlock(&pod->lock);
    return WCOW_OK;
}

static void let_running_go(task_pod *pod, task_process *p)
{
    pthread_mutex_lock(&pod->lock);
    process_unhold(pod, p);
}

wcow_status task_resize(task_pod *pod, const char *id, const char *exec_id, uint32_t width,
                        uint32_t height, wcow_error *err)
{
    const task_backend *backend = pod->backend;
    task_process *p;
    bool runs;
    wcow_status status = hold_running(pod, id, exec_id, &p, &runs, err);

    if (status)
        return status;
    if (!p->terminal)
        status = error_set(err, WCOW_CONFLICT, "'%s' has no terminal", exec_id[0] ? exec_id : id);
    else if (runs)
        status = backend->resize(backend->context, p->handle, width, height, err);
    let_running_go(pod, p);
    return status;
}

wcow_status task_close_input(task_pod *pod, const char *id, const char *exec_id, wcow_error *err)
{
    const task_backend *backend = pod->backend;
    task_process *p;
    bool runs;
    wcow_status status = hold_running(pod, id, exec_id, &p, &runs, err);

    if (status)
        return status;
    if (runs)
        status = backend->close_input(backend->context, p->handle, err);
    let_running_go(pod, p);
    return status;
}

wcow_status task_measure(task_pod *pod, const char *id, task_statistics *out, wcow_error *err)
{
    const task_backend *backend = pod->backend;
    task_process *p;
    bool runs;
    wcow_status status = hold_running(pod, id, "", &p, &runs, err);

    if (status)
        return status;
    if (runs)
        status = backend->statistics(backend->context, p->handle, out, err);
    else
        status = error_set(err, WCOW_NOT_FOUND, "the container '%s' does not run", id);
    let_running_go(pod, p);
    return status;
}

wcow_status task_update(task_pod *pod, const char *id, const char *limits, size_t size,
                        wcow_error *err)
{
    const task_backend *backend = pod->backend;
    task_process *p;
    bool runs;
    wcow_status status = hold_running(pod, id, "", &p, &runs, err);

    if (status)
        return status;
    if (runs)
        status = backend->update(backend->context, p->handle, limits, size, err);
    else
        status = error_set(err, WCOW_CONFLICT, "the container '%s' does not run", id);
    let_running_go(pod, p);
    return status;
}

/* ---- the processes in a container ---- */

typedef struct list {
    task_pod *pod;
    const char *id;
    task_add_process *add;
    void *to;
    size_t count;
} list;

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

static void add_facts(void *to, const task_process_facts *facts)
{
    list *l = to;
    task_process *p = hold_by_pid(l->pod, l->id, facts->pid);

    l->count++;
    l->add(l->to, p ? p->exec_id : NULL, facts);
    if (!p)
        return;
    pthread_mutex_lock(&l->pod->lock);
    process_let_go(p);
    pthread_mutex_unlock(&l->pod->lock);
}

wcow_status task_processes(task_pod *pod, const char *id, task_add_process *add, void *to,
                           wcow_error *err)
{
    const task_backend *backend = pod->backend;
    list l = {pod, id, add, to, 0};
    task_state state = {0};
    task_process_facts remembered = {.created_at = TASK_NEVER};
    wcow_status status = task_look(pod, id, "", &state, err);

    if (status)
        return status;
    /* What the service does not say is remembered. */
    if (state.status == TASK_RUNNING)
        ignore(backend->processes(backend->context, state.held->handle, add_facts, &l, NULL));
    remembered.pid = state.end.pid;
    if (l.count == 0 && remembered.pid)
        add(to, "", &remembered);
    task_state_free(&state);
    return WCOW_OK;
}
