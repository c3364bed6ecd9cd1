/* SPDX-License-Identifier: MIT */
#include "tests/unit/shim/ttrpc/served.h"

#include <stdio.h>
#include <unistd.h>

#include "base/condition.h"
#include "tests/unit/status.h"

static wcow_error err;

const char *served_name(void)
{
    static char name[64];
    static unsigned count;

    snprintf(name, sizeof(name), "wcow-test-shim-%d-%u", (int)getpid(), count++);
    return name;
}

ttrpc_server *served_start(const char *name, const ttrpc_service *service)
{
    pipe_server *pipe = NULL;
    ttrpc_server *server = NULL;

    assert_int_equal(pipe_listen(name, &pipe), 0);
    assert_ok(&err, ttrpc_server_start(pipe, service, &server, &err));
    return server;
}

stream *served_connect(const char *name)
{
    stream *s = NULL;

    assert_int_equal(pipe_connect(name, 20000, &s), 0);
    return s;
}

void served_request(text *out, uint32_t stream_id, const char *service, const char *method,
                    const char *payload)
{
    const ttrpc_request request = {
        .service = wire_text(service), .method = wire_text(method), .payload = wire_text(payload)};

    assert_ok(&err,
              ttrpc_frame_add(out, stream_id, TTRPC_REQUEST, ttrpc_request_fields, &request, &err));
}

ttrpc_response served_response(stream *s, ttrpc_frame *frame)
{
    ttrpc_response response = {0};
    bool ended;

    ttrpc_frame_free(frame);
    assert_ok(&err, ttrpc_frame_read(s, ticks_after(20000), frame, &ended, &err));
    assert_false(ended);
    assert_int_equal(frame->type, TTRPC_RESPONSE);
    assert_ok(&err, wire_decode(ttrpc_response_fields, (wire_bytes){frame->bytes, frame->size},
                                "it", &response, &err));
    return response;
}
