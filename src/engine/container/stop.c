/* SPDX-License-Identifier: MIT */
/*
 * stop, kill and wait, as the caller sees them: they ask the container's monitor, and where it says
 * nothing, they believe state.json alone.
 */
#include <stdio.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/text.h"
#include "engine/container/container_event.h"
#include "engine/container/container_service.h"
#include "engine/container/monitor_link.h"
#include "engine/container/reconcile.h"
#include "engine/container/record.h"
#include "engine/container/schema.h"
#include "hcs/signals.h"
#include "port/clock.h"

/* Short: a monitor whose pipe is gone has most often just left, which the state tells. */
#define CONNECT_MILLISECONDS 500u
#define ROUND_PAUSE          50u
/* Whoever let a request stand for so long did listen. */
#define HEARD_MILLISECONDS 10000u
/* Of a container whose record cannot be read. Seconds, as Docker's on Windows. */
#define DEFAULT_TIMEOUT 30
/* What Server Core gives a program that a signal has reached. Milliseconds. */
#define OWN_TIME 5000u

/* ---- asking ---- */

/* What is asked of a container's monitor, and what came of it. */
typedef struct inquiry {
    wcow_container *container;
    const char *verb;      /* for messages: cannot VERB container … */
    const cJSON *request;  /* copied for each attempt */
    uint32_t milliseconds; /* for the answer */
    bool answered;         /* if not, the container was found at rest */
    frame answer;
} inquiry;

static void inquiry_free(inquiry *i)
{
    frame_free(&i->answer);
}

DEFINE_CLEANUP_VALUE(inquiry, inquiry, inquiry_free)

static wcow_status monitor_silent(const inquiry *i, wcow_error *err)
{
    error_set(err, WCOW_TIMEOUT,
              "cannot %s container '%s': its monitor has not answered for %llu s", i->verb,
              i->container->name, (unsigned long long)(i->milliseconds / 1000));
    error_hint(err, "end the monitor process of the container, then: wcow rm -f %s",
               i->container->name);
    return WCOW_TIMEOUT;
}

/* It lives, since it holds its lock; and nobody can reach it. */
static wcow_status monitor_deaf(const inquiry *i, const state *s, wcow_error *err)
{
    error_set(err, WCOW_TIMEOUT, "cannot %s container '%s': its monitor does not listen", i->verb,
              i->container->name);
    error_hint(err, "end the monitor process %u, then: wcow rm -f %s", s->monitor_pid,
               i->container->name);
    return WCOW_TIMEOUT;
}

/*
 * One attempt. A monitor that is not there, hangs up or cannot be reached just now has done nothing
 * and is asked again (it has not answered); what forbids us to reach it will not change.
 */
static wcow_status ask_once(inquiry *i, wcow_error *err)
{
    cleanup_connection connection link = CONNECTION_INIT;
    wcow_error problem = WCOW_ERROR_INIT;
    bool silent;
    wcow_status status = monitor_connect(i->container, CONNECT_MILLISECONDS, &link, &problem);

    if (status == WCOW_DENIED) {
        error_wrap(&problem, status, "cannot %s container '%s'", i->verb, i->container->name);
        return error_pass(err, status, &problem);
    }
    if (status)
        return WCOW_OK;
    frame_free(&i->answer);
    status = connection_ask(&link, cJSON_Duplicate(i->request, true), i->milliseconds, &i->answer,
                            &silent, err);
    if (silent)
        return monitor_silent(i, err);
    i->answered = !status && i->answer.type != FRAME_END;
    return status;
}

/*
 * Asks the monitor until it answers or the container is found at rest. Who has its lock, stays
 * alive and cannot be asked is given up on: a monitor that is stuck. (Or another command that found
 * the monitor dead and releases what it had, for which the service may take its time.)
 */
static wcow_status ask(inquiry *i, wcow_error *err)
{
    const host_limits *limits = &i->container->host->limits;
    const uint32_t patience = limits->connect + limits->terminate;
    uint64_t give_up = ticks_after(patience);

    for (;;) {
        cleanup_state state *s = NULL;
        const uint64_t begun = ticks_now();
        wcow_status status = container_settle(i->container, &s, err);

        if (status || !state_is_active(s))
            return status;
        status = ask_once(i, err);
        if (status)
            return status;
        if (i->answered)
            return host_step(i->container->host, status, "its monitor has answered");
        if (ticks_now() - begun > HEARD_MILLISECONDS) /* it died meanwhile, or has left */
            give_up = ticks_after(patience);
        if (ticks_now() >= give_up)
            return monitor_deaf(i, s, err);
        clock_sleep(ROUND_PAUSE); /* it was leaving: look again */
    }
}

