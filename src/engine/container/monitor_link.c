/* SPDX-License-Identifier: MIT */
/*
 * A monitor is found by the name of its pipe, and lives a life of its own: it may have left, it may
 * not listen yet, or it may die before it does. Only the pipe, and what it wrote down, tell which.
 */
#include "engine/container/monitor_link.h"

#include "base/condition.h"
#include "base/error.h"
#include "base/text.h"
#include "engine/container/container_service.h"
#include "engine/container/reconcile.h"
#include "engine/container/record.h"
#include "engine/host/paths.h"
#include "port/clock.h"

#define ROUND_MILLISECONDS 100u
#define LEAVE_MILLISECONDS 50u
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

/* None listens yet, or any more; or it is there, and takes nobody else at this moment. */
static bool is_worth_another_try(wcow_status status)
{
    return status == WCOW_NOT_FOUND || status == WCOW_UNAVAILABLE;
}

wcow_status monitor_reach(wcow_container *container, connection *out, bool *over, wcow_error *err)
{
    const uint64_t give_up = ticks_after(container->host->limits.connect);

    for (;;) {
        cleanup_state state *s = NULL;
        wcow_error problem = WCOW_ERROR_INIT;
        wcow_status status = monitor_connect(container, REACH_MILLISECONDS, out, &problem);

        *over = false;
        if (!is_worth_another_try(status))
            return error_pass(err, status, &problem);
        status = container_settle(container, &s, err);
        if (status)
            return status;
        *over = !state_is_active(s);
        if (*over)
            return WCOW_OK;
        if (ticks_now() >= give_up)
            return error_pass(err, problem.status, &problem);
    }
}

void monitor_send_away(const wcow_container *container)
{
    cleanup_connection connection link = CONNECTION_INIT;
    cleanup_frame frame answer = FRAME_INIT;
    cJSON *request = request_new("leave");
    bool silent;

    if (request && !monitor_connect(container, 0, &link, NULL))
        ignore(connection_ask(&link, request, LEAVE_MILLISECONDS, &answer, &silent, NULL));
    else
        cJSON_Delete(request);
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

/* A monitor's process, as who has started it sees it. */
typedef struct begun {
    machine_child *child; /* NULL: it is a service; or, in unit tests, a thread */
    char *service;        /* its name; NULL: it is none */
    bool ran_before;      /* the service was running: perhaps it was about to end */
} begun;

static void begun_free(begun *b)
{
    machine_child_free(b->child);
    free(b->service);
}

DEFINE_CLEANUP_VALUE(begun, begun, begun_free)

static bool has_died(const wcow_container *container, const begun *b, uint32_t *exit_code)
{
    if (b->service)
        return container_service_ended(container->host, b->service, exit_code);
    if (container->host->monitor_runs)
        return !container->host->monitor_runs(container->host->start_context, container->id);
    return b->child && HR_SUCCEEDED(machine_child_wait(b->child, 0, exit_code));
}

/* Until the new monitor listens, or it is known that it never will. */
static wcow_status wait_to_listen(wcow_container *container, const begun *b, connection *out,
                                  wcow_error *err)
{
    const uint32_t patience = container->host->limits.connect;
    const uint64_t deadline = clock_ticks() + patience;
    bool died = false;
    uint32_t exit_code = 0;

    for (;;) {
        wcow_error problem = WCOW_ERROR_INIT;
        wcow_status status = monitor_connect(container, ROUND_MILLISECONDS, out, &problem);

        if (!is_worth_another_try(status))
            return error_pass(err, status, &problem);
        if (container_gone(container)) /* then no monitor will listen */
            return container_say_gone(container, err);
        if (died) /* and the pipe was not there after its death either: nobody else's monitor */
            return monitor_died(container, exit_code, err);
        if (clock_ticks() >= deadline)
            return error_set(err, WCOW_TIMEOUT, "its monitor did not begin to listen within %u s",
                             patience / 1000);
        died = has_died(container, b, &exit_code);
    }
}

/* ---- starting one ---- */

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

static wcow_error service_warning(const wcow_container *container, const wcow_error *why)
{
    wcow_error warning = WCOW_ERROR_INIT;

    error_set(&warning, WCOW_UNSUPPORTED,
              "container '%s' may end with the session or the job of this command, and does not "
              "come back with the host: its Windows service could not be started: %s",
              container->name, why->message);
    return warning;
}

/*
 * A process that we start ends with our session, which is its user's until he signs out, and with a
 * job that holds us and lets nobody leave. Session 0, that of services and of who comes over the
 * network, ends with the host.
 */
static bool wants_service(const wcow_host *host, const record *r)
{
    cleanup_free char *given = machine_environment("WCOW_MONITOR");

    if (host->end_monitors || (given && text_equal(given, "direct")))
        return false;
    return r->restart_mode != RESTART_NO || container_service_forced() || machine_session() != 0 ||
           machine_bound();
}

static wcow_status begin_service(wcow_host *host, const record *r, begun *out, wcow_error *err)
{
    cleanup_free char *name = NULL;
    wcow_status status = container_service_make(host, r, &name, err);
    int32_t hr;

    if (status)
        return status;
    hr = container_service_start(host, name);
    out->ran_before = hr == HR_SERVICE_ALREADY_RUNNING;
    if (HR_FAILED(hr) && !out->ran_before) {
        container_service_leave(host, r->id);
        return error_hresult(err, hr, "StartService");
    }
    out->service = TAKE(name);
    return WCOW_OK;
}

static wcow_status begin_child(wcow_host *host, const char *id, begun *out, wcow_error *err)
{
    const int32_t hr = host->start_monitor(host->start_context, host, id, &out->child);

    if (hr == HR_FILE_NOT_FOUND)
        return error_set(
            err, WCOW_NOT_FOUND,
            "cannot start its monitor: there is no wcow.exe beside this program or the "
            "wcow.dll that it uses");
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "start wcow"), "cannot start its monitor");
    return WCOW_OK;
}

