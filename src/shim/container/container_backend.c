/* SPDX-License-Identifier: MIT */
#include "shim/container/container_backend.h"

#include "base/error.h"
#include "runtime/errand.h"
#include "shim/container/container_exec.h"
#include "shim/container/container_figures.h"
#include "shim/container/container_run.h"

void container_host_hangs(const container_host *host)
{
    if (host->hung)
        atomic_store(host->hung, true);
}

/* ---- life ---- */

static wcow_status create(void *context, void *container, const task_wish *wish,
                          task_process *owner, void **handle, wcow_error *err)
{
    container_process *made = NULL;
    wcow_status status = container ? container_exec_create(container, wish, owner, &made, err)
                                   : container_run_create(context, wish, owner, &made, err);

    if (!status)
        *handle = made;
    return status;
}

static wcow_status start(void *context, void *handle, uint32_t *pid, wcow_error *err)
{
    container_process *p = handle;

    (void)context;
    return p->first ? container_exec_start(p, pid, err) : container_run_start(p, pid, err);
}

static void discard(void *context, void *handle)
{
    container_process *p = handle;

    (void)context;
    if (p->first)
        container_process_close(p);
    else
        container_run_discard(p);
}

static void release(void *context, void *handle)
{
    (void)context;
    container_process_drop(handle);
}

/* ---- signals ---- */

/* By the numbers of Windows' control events, and TERM; what else Linux has, Windows has not. Those
 * of containerd-shim-runhcs-v1 (hcsshim, internal/signals). */
static const struct signal_row {
    uint32_t number;
    const char *name;
} signals[] = {
    {0, "CtrlC"},      {1, "CtrlBreak"},    {2, "CtrlClose"},
    {5, "CtrlLogOff"}, {6, "CtrlShutdown"}, {15, "CtrlShutdown"},
};

#define KILL          9u
#define SIGNALS_SINCE 17763u /* the first build that has them */

static const char *find_signal(uint32_t number)
{
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        if (signals[i].number == number)
            return signals[i].name;
    }
    return NULL;
}

static wcow_status kill_now(container_process *p, bool wait, wcow_error *err)
{
    return errand_try(p->guard, p->first ? ERRAND_KILL_ALONE : ERRAND_KILL, NULL,
                      wait ? KILL_PATIENCE : 0, err);
}

/* Before 17763 there are no signals: a container is asked to shut down. That is known when the
 * service has said so: there it is waited for in any case. */
static wcow_status send_signal(container_process *p, const char *name, bool wait, wcow_error *err)
{
    const bool may_lack = p->backend->host.build < SIGNALS_SINCE;
    const uint32_t patience = wait || may_lack ? SIGNAL_PATIENCE : 0;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = errand_try(p->guard, ERRAND_SIGNAL, name, patience, &problem);

    if (status == WCOW_UNSUPPORTED && !p->first)
        return errand_try(p->guard, ERRAND_SHUTDOWN, NULL, SIGNAL_PATIENCE, err);
    return error_pass(err, status, &problem);
}

static wcow_status signal_process(void *context, void *handle, uint32_t number, bool wait,
                                  wcow_error *err)
{
    const char *name = find_signal(number);

    (void)context;
    if (number == KILL)
        return kill_now(handle, wait, err);
    if (!name)
        return error_set(err, WCOW_CONFLICT,
                         "Windows has no signal %u: it has TERM (15) and KILL (9)", number);
    return send_signal(handle, name, wait, err);
}

/* ---- what runs ---- */

static wcow_status resize(void *context, void *handle, uint32_t width, uint32_t height,
                          wcow_error *err)
{
    container_process *p = handle;
    wcow_status status;

    (void)context;
    if (width == 0 || width > INT16_MAX || height == 0 || height > INT16_MAX)
        return error_set(err, WCOW_INVALID, "a console cannot be %u columns wide and %u high",
                         width, height);
    if (!guard_enter(p->guard))
        return WCOW_OK; /* it has ended meanwhile: nobody looks at it any more */
    status = compute_process_resize(p->guard->process, (uint16_t)height, (uint16_t)width, err);
    guard_leave(p->guard);
    return status;
}

static wcow_status close_input(void *context, void *handle, wcow_error *err)
{
    (void)context;
    (void)err;
    container_process_close_input(handle);
    return WCOW_OK;
}

static wcow_status processes(void *context, void *handle, task_add_facts *add, void *to,
                             wcow_error *err)
{
    (void)context;
    return container_processes(handle, add, to, err);
}

static wcow_status statistics(void *context, void *handle, task_statistics *out, wcow_error *err)
{
    (void)context;
    return container_statistics(handle, out, err);
}

static wcow_status update(void *context, void *handle, const task_change *change, wcow_error *err)
{
    (void)context;
    return container_update(handle, change, err);
}

/* ---- the owner's ---- */

static void event(void *context, const task_event *e)
{
    const container_owner *owner = &((container_backend *)context)->owner;

    owner->event(owner->context, e);
}

static void shut_down(void *context)
{
    const container_owner owner = ((container_backend *)context)->owner;

    owner.shut_down(owner.context);
}

static void hold(void *context)
{
    container_backend_hold(context);
}

static void drop(void *context)
{
    container_backend_free(context);
}

wcow_status container_backend_new(const container_host *host, const container_owner *owner,
                                  container_backend **out, wcow_error *err)
{
    container_backend *backend = calloc(1, sizeof *backend);

    if (!backend || !watcher_init(&backend->watcher, &(watcher_owner){backend, hold, drop})) {
        free(backend);
        return error_no_memory(err);
    }
    atomic_init(&backend->holders, 1);
    backend->host = *host;
    backend->owner = *owner;
    backend->table = (task_backend){.context = backend,
                                    .create = create,
                                    .start = start,
                                    .discard = discard,
                                    .release = release,
                                    .signal = signal_process,
                                    .resize = resize,
                                    .close_input = close_input,
                                    .processes = processes,
                                    .statistics = statistics,
                                    .update = update,
                                    .event = event,
                                    .shut_down = shut_down};
    *out = backend;
    return WCOW_OK;
}

const task_backend *container_backend_table(const container_backend *backend)
{
    return &backend->table;
}

container_backend *container_backend_hold(container_backend *backend)
{
    atomic_fetch_add(&backend->holders, 1);
    return backend;
}

void container_backend_free(container_backend *backend)
{
    if (!backend || atomic_fetch_sub(&backend->holders, 1) > 1)
        return;
    watcher_free(&backend->watcher);
    free(backend);
}
