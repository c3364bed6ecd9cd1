/* SPDX-License-Identifier: MIT */
#include "shim/host/shim_peer.h"

#include "base/condition.h"
#include "base/error.h"
#include "port/clock.h"
#include "port/pipe.h"
#include "shim/host/pipe_names.h"
#include "shim/host/serving.h"
#include "shim/wire/peer.pb.h"
#include "shim/wire/task.pb.h"

/* ms */
#define BUSY_PATIENCE 1500u
#define BUSY_INTERVAL 20u

void shim_peer_free(shim_peer *peer)
{
    if (!peer)
        return;
    stream_free(peer->client.pipe);
    free(peer->address);
    free(peer);
}

/* A server has one place free, and makes the next when somebody has come. */
static int32_t connect_to(const char *address, uint32_t milliseconds, stream **out)
{
    const uint64_t deadline =
        ticks_after(milliseconds > BUSY_PATIENCE ? milliseconds : BUSY_PATIENCE);
    int32_t hr = pipe_connect_address(address, milliseconds, NULL, out);

    while (hr == HR_PIPE_BUSY && ticks_now() < deadline) {
        clock_sleep(BUSY_INTERVAL);
        hr = pipe_connect_address(address, 0, NULL, out);
    }
    return hr;
}

wcow_status shim_peer_connect(const char *space, const char *id, uint32_t milliseconds,
                              shim_peer **out, wcow_error *err)
{
    cleanup_shim_peer shim_peer *peer = calloc(1, sizeof(*peer));
    wcow_status status;

    if (peer)
        peer->address = shim_task_pipe(space, id);
    if (!peer || !peer->address)
        return error_no_memory(err);
    peer->space = space;
    status =
        error_check(err, connect_to(peer->address, milliseconds, &peer->client.pipe), "CreateFile");
    if (status)
        return error_wrap(err, status, "open %s", peer->address);
    *out = TAKE(peer);
    return WCOW_OK;
}

wcow_status shim_peer_ask(shim_peer *peer, const char *service, const char *method, const char *id,
                          uint32_t milliseconds, ttrpc_answer *out, wcow_error *err)
{
    const task_process_request request = {.id = wire_text(id)};
    const ttrpc_what what = {service, method, peer->space};

    return ttrpc_client_call(&peer->client, &what, task_process_request_fields, &request,
                             milliseconds, out, err);
}

wcow_status shim_peer_abandon(shim_peer *peer, const char *id, uint32_t pid, uint32_t milliseconds,
                              wcow_error *err)
{
    const peer_abandon_request request = {.id = wire_text(id), .shim_pid = pid};
    const ttrpc_what what = {SHIM_SERVICE, SHIM_ABANDON, peer->space};
    cleanup_ttrpc_answer ttrpc_answer unused = {0};

    return ttrpc_client_call(&peer->client, &what, peer_abandon_request_fields, &request,
                             milliseconds, &unused, err);
}

wcow_status shim_peer_join(shim_peer *peer, const char *id, uint32_t milliseconds, uint32_t *pid,
                           wcow_error *err)
{
    cleanup_ttrpc_answer ttrpc_answer answer = {0};
    task_connect_response response = {0};
    wcow_status status =
        shim_peer_ask(peer, SHIM_SERVICE, SHIM_JOIN, id, milliseconds, &answer, err);

    if (!status)
        status =
            wire_decode(task_connect_response_fields, answer.payload, "the answer", &response, err);
    if (!status)
        *pid = response.shim_pid;
    return status;
}

bool shim_peer_await_end(shim_peer *peer, uint32_t milliseconds)
{
    const uint64_t deadline = ticks_after(milliseconds);

    for (;;) {
        cleanup_ttrpc_frame ttrpc_frame frame = {0};
        bool ended = false;
        const wcow_status status =
            ttrpc_frame_read(peer->client.pipe, deadline, &frame, &ended, NULL);

        if (ended || (status && status != WCOW_TIMEOUT))
            return true;
        if (status)
            return false;
    }
}
