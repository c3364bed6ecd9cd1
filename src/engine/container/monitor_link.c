/* SPDX-License-Identifier: MIT */
/*
 * A monitor is found by the name of its pipe, and lives a life of its own: it may have left, it may
 * not listen yet, or it may die before it does. Only the pipe, and what it wrote down, tell which.
 */
#include "engine/container/monitor_link.h"

#include "base/condition.h"
#include "base/error.h"
#include "engine/container/reconcile.h"
#include "engine/container/record.h"
#include "engine/host/paths.h"
#include "port/clock.h"

#define ROUND_MILLISECONDS 100u
/* For the pipe of a monitor that is known to be there: then the state is looked at again. */
#define REACH_MILLISECONDS 500u

wcow_status monitor_connect(const wcow_container *container, uint32_t milliseconds, connection *out,
                            wcow_error *err)
{
    cleanup_free char *name = path_of_pipe(container->host, container->id);
    wcow_status status;

    if (!name)
        return error_no_memory(err);
    status = connection_open(name, milliseconds, wcow_version(), out, err);
    if (status == WCOW_NOT_FOUND)
        return error_set(err, status, "the monitor of container '%s' does not listen",
                         container->name);
    if (status)
        return error_wrap(err, status, "cannot reach the monitor of container '%s'",
                          container->name);
    if (container->host->steps.done)
        out->steps = &container->host->steps;
    return WCOW_OK;
}

wcow_status monitor_reach(wcow_container *container, connection *out, bool *over, wcow_error *err)
{
    const uint64_t give_up = ticks_after(container->host->limits.connect);

    for (;;) {
        cleanup_state state *s = NULL;
        wcow_error problem = WCOW_ERROR_INIT;
        wcow_status status = monitor_connect(container, REACH_MILLISECONDS, out, &problem);

        *over = false;
        if (status != WCOW_NOT_FOUND)
            return error_pass(err, status, &problem);
        status = container_settle(container, &s, err);
        if (status)
            return status;
        *over = !state_is_active(s);
        if (*over)
            return WCOW_OK;
        if (ticks_now() >= give_up)
            return error_pass(err, WCOW_NOT_FOUND, &problem);
    }
}

/* The monitor could not tell us over the pipe; it wrote down why, if it came that far. */
static wcow_status monitor_died(const wcow_container *container, uint32_t exit_code,
                                wcow_error *err)
{
    cleanup_state state *s = NULL;

    if (!state_read(container->host, container->id, &s, NULL) && s->error && *s->error)
        return error_set(err, WCOW_FAILED, "its monitor ended at once: %s", s->error);
    return error_set(err, WCOW_FAILED, "its monitor process ended at once with exit code %u",
                     exit_code);
}

/* Until the new monitor listens, or it is known that it never will. */
static wcow_status wait_to_listen(wcow_container *container, machine_child *child, connection *out,
                                  wcow_error *err)
{
    const uint32_t patience = container->host->limits.connect;
    const uint64_t deadline = clock_ticks() + patience;
    bool died = false;
    uint32_t exit_code = 0;

    for (;;) {
        wcow_error problem = WCOW_ERROR_INIT;
        wcow_status status = monitor_connect(container, ROUND_MILLISECONDS, out, &problem);

        if (status != WCOW_NOT_FOUND)
            return error_pass(err, status, &problem);
        if (container_gone(container)) /* then no monitor will listen */
            return container_say_gone(container, err);
        if (died) /* and the pipe was not there after its death either: nobody else's monitor */
            return monitor_died(container, exit_code, err);
        if (clock_ticks() >= deadline)
            return error_set(err, WCOW_TIMEOUT, "its monitor did not begin to listen within %u s",
                             patience / 1000);
        died = child && HR_SUCCEEDED(machine_child_wait(child, 0, &exit_code));
    }
}

/* A container that runs on is of no use to anybody who does not know that it ends with us. */
static wcow_error job_warning(const wcow_container *container)
{
    wcow_error warning = WCOW_ERROR_INIT;

    error_set(&warning, WCOW_UNSUPPORTED,
              "container '%s' may end with the job that this command runs in: that lets nothing "
              "leave it",
              container->name);
    error_hint(&warning, "start it from a prompt that no job holds: not within a CI step, a remote "
                         "session or a service");
    return warning;
}

void monitor_start_ahead(wcow_host *host, const char *id, machine_child **child, bool *is_ahead)
{
    *is_ahead = HR_SUCCEEDED(host->start_monitor(host->start_context, host, id, child));
    if (*is_ahead)
        step_done(&host->steps, "its monitor's process is started, ahead");
}

/* The one that was started ahead, if it lives. */
static bool take_ahead(wcow_container *container, machine_child **child)
{
    const bool is_ahead = container->is_ahead;
    uint32_t exit_code;

    container->is_ahead = false;
    *child = TAKE(container->ahead);
    return is_ahead && !(*child && HR_SUCCEEDED(machine_child_wait(*child, 0, &exit_code)));
}

static wcow_status start_child(wcow_host *host, const char *id, machine_child **out,
                               wcow_error *err)
{
    const int32_t hr = host->start_monitor(host->start_context, host, id, out);

    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "start wcow"), "cannot start its monitor");
    step_done(&host->steps, "its monitor's process is started");
    return WCOW_OK;
}

wcow_status monitor_start(wcow_container *container, connection *out, wcow_error *warning,
                          wcow_error *err)
{
    wcow_host *host = container->host;
    cleanup_child machine_child *child = NULL;
    cleanup_child machine_child *dead = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = WCOW_FAILED;

    if (take_ahead(container, &child))
        status = wait_to_listen(container, child, out, &problem);
    if (status == WCOW_FAILED) { /* none, or it died before it listened */
        dead = TAKE(child);
        status = start_child(host, container->id, &child, &problem);
        if (!status)
            status = wait_to_listen(container, child, out, &problem);
    }
    if (host_step(host, status, "connected to its monitor"))
        return error_pass(err, status, &problem);
    *warning =
        child && machine_child_bound(child) ? job_warning(container) : (wcow_error)WCOW_ERROR_INIT;
    return WCOW_OK;
}