/* ---- stop ---- */

/* What a monitor may take to end a container that does not end by itself. */
static uint64_t ending_milliseconds(const wcow_container *container)
{
    const host_limits *limits = &container->host->limits;

    return limits->shutdown + 4 * (uint64_t)limits->terminate + limits->patience;
}

/* What the caller leaves to the container. Its record, which the signal is of, is the caller's;
 * NULL: it cannot be read. */
static record *own_wishes(const wcow_container *container, const char **signal, int *seconds)
{
    cleanup_record record *r = NULL;

    ignore(record_read(container->host, container->id, &r, NULL));
    if (*seconds < 0)
        *seconds = r ? r->stop_timeout : DEFAULT_TIMEOUT;
    if (!*signal && r && *r->stop_signal)
        *signal = r->stop_signal;
    return TAKE(r);
}

/* How a container is to be stopped. */
typedef struct stop_wish {
    const char *signal; /* NULL: that of a shutdown */
    int seconds;
    bool shutdown; /* the host goes down: it is to come back */
    bool keeps;    /* it is started again at once: --rm does not count */
} stop_wish;

static cJSON *stop_request(const stop_wish *wish)
{
    cleanup_json cJSON *request = request_new("stop");

    if (!request || !json_add_integer(request, "seconds", wish->seconds) ||
        (wish->signal && !json_add_text(request, "signal", wish->signal)) ||
        (wish->shutdown && !json_add_bool(request, "shutdown", true)) ||
        (wish->keeps && !json_add_bool(request, "keeps", true)))
        return NULL;
    return TAKE(request);
}

static wcow_status ask_to_stop(wcow_container *container, const stop_wish *wish, wcow_error *err)
{
    const uint64_t total =
        (uint64_t)(wish->seconds > 0 ? wish->seconds : 0) * 1000 + ending_milliseconds(container);
    const uint32_t longest = wish->seconds == WCOW_FOREVER ? FRAME_FOREVER : FRAME_FOREVER - 1;
    cleanup_json cJSON *request = stop_request(wish);
    CLEANUP(inquiry)
    inquiry stop = {
        .container = container,
        .verb = "stop",
        .request = request,
        .milliseconds = total < longest ? (uint32_t)total : longest,
    };

    return request ? ask(&stop, err) : error_no_memory(err);
}

wcow_status wcow_container_stop(wcow_container *container, int seconds, wcow_error *err)
{
    return wcow_container_stop_by(container, NULL, seconds, err);
}

static const char *granted_text(const stop_wish *wish, char *out, size_t size)
{
    if (wish->seconds == WCOW_FOREVER)
        return "all the time that it takes";
    snprintf(out, size, "%d s", wish->seconds);
    return out;
}

/*
 * Server Core ends a program some 5 s after a signal has reached it, whatever its owner grants, and
 * in schema 1 nobody can tell it otherwise. So one that has ended at that time, and not before the
 * time that was granted was up, may not have been ready: whoever granted more is told, and the way
 * out, if it is one for this container.
 */
static wcow_status tell_cut(wcow_container *container, const record *r, const stop_wish *wish,
                            uint64_t took, wcow_error *err)
{
    const uint64_t granted = wish->seconds > 0 ? (uint64_t)wish->seconds * 1000 : 0;
    char more[16];

    if (!r || r->schema == 2 || r->isolation != WCOW_ISOLATION_PROCESS || granted <= OWN_TIME ||
        took >= granted || took < OWN_TIME - OWN_TIME / 10 || took > OWN_TIME * 2)
        return WCOW_OK;
    return string_list_own(&container->warnings,
                           text_format("container '%s' was granted %s and has ended after %llu s: "
                                       "Server Core gives a container of schema 1 about 5 s%s",
                                       container->name, granted_text(wish, more, sizeof(more)),
                                       (unsigned long long)(took + 500) / 1000,
                                       schema_2_is_for(container->host, r)
                                           ? "; one that is made with --schema 2 gets them all"
                                           : ""))
               ? WCOW_OK
               : error_no_memory(err);
}

