/* SPDX-License-Identifier: MIT */
/** Another shim's server, as `start` and `delete` speak to it. */
#ifndef WCOW_SHIM_HOST_SHIM_PEER_H
#define WCOW_SHIM_HOST_SHIM_PEER_H

#include "base/cleanup.h"
#include "shim/ttrpc/client.h"

typedef struct shim_peer {
    char *address;
    const char *space;
    ttrpc_client client;
} shim_peer;

/** NULL is fine. */
void shim_peer_free(shim_peer *peer);

DEFINE_CLEANUP(shim_peer, shim_peer *, shim_peer_free)
#define cleanup_shim_peer CLEANUP(shim_peer)

/**
 * Connects to the server of that id. One that is busy is waited for, 1.5 s at least.
 *
 * @param space  borrowed
 * @param milliseconds  how long it is tried if nobody listens; 0: once
 * @return WCOW_NOT_FOUND if there is none; whatever else says no such thing
 */
WCOW_CHECKED wcow_status shim_peer_connect(const char *space, const char *id, uint32_t milliseconds,
                                           shim_peer **out, wcow_error *err);
/** Calls a method that takes the name of a task. */
WCOW_CHECKED wcow_status shim_peer_ask(shim_peer *peer, const char *service, const char *method,
                                       const char *id, uint32_t milliseconds, ttrpc_answer *out,
                                       wcow_error *err);
/** SHIM_ABANDON; `pid` is what the bundle says of the server, 0: nothing. */
WCOW_CHECKED wcow_status shim_peer_abandon(shim_peer *peer, const char *id, uint32_t pid,
                                           uint32_t milliseconds, wcow_error *err);
/** SHIM_JOIN; gives the server's process. */
WCOW_CHECKED wcow_status shim_peer_join(shim_peer *peer, const char *id, uint32_t milliseconds,
                                        uint32_t *pid, wcow_error *err);
/** Waits until the server has closed the connection; false: it has not. */
bool shim_peer_await_end(shim_peer *peer, uint32_t milliseconds);

#define TASK_SERVICE "containerd.task.v2.Task"

#endif
