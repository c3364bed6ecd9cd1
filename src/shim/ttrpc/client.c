/* SPDX-License-Identifier: MIT */
#include "shim/ttrpc/client.h"

#include "base/condition.h"
#include "base/error.h"
#include "shim/ttrpc/code.h"
#include "shim/wire/common.pb.h"

#define NANOSECONDS_A_MILLISECOND 1000000

void ttrpc_answer_free(ttrpc_answer *a)
{
    ttrpc_frame_free(&a->frame);
    a->payload = (wire_bytes){0};
}

static wcow_status add_request(const ttrpc_what *what, uint32_t stream_id, wire_bytes payload,
                               uint32_t milliseconds, text *out, wcow_error *err)
{
    const common_pair space = {wire_text("containerd-namespace-ttrpc"), wire_text(what->space)};
    cleanup_text text pair = TEXT_INIT;
    ttrpc_request request = {
        .service = wire_text(what->service),
        .method = wire_text(what->method),
        .payload = payload,
        .timeout_nano = (int64_t)milliseconds * NANOSECONDS_A_MILLISECOND,
    };
    wcow_status status =
        what->space ? wire_encode(common_pair_fields, &space, &pair, err) : WCOW_OK;

    if (status)
        return status;
    request.metadata.count = what->space != NULL;
    request.metadata.entries[0] = wire_of(&pair);
    return ttrpc_frame_add(out, stream_id, TTRPC_REQUEST, ttrpc_request_fields, &request, err);
}

/* Every failure but a time-out is the end of a connection. */
static wcow_status lost(wcow_status status, wcow_error *err)
{
    return status == WCOW_TIMEOUT || !status ? status : error_kind(err, WCOW_UNAVAILABLE);
}

/* The answer to a call; those to earlier ones, which nobody waits for any more, are passed over. */
static wcow_status read_answer(ttrpc_client *client, uint64_t deadline, ttrpc_frame *out,
                               wcow_error *err)
{
    for (;;) {
        cleanup_ttrpc_frame ttrpc_frame frame = {0};
        bool ended;
        wcow_status status =
            lost(ttrpc_frame_read(client->pipe, deadline, &frame, &ended, err), err);

        if (status)
            return status;
        if (ended)
            return error_set(err, WCOW_UNAVAILABLE, "the other side has closed the connection");
        if (frame.type == TTRPC_RESPONSE && frame.stream_id == client->last_stream) {
            if (frame.too_long) /* and gone: what is left would be read as an empty success */
                return error_set(err, WCOW_NO_MEMORY, "the answer is longer than 4 MiB");
            *out = frame;
            frame.bytes = NULL;
            return WCOW_OK;
        }
    }
}

/* What the server said, if it is no success. */
static wcow_status check_status(const ttrpc_response *response, wcow_error *err)
{
    const wire_bytes words = response->status.message;
    const int most = 900;

    if (!response->has_status || response->status.code == TTRPC_OK)
        return WCOW_OK;
    return error_set(err, ttrpc_status_of(response->status.code), "%.*s",
                     words.size < (size_t)most ? (int)words.size : most,
                     words.size > 0 ? (const char *)words.data : "");
}

wcow_status ttrpc_client_call(ttrpc_client *client, const ttrpc_what *what,
                              const pb_msgdesc_t *fields, const void *message,
                              uint32_t milliseconds, ttrpc_answer *out, wcow_error *err)
{
    const uint64_t deadline = ticks_after(milliseconds);
    cleanup_text text payload = TEXT_INIT;
    cleanup_text text request = TEXT_INIT;
    cleanup_ttrpc_answer ttrpc_answer answer = {0};
    ttrpc_response response = {0};
    wcow_status status = wire_encode(fields, message, &payload, err);

    client->last_stream += client->last_stream ? 2 : 1;
    if (!status)
        status =
            add_request(what, client->last_stream, wire_of(&payload), milliseconds, &request, err);
    if (status)
        return status;
    status = error_check(err, stream_write(client->pipe, text_get(&request), request.length),
                         "write to the pipe");
    if (status)
        return error_kind(err, WCOW_UNAVAILABLE);
    status = read_answer(client, deadline, &answer.frame, err);
    if (!status)
        status =
            wire_decode(ttrpc_response_fields, (wire_bytes){answer.frame.bytes, answer.frame.size},
                        "the answer", &response, err);
    if (!status)
        status = check_status(&response, err);
    if (status)
        return status;
    answer.payload = response.payload;
    *out = answer;
    answer = (ttrpc_answer){0};
    return WCOW_OK;
}
