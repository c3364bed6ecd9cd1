/* SPDX-License-Identifier: MIT */
/*
 * start and attach, as the caller sees them: a request to the container's monitor, which is started
 * first where the container is at rest. With streams to attach, these follow on the same
 * connection, so that not a byte is lost.
 *
 * A monitor that is about to leave may hang up on us without having done anything; then the state
 * is looked at again, and the next monitor will do it.
 */
#include "base/condition.h"
#include "base/error.h"
#include "engine/container/container_event.h"
#include "engine/container/monitor_link.h"
#include "engine/container/own_session.h"
#include "engine/container/reconcile.h"
#include "engine/container/record.h"
#include "link/attaching.h"
#include "port/clock.h"

#define ATTEMPTS      20u
#define ATTEMPT_PAUSE 100u
/* For the pipe of a monitor that another command starts: then the state is looked at again. */
#define CONNECT_MILLISECONDS 500u
/* Create and start may take the service four minutes each (hcsshim's own limits), and then some. */
#define START_MILLISECONDS 600000u

/* ---- a session on a connection ---- */

/* The monitor hung up without a word. If the container has ended, its state says how. */
static wcow_status after_loss(wcow_container *container, uint32_t *exit_code, wcow_error *err)
{
    cleanup_state state *s = NULL;
    wcow_status status = container_settle(container, &s, err);

    if (status == WCOW_NOT_FOUND) /* --rm, or another command */
        return error_set(err, WCOW_UNAVAILABLE, "container '%s' is gone", container->name);
    if (status)
        return status;
    if (s->phase == PHASE_EXITED && !s->lost)
        return state_exit_code(s, exit_code, err);
    return error_set(err, WCOW_UNAVAILABLE, "the monitor of container '%s' died", container->name);
}

/* ATTACH_LOST is no end: what became of the container is found out. */
static wcow_status attach_on(wcow_container *container, const connection *link, const char *what,
                             const session_options *attach, attach_result *out, wcow_error *err)
{
    attach_result result = ATTACH_RESULT_INIT;
    wcow_status status = host_step(container->host, attach_to(link, what, attach, &result, err),
                                   "the session is over");

    if (!status && result.end == ATTACH_LOST) {
        result.end = ATTACH_EXITED;
        status = after_loss(container, &result.exit_code, err);
    }
    if (!status)
        *out = result;
    return status;
}

static wcow_outcome outcome_of(const attach_result *result)
{
    return (wcow_outcome){
        .detached = result->end == ATTACH_DETACHED,
        .exit_code = result->exit_code,
        .warning = result->warning,
    };
}

/* ---- start ---- */

typedef struct starting {
    wcow_container *container;
    const session_options *attach; /* NULL: in the background */
    wcow_outcome outcome;
    bool again; /* nothing came of the attempt: another may succeed */
} starting;

static wcow_status check_startable(const wcow_container *container, const state *s, wcow_error *err)
{
    if (s->phase == PHASE_CREATED || s->phase == PHASE_EXITED || state_is_active(s))
        return WCOW_OK;
    if (s->phase == PHASE_DEAD && s->error && *s->error)
        return error_set(err, s->unknown ? WCOW_CORRUPT : WCOW_CONFLICT,
                         "container '%s' is dead and can only be removed (wcow rm -f %s): %s",
                         container->name, container->name, s->error);
    return error_set(err, WCOW_CONFLICT,
                     s->phase == PHASE_CREATING ? "container '%s' is being created"
                     : s->phase == PHASE_REMOVING
                         ? "container '%s' is removed by another command"
                         : "container '%s' is marked for removal and cannot be started",
                     container->name);
}

/* One that is damaged the monitor could not read either, and it has nobody whom it could tell. */
static wcow_status read_record(wcow_container *container, record **out, wcow_error *err)
{
    wcow_status status = container_record(container, out, err);

    if (status == WCOW_CORRUPT)
        error_hint(err, "it can only be removed: wcow rm -f %s", container->name);
    return status;
}

/*
 * A monitor that came to nothing because the container was taken from under it: its own words ("it
 * ended at once", a lock that another holds) would hide that.
 */
static bool is_being_removed(wcow_container *container)
{
    cleanup_state state *s = NULL;

    return container_gone(container) ||
           (!state_read(container->host, container->id, &s, NULL) && s->phase == PHASE_REMOVING);
}

/* Connects to the monitor that the state tells of, or to a new one. */
static wcow_status reach_monitor(starting *start, const state *s, connection *out, wcow_error *err)
{
    wcow_container *container = start->container;
    wcow_error problem = WCOW_ERROR_INIT;
    const bool is_there = state_is_active(s);
    const wcow_status status =
        is_there ? monitor_connect(container, CONNECT_MILLISECONDS, out, &problem)
                 : monitor_start(container, out, &start->outcome.warning, &problem);

    start->again = (status == WCOW_NOT_FOUND || status == WCOW_UNAVAILABLE) && is_there;
    if (!status || start->again)
        return WCOW_OK;
    if (is_being_removed(container))
        return container_say_gone(container, err);
    error_wrap(&problem, status, "cannot start container '%s'", container->name);
    return error_pass(err, status, &problem);
}

/*
 * The monitor hung up before it said anything. A leaving one did nothing, and the next will; one
 * that died may have done much, and nobody may do that twice.
 */
static wcow_status after_refusal(starting *start, wcow_error *err)
{
    wcow_container *container = start->container;
    cleanup_state state *s = NULL;
    wcow_status status = container_settle(container, &s, err);

    if (status)
        return status;
    if (s->lost)
        return error_set(err, WCOW_UNAVAILABLE,
                         "cannot start container '%s': its monitor died while starting it",
                         container->name);
    start->again = true;
    return WCOW_OK;
}

