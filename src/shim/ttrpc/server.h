/* SPDX-License-Identifier: MIT */
/**
 * The server of ttrpc: who connects to a pipe may call the methods of a service.
 *
 * A caller's connection has two threads. One reads, decodes and runs what needs no time, and never
 * writes; the other writes the answers from a queue. So a caller that does not read delays nobody,
 * himself included, until his answers are more than he may leave unread, and he is cut off. Methods
 * that may take time run on a few threads of their own (workers.h), of which what brings something
 * to its end has some that nothing else can take. A method may keep its call and answer it later,
 * from any thread: that is how Wait waits, without one.
 */
#ifndef WCOW_SHIM_TTRPC_SERVER_H
#define WCOW_SHIM_TTRPC_SERVER_H

#include "port/pipe.h"
#include "shim/ttrpc/code.h"
#include "shim/wire/message.h"

typedef struct ttrpc_server ttrpc_server;
/** A request under way. */
typedef struct ttrpc_call ttrpc_call;

/** Calls of one caller and one pace that are not answered; more of that pace are refused. */
#define TTRPC_MOST_CALLS 4096
/** Answers that a caller has not read; whoever has more is cut off. */
#define TTRPC_MOST_UNREAD (2 * WIRE_MOST_BYTES)
/** The bytes of these; more of that pace are refused. */
#define TTRPC_MOST_TAKEN (2 * WIRE_MOST_BYTES)
/** Connections; more are closed at once. A client may have one for each of many containers. */
#define TTRPC_MOST_LINES 192

/**
 * Where a method runs. Each pace has limits of its own: what a caller has forgotten, or what hangs,
 * does not keep him from bringing something to its end.
 */
typedef enum ttrpc_pace {
    TTRPC_AT_ONCE, /* needs no time: on the thread that reads the connection */
    TTRPC_KEPT,    /* the same, and may be answered much later */
    TTRPC_SLOW,    /* on a worker */
    TTRPC_URGENT,  /* on a worker that no slow one can take */
    TTRPC_PACES
} ttrpc_pace;

typedef struct ttrpc_method {
    const char *name;
    ttrpc_pace pace;
    /** Must answer the call, now or later, once, or drop it. */
    void (*run)(void *context, ttrpc_call *call);
    /**
     * Runs before a worker has the call, on the thread that reads; may confirm it. False: the call
     * is answered, and that is all. NULL: there is nothing to do.
     */
    bool (*prepare)(void *context, ttrpc_call *call);
} ttrpc_method;

/** One service under several names, and those behind it. Borrowed for as long as its server lives.
 */
typedef struct ttrpc_service {
    const char *const *names;
    size_t name_count;
    const ttrpc_method *methods;
    size_t method_count;
    void *context;
    /** A caller has gone: what is kept of his calls is to be dropped. NULL: nothing is kept. */
    void (*left)(void *context, uint64_t caller);
    /** Somebody has connected, who will go, too. NULL: that is nothing to it. */
    void (*came)(void *context, uint64_t caller);
    const struct ttrpc_service *next; /* another service of the same server; NULL: it is the last */
} ttrpc_service;

/** @param pipe  the server's from then on, also on failure */
WCOW_CHECKED wcow_status ttrpc_server_start(pipe_server *pipe, const ttrpc_service *service,
                                            ttrpc_server **out, wcow_error *err);
/**
 * Takes no more calls, gives callers so long to read what they were answered, closes the
 * connections and frees the server. Waits for calls that run: not for the threads of its own.
 */
void ttrpc_server_stop(ttrpc_server *server, uint32_t milliseconds);

/** Borrowed until the call is answered. */
wire_bytes ttrpc_call_payload(const ttrpc_call *call);
/** Who called: the same number for all calls of one connection, and never again. */
uint64_t ttrpc_call_caller(const ttrpc_call *call);

/** Answers with nothing, which is a success, before the work is done; how that ends, nobody is
 * told.
 */
void ttrpc_call_confirm(ttrpc_call *call);

/* Each ends the call, and frees it. One that was confirmed is not answered again. */

/** Answers with a message; `fields` NULL: with nothing, which is a success. */
void ttrpc_call_reply(ttrpc_call *call, const pb_msgdesc_t *fields, const void *message);
/** The same with a message that is encoded already. */
void ttrpc_call_reply_encoded(ttrpc_call *call, wire_bytes message);
void ttrpc_call_fail(ttrpc_call *call, ttrpc_code code, const char *message);
/** Answers with the error's words, hint and events, and the code that its status has. */
void ttrpc_call_error(ttrpc_call *call, const wcow_error *err);
/** Nobody waits for an answer. */
void ttrpc_call_drop(ttrpc_call *call);

#endif
