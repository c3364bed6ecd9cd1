/* SPDX-License-Identifier: MIT */
/* stop, kill and wait, as the caller sees them: they ask the monitor, and believe only state.json.
 */
#include "base/condition.h"
#include "base/error.h"
#include "base/text.h"
#include "engine/container/reconcile.h"
#include "engine/host/paths.h"
#include "hcs/signals.h"
#include "link/link.h"
#include "port/clock.h"

/* Short: a monitor whose pipe is gone has most often just left, which the state tells. */
#define CONNECT_MILLISECONDS 500u
#define ROUND_PAUSE          50u
/* Whoever let a request stand for so long did listen. */
#define HEARD_MILLISECONDS 10000u

static wcow_status monitor_silent(wcow_container *container, const char *verb,
                                  uint64_t milliseconds, wcow_error *err)
{
    error_set(err, WCOW_TIMEOUT,
              "cannot %s container '%s': its monitor has not answered for %llu s", verb,
              container->name, (unsigned long long)(milliseconds / 1000));
    error_hint(err, "end the monitor process of the container, then: wcow rm -f %s",
               container->name);
    return WCOW_TIMEOUT;
}

/* It lives, since it holds its lock; and nobody can reach it. */
static wcow_status monitor_deaf(wcow_container *container, const char *verb, const state *s,
                                wcow_error *err)
{
    error_set(err, WCOW_TIMEOUT, "cannot %s container '%s': its monitor does not listen", verb,
              container->name);
    error_hint(err, "end the monitor process %u, then: wcow rm -f %s", s->monitor_pid,
               container->name);
    return WCOW_TIMEOUT;
}

/*
 * One attempt. A monitor that is not there, hangs up or cannot be reached just now has asked nobody
 * and is asked again (*asked stays false); what forbids us to reach it will not change.
 */
static wcow_status ask_once(wcow_container *container, const cJSON *request, const char *verb,
                            uint32_t milliseconds, frame *answer, bool *asked, wcow_error *err)
{
    cleanup_stream stream *pipe = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    bool silent;
    wcow_status status = link_open(container, CONNECT_MILLISECONDS, &pipe, &problem);

    if (status == WCOW_DENIED) {
        if (err)
            *err = problem;
        return error_wrap(err, status, "cannot %s container '%s'", verb, container->name);
    }
    if (status)
        return WCOW_OK;
    frame_free(answer);
    status = link_ask(pipe, cJSON_Duplicate(request, true), milliseconds, answer, &silent, err);
    if (silent)
        return monitor_silent(container, verb, milliseconds, err);
    *asked = !status && answer->type != FRAME_END;
    return status;
}

/*
 * Asks the monitor until it answers or the container is found at rest. *asked: it answered. The
 * request is made anew for each attempt. Who has its lock, stays alive and cannot be asked is given
 * up on: a monitor that is stuck. (Or another command that found the monitor dead and releases what
 * it had, for which the service may take its time.)
 */
static wcow_status ask(wcow_container *container, const cJSON *request, const char *verb,
                       uint32_t milliseconds, frame *answer, bool *asked, wcow_error *err)
{
    const host_limits *limits = &container->host->limits;
    const uint32_t patience = limits->connect + limits->terminate;
    uint64_t give_up = ticks_after(patience);

    *asked = false;
    for (;;) {
        cleanup_state state *s = NULL;
        const uint64_t begun = ticks_now();
        wcow_status status = container_settle(container, &s, err);

        if (status || !state_is_active(s))
            return status;
        status = ask_once(container, request, verb, milliseconds, answer, asked, err);
        if (status || *asked)
            return status;
        if (ticks_now() - begun > HEARD_MILLISECONDS) /* it died meanwhile, or has left */
            give_up = ticks_after(patience);
        if (ticks_now() >= give_up)
            return monitor_deaf(container, verb, s, err);
        clock_sleep(ROUND_PAUSE); /* it was leaving: look again */
    }
}

static int own_timeout(wcow_container *container)
{
    cleanup_record record *r = NULL;

    return container_record_read(container->host, container->id, &r, NULL) ? 30 : r->stop_timeout;
}

wcow_status wcow_container_stop(wcow_container *container, int seconds, wcow_error *err)
{
    return wcow_container_stop_by(container, NULL, seconds, err);
}

wcow_status wcow_container_stop_by(wcow_container *container, const char *signal, int seconds,
                                   wcow_error *err)
{
    const int patience = seconds < 0 ? own_timeout(container) : seconds;
    const host_limits *limits = &container->host->limits;
    const uint64_t total = (uint64_t)(patience > 0 ? patience : 0) * 1000 + limits->shutdown +
                           4 * (uint64_t)limits->terminate + limits->patience;
    cleanup_json cJSON *request = link_request("stop");
    cleanup_frame frame answer = FRAME_INIT;
    cleanup_state state *s = NULL;
    bool asked;
    const char *unused;
    wcow_status status = signal ? signal_find(signal, &unused, err) : WCOW_OK;

    if (!status)
        status = container_settle(container, &s, err);
    if (status || !state_is_active(s))
        return status;
    /*
     * A paused VM hears nothing. That it cannot be resumed is most often another command's doing,
     * which ends it, too; if not, the monitor ends it when the time is up.
     */
    if (s->phase == PHASE_PAUSED)
        (void)!wcow_container_unpause(container, NULL);
    if (!request || !json_add_integer(request, "seconds", patience) ||
        (signal && !json_add_text(request, "signal", signal)))
        return error_no_memory(err);
    return ask(container, request, "stop",
               total < FRAME_FOREVER ? (uint32_t)total : FRAME_FOREVER - 1, &answer, &asked, err);
}

wcow_status wcow_container_kill(wcow_container *container, const char *signal, wcow_error *err)
{
    const host_limits *limits = &container->host->limits;
    cleanup_json cJSON *request = link_request("kill");
    cleanup_frame frame answer = FRAME_INIT;
    const char *unused;
    bool asked = false;
    wcow_status status = signal_find(signal ? signal : "KILL", &unused, err);

    if (status)
        return status;
    if (!request || !json_add_text(request, "signal", signal ? signal : "KILL"))
        return error_no_memory(err);
    status = ask(container, request, "kill",
                 limits->shutdown + 4 * limits->terminate + limits->patience, &answer, &asked, err);
    if (status)
        return status;
    if (!asked)
        return error_set(err, WCOW_CONFLICT,
                         "cannot kill container: %s: container %s is not running", container->name,
                         container->id);
    return WCOW_OK;
}

wcow_status wcow_container_wait(wcow_container *container, uint32_t *exit_code, wcow_error *err)
{
    cleanup_json cJSON *request = link_request("wait");
    cleanup_frame frame answer = FRAME_INIT;
    cleanup_state state *s = NULL;
    bool asked;
    wcow_status status;

    if (!request)
        return error_no_memory(err);
    status = ask(container, request, "wait for", FRAME_FOREVER, &answer, &asked, err);
    if (status)
        return status;
    if (asked) /* from the monitor's mouth: with --rm there is no state left */
        return exit_from_frame(&answer, exit_code, NULL, err);
    status = state_read(container->host, container->id, &s, err);
    return status ? status : state_exit_code(s, exit_code, err);
}
