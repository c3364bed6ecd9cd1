/* SPDX-License-Identifier: MIT */
#include "shim/host/shim_peer.h"

#include "base/condition.h"
#include "base/error.h"
#include "port/pipe.h"
#include "shim/host/pipe_names.h"
#include "shim/wire/task.pb.h"

void shim_peer_free(shim_peer *peer)
{
    if (!peer)
        return;
    stream_free(peer->client.pipe);
    free(peer->address);
    free(peer);
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
    status = error_check(
        err, pipe_connect_address(peer->address, milliseconds, NULL, &peer->client.pipe),
        "CreateFile");
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

wcow_status shim_peer_pid(shim_peer *peer, const char *id, uint32_t milliseconds, uint32_t *out,
                          wcow_error *err)
{
    cleanup_ttrpc_answer ttrpc_answer answer = {0};
    task_connect_response response = {0};
    wcow_status status =
        shim_peer_ask(peer, TASK_SERVICE, "Connect", id, milliseconds, &answer, err);

    if (!status)
        status =
            wire_decode(task_connect_response_fields, answer.payload, "the answer", &response, err);
    if (!status)
        *out = response.shim_pid;
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
