/* SPDX-License-Identifier: MIT */
#include "shim/container/container_process.h"

#include "shim/container/container_exec.h"
#include "shim/container/container_run.h"

wcow_status container_process_open(container_process *p, const task_wish *wish, uint32_t retry,
                                   wcow_error *err)
{
    const stdio_names names = {.space = p->backend->owner.space,
                               .container = wish->id,
                               .exec = wish->exec_id,
                               .terminal = wish->terminal,
                               .input = wish->input,
                               .output = wish->output,
                               .error_output = wish->error_output};
    stdio_limits limits = STDIO_LIMITS_INIT;
    wcow_status status;

    limits.retry = retry;
    status = stdio_open(p->backend->host.layers.files, &names, &limits, &p->io, err);
    if (!status)
        p->pipes = (process_streams){.input = stdio_has_input(p->io),
                                     .output = stdio_has_output(p->io),
                                     .error_output = stdio_has_error_output(p->io)};
    return status;
}

container_process *container_process_hold(container_process *p)
{
    atomic_fetch_add(&p->holders, 1);
    return p;
}

void container_process_drop(container_process *p)
{
    if (!p || atomic_fetch_sub(&p->holders, 1) > 1)
        return;
    if (p->first)
        container_exec_free(p);
    else
        container_run_free(p);
}

void container_process_leave_behind(container_process *p)
{
    static _Atomic(container_process *) all;

    container_process_hold(p);
    p->left = atomic_load(&all);
    while (!atomic_compare_exchange_weak(&all, &p->left, p))
        continue;
    container_host_hangs(&p->backend->host);
}

wcow_status container_process_watch(container_process *p, compute_process *process,
                                    void *(*ended)(void *p), wcow_error *err)
{
    wcow_status status;

    p->watched =
        (watched){.process = process, .ended = ended, .context = container_process_hold(p)};
    status = watcher_add(&p->backend->watcher, &p->watched, err);
    if (status)
        container_process_drop(p);
    return status;
}

/* Whoever ends its input may come at any time. */
static stdio *take_io(container_process *p)
{
    stdio *io;

    pthread_mutex_lock(&p->guard->lock);
    io = TAKE(p->io);
    pthread_mutex_unlock(&p->guard->lock);
    return io;
}

void container_process_close_input(container_process *p)
{
    pthread_mutex_lock(&p->guard->lock);
    if (p->io)
        stdio_close_input(p->io);
    pthread_mutex_unlock(&p->guard->lock);
}

static void free_io(void *io)
{
    stdio_free(io);
}

bool container_process_finish(container_process *p, uint32_t milliseconds, streams **left)
{
    const bool is_free = stdio_finish(p->io, milliseconds);
    stdio *io = take_io(p);

    if (is_free && left)
        streams_abandon(TAKE(*left), free_io, io);
    else if (is_free)
        stdio_free(io);
    return is_free;
}

void container_process_close(container_process *p)
{
    if (!p->io)
        return;
    stdio_last_words(p->io, CLOSE_PATIENCE);
    (void)container_process_finish(p, 0, NULL);
}

void container_process_problem(const container_process *p, const wcow_error *err)
{
    const container_owner *owner = &p->backend->owner;

    if (owner->problem)
        owner->problem(owner->context, p->id, err);
}
