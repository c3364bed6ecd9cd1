/* SPDX-License-Identifier: MIT */
/* start and attach, as the caller sees them. */
#include "base/condition.h"
#include "base/error.h"
#include "base/options.h"
#include "engine/container/reconcile.h"
#include "engine/host/paths.h"
#include "link/link.h"
#include "port/clock.h"

/* A monitor that is about to leave may hang up on us; the next one will not. */
#define ATTEMPTS      20u
#define ATTEMPT_PAUSE 100u
/* For the pipe of a monitor that another command starts: then the state is looked at again. */
#define CONNECT_MILLISECONDS 500u
/* Create and start may take the service four minutes each (hcsshim's own limits), and then some. */
#define START_MILLISECONDS 600000u

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

/*
 * The monitor hung up before it said anything. A leaving one did nothing, and the next will; one
 * that died may have done much, and nobody may do that twice.
 */
static wcow_status after_refusal(wcow_container *container, bool *again, wcow_error *err)
{
    cleanup_state state *s = NULL;
    wcow_status status = container_settle(container, &s, err);

    if (status)
        return status;
    *again = !s->lost;
    if (*again)
        return WCOW_OK;
    return error_set(err, WCOW_UNAVAILABLE,
                     "cannot start container '%s': its monitor died while starting it",
                     container->name);
}

/* Runs an attached session on a connection. */
static wcow_status attach_on(wcow_container *container, stream *pipe, const char *what,
                             const wcow_attach_options *options, wcow_outcome *outcome,
                             link_end *end, wcow_error *err)
{
    cleanup_record record *r = NULL;
    wcow_outcome result = WCOW_OUTCOME_INIT;
    wcow_status status = container_record_read(container->host, container->id, &r, err);

    if (!status)
        status = link_attach(pipe, what, r->tty, options, &result, end, err);
    if (!status && *end == LINK_LOST)
        status = after_loss(container, &result.exit_code, err);
    if (status)
        return status;
    result.detached = *end == LINK_DETACHED;
    if (!result.warning.status)
        result.warning = outcome->warning; /* of its start */
    *outcome = result;
    return WCOW_OK;
}

static wcow_status start_attached(wcow_container *container, stream *pipe,
                                  const wcow_attach_options *attach, wcow_outcome *outcome,
                                  bool *again, wcow_error *err)
{
    link_end end = LINK_REFUSED;
    wcow_status status = attach_on(container, pipe, "start", attach, outcome, &end, err);

    if (!status && end == LINK_REFUSED)
        status = after_refusal(container, again, err);
    return status;
}

static wcow_status start_in_background(wcow_container *container, stream *pipe, bool *again,
                                       wcow_error *err)
{
    cleanup_frame frame answer = FRAME_INIT;
    bool silent;
    wcow_status status =
        link_ask(pipe, link_request("start"), START_MILLISECONDS, &answer, &silent, err);

    if (silent)
        return error_set(err, WCOW_TIMEOUT,
                         "cannot start container '%s': its monitor has not "
                         "answered for %u s",
                         container->name, START_MILLISECONDS / 1000);
    if (!status && answer.type == FRAME_END)
        status = after_refusal(container, again, err);
    return status;
}

static wcow_status check_startable(wcow_container *container, const state *s, wcow_error *err)
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

/* The monitor could not read it either, and has nobody whom it could tell. */
static wcow_status check_record(wcow_container *container, wcow_error *err)
{
    cleanup_record record *r = NULL;
    wcow_status status = container_record_read(container->host, container->id, &r, err);

    if (status == WCOW_CORRUPT)
        error_hint(err, "it can only be removed: wcow rm -f %s", container->name);
    return status;
}

