/* SPDX-License-Identifier: MIT */
/** A client's side of the connection to a monitor: one request, and what comes back. */
#ifndef WCOW_LINK_CONNECTION_H
#define WCOW_LINK_CONNECTION_H

#include "link/protocol.h"

typedef struct connection {
    stream *pipe;
    const char
        *version; /* of this wcow: told to users whose monitor speaks of what it cannot know */
    const step_sink *steps; /* who wants to know the monitor's steps; NULL: nobody */
} connection;

#define CONNECTION_INIT                                                                            \
    {                                                                                              \
        NULL, NULL, NULL                                                                           \
    }

/**
 * Connects to the monitor that listens at a pipe (port/pipe.h).
 *
 * @param version  stays the caller's
 * @return WCOW_NOT_FOUND if none listens within the time
 */
WCOW_CHECKED wcow_status connection_open(const char *name, uint32_t milliseconds,
                                         const char *version, connection *out, wcow_error *err);
void connection_close(connection *c);

DEFINE_CLEANUP_VALUE(connection, connection, connection_close)
#define cleanup_connection CLEANUP(connection)

/** A request of the connection's: request_new(), and whether the monitor's steps are wanted. */
cJSON *connection_request(const connection *c, const char *what);

/** Waits for the next frame, as frame_read(); steps are handed on. */
WCOW_CHECKED wcow_status connection_read(const connection *c, uint32_t milliseconds, frame *out,
                                         wcow_error *err);

/**
 * Asks a monitor for something and waits for the answer.
 *
 * @param request  owned by the call; NULL is out of memory
 * @param[out] answer  a frame of the type FRAME_DONE, _STARTED or _EXIT; FRAME_END if the monitor
 *                     hung up without an answer: then the truth is in state.json
 * @param[out] silent  the WCOW_TIMEOUT that is returned is not the monitor's word: it said nothing
 * @return the monitor's own error; WCOW_TIMEOUT if it does not answer in time
 */
WCOW_CHECKED wcow_status connection_ask(const connection *c, cJSON *request, uint32_t milliseconds,
                                        frame *answer, bool *silent, wcow_error *err);

#endif