/* Where the manager refuses, as a child all the same: with a warning. */
static wcow_status begin(wcow_container *container, const record *r, begun *out,
                         wcow_error *warning, wcow_error *err)
{
    wcow_host *host = container->host;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    if (wants_service(host, r)) {
        if (!begin_service(host, r, out, &problem))
            return host_step(host, WCOW_OK, "its monitor's service is started");
        *warning = service_warning(container, &problem);
    }
    status = host_step(host, begin_child(host, r->id, out, err), "its monitor is started");
    if (!status && !warning->status && out->child && machine_child_bound(out->child))
        *warning = job_warning(container);
    return status;
}

void monitor_start_ahead(wcow_container *container, const record *r)
{
    CLEANUP(begun) begun b = {0};

    container->is_ahead = !begin(container, r, &b, &container->ahead_warning, NULL);
    container->ahead = TAKE(b.child);
    container->ahead_service = TAKE(b.service);
}

/* The one that was started ahead, if it lives. */
static bool take_ahead(wcow_container *container, begun *out)
{
    const bool is_ahead = container->is_ahead;
    uint32_t exit_code;

    container->is_ahead = false;
    *out = (begun){.child = TAKE(container->ahead), .service = TAKE(container->ahead_service)};
    return is_ahead && !has_died(container, out, &exit_code);
}

/* A service that was found running may have been about to end: then it is started anew. */
static wcow_status start_another(wcow_container *container, connection *out, wcow_error *warning,
                                 wcow_error *err)
{
    const uint64_t give_up = ticks_after(container->host->limits.connect);
    cleanup_record record *r = NULL;
    wcow_status status = container_record(container, &r, err);

    while (!status) {
        CLEANUP(begun) begun b = {0};
        wcow_error problem = WCOW_ERROR_INIT;

        *warning = (wcow_error)WCOW_ERROR_INIT;
        status = begin(container, r, &b, warning, &problem);
        if (!status)
            status = wait_to_listen(container, &b, out, &problem);
        if (status != WCOW_FAILED || !b.ran_before || ticks_now() >= give_up)
            return error_pass(err, status, &problem);
        status = WCOW_OK;
    }
    return status;
}

wcow_status monitor_start(wcow_container *container, connection *out, wcow_error *warning,
                          wcow_error *err)
{
    CLEANUP(begun) begun ahead = {0};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = WCOW_FAILED;

    *warning = container->ahead_warning;
    if (take_ahead(container, &ahead))
        status = wait_to_listen(container, &ahead, out, &problem);
    if (status == WCOW_FAILED) /* none, or it died before it listened */
        status = start_another(container, out, warning, &problem);
    if (host_step(container->host, status, "connected to its monitor"))
        return error_pass(err, status, &problem);
    return WCOW_OK;
}
