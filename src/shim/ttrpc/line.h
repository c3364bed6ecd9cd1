/* SPDX-License-Identifier: MIT */
/** One connection to a server: who reads requests from it, and who writes answers to it. */
#ifndef WCOW_SHIM_TTRPC_LINE_H
#define WCOW_SHIM_TTRPC_LINE_H

#include "shim/ttrpc/frame.h"
#include "shim/ttrpc/server.h"
#include "shim/ttrpc/workers.h"

typedef struct ttrpc_line ttrpc_line;

struct ttrpc_call {
    ttrpc_line *line; /* a reference */
    const ttrpc_method *method;
    void *context;  /* the service's */
    bool confirmed; /* answered already */
    uint32_t stream_id;
    ttrpc_frame frame; /* which the payload is a part of */
    wire_bytes payload;
};

/** What a caller is served with. */
typedef struct ttrpc_serving {
    const ttrpc_service *service;
    workers *slow, *urgent;
    /** The caller's thread is done with all of this; `context` knows one caller less. */
    void (*gone)(void *context, ttrpc_line *line);
    void *context;
} ttrpc_serving;

/**
 * Serves a connection, by a thread of its own, which ends with it.
 *
 * @param pipe  the caller's from then on, also on failure
 * @param serving  copied
 * @return NULL: out of memory
 */
ttrpc_line *ttrpc_line_new(stream *pipe, uint64_t id, const ttrpc_serving *serving);
/** False: there is no thread for it. Then it is gone. */
bool ttrpc_line_start(ttrpc_line *c);
/** Waits until it has read all that it was answered, or the deadline. */
void ttrpc_line_flush(ttrpc_line *c, uint64_t deadline);
/** Ends the connection. For those who know that it is not gone. */
void ttrpc_line_cut_off(ttrpc_line *c);

#endif
