/* SPDX-License-Identifier: MIT */
/* An attached session over a monitor's pipe. */
#include "base/error.h"
#include "client/session.h"
#include "link/link.h"

/* The session's threads write to the pipe, one at a time; we alone read from it. */
static bool send_input(void *context, const void *bytes, size_t length)
{
    return !frame_write(context, FRAME_INPUT, bytes, length, NULL);
}

static void send_input_end(void *context)
{
    (void)!frame_write(context, FRAME_INPUT_END, NULL, 0, NULL);
}

static bool add_size(cJSON *json, uint16_t columns, uint16_t rows)
{
    return json && json_add_integer(json, "columns", columns) &&
           json_add_integer(json, "rows", rows);
}

static void send_size(void *context, uint16_t columns, uint16_t rows)
{
    cleanup_json cJSON *json = cJSON_CreateObject();

    if (add_size(json, columns, rows))
        (void)!frame_write_json(context, FRAME_RESIZE, json, NULL);
}

static void send_interrupt(void *context, int event)
{
    cleanup_json cJSON *json = link_request("kill");

    if (json && json_add_text(json, "signal", event == CONSOLE_CTRL_BREAK ? "BREAK" : "INT"))
        (void)!frame_write_json(context, FRAME_REQUEST, json, NULL);
}

static void wake(void *context)
{
    stream_cancel(context);
}

static cJSON *attach_request(const char *what, const session *s)
{
    cleanup_json cJSON *request = link_request(what);
    uint16_t columns;
    uint16_t rows;

    session_size(s, &columns, &rows);
    if (!request || !json_add_bool(request, "output", s->options->standard_output) ||
        !json_add_bool(request, "error", s->options->standard_error) ||
        !json_add_bool(request, "input", s->options->standard_input) ||
        !json_add_bool(request, "end", true) || !add_size(request, columns, rows))
        return NULL;
    return TAKE(request);
}

static wcow_status read_failure(const frame *f, wcow_error *err)
{
    cleanup_json cJSON *json = NULL;
    wcow_status status = frame_json(f, &json, err);

    return status ? status : error_from_json(json, err);
}

/* One frame. *over: the session ended with it. */
static wcow_status handle(session *s, const frame *f, bool *running, bool *over,
                          wcow_outcome *outcome, link_end *end, wcow_error *err)
{
    switch (f->type) {
    case FRAME_STARTED:
        *running = true;
        return session_begin(s, err);
    case FRAME_OUTPUT:
    case FRAME_ERROR_OUTPUT:
        return session_output(s, f->type == FRAME_ERROR_OUTPUT, f->bytes, f->length, err);
    case FRAME_EXIT:
        *over = true;
        *end = LINK_EXITED;
        return exit_from_frame(f, &outcome->exit_code, &outcome->warning, err);
    case FRAME_ERROR:
        /* While it runs this answers a Ctrl-C that could not be passed on. */
        return *running ? WCOW_OK : read_failure(f, err);
    case FRAME_END:
        *over = true;
        *end = *running ? LINK_LOST : LINK_REFUSED;
        return WCOW_OK;
    default:
        return WCOW_OK;
    }
}

/* Why reading failed: the user's wish, or the monitor's death. */
static wcow_status judge_failure(session *s, bool running, link_end *end, wcow_error *err)
{
    if (session_detached(s)) {
        *end = LINK_DETACHED;
        return WCOW_OK;
    }
    if (session_given_up(s))
        return error_set(err, WCOW_CANCELLED, "got 3 SIGTERM/SIGINTs, forcefully exiting");
    *end = running ? LINK_LOST : LINK_REFUSED;
    return WCOW_OK;
}

static wcow_status relay(session *s, stream *pipe, wcow_outcome *outcome, link_end *end,
                         wcow_error *err)
{
    bool running = false;
    bool over = false;
    wcow_status status = WCOW_OK;

    while (!status && !over) {
        cleanup_frame frame received = FRAME_INIT;

        status = frame_read(pipe, FRAME_FOREVER, &received, err);
        if (status == WCOW_UNSUPPORTED)
            return status;
        if (status)
            return judge_failure(s, running, end, err);
        status = handle(s, &received, &running, &over, outcome, end, err);
    }
    return status;
}

wcow_status link_attach(stream *pipe, const char *what, bool tty,
                        const wcow_attach_options *options, wcow_outcome *outcome, link_end *end,
                        wcow_error *err)
{
    const session_target target = {pipe,           send_input, send_input_end, send_size,
                                   send_interrupt, wake,       false};
    cleanup_json cJSON *request = NULL;
    session s;
    wcow_status status = session_init(&s, options, tty, &target, err);

    if (status)
        return status;
    request = attach_request(what, &s);
    if (!request)
        status = error_no_memory(err);
    if (!status && frame_write_json(pipe, FRAME_REQUEST, request, NULL)) {
        *end = LINK_REFUSED;
    } else if (!status) {
        /*
         * A console must be raw before the first prompt, so that nothing is echoed twice. Other
         * input is taken when somebody is there who wants it: a monitor that hangs up takes none.
         */
        if (tty)
            status = session_begin(&s, err);
        if (!status)
            status = relay(&s, pipe, outcome, end, err);
    }
    (void)!session_end(&s); /* a call that is under way ends with the pipe */
    return status;
}
