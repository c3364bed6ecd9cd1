/* SPDX-License-Identifier: MIT */
/**
 * Clients, and what they are told: notifications, latched until somebody registers, once each, in
 * order.
 */
#ifndef HCSSIM_ENGINE_SESSIONS_H
#define HCSSIM_ENGINE_SESSIONS_H

#include "engine.h"

/** A notification kept on a handle until somebody registers there. */
typedef struct notice {
    uint32_t type;
    int32_t hr;
    char *data;
    struct notice *next;
} notice;

/** A notification on its way to a client. */
typedef struct delivery {
    uint64_t callback;
    notice what;
    uint64_t due; /* ticks; 0: at once */
    struct delivery *next;
} delivery;

struct session {
    uint64_t id;
    uint32_t pid;
    sim *sim;
    sim_notify *notify;
    void *context;
    pthread_t thread;
    condition wake;
    delivery *queue;
    uint64_t delivering; /* callback that runs just now */
    bool closing;
    size_t calls; /* under way */
    session *next;
};

/** sessions.c: by number; under the lock. */
session *session_find(sim *s, uint64_t id);
int session_start(session *client);
/** Ends the thread and frees what was still queued; not under the lock. */
void session_stop(session *client);
/** To all registrations on a handle, or kept there if there is none. */
void notify_handle(sim *s, handle *on, uint32_t type, int32_t hr, const char *data);
/** To all registrations on all handles of a system, a process. */
void notify_system(sim *s, compute_system *system, uint32_t type, int32_t hr, const char *data);
void notify_process(sim *s, compute_process *process, uint32_t type, int32_t hr, const char *data);
/** To one registration. */
void notify_registration(sim *s, handle *registration, uint32_t type, int32_t hr, const char *data);
void notices_free(notice *list);
sim_handler call_register_system, call_register_process, call_unregister;

#endif
