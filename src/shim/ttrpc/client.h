/* SPDX-License-Identifier: MIT */
/**
 * A client of ttrpc, for one thread, with one call at a time: what tells containerd of events, and
 * asks another shim.
 */
#ifndef WCOW_SHIM_TTRPC_CLIENT_H
#define WCOW_SHIM_TTRPC_CLIENT_H

#include "shim/ttrpc/frame.h"
#include "shim/wire/ttrpc.pb.h"

typedef struct ttrpc_client {
    stream *pipe;
    uint32_t last_stream;
} ttrpc_client;

/** What came back; the payload is a part of the frame. */
typedef struct ttrpc_answer {
    ttrpc_frame frame;
    wire_bytes payload;
} ttrpc_answer;

typedef struct ttrpc_what {
    const char *service, *method;
    const char *space; /* containerd's namespace, which goes with the call; NULL: none */
} ttrpc_what;

#define TTRPC_CLIENT_INIT(pipe)                                                                    \
    {                                                                                              \
        (pipe), 0                                                                                  \
    }

void ttrpc_answer_free(ttrpc_answer *a);

DEFINE_CLEANUP_VALUE(ttrpc_answer, ttrpc_answer, ttrpc_answer_free)
#define cleanup_ttrpc_answer CLEANUP(ttrpc_answer)

/**
 * Calls a method and waits for its answer. A peer that does not read may hold up the call beyond
 * its time; another thread's stream_cancel() ends that.
 *
 * @return the kind of failure that the server's code is (code.h), with its words; WCOW_TIMEOUT if
 * no answer came in time, and WCOW_NO_MEMORY if it is too long, which leave the client fit for
 * another call; WCOW_UNAVAILABLE if the
 *         connection is broken, and no other call will succeed
 */
WCOW_CHECKED wcow_status ttrpc_client_call(ttrpc_client *client, const ttrpc_what *what,
                                           const pb_msgdesc_t *fields, const void *message,
                                           uint32_t milliseconds, ttrpc_answer *out,
                                           wcow_error *err);

#endif
