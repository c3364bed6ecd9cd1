/* SPDX-License-Identifier: MIT */
/** What clients hold: systems, processes, registrations, and things of the network service. */
#ifndef HCSSIM_ENGINE_HANDLES_H
#define HCSSIM_ENGINE_HANDLES_H

#include "sessions.h"

typedef enum handle_kind {
    HANDLE_SYSTEM,
    HANDLE_PROCESS,
    HANDLE_REGISTRATION,
    HANDLE_NETWORK,
    HANDLE_NAMESPACE,
    HANDLE_ENDPOINT
} handle_kind;

struct handle {
    uint64_t id;
    handle_kind kind;
    session *session;
    bool dead; /* the service died since: good for closing only */
    compute_system *system;
    compute_process *process;
    handle *owner; /* of a registration: the handle that it was made on */
    notice *latched;
    char object[GUID_TEXT_SIZE]; /* of the network service: its id */
    handle *next;
};

handle *handle_new(sim *s, session *client, handle_kind kind);
/** The handle that a member of the request names; refuses a wrong, foreign or dead one. */
int32_t handle_get(sim_context *c, const char *member, handle_kind kind, handle **out);
handle *handle_find(sim *s, uint64_t id);
/** Closes it and every registration on it. */
void handle_close(sim *s, handle *h);
size_t handle_count(sim *s, const session *client);

#endif
