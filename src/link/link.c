/* SPDX-License-Identifier: MIT */
/* Finding, starting and asking a monitor. */
#include "link/link.h"

#include <stdlib.h>

#include "base/error.h"
#include "engine/container/reconcile.h"
#include "engine/container/record.h"
#include "engine/host/paths.h"
#include "port/clock.h"
#include "port/pipe.h"

#define ROUND_MILLISECONDS 100u
#define PROTOCOL_FIRST     1 /* all that we ask of a monitor so far, the first ones can do */

wcow_status link_open(wcow_container *container, uint32_t milliseconds, stream **out,
                      wcow_error *err)
{
    cleanup_free char *name = path_of_pipe(container->host, container->id);
    int32_t hr;

    if (!name)
        return error_no_memory(err);
    hr = pipe_connect(name, milliseconds, out);
    if (hr == HR_FILE_NOT_FOUND || hr == HR_WAIT_TIMEOUT || hr == HR_PIPE_BUSY)
        return error_set(err, WCOW_NOT_FOUND, "the monitor of container '%s' does not listen",
                         container->name);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "connect to the pipe"),
                          "cannot reach the monitor of container '%s'", container->name);
    return WCOW_OK;
}

/* The monitor could not tell us over the pipe; it wrote down why, if it came that far. */
static wcow_status monitor_died(wcow_container *container, uint32_t exit_code, wcow_error *err)
{
    cleanup_state state *s = NULL;

    if (!state_read(container->host, container->id, &s, NULL) && s->error && *s->error)
        return error_set(err, WCOW_FAILED, "its monitor ended at once: %s", s->error);
    return error_set(err, WCOW_FAILED, "its monitor process ended at once with exit code %u",
                     exit_code);
}

wcow_status link_start(wcow_container *container, stream **out, bool *bound, wcow_error *err)
{
    wcow_host *host = container->host;
    cleanup_child machine_child *child = NULL;
    const uint64_t deadline = clock_ticks() + host->limits.connect;
    int32_t hr = host->start_monitor(host->start_context, host, container->id, &child);
    bool died = false;
    uint32_t exit_code = 0;

    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "start wcow"), "cannot start its monitor");
    for (;;) {
        wcow_error problem = WCOW_ERROR_INIT;
        wcow_status status = link_open(container, ROUND_MILLISECONDS, out, &problem);

        if (status != WCOW_NOT_FOUND) {
            if (status && err)
                *err = problem;
            if (!status)
                *bound = child && machine_child_bound(child);
            return status;
        }
        if (container_gone(container)) /* then no monitor will listen */
            return container_say_gone(container, err);
        if (died) /* and the pipe was not there after its death either: nobody else's monitor */
            return monitor_died(container, exit_code, err);
        if (clock_ticks() >= deadline)
            return error_set(err, WCOW_TIMEOUT, "its monitor did not begin to listen within %u s",
                             host->limits.connect / 1000);
        died = child && HR_SUCCEEDED(machine_child_wait(child, 0, &exit_code));
    }
}

cJSON *link_request(const char *what)
{
    cleanup_json cJSON *request = cJSON_CreateObject();

    if (!request || !json_add_text(request, "do", what) ||
        !json_add_integer(request, "needs", PROTOCOL_FIRST))
        return NULL;
    return TAKE(request);
}

static wcow_status read_error(const frame *answer, wcow_error *err)
{
    cleanup_json cJSON *json = NULL;
    wcow_status status = frame_json(answer, &json, err);

    return status ? status : error_from_json(json, err);
}

wcow_status link_ask(stream *s, cJSON *request, uint32_t milliseconds, frame *answer, bool *silent,
                     wcow_error *err)
{
    cleanup_json cJSON *owned = request;
    cleanup_frame frame received = FRAME_INIT;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = frame_write_json(s, FRAME_REQUEST, owned, &problem);

    *silent = false;
    /* One that could not be written to has hung up already: it was about to leave. */
    if (!status)
        status = frame_read(s, milliseconds, &received, &problem);
    *silent = status == WCOW_TIMEOUT;
    if (status == WCOW_TIMEOUT || status == WCOW_NO_MEMORY || status == WCOW_CORRUPT ||
        status == WCOW_UNSUPPORTED) {
        if (err)
            *err = problem;
        return status;
    }
    if (status)
        received.type = FRAME_END;
    if (received.type == FRAME_ERROR)
        return read_error(&received, err);
    *answer = received;
    received = (frame)FRAME_INIT;
    return WCOW_OK;
}
