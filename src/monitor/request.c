/* SPDX-License-Identifier: MIT */
/* What peers ask of a monitor. Everything here runs on the asking peer's reader thread. */
#include "base/error.h"
#include "base/text.h"
#include "hcs/signals.h"
#include "monitor/monitor.h"
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
    m->stage = STAGE_STARTING;
    m->run.columns = read_size(request, "columns");
    m->run.rows = read_size(request, "rows");
    m->input_once = wish->input;
    condition_broadcast(&m->changed);
}

/* start and attach differ only in what a container that does not run means to them. */
static bool handle_start(peer *p, const cJSON *request, bool may_begin)
{
    monitor *m = peer_monitor(p);
    bool stay = true;

    pthread_mutex_lock(&m->lock);
    read_wishes(request, peer_wishes(p));
    if (m->stage == STAGE_IDLE && may_begin)
        begin(m, peer_wishes(p), request);
    else if (m->stage == STAGE_IDLE)
        refuse(p, WCOW_CONFLICT, "not running");
    else if (m->stage == STAGE_RUNNING)
        peers_started(m, compute_process_id(m->run.process));
    else if (m->stage != STAGE_STARTING)
        stay = false; /* too late: the peer looks again, and finds it ended */
    pthread_mutex_unlock(&m->lock);
    return stay;
}

static bool handle_wait(peer *p)
{
    monitor *m = peer_monitor(p);
    bool stay;

    pthread_mutex_lock(&m->lock);
    stay = m->stage != STAGE_ENDED;
    peer_wishes(p)->end = true;
    pthread_mutex_unlock(&m->lock);
    return stay;
}

/* Whoever wants to remove the container need not wait until a forgotten monitor gives up. */
static bool handle_leave(peer *p)
{
    monitor *m = peer_monitor(p);

    pthread_mutex_lock(&m->lock);
    if (m->stage == STAGE_IDLE)
        m->stage = STAGE_ENDED;
    condition_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
    return false;
}

static bool handle_exec(peer *p, const cJSON *request)
{
    monitor *m = peer_monitor(p);
    wcow_error error = WCOW_ERROR_INIT;
    cJSON *started = NULL;
    uint32_t pid = 0;
    wcow_status status = background_start(m, json_text(request, "document", ""),
                                          json_bool(request, "tty", false), &pid, &error);

    pthread_mutex_lock(&m->lock);
    if (status) {
        peer_send_error(p, &error);
    } else {
        started = cJSON_CreateObject();
        if (started && !json_add_integer(started, "pid", pid)) {
            cJSON_Delete(started);
            started = NULL;
        }
        peer_send_json(p, FRAME_STARTED, started);
    }
    pthread_mutex_unlock(&m->lock);
    return true;
}

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
    pthread_mutex_lock(&m->lock);
    peer_send_error(p, &error);
    pthread_mutex_unlock(&m->lock);
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
        return stop_gently(p, json_text(request, "signal", NULL),
                           json_integer(request, "seconds", 0));
    if (text_equal(what, "kill"))
        return stop_by_signal(p, json_text(request, "signal", "KILL"));
    if (text_equal(what, "exec"))
        return handle_exec(p, request);
    if (text_equal(what, "leave"))
        return handle_leave(p);
    return handle_unknown(p, what);
}

/* ---- input ---- */

/* What is typed while the container starts is for its process, as soon as there is one. */
static void wait_for_process(monitor *m)
{
    pthread_mutex_lock(&m->lock);
    while (m->stage == STAGE_STARTING)
        monitor_wait(m, TICKS_NEVER);
    pthread_mutex_unlock(&m->lock);
}

static void input_write(peer *p, const frame *f)
{
    monitor *m = peer_monitor(p);
    stream *input;
    bool wanted;

    wait_for_process(m);
    pthread_mutex_lock(&m->lock);
    wanted = peer_wishes(p)->input;
    pthread_mutex_unlock(&m->lock);
    if (!wanted || !monitor_enter(m))
        return;
    pthread_mutex_lock(&m->input_lock);
    pthread_mutex_lock(&m->lock);
    input = m->run.io.in;
    pthread_mutex_unlock(&m->lock);
    /* A container that closed its input does not want it: nothing to tell anybody. */
    if (input)
        (void)!stream_write(input, f->bytes, f->length);
    pthread_mutex_unlock(&m->input_lock);
    monitor_leave(m);
}

void input_close(monitor *m)
{
    stream *input;

    if (!monitor_enter(m))
        return;
    pthread_mutex_lock(&m->input_lock);
    pthread_mutex_lock(&m->lock);
    input = TAKE(m->run.io.in);
    pthread_mutex_unlock(&m->lock);
    if (input) {
        /* The service first, the pipe second: as hcsshim does; either may have happened already. */
        (void)!compute_process_close_input(m->run.process, NULL);
        stream_free(input);
    }
    pthread_mutex_unlock(&m->input_lock);
    monitor_leave(m);
}

/* A terminal's input does not end with the one who typed (moby container/stream/attach.go). */
static void input_end(peer *p)
{
    monitor *m = peer_monitor(p);
    bool close_it;

    wait_for_process(m);
    pthread_mutex_lock(&m->lock);
    close_it = peer_wishes(p)->input && m->input_once && !m->record->tty;
    peer_wishes(p)->input = false;
    pthread_mutex_unlock(&m->lock);
    if (close_it)
        input_close(m);
}

static void resize(peer *p, const frame *f)
{
    cleanup_json cJSON *size = NULL;
    monitor *m = peer_monitor(p);
    uint16_t columns;
    uint16_t rows;

    if (frame_json(f, &size, NULL))
        return;
    wait_for_process(m);
    columns = read_size(size, "columns");
    rows = read_size(size, "rows");
    if (!columns || !rows || !monitor_enter(m))
        return;
    (void)!compute_process_resize(m->run.process, rows, columns, NULL);
    monitor_leave(m);
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
}
