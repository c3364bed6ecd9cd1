/* SPDX-License-Identifier: MIT */
/**
 * The inside of a monitor: one container, its peers, and the threads between them.
 *
 * Threads: the main one runs the container; one accepts peers; each peer has a reader and a
 * writer; one pumps each output stream; errands carry out calls to the service that may block.
 * `lock` guards everything here; `changed` is broadcast at every change that somebody may wait for.
 * No thread calls the service, or writes to a pipe, with `lock` held.
 */
#ifndef WCOW_MONITOR_MONITOR_H
#define WCOW_MONITOR_MONITOR_H

#include "base/condition.h"
#include "engine/container/log.h"
#include "link/protocol.h"
#include "port/pipe.h"
#include "runtime/run.h"

typedef enum stage {
    STAGE_IDLE, /* nobody has asked for a start yet */
    STAGE_STARTING,
    STAGE_RUNNING,
    STAGE_ENDING, /* the init process has ended; teardown is under way */
    STAGE_ENDED   /* everything is given back and recorded, or the start failed */
} stage;

typedef struct peer peer;
typedef struct background background;

typedef struct monitor {
    wcow_host *host;
    const char *id;
    record *record;
    pthread_mutex_t lock;
    condition changed;
    pthread_mutex_t input_lock; /* held while writing to the container's input */

    stage stage;
    run run;
    log_writer *log;
    pipe_server *server;
    peer *peers;
    background *backgrounds; /* processes of exec -d */
    unsigned users;          /* threads that use the run's process and system just now */
    unsigned pumps;          /* output streams that have not ended */
    uint64_t last_output;    /* ticks_now() of the last byte */
    bool unlimited;  /* peers' queues may grow: the container has ended, nothing more comes */
    bool input_once; /* the end of the starter's input is the end of the container's */
    bool failed;     /* the start failed: `result.problem` */
    run_result result;
} monitor;

/** condition_wait_until() for `changed`; lock held. */
bool monitor_wait(monitor *m, uint64_t deadline);
/** Whether the run's process and system may be used; if so, until monitor_leave(). */
bool monitor_enter(monitor *m);
void monitor_leave(monitor *m);

/* ---- peer.c ---- */

/** A connection. The stream is the peer's from then on, also on failure. */
WCOW_CHECKED wcow_status peer_new(monitor *m, stream *s, wcow_error *err);
/** What a peer wants to be told; set by its request. Lock held. */
typedef struct peer_wish {
    bool output, error_output; /* what the container writes */
    bool input;                /* its input goes to the container */
    bool start;                /* FRAME_STARTED or FRAME_ERROR */
    bool end;                  /* FRAME_EXIT, or FRAME_DONE if `done` */
    bool done;
} peer_wish;
peer_wish *peer_wishes(peer *p);
/** Queues a frame. Lock held. */
void peer_send(peer *p, frame_type type, const void *bytes, size_t length);
void peer_send_json(peer *p, frame_type type, cJSON *json);
void peer_send_error(peer *p, const wcow_error *error);
monitor *peer_monitor(peer *p);
/** Passes output on to whoever wants it, and waits while one of them is slow. Takes the lock. */
void peers_output(monitor *m, bool is_error, const void *bytes, size_t length);
/** Tells those who wait that it runs. Lock held. */
void peers_started(monitor *m, uint32_t pid);
/** Tells those who wait how it ended, or why it did not start. Lock held. */
void peers_ended(monitor *m);
/** Frees peers whose connection is over. */
void peers_reap(monitor *m);
/** Waits until every peer has got what it was promised, then frees them all. */
void peers_finish(monitor *m);

/* ---- request.c ---- */

/** Carries out what came on a connection; on the peer's reader thread. False: hang up. */
bool request_handle(peer *p, const frame *f);
/** The connection is over. */
void request_hang_up(peer *p);
/** Ends the container's standard input. */
void input_close(monitor *m);

/* ---- background.c ---- */

/** Runs a further process and reads its output until its end. WCOW_CONFLICT if it runs no more. */
WCOW_CHECKED wcow_status background_start(monitor *m, const char *document, bool tty, uint32_t *pid,
                                          wcow_error *err);
/** Their pipes are let go of. Lock held. */
void backgrounds_cancel(monitor *m);

/* ---- pump.c ---- */

/** Starts passing on what the container writes. */
WCOW_CHECKED wcow_status pumps_start(monitor *m, wcow_error *err);
/**
 * After the init process has ended: waits until its output is read. Descendants may hold the pipes
 * open; then the system is ended, which closes them, and the rest is read.
 */
void pumps_drain(monitor *m);

/* ---- errand.c ---- */

typedef enum errand_kind {
    ERRAND_SIGNAL,   /* HcsSignalProcess */
    ERRAND_KILL,     /* HcsTerminateProcess */
    ERRAND_SHUTDOWN, /* HcsShutdownComputeSystem */
    ERRAND_TERMINATE /* HcsTerminateComputeSystem */
} errand_kind;

typedef struct errand errand;

/** Starts a call to the service on a thread of its own, since it may never return. */
WCOW_CHECKED wcow_status errand_start(monitor *m, errand_kind kind, const char *signal,
                                      errand **out, wcow_error *err);
/** Whether it has returned, and how. Lock held. */
bool errand_done(const errand *e, wcow_status *status, wcow_error *err);
const char *errand_call(const errand *e);
/** Lets go of it; it may go on. Takes the lock. */
void errand_drop(errand *e);

#endif