static wcow_status stop(wcow_container *container, stop_wish wish, wcow_error *err)
{
    uint64_t begun;
    cleanup_state state *s = NULL;
    cleanup_record record *r = NULL;
    const char *unused;
    wcow_status status = wish.signal ? signal_find(wish.signal, &unused, err) : WCOW_OK;

    if (!status)
        status = container_settle(container, &s, err);
    if (status || !state_is_active(s))
        return status;
    /*
     * A paused VM hears nothing. That it cannot be resumed is most often another command's doing,
     * which ends it, too; if not, the monitor ends it when the time is up.
     */
    if (s->phase == PHASE_PAUSED)
        ignore(wcow_container_unpause(container, NULL));
    r = own_wishes(container, &wish.signal, &wish.seconds);
    begun = ticks_now();
    status = ask_to_stop(container, &wish, err);
    if (status)
        return status;
    if (r)
        container_event(container->host, r, "stop", NULL, 0);
    return tell_cut(container, r, &wish, ticks_now() - begun, err);
}

wcow_status wcow_container_stop_by(wcow_container *container, const char *signal, int seconds,
                                   wcow_error *err)
{
    return stop(container, (stop_wish){.signal = signal, .seconds = seconds}, err);
}

wcow_status wcow_container_restart(wcow_container *container, const char *signal, int seconds,
                                   wcow_error *err)
{
    const stop_wish wish = {.signal = signal, .seconds = seconds, .keeps = true};
    wcow_status status = stop(container, wish, err);

    if (!status)
        status = wcow_container_start(container, NULL, NULL, err);
    if (!status)
        container_event_of(container->host, container->id, "restart", NULL, 0);
    return status;
}

/* A monitor that nobody has asked for the start goes at once when it is sent away. */
void container_dismiss(wcow_container *container)
{
    cleanup_record record *r = NULL;
    cleanup_state state *s = NULL;
    stop_wish wish = {.seconds = -1, .shutdown = true};

    if (container_settle(container, &s, NULL))
        return;
    if (!state_is_active(s)) {
        monitor_send_away(container);
        return;
    }
    if (s->phase == PHASE_PAUSED)
        ignore(wcow_container_unpause(container, NULL));
    r = own_wishes(container, &wish.signal, &wish.seconds);
    if (r)
        wish.seconds = container_service_stop_seconds(r);
    ignore(ask_to_stop(container, &wish, NULL));
}

/* ---- kill ---- */

wcow_status wcow_container_kill(wcow_container *container, const char *signal, wcow_error *err)
{
    const char *name = signal ? signal : "KILL";
    cleanup_json cJSON *request = request_new("kill");
    CLEANUP(inquiry)
    inquiry kill = {
        .container = container,
        .verb = "kill",
        .request = request,
        .milliseconds = (uint32_t)ending_milliseconds(container),
    };
    const char *unused;
    wcow_status status = signal_find(name, &unused, err);

    if (status)
        return status;
    if (!request || !json_add_text(request, "signal", name))
        return error_no_memory(err);
    status = ask(&kill, err);
    if (!status && !kill.answered)
        return error_set(err, WCOW_CONFLICT,
                         "cannot kill container: %s: container %s is not running", container->name,
                         container->id);
    return status;
}

/* ---- wait ---- */

wcow_status wcow_container_wait(wcow_container *container, uint32_t *exit_code, wcow_error *err)
{
    cleanup_json cJSON *request = request_new("wait");
    cleanup_state state *s = NULL;
    CLEANUP(inquiry)
    inquiry wait = {
        .container = container,
        .verb = "wait for",
        .request = request,
        .milliseconds = FRAME_FOREVER,
    };
    wcow_status status = request ? ask(&wait, err) : error_no_memory(err);

    if (status)
        return status;
    if (wait.answered) /* from the monitor's mouth: with --rm there is no state left */
        return exit_from_frame(&wait.answer, exit_code, NULL, err);
    status = state_read(container->host, container->id, &s, err);
    return status ? status : state_exit_code(s, exit_code, err);
}
