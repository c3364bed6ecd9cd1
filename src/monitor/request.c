/* SPDX-License-Identifier: MIT */
/* What peers ask of a monitor. Everything here runs on the asking peer's reader thread. */
#include "monitor/request.h"

#include <stdio.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/container_event.h"
#include "hcs/signals.h"
#include "monitor/background.h"
#include "runtime/stopping.h"

static void refuse(peer *p, wcow_status status, const char *why)
{
    monitor *m = peer_monitor(p);
    wcow_error error = WCOW_ERROR_INIT;

    error_set(&error, status, "Container %s is %s", m->record->name, why);
    peer_send_error(p, &error);
}

static void read_wishes(const cJSON *request, peer_wish *wish)
{
    wish->output = json_bool(request, "output", false);
    wish->error_output = json_bool(request, "error", false);
    wish->input = json_bool(request, "input", false);
    wish->start = true;
    wish->end = json_bool(request, "end", false);
}

static uint16_t read_size(const cJSON *json, const char *name)
{
    const int64_t value = json_integer(json, name, 0);

    return value > 0 && value <= INT16_MAX ? (uint16_t)value : 0;
}

/* Lock held. The first to ask decides on the console and on whose end of input counts. */
static void begin(monitor *m, const peer_wish *wish, const cJSON *request)
{
    m->run.guard->stage = STAGE_STARTING;
    m->columns = read_size(request, "columns");
    m->rows = read_size(request, "rows");
    m->input_once = wish->input;
    monitor_changed(m);
}

/*
 * start and attach differ only in what a container that does not run means to them. One that is
 * ending will be started again when it has ended; but it has output left, and an exit to tell.
 */
static bool handle_start(peer *p, const cJSON *request, bool may_begin)
{
    monitor *m = peer_monitor(p);
    const guard *g = m->run.guard;
    bool stay = true;

    monitor_lock(m);
    read_wishes(request, peer_wishes(p));
    if (json_bool(request, "steps", false))
        step_log_tell(p);
    if (g->stage == STAGE_IDLE && may_begin)
        begin(m, peer_wishes(p), request);
    else if (g->stage == STAGE_IDLE)
        refuse(p, WCOW_CONFLICT, "not running");
    else if (g->stage == STAGE_PAUSE)
        refuse(p, WCOW_CONFLICT, "restarting, wait until the container is running");
    else if (g->stage == STAGE_RUNNING || (g->stage == STAGE_ENDING && !may_begin))
        peers_started(m, m->pid);
    else if (g->stage != STAGE_STARTING)
        stay = false; /* too late: the peer looks again, and finds it ended */
    monitor_unlock(m);
    return stay;
}

static bool handle_wait(peer *p)
{
    monitor *m = peer_monitor(p);
    bool stay;

    monitor_lock(m);
    stay = m->run.guard->stage != STAGE_ENDED;
    peer_wishes(p)->end = true;
    monitor_unlock(m);
    return stay;
}

/* Whoever wants to remove the container need not wait until a forgotten monitor gives up. */
static bool handle_leave(peer *p)
{
    monitor *m = peer_monitor(p);

    monitor_lock(m);
    if (m->run.guard->stage == STAGE_IDLE)
        m->run.guard->stage = STAGE_ENDED;
    monitor_changed(m);
    monitor_unlock(m);
    return false;
}

static bool handle_exec(peer *p, const cJSON *request)
{
    monitor *m = peer_monitor(p);
    wcow_error error = WCOW_ERROR_INIT;
    uint32_t pid = 0;
    wcow_status status =
        background_start(m, json_text(request, "document", ""), json_text(request, "exec", ""),
                         json_bool(request, "tty", false), &pid, &error);

    monitor_lock(m);
    if (status)
        peer_send_error(p, &error);
    else
        peer_send_started(p, pid);
    monitor_unlock(m);
    return true;
}

/* ---- stop and kill ---- */

/*
 * Lock held. What is meant to end it makes its end the last one, whatever its policy says. Of the
 * host's going down the container is not told for good: it comes back with the host.
 */
static void cancel_restarts(monitor *m, bool for_good)
{
    m->cancelled = true;
    m->stopped |= for_good;
    monitor_changed(m);
}

/* Registers that the peer is to be told of the end. False if there is nothing to end. */
static bool expect_end(peer *p, bool for_good)
{
    monitor *m = peer_monitor(p);
    const guard *g = m->run.guard;
    bool runs;

    monitor_lock(m);
    if (g->stage != STAGE_IDLE && g->stage != STAGE_ENDED)
        cancel_restarts(m, for_good);
    while (g->stage == STAGE_STARTING)
        monitor_wait(m, TICKS_NEVER);
    runs = g->stage == STAGE_RUNNING || g->stage == STAGE_ENDING || g->stage == STAGE_PAUSE;
    *peer_wishes(p) = (peer_wish){.end = runs, .done = runs};
    monitor_unlock(m);
    return runs;
}

