/* SPDX-License-Identifier: MIT */
/* Health checks of the container that a monitor watches. */
#include "monitor/health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/utf.h"
#include "engine/container/container_event.h"
#include "engine/container/exec_document.h"
#include "engine/container/health_check.h"
#include "engine/container/health_log.h"
#include "engine/container/state.h"
#include "port/clock.h"

/* How soon a probe that is under way notices that it is to end. */
#define SLICE_MILLISECONDS 50u
/* For the last of a probe's output, whose pipes others may hold. */
#define DRAIN_MILLISECONDS 1000u

#define MILLISECOND UINT64_C(1000000)

struct health {
    monitor *monitor;
    pthread_t thread;
    char *document; /* of the service, for each probe's process */
    health_status status;
    health_status written; /* what state.json says of it */
    health_log log;
    int64_t age;     /* of the container when the last probe began, nanoseconds */
    bool stop, done; /* these are guarded by the monitor's lock */
};

static void health_free(struct health *h)
{
    free(h->document);
    health_log_free(&h->log);
    free(h);
}

DEFINE_CLEANUP(health, struct health *, health_free)

/* ---- a probe ---- */

/* One process, and what it says. */
typedef struct probe {
    compute_process *process;
    streams *streams;
    char output[HEALTH_LOG_OUTPUT];
    size_t length;
    bool more; /* than there is room for */
} probe;

static void probe_free(probe *p)
{
    streams_free(p->streams);
    compute_process_close(p->process);
    free(p);
}

DEFINE_CLEANUP(probe, probe *, probe_free)

/* Read to the end, whatever is kept of it: a process whose pipe is full stands still. */
static void keep_output(void *context, bool is_error, const void *bytes, size_t length)
{
    probe *p = context;
    const size_t room = sizeof p->output - p->length;
    const size_t kept = length < room ? length : room;

    (void)is_error;
    memcpy(p->output + p->length, bytes, kept);
    p->length += kept;
    p->more = p->more || kept < length;
}

static bool is_stopping(monitor *m)
{
    bool stop;

    monitor_lock(m);
    stop = m->health->stop;
    monitor_unlock(m);
    return stop;
}

/* At the first probe that it can be made for: what cannot be read just now is read for the next. */
static wcow_status need_document(const monitor *m, char **document, wcow_error *err)
{
    cleanup_strings string_list command = STRING_LIST_INIT;
    wcow_exec_spec spec = WCOW_EXEC_SPEC_INIT;
    wcow_status status;

    if (*document)
        return WCOW_OK;
    status = health_command(&m->record->health, &m->record->shell, &command, err);
    spec.command = (const char *const *)command.items;
    return status ? status : exec_document(m->host, m->id, &spec, 0, 0, document, err);
}

static wcow_status probe_start(monitor *m, probe *p, wcow_error *err)
{
    const streams_sink sink = {.context = p, .output = keep_output};
    hcs_process_io io = {0, NULL, NULL, NULL};
    wcow_status status = need_document(m, &m->health->document, err);

    if (status)
        return status;
    p->streams = streams_new();
    if (!p->streams)
        return error_no_memory(err);
    status =
        compute_process_create(m->run.guard->system, m->health->document, &io, &p->process, err);
    if (status)
        return status;
    streams_attach(p->streams, p->process, &io);
    streams_close_input(p->streams);
    status = streams_begin(p->streams, &sink, err);
    if (status)
        ignore(compute_process_kill_alone(p->process, NULL));
    return status;
}

/* WCOW_TIMEOUT: it took too long; WCOW_CANCELLED: the container has ended. Either way it is killed.
 */
static wcow_status probe_wait(monitor *m, probe *p, uint64_t deadline, uint32_t *code,
                              wcow_error *err)
{
    for (;;) {
        wcow_error problem = WCOW_ERROR_INIT;
        wcow_status status = compute_process_wait(p->process, SLICE_MILLISECONDS, code, &problem);
        const bool stop = is_stopping(m);

        if (status != WCOW_TIMEOUT)
            return error_pass(err, status, &problem);
        if (!stop && ticks_now() < deadline)
            continue;
        ignore(compute_process_kill_alone(p->process, NULL));
        /* Dying probes must not pile up. */
        ignore(compute_process_wait(p->process, m->host->limits.terminate, code, NULL));
        return error_set(err, stop ? WCOW_CANCELLED : WCOW_TIMEOUT, "it was ended");
    }
}

static uint32_t to_milliseconds(uint64_t nanoseconds)
{
    const uint64_t milliseconds = nanoseconds / MILLISECOND;

    return milliseconds < UINT32_MAX ? (uint32_t)milliseconds : UINT32_MAX - 1;
}

/* As Go prints a duration of whole seconds and of others, which is as much as a message needs. */
static void print_duration(uint64_t nanoseconds, text *out)
{
    const uint64_t milliseconds = nanoseconds / MILLISECOND;
    const uint64_t seconds = milliseconds / 1000;

    if (milliseconds < 1000)
        text_addf(out, "%ums", (unsigned)milliseconds);
    else if (seconds >= 60)
        text_addf(out, "%llum%us", (unsigned long long)(seconds / 60), (unsigned)(seconds % 60));
    else if (milliseconds % 1000)
        text_addf(out, "%u.%03us", (unsigned)seconds, (unsigned)(milliseconds % 1000));
    else
        text_addf(out, "%us", (unsigned)seconds);
}

/* Without NUL, which is half of what some programs write: UTF-16. */
static void add_output(const probe *p, text *out)
{
    for (size_t i = 0; i < p->length; i++) {
        if (p->output[i])
            text_add_char(out, p->output[i]);
    }
}

