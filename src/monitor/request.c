/* SPDX-License-Identifier: MIT */
/* What clients ask of a monitor. Everything here runs on the asking client's reader thread. */
#include "base/error.h"
#include "base/text.h"
#include "engine/container/signals.h"
#include "monitor/monitor.h"
#include "runtime/stopping.h"

static void refuse(client *c, wcow_status status, const char *why)
{
    monitor *m = client_monitor(c);
    wcow_error error = WCOW_ERROR_INIT;

    error_set(&error, status, "Container %s is %s", m->record->name, why);
    client_send_error(c, &error);
}

static void read_wishes(const cJSON *request, client_wish *wish)
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
static void begin(monitor *m, const client_wish *wish, const cJSON *request)
{
    m->stage = STAGE_STARTING;
    m->run.columns = read_size(request, "columns");
    m->run.rows = read_size(request, "rows");
    m->input_once = wish->input;
    condition_broadcast(&m->changed);
}

/* start and attach differ only in what a container that does not run means to them. */
static bool handle_start(client *c, const cJSON *request, bool may_begin)
{
    monitor *m = client_monitor(c);
    bool stay = true;

    pthread_mutex_lock(&m->lock);
    read_wishes(request, client_wishes(c));
    if (m->stage == STAGE_IDLE && may_begin)
        begin(m, client_wishes(c), request);
    else if (m->stage == STAGE_IDLE)
        refuse(c, WCOW_CONFLICT, "not running");
    else if (m->stage == STAGE_RUNNING)
        clients_started(m, compute_process_id(m->run.process));
    else if (m->stage != STAGE_STARTING)
        stay = false; /* too late: the client looks again, and finds it ended */
    pthread_mutex_unlock(&m->lock);
    return stay;
}

static bool handle_wait(client *c)
{
    monitor *m = client_monitor(c);
    bool stay;

    pthread_mutex_lock(&m->lock);
    stay = m->stage != STAGE_ENDED;
    client_wishes(c)->end = true;
    pthread_mutex_unlock(&m->lock);
    return stay;
}

/* Whoever wants to remove the container need not wait until a forgotten monitor gives up. */
static bool handle_leave(client *c)
{
    monitor *m = client_monitor(c);

    pthread_mutex_lock(&m->lock);
    if (m->stage == STAGE_IDLE)
        m->stage = STAGE_ENDED;
    condition_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
    return false;
}

static bool handle_exec(client *c, const cJSON *request)
{
    monitor *m = client_monitor(c);
    wcow_error error = WCOW_ERROR_INIT;
    cJSON *started = NULL;
    uint32_t pid = 0;
    wcow_status status = background_start(m, json_text(request, "document", ""),
                                          json_bool(request, "tty", false), &pid, &error);

    pthread_mutex_lock(&m->lock);
    if (status) {
        client_send_error(c, &error);
    } else {
        started = cJSON_CreateObject();
        if (started && !json_add_integer(started, "pid", pid)) {
            cJSON_Delete(started);
            started = NULL;
        }
        client_send_json(c, FRAME_STARTED, started);
    }
    pthread_mutex_unlock(&m->lock);
    return true;
}

/* Of a newer wcow: it is told so, for a monitor that hangs up would be asked again and again. */
static bool handle_unknown(client *c, const char *what)
{
    monitor *m = client_monitor(c);
    wcow_error error = WCOW_ERROR_INIT;

    error_set(&error, WCOW_UNSUPPORTED,
              "container '%s' is watched by an older wcow (%s), which cannot be asked to %s",
              m->record->name, wcow_version(), what);
    error_hint(&error, "stop the container and start it again: wcow stop %s; wcow start %s",
               m->record->name, m->record->name);
    pthread_mutex_lock(&m->lock);
    client_send_error(c, &error);
    pthread_mutex_unlock(&m->lock);
    return true;
}

static bool handle_request(client *c, const frame *f)
{
    cleanup_json cJSON *request = NULL;
    const char *what;

    if (frame_json(f, &request, NULL))
        return false;
    what = json_text(request, "do", "");
    if (json_integer(request, "needs", 1) > PROTOCOL_VERSION)
        return handle_unknown(c, what);
    if (text_equal(what, "start"))
        return handle_start(c, request, true);
    if (text_equal(what, "attach"))
        return handle_start(c, request, false);
    if (text_equal(what, "wait"))
        return handle_wait(c);
    if (text_equal(what, "stop"))
        return stop_gently(c, json_text(request, "signal", NULL),
                           json_integer(request, "seconds", 0));
    if (text_equal(what, "kill"))
        return stop_by_signal(c, json_text(request, "signal", "KILL"));
    if (text_equal(what, "exec"))
        return handle_exec(c, request);
    if (text_equal(what, "leave"))
        return handle_leave(c);
    return handle_unknown(c, what);
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

static void input_write(client *c, const frame *f)
{
    monitor *m = client_monitor(c);
    stream *input;
    bool wanted;

    wait_for_process(m);
    pthread_mutex_lock(&m->lock);
    wanted = client_wishes(c)->input;
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
static void input_end(client *c)
{
    monitor *m = client_monitor(c);
    bool close_it;

    wait_for_process(m);
    pthread_mutex_lock(&m->lock);
    close_it = client_wishes(c)->input && m->input_once && !m->record->tty;
    client_wishes(c)->input = false;
    pthread_mutex_unlock(&m->lock);
    if (close_it)
        input_close(m);
}

static void resize(client *c, const frame *f)
{
    cleanup_json cJSON *size = NULL;
    monitor *m = client_monitor(c);
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

bool request_handle(client *c, const frame *f)
{
    switch (f->type) {
    case FRAME_REQUEST:
        return handle_request(c, f);
    case FRAME_INPUT:
        input_write(c, f);
        return true;
    case FRAME_INPUT_END:
        input_end(c);
        return true;
    case FRAME_RESIZE:
        resize(c, f);
        return true;
    default:
        return false;
    }
}

void request_hang_up(client *c)
{
    input_end(c);
}