/* A container that runs on is of no use to anybody who does not know that it ends with us. */
static void warn_of_job(wcow_container *container, wcow_outcome *outcome)
{
    error_set(&outcome->warning, WCOW_UNSUPPORTED,
              "container '%s' may end with the job that this command runs in: that lets nothing "
              "leave it",
              container->name);
    error_hint(&outcome->warning, "start it from a prompt that no job holds: not within a CI "
                                  "step, a remote session or a service");
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

static wcow_status open_link(wcow_container *container, const state *s, stream **out,
                             wcow_outcome *outcome, bool *again, wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    bool bound = false;
    wcow_status status;

    if (state_is_active(s))
        status = link_open(container, CONNECT_MILLISECONDS, out, &problem);
    else
        status = link_start(container, out, &bound, &problem);
    if (!status && bound && outcome)
        warn_of_job(container, outcome);
    *again = status == WCOW_NOT_FOUND && state_is_active(s);
    if (!status || *again)
        return WCOW_OK;
    if (is_being_removed(container))
        return container_say_gone(container, err);
    if (err)
        *err = problem;
    return error_wrap(err, status, "cannot start container '%s'", container->name);
}

/* One attempt. *again: try once more. */
static wcow_status start_once(wcow_container *container, const wcow_attach_options *attach,
                              wcow_outcome *outcome, bool *again, wcow_error *err)
{
    cleanup_state state *s = NULL;
    cleanup_stream stream *pipe = NULL;
    wcow_status status = container_settle(container, &s, err);

    if (!status)
        status = check_startable(container, s, err);
    if (!status)
        status = check_record(container, err);
    if (status)
        return status;
    if (state_is_active(s) && s->phase != PHASE_STARTING && !attach)
        return WCOW_OK; /* it runs: as with Docker, nothing to do */
    status = open_link(container, s, &pipe, outcome, again, err);
    if (status || *again)
        return status;
    if (attach)
        return start_attached(container, pipe, attach, outcome, again, err);
    return start_in_background(container, pipe, again, err);
}

wcow_status wcow_container_start(wcow_container *container, const wcow_attach_options *attach,
                                 wcow_outcome *outcome, wcow_error *err)
{
    const uint64_t give_up = ticks_after(container->host->limits.connect);
    wcow_attach_options how = WCOW_ATTACH_OPTIONS_INIT;
    wcow_status taken = options_copy(&how, sizeof how, attach, "wcow_attach_options", err);

    if (taken)
        return taken;
    for (unsigned attempt = 0; attempt < ATTEMPTS || ticks_now() < give_up; attempt++) {
        bool again = false;
        wcow_status status = start_once(container, attach ? &how : NULL, outcome, &again, err);

        if (status || !again)
            return status;
        clock_sleep(ATTEMPT_PAUSE);
    }
    return error_set(err, WCOW_CONFLICT,
                     "cannot start container '%s': its monitor does not listen, or hangs up again "
                     "and again",
                     container->name);
}

wcow_status wcow_container_attach(wcow_container *container, const wcow_attach_options *options,
                                  wcow_outcome *outcome, wcow_error *err)
{
    cleanup_state state *s = NULL;
    cleanup_stream stream *pipe = NULL;
    wcow_attach_options how = WCOW_ATTACH_OPTIONS_INIT;
    link_end end = LINK_REFUSED;
    wcow_status status = options_copy(&how, sizeof how, options, "wcow_attach_options", err);

    if (!status)
        status = container_settle(container, &s, err);
    if (status)
        return status;
    if (s->phase == PHASE_PAUSED)
        return error_set(err, WCOW_CONFLICT,
                         "You cannot attach to a paused container, unpause it first");
    if (!state_is_active(s))
        return error_set(err, WCOW_CONFLICT,
                         "You cannot attach to a stopped container, start it first");
    status = link_open(container, container->host->limits.connect, &pipe, err);
    if (status)
        return status;
    status = attach_on(container, pipe, "attach", &how, outcome, &end, err);
    if (!status && end == LINK_REFUSED) /* it ended as we came */
        status = after_loss(container, &outcome->exit_code, err);
    return status;
}