/* What is kept of a probe. NULL: out of memory. */
static char *describe(const monitor *m, const probe *p, wcow_status status, const wcow_error *why)
{
    cleanup_text text told = TEXT_INIT;

    if (status == WCOW_TIMEOUT) {
        text_add(&told, "Health check exceeded timeout (");
        print_duration(health_timeout(&m->record->health), &told);
        text_add(&told, p->length ? "): " : ")");
    } else if (status) {
        text_addf(&told, "cannot run '%s': %s", m->record->health.test.items[1], why->message);
    }
    if (!status || status == WCOW_TIMEOUT)
        add_output(p, &told);
    if (p->more)
        text_add(&told, "...");
    return told.failed ? NULL : utf8_mended(text_get(&told), told.length);
}

static wcow_status probe_run(monitor *m, probe *p, health_result *result, wcow_error *err)
{
    const uint64_t deadline = ticks_after(to_milliseconds(health_timeout(&m->record->health)));
    uint32_t code = 0;
    wcow_status status;

    if (!guard_enter(m->run.guard))
        return error_set(err, WCOW_CANCELLED, "it runs no more");
    status = probe_start(m, p, err);
    if (!status) {
        status = probe_wait(m, p, deadline, &code, err);
        (void)streams_drain(p->streams, m->host->limits.drain, ticks_after(DRAIN_MILLISECONDS));
        streams_finish(p->streams);
    }
    streams_free(TAKE(p->streams));
    compute_process_close(TAKE(p->process));
    guard_leave(m->run.guard);
    if (!status)
        result->exit_code = (int)code;
    return status;
}

/* ---- what comes of it ---- */

static wcow_status write_status(void *context, state *s, wcow_error *err)
{
    const health_status *status = context;

    (void)err;
    if (state_is_running(s)) {
        s->health = status->state;
        s->health_streak = status->streak;
    }
    return WCOW_OK;
}

static void tell(const monitor *m, health_state now)
{
    char action[32];

    snprintf(action, sizeof action, "health_status: %s", health_states[now]);
    container_event(m->host, m->record, action, NULL, 0);
}

/* A disk that is full just now costs a result, and not the check. */
static void take_result(monitor *m, health_result *result)
{
    struct health *h = m->health;
    const health_status before = h->status;

    h->status = health_judge(&m->record->health, before, result->exit_code, h->age);
    if (health_log_add(&h->log, result))
        ignore(health_log_write(m->host, m->id, &h->log, NULL));
    if ((h->status.state != h->written.state || h->status.streak != h->written.streak) &&
        !state_change(m->host, m->id, write_status, &h->status, NULL))
        h->written = h->status; /* else the next probe's end writes it */
    if (h->status.state != before.state)
        tell(m, h->status.state);
}

/* By a clock that nobody sets. */
static int64_t age_of(const monitor *m)
{
    return (int64_t)((ticks_now() - m->began) * MILLISECOND);
}

static void check(monitor *m)
{
    CLEANUP(probe) probe *p = calloc(1, sizeof *p);
    health_result result = {.start = clock_now(), .exit_code = HEALTH_NO_CODE};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    if (!p)
        return;
    m->health->age = age_of(m);
    status = probe_run(m, p, &result, &problem);
    if (status == WCOW_CANCELLED || is_stopping(m))
        return;
    result.end = clock_now();
    result.output = describe(m, p, status, &problem);
    if (result.output)
        take_result(m, &result);
    free(result.output);
}

/* A paused one answers nothing, and is not ill for that. */
static bool is_paused(const monitor *m)
{
    cleanup_state state *s = NULL;

    return !state_read(m->host, m->id, &s, NULL) && s->phase == PHASE_PAUSED;
}

/* ---- its thread ---- */

static void *health_main(void *context)
{
    monitor *m = context;
    struct health *h = m->health;

    monitor_lock(m);
    while (!h->stop) {
        const uint64_t pause = health_pause(&m->record->health, h->status.state, age_of(m));
        const uint64_t deadline = ticks_after(to_milliseconds(pause));

        while (!h->stop && monitor_wait(m, deadline))
            ;
        if (h->stop)
            break;
        monitor_unlock(m);
        if (!is_paused(m))
            check(m);
        monitor_lock(m);
    }
    h->done = true;
    monitor_changed(m);
    monitor_unlock(m);
    return NULL;
}

void health_begin(monitor *m)
{
    CLEANUP(health) struct health *h = NULL;

    if (m->health || !health_is_checked(&m->record->health))
        return;
    h = calloc(1, sizeof *h);
    if (!h)
        return;
    h->monitor = m;
    h->status.state = h->written.state = HEALTH_STARTING;
    ignore(health_log_read(m->host, m->id, &h->log, NULL)); /* of earlier runs */
    m->health = h;
    if (pthread_create(&h->thread, NULL, health_main, m))
        m->health = NULL;
    else
        (void)TAKE(h);
}

bool health_end(monitor *m)
{
    struct health *h = m->health;
    uint64_t deadline;
    bool done;

    if (!h)
        return true;
    deadline = ticks_after(2 * m->host->limits.terminate);
    monitor_lock(m);
    h->stop = true;
    monitor_changed(m);
    while (!h->done && monitor_wait(m, deadline))
        ;
    done = h->done;
    monitor_unlock(m);
    if (!done)
        return false;
    pthread_join(h->thread, NULL);
    m->health = NULL;
    health_free(h);
    return true;
}