static wcow_status start_attached(starting *start, const connection *link, bool tty,
                                  wcow_error *err)
{
    const wcow_error warning = start->outcome.warning;
    session_options attach = *start->attach;
    attach_result result = ATTACH_RESULT_INIT;
    wcow_status status;

    attach.tty = tty;
    status = attach_on(start->container, link, "start", &attach, &result, err);
    if (status)
        return status;
    if (result.end == ATTACH_REFUSED)
        return after_refusal(start, err);
    start->outcome = outcome_of(&result);
    if (!start->outcome.warning.status)
        start->outcome.warning = warning; /* of its start */
    return WCOW_OK;
}

static wcow_status start_in_background(starting *start, const connection *link, wcow_error *err)
{
    cleanup_frame frame answer = FRAME_INIT;
    bool silent;
    wcow_status status = connection_ask(link, connection_request(link, "start"), START_MILLISECONDS,
                                        &answer, &silent, err);

    if (silent)
        return error_set(err, WCOW_TIMEOUT,
                         "cannot start container '%s': its monitor has not answered for %u s",
                         start->container->name, START_MILLISECONDS / 1000);
    if (!status && answer.type == FRAME_END)
        return after_refusal(start, err);
    return status;
}

static wcow_status start_once(starting *start, wcow_error *err)
{
    wcow_container *container = start->container;
    cleanup_state state *s = NULL;
    cleanup_record record *r = NULL;
    cleanup_connection connection link = CONNECTION_INIT;
    wcow_status status = container_settle(container, &s, err);

    start->again = false;
    if (!status)
        status = check_startable(container, s, err);
    if (!status)
        status = read_record(container, &r, err);
    if (status)
        return status;
    if (state_is_active(s) && s->phase != PHASE_STARTING && !start->attach)
        return WCOW_OK; /* it runs: as with Docker, nothing to do */
    if (s->restarting)
        return error_set(err, WCOW_CONFLICT,
                         "container %s is restarting, wait until the container is running",
                         container->name);
    status = reach_monitor(start, s, &link, err);
    if (status || start->again)
        return status;
    return start->attach ? start_attached(start, &link, r->tty, err)
                         : start_in_background(start, &link, err);
}

static wcow_status start_in_the_end(starting *start, wcow_error *err)
{
    const uint64_t give_up = ticks_after(start->container->host->limits.connect);

    for (unsigned attempt = 0; attempt < ATTEMPTS || ticks_now() < give_up; attempt++) {
        wcow_status status = start_once(start, err);

        if (status || !start->again)
            return status;
        clock_sleep(ATTEMPT_PAUSE);
    }
    return error_set(err, WCOW_CONFLICT,
                     "cannot start container '%s': its monitor does not listen, or hangs up again "
                     "and again",
                     start->container->name);
}

wcow_status wcow_container_start(wcow_container *container, const wcow_attach_options *attach,
                                 wcow_outcome *outcome, wcow_error *err)
{
    own_session own;
    starting start = {.container = container, .outcome = WCOW_OUTCOME_INIT};
    wcow_status status = own_session_init(&own, attach, err);

    if (status)
        return status;
    own.options.stays = container->host->end_monitors != NULL;
    start.attach = attach ? &own.options : NULL;
    if (attach)
        container_event_of(container->host, container->id, "attach", NULL, 0);
    status = start_in_the_end(&start, err);
    if (!status && start.outcome.detached)
        container_event_of(container->host, container->id, "detach", NULL, 0);
    if (!status && outcome)
        *outcome = start.outcome;
    return status;
}

/* ---- attach ---- */

static wcow_status check_attachable(const state *s, wcow_error *err)
{
    if (s->phase == PHASE_PAUSED)
        return error_set(err, WCOW_CONFLICT,
                         "You cannot attach to a paused container, unpause it first");
    if (!state_is_active(s))
        return error_set(err, WCOW_CONFLICT,
                         "You cannot attach to a stopped container, start it first");
    if (s->restarting)
        return error_set(err, WCOW_CONFLICT,
                         "You cannot attach to a restarting container, wait until it is running");
    return WCOW_OK;
}

static wcow_status attach_to_running(wcow_container *container, session_options *options,
                                     wcow_outcome *outcome, wcow_error *err)
{
    cleanup_state state *s = NULL;
    cleanup_record record *r = NULL;
    cleanup_connection connection link = CONNECTION_INIT;
    attach_result result = ATTACH_RESULT_INIT;
    bool over = false;
    wcow_status status = container_settle(container, &s, err);

    if (!status)
        status = check_attachable(s, err);
    if (!status)
        status = monitor_reach(container, &link, &over, err);
    if (!status)
        status = container_record(container, &r, err);
    if (status)
        return status;
    options->tty = r->tty;
    container_event(container->host, r, "attach", NULL, 0);
    if (!over)
        status = attach_on(container, &link, "attach", options, &result, err);
    if (!status && result.end == ATTACH_REFUSED) /* it ended as we came */
        status = after_loss(container, &result.exit_code, err);
    if (!status && result.end == ATTACH_DETACHED)
        container_event(container->host, r, "detach", NULL, 0);
    if (!status)
        *outcome = outcome_of(&result);
    return status;
}

wcow_status wcow_container_attach(wcow_container *container, const wcow_attach_options *options,
                                  wcow_outcome *outcome, wcow_error *err)
{
    own_session own;
    wcow_status status = own_session_init(&own, options, err);

    return status ? status : attach_to_running(container, &own.options, outcome, err);
}