static void tell_failure(peer *p, wcow_error *error)
{
    monitor *m = peer_monitor(p);

    error_wrap(error, error->status, "cannot stop container '%s'", m->record->name);
    error_hint(
        error,
        "the Host Compute Service may be stuck: restart it (Restart-Service vmcompute -Force), "
        "then: wcow rm -f %s",
        m->record->name);
    monitor_lock(m);
    if (peer_wishes(p)->done) { /* else it ended just now and the peer knows */
        *peer_wishes(p) = (peer_wish){0};
        peer_send_error(p, error);
    }
    monitor_unlock(m);
}

/* Of several who stop it, the last one says what becomes of it. */
static void keep_for(monitor *m, const peer *keeper)
{
    monitor_lock(m);
    m->keeper = keeper;
    monitor_unlock(m);
}

/* Who cannot stop it, or has gone, does not start it again. */
static void give_up_keeping(peer *p)
{
    monitor *m = peer_monitor(p);

    monitor_lock(m);
    if (m->keeper == p)
        m->keeper = NULL;
    monitor_unlock(m);
}

/* The end is told when it is recorded, to all who wait for it. */
static bool end_it(peer *p, const char *signal, uint64_t milliseconds, bool for_good)
{
    wcow_error error = WCOW_ERROR_INIT;

    if (!expect_end(p, for_good))
        return false;
    if (run_stop(&peer_monitor(p)->run, signal, milliseconds, &error)) {
        give_up_keeping(p);
        tell_failure(p, &error);
    }
    return true;
}

static bool handle_stop(peer *p, const cJSON *request)
{
    const char *name = json_text(request, "signal", NULL);
    const int64_t seconds = json_integer(request, "seconds", 0);
    const char *signal = "CtrlShutdown";

    /* The peer knows signals by name as well as we do. */
    if (name && signal_find(name, &signal, NULL))
        signal = "CtrlShutdown";
    container_event_signal(peer_monitor(p)->host, peer_monitor(p)->record, name ? name : "TERM");
    keep_for(peer_monitor(p), json_bool(request, "keeps", false) ? p : NULL);
    return end_it(p, signal, seconds > 0 ? (uint64_t)seconds * 1000 : 0,
                  !json_bool(request, "shutdown", false));
}

/* It has ended. One who is attached is told so in time; another asks state.json. */
static bool nothing_to_signal(peer *p)
{
    monitor *m = peer_monitor(p);
    bool attached;

    monitor_lock(m);
    attached = peer_wishes(p)->end;
    monitor_unlock(m);
    return attached;
}

/*
 * As in Docker: a signal ends a container for good, unless its own stop signal is another one.
 * Whoever is in the pause before a restart has no process that could hear it, nor has one whose
 * process has ended and that was about to pause: that it does not come back is all there is to do.
 */
static bool signal_between(monitor *m, const char *signal)
{
    const char *own = NULL;
    const bool is_other = *m->record->stop_signal &&
                          !signal_find(m->record->stop_signal, &own, NULL) &&
                          !text_equal(own ? own : "", signal);
    const guard *g = m->run.guard;
    bool between;

    monitor_lock(m);
    while (g->stage == STAGE_STARTING)
        monitor_wait(m, TICKS_NEVER);
    between = g->stage == STAGE_PAUSE || (g->stage == STAGE_ENDING && !is_other && !m->cancelled &&
                                          m->record->restart_mode != RESTART_NO);
    m->stopped = true;
    if (!is_other)
        cancel_restarts(m, true);
    monitor_unlock(m);
    return between;
}

static bool send_signal(peer *p, const char *signal)
{
    monitor *m = peer_monitor(p);
    wcow_error error = WCOW_ERROR_INIT;
    wcow_status status = signal_between(m, signal) ? WCOW_OK : run_signal(&m->run, signal, &error);

    if (status == WCOW_STOPPED)
        return nothing_to_signal(p);
    monitor_lock(m);
    if (status) {
        error_wrap(&error, status, "cannot kill container '%s'", m->record->name);
        peer_send_error(p, &error);
    } else {
        peer_send(p, FRAME_DONE, NULL, 0);
    }
    monitor_unlock(m);
    return true;
}

