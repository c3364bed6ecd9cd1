/* SPDX-License-Identifier: MIT */
/** The server of a shim: its pipes, its pod, and how long it is there. */
#ifndef WCOW_SHIM_HOST_SERVING_H
#define WCOW_SHIM_HOST_SERVING_H

#include "shim/host/log_level.h"
#include "shim/task/backend.h"

/** A server that has neither a task nor a caller ends after so many ms. */
#define SERVE_IDLE 60000u

/** What the server's process says on its standard output when its pipes listen. */
#define SERVE_READY "ready"

/** What those who run the tasks tell the server; as task_backend's of the same names. */
typedef struct serve_owner {
    void *context;
    void (*event)(void *context, const task_event *event);
    void (*shut_down)(void *context);
    /** Something went wrong that no caller is told of. From any thread. */
    void (*problem)(void *context, const char *id, const wcow_error *err);
    /** For a log at debug level. From any thread. */
    void (*remark)(void *context, const char *id, const char *words, const char *what);
} serve_owner;

typedef struct serve_wish {
    const char *space, *id;
    bool is_pod;
    const char *events; /* containerd's address for events; "": it is told none */
    shim_level level;
    uint32_t idle; /* SERVE_IDLE; less for tests */
    void *context;
    /** What runs the tasks; borrowed until serve() returns. */
    wcow_status (*run)(void *context, const serve_owner *owner, const task_backend **out,
                       wcow_error *err);
    /** The pipes listen. */
    void (*ready)(void *context);
    /** Nothing is left to be served, and what is left to be done has limits of its own. */
    void (*ending)(void *context);
} serve_wish;

/**
 * Serves until it is shut down, or nobody needs it.
 *
 * @return WCOW_ALREADY_EXISTS if another serves this id; WCOW_TIMEOUT if it was shut down, and a
 *         task has not come to its end since: then the process is to end, since threads of it hang
 */
WCOW_CHECKED wcow_status serve(const serve_wish *wish, wcow_error *err);

/** Our own service beside containerd's: what `start` and `delete` tell a pod's server. */
#define SHIM_SERVICE "wcow.shim.v1.Pod"
/* These take a task.process_request. A container will come: its log pipe listens from then on.
 * Answered with a task.connect_response. */
#define SHIM_JOIN "Join"
/* It will not come, or is gone. Refused if it is there, or is being created, which fails then. */
#define SHIM_LEAVE "Leave"
/* Takes a peer.abandon_request. containerd has given the shim up: it ends, with all that it has.
 * Refused by a server that is not the bundle's own while anybody else is connected: then containerd
 * has started this id anew. */
#define SHIM_ABANDON "Abandon"

#endif
