/* SPDX-License-Identifier: MIT */
/*
 * A session over a monitor's pipe. The session's threads write frames to it, one at a time; the
 * caller's thread alone reads them, and looks up in a table what each kind means here.
 */
#include "link/attaching.h"

#include "base/error.h"

typedef struct attaching {
    const connection *link;
    session session;
    bool running;      /* the monitor said so */
    bool over;         /* its last word came */
    wcow_error unread; /* why its output went nowhere, and the session on */
    attach_result result;
} attaching;

/* ---- from the user to the container ---- */

static bool send_input(void *context, const void *bytes, size_t length)
{
    return !frame_write(context, FRAME_INPUT, bytes, length, NULL);
}

static void send_input_end(void *context)
{
    ignore(frame_write(context, FRAME_INPUT_END, NULL, 0, NULL));
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
        ignore(frame_write_json(context, FRAME_RESIZE, json, NULL));
}

static void send_interrupt(void *context, int event)
{
    cleanup_json cJSON *json = request_new("kill");

    if (json && json_add_text(json, "signal", event == CONSOLE_CTRL_BREAK ? "BREAK" : "INT"))
        ignore(frame_write_json(context, FRAME_REQUEST, json, NULL));
}

/* What waits for a frame returns, and so does a write that is under way. */
static void wake(void *context)
{
    stream_cancel(context);
}

static cJSON *attach_request(const connection *c, const char *what, session *s)
{
    cleanup_json cJSON *request = connection_request(c, what);
    uint16_t columns;
    uint16_t rows;

    session_size(s, &columns, &rows);
    if (!request || !json_add_bool(request, "output", s->options.output) ||
        !json_add_bool(request, "error", s->options.error) ||
        !json_add_bool(request, "input", s->options.input) ||
        !json_add_bool(request, "end", true) || !add_size(request, columns, rows))
        return NULL;
    return TAKE(request);
}

/* ---- from the container to the user ---- */

typedef wcow_status frame_handler(attaching *a, const frame *f, wcow_error *err);

static wcow_status started(attaching *a, const frame *f, wcow_error *err)
{
    (void)f;
    a->running = true;
    return session_begin(&a->session, err);
}

static wcow_status output(attaching *a, const frame *f, wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status =
        session_output(&a->session, f->type == FRAME_ERROR_OUTPUT, f->bytes, f->length, &problem);

    if (status != WCOW_CANCELLED || !a->session.options.stays)
        return error_pass(err, status, &problem);
    a->unread = problem;
    return WCOW_OK;
}

static wcow_status exited(attaching *a, const frame *f, wcow_error *err)
{
    a->over = true;
    a->result.end = ATTACH_EXITED;
    if (a->unread.status)
        return error_pass(err, a->unread.status, &a->unread);
    return exit_from_frame(f, &a->result.exit_code, &a->result.warning, err);
}

/* Before it runs: it never will. Later: a Ctrl-C could not be passed on, which ends nothing. */
static wcow_status failed(attaching *a, const frame *f, wcow_error *err)
{
    return a->running ? WCOW_OK : error_from_frame(f, err);
}

static wcow_status hung_up(attaching *a, const frame *f, wcow_error *err)
{
    (void)f;
    (void)err;
    a->over = true;
    a->result.end = a->running ? ATTACH_LOST : ATTACH_REFUSED;
    return WCOW_OK;
}

/* What is not among them means nothing here. */
static const struct {
    frame_type type;
    frame_handler *handle;
} handlers[] = {
    {FRAME_STARTED, started}, {FRAME_OUTPUT, output}, {FRAME_ERROR_OUTPUT, output},
    {FRAME_EXIT, exited},     {FRAME_ERROR, failed},  {FRAME_END, hung_up},
};

static wcow_status handle(attaching *a, const frame *f, wcow_error *err)
{
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
        if (handlers[i].type == f->type)
            return handlers[i].handle(a, f, err);
    }
    return WCOW_OK;
}

/* Nothing can be read any more: the user's wish, or the monitor's death. */
static wcow_status broken(attaching *a, wcow_error *err)
{
    if (session_detached(&a->session)) {
        a->result.end = ATTACH_DETACHED;
        return WCOW_OK;
    }
    if (session_given_up(&a->session))
        return error_set(err, WCOW_CANCELLED, "got 3 SIGTERM/SIGINTs, forcefully exiting");
    return hung_up(a, NULL, err);
}

static wcow_status relay(attaching *a, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    while (!status && !a->over) {
        cleanup_frame frame received = FRAME_INIT;
        wcow_error problem = WCOW_ERROR_INIT;

        status = connection_read(a->link, FRAME_FOREVER, &received, &problem);
        if (status == WCOW_UNSUPPORTED)
            return error_pass(err, status, &problem);
        if (status)
            return broken(a, err);
        status = handle(a, &received, err);
    }
    return status;
}

static wcow_status converse(attaching *a, const char *what, wcow_error *err)
{
    cleanup_json cJSON *request = attach_request(a->link, what, &a->session);
    wcow_status status = WCOW_OK;

    if (!request)
        return error_no_memory(err);
    if (frame_write_json(a->link->pipe, FRAME_REQUEST, request, NULL))
        return WCOW_OK; /* it has left: refused */
    /*
     * A console must be raw before the first prompt, so that nothing is echoed twice. Other input
     * is taken when somebody is there who wants it: a monitor that hangs up takes none. But for
     * Ctrl-C: half started, the container would be nobody's.
     */
    status = a->session.options.tty ? session_begin(&a->session, err)
                                    : session_take_interrupts(&a->session, err);
    return status ? status : relay(a, err);
}

wcow_status attach_to(const connection *c, const char *what, const session_options *options,
                      attach_result *out, wcow_error *err)
{
    const session_target monitor = {
        .context = c->pipe,
        .input = send_input,
        .input_end = send_input_end,
        .resize = send_size,
        .interrupt = send_interrupt,
        .wake = wake,
        .may_hang = false,
    };
    attaching a = {.link = c, .unread = WCOW_ERROR_INIT, .result = ATTACH_RESULT_INIT};
    wcow_status status = session_init(&a.session, options, &monitor, err);

    if (status)
        return status;
    status = converse(&a, what, err);
    (void)session_end(&a.session); /* a call that is under way ends with the pipe */
    if (!status)
        *out = a.result;
    return status;
}
