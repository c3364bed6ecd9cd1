/* SPDX-License-Identifier: MIT */
/* Connecting to a monitor, and asking it. */
#include "link/connection.h"

#include "base/error.h"
#include "port/pipe.h"

wcow_status connection_open(const char *name, uint32_t milliseconds, const char *version,
                            connection *out, wcow_error *err)
{
    stream *pipe = NULL;
    const int32_t hr = pipe_connect(name, milliseconds, &pipe);

    if (hr == HR_FILE_NOT_FOUND || hr == HR_WAIT_TIMEOUT)
        return error_set(err, WCOW_NOT_FOUND, "nobody listens at the pipe '%s'", name);
    if (HR_FAILED(hr))
        return error_hresult(err, hr, "connect to the pipe");
    *out = (connection){pipe, version, NULL};
    return WCOW_OK;
}

void connection_close(connection *c)
{
    stream_free(c->pipe);
    c->pipe = NULL;
}

cJSON *connection_request(const connection *c, const char *what)
{
    cleanup_json cJSON *request = request_new(what);

    if (!request || (c->steps && !json_add_bool(request, "steps", true)))
        return NULL;
    return TAKE(request);
}

wcow_status connection_read(const connection *c, uint32_t milliseconds, frame *out, wcow_error *err)
{
    wcow_status status = frame_read(c->pipe, milliseconds, out, err);

    while (!status && out->type == FRAME_STEP) {
        step_from_frame(out, c->steps);
        frame_free(out);
        status = frame_read(c->pipe, milliseconds, out, err);
    }
    if (status == WCOW_UNSUPPORTED)
        return error_set(err, status,
                         "the other side of the pipe is a wcow of another version, and says what "
                         "this one (%s) does not know",
                         c->version);
    return status;
}

/* One that could not be written to, or hung up, has left or was about to: that is no failure. */
static bool has_left(wcow_status status)
{
    switch (status) {
    case WCOW_OK:
    case WCOW_TIMEOUT:
    case WCOW_NO_MEMORY:
    case WCOW_CORRUPT:
    case WCOW_UNSUPPORTED:
        return false;
    default:
        return true;
    }
}

wcow_status connection_ask(const connection *c, cJSON *request, uint32_t milliseconds,
                           frame *answer, bool *silent, wcow_error *err)
{
    cleanup_json cJSON *owned = request;
    cleanup_frame frame received = FRAME_INIT;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = frame_write_json(c->pipe, FRAME_REQUEST, owned, &problem);

    if (!status)
        status = connection_read(c, milliseconds, &received, &problem);
    *silent = status == WCOW_TIMEOUT;
    if (has_left(status)) {
        *answer = (frame)FRAME_INIT;
        return WCOW_OK;
    }
    if (status)
        return error_pass(err, status, &problem);
    if (received.type == FRAME_ERROR)
        return error_from_frame(&received, err);
    *answer = received;
    received = (frame)FRAME_INIT;
    return WCOW_OK;
}
