/* SPDX-License-Identifier: MIT */
/** The monitor's side of its connections: commands that ask for something, wait, or are attached.
 */
#ifndef WCOW_MONITOR_PEER_H
#define WCOW_MONITOR_PEER_H

#include "link/protocol.h"
#include "monitor/monitor.h"

/** What a peer wants to be told; set by its request. Lock held. */
typedef struct peer_wish {
    bool output, error_output; /* what the container writes */
    bool input;                /* its input goes to the container */
    bool start;                /* FRAME_STARTED or FRAME_ERROR */
    bool end;                  /* FRAME_EXIT, or FRAME_DONE if `done` */
    bool done;
    bool steps; /* FRAME_STEP, see step_log.h */
    bool told;  /* how it ended: what the next run writes is not for it */
} peer_wish;

/** A connection. The stream is the peer's from then on, also on failure. */
WCOW_CHECKED wcow_status peer_new(monitor *m, stream *s, wcow_error *err);
monitor *peer_monitor(peer *p);
peer_wish *peer_wishes(peer *p);

/** Whether nobody is at the other end any more, also if its reader is busy. Lock held. */
bool peer_is_gone(const peer *p);

/** Queues a frame. Lock held. */
void peer_send(peer *p, frame_type type, const void *bytes, size_t length);
void peer_send_json(peer *p, frame_type type, cJSON *json);
void peer_send_error(peer *p, const wcow_error *error);
/** FRAME_STARTED with the pid. */
void peer_send_started(peer *p, uint32_t pid);

/** FRAME_STEP. */
void peer_send_step(peer *p, const char *what, uint64_t when);

/** Tells those who want to know. Lock held. */
void peers_step(monitor *m, const char *what, uint64_t when);
/** Passes output on to whoever wants it, and waits while one of them is slow. Takes the lock. */
void peers_output(monitor *m, bool is_error, const void *bytes, size_t length);
/** Tells those who wait that it runs. Lock held. */
void peers_started(monitor *m, uint32_t pid);
/** Tells those who wait how it ended, or why it did not start. Lock held. */
void peers_ended(monitor *m);
/** Frees those whose connection is over. */
void peers_reap(monitor *m);
/**
 * Waits until every peer has got what it was promised, then frees them all.
 *
 * @return false if one of them is in a call to the service that does not return: then it uses the
 *         monitor for as long as this process lives
 */
bool peers_finish(monitor *m);

#endif