static bool handle_kill(peer *p, const cJSON *request)
{
    monitor *m = peer_monitor(p);
    wcow_error error = WCOW_ERROR_INIT;
    const char *name = json_text(request, "signal", "KILL");
    const char *signal = NULL;

    if (signal_find(name, &signal, &error)) {
        monitor_lock(m);
        peer_send_error(p, &error);
        monitor_unlock(m);
        return true;
    }
    container_event_signal(m->host, m->record, name);
    if (signal)
        return send_signal(p, signal);
    keep_for(m, NULL);
    return end_it(p, NULL, 0, true);
}

/* ---- all of them ---- */

/* Of a newer wcow: it is told so, for a monitor that hangs up would be asked again and again. */
static bool handle_unknown(peer *p, const char *what)
{
    monitor *m = peer_monitor(p);
    wcow_error error = WCOW_ERROR_INIT;

    error_set(&error, WCOW_UNSUPPORTED,
              "container '%s' is watched by an older wcow (%s), which cannot be asked to %s",
              m->record->name, wcow_version(), what);
    error_hint(&error, "stop the container and start it again: wcow stop %s; wcow start %s",
               m->record->name, m->record->name);
    monitor_lock(m);
    peer_send_error(p, &error);
    monitor_unlock(m);
    return true;
}

static bool handle_request(peer *p, const frame *f)
{
    cleanup_json cJSON *request = NULL;
    const char *what;

    if (frame_json(f, &request, NULL))
        return false;
    what = json_text(request, "do", "");
    if (json_integer(request, "needs", 1) > PROTOCOL_VERSION)
        return handle_unknown(p, what);
    if (text_equal(what, "start"))
        return handle_start(p, request, true);
    if (text_equal(what, "attach"))
        return handle_start(p, request, false);
    if (text_equal(what, "wait"))
        return handle_wait(p);
    if (text_equal(what, "stop"))
        return handle_stop(p, request);
    if (text_equal(what, "kill"))
        return handle_kill(p, request);
    if (text_equal(what, "exec"))
        return handle_exec(p, request);
    if (text_equal(what, "leave"))
        return handle_leave(p);
    return handle_unknown(p, what);
}

/* ---- input ---- */

/* What is typed while the container starts is for its process, as soon as there is one. */
static bool enter(monitor *m)
{
    return guard_await(m->run.guard) && guard_enter(m->run.guard);
}

static bool wants_to_type(peer *p)
{
    monitor *m = peer_monitor(p);
    bool wanted;

    monitor_lock(m);
    wanted = peer_wishes(p)->input;
    monitor_unlock(m);
    return wanted;
}

static void input_write(peer *p, const frame *f)
{
    monitor *m = peer_monitor(p);

    if (!enter(m))
        return;
    /* A container that closed its input does not want it: nothing to tell anybody. */
    if (wants_to_type(p))
        (void)streams_write(m->run.streams, f->bytes, f->length);
    guard_leave(m->run.guard);
}

/* A terminal's input does not end with the one who typed (moby container/stream/attach.go). */
static void input_end(peer *p)
{
    monitor *m = peer_monitor(p);
    const bool runs = enter(m);
    bool close_it;

    monitor_lock(m);
    close_it = runs && peer_wishes(p)->input && m->input_once && !m->record->tty;
    peer_wishes(p)->input = false;
    monitor_unlock(m);
    if (close_it)
        streams_close_input(m->run.streams);
    if (runs)
        guard_leave(m->run.guard);
}

static void tell_resize(const monitor *m, uint16_t rows, uint16_t columns)
{
    char height[8];
    char width[8];
    const event_attribute more[] = {{"height", height}, {"width", width}};

    snprintf(height, sizeof height, "%u", rows);
    snprintf(width, sizeof width, "%u", columns);
    container_event(m->host, m->record, "resize", more, sizeof more / sizeof more[0]);
}

static void resize(peer *p, const frame *f)
{
    cleanup_json cJSON *size = NULL;
    monitor *m = peer_monitor(p);
    uint16_t columns;
    uint16_t rows;

    if (frame_json(f, &size, NULL))
        return;
    columns = read_size(size, "columns");
    rows = read_size(size, "rows");
    if (!columns || !rows || !enter(m))
        return;
    ignore(compute_process_resize(m->run.guard->process, rows, columns, NULL));
    guard_leave(m->run.guard);
    tell_resize(m, rows, columns);
}

bool request_handle(peer *p, const frame *f)
{
    switch (f->type) {
    case FRAME_REQUEST:
        return handle_request(p, f);
    case FRAME_INPUT:
        input_write(p, f);
        return true;
    case FRAME_INPUT_END:
        input_end(p);
        return true;
    case FRAME_RESIZE:
        resize(p, f);
        return true;
    default:
        return false;
    }
}

void request_hang_up(peer *p)
{
    input_end(p);
    give_up_keeping(p);
}
