/* SPDX-License-Identifier: MIT */
/**
 * The inside of a monitor: one container, its peers, and the threads between them.
 *
 * Threads: the main one runs the container, and accepts connections while that needs nothing, else
 * one does that; each peer has a reader and a writer; one pumps the output; errands carry out calls
 * to the service that may block. The run's guard has the one lock that guards everything here, and
 * the one condition that is broadcast at every change that somebody may wait for. No thread calls
 * the service, or writes to a pipe, with the lock held.
 */
#ifndef WCOW_MONITOR_MONITOR_H
#define WCOW_MONITOR_MONITOR_H

#include "engine/container/log.h"
#include "engine/container/record.h"
#include "monitor/step_log.h"
#include "port/pipe.h"
#include "runtime/run.h"

typedef struct peer peer;
typedef struct background background;

/** How a run ended. */
typedef struct run_result {
    uint32_t exit_code;
    bool unknown;       /* the code could not be learnt: `problem` says why */
    wcow_error problem; /* else: why it did not start, or what went wrong after its end */
} run_result;

typedef struct monitor {
    wcow_host *host;
    const char *id;
    record *record;
    run run;
    log_writer *log;
    pipe_server *server;
    pthread_t accepter; /* a thread, while `accepting`; of the main one alone */
    bool accepting;
    peer *peers;
    background *backgrounds; /* processes of exec -d */
    uint32_t pid;            /* of the init process, once it runs */
    int64_t asked; /* clock_now() when it was to start: what the event log says is of then */
    int64_t born;  /* clock_now() when it did; 0: there is no end to tell of */
    const uint32_t *untold; /* the exit code of an end that could not be recorded, and is not told
                               therefore; NULL: there is none */
    uint16_t columns, rows; /* of the console of who asked for the start; 0: unknown */
    bool unlimited;  /* peers' queues may grow: the container has ended, nothing more comes */
    bool input_once; /* the end of the starter's input is the end of the container's */
    bool failed;     /* the start failed: `result.problem` */
    bool by_itself;  /* nobody has to ask for the start: Windows has booted */
    bool cancelled;  /* its end is the last, whatever its policy says */
    bool stopped;    /* somebody has asked for its end, by whatever signal */
    bool restarting; /* this end is not the last; in the pause after it, and in the next start */
    const peer
        *keeper;   /* who starts it again at once: as long as he is there, --rm does not count */
    bool unserved; /* its Windows service is gone, as it does not come back with the host */
    uint32_t restarts;
    uint32_t pause;        /* the last one before a restart, milliseconds */
    uint64_t began;        /* ticks_now() when it ran */
    bool spoken;           /* the container has written something */
    bool beset;            /* a probe's call to the service has not returned: all stays as it is */
    struct health *health; /* of its run, while that is checked */
    step_log steps;
    step_sink sink; /* of its own steps, and the run's */
    run_result result;
    bool released;  /* the run has given back what it took … */
    run_taken left; /* … but for this; not written down yet */
} monitor;

static inline void monitor_lock(monitor *m)
{
    pthread_mutex_lock(&m->run.guard->lock);
}

static inline void monitor_unlock(monitor *m)
{
    pthread_mutex_unlock(&m->run.guard->lock);
}

/** Something has changed; lock held. */
static inline void monitor_changed(monitor *m)
{
    condition_broadcast(&m->run.guard->changed);
}

/** Waits for a change, as guard_wait(); lock held. */
static inline bool monitor_wait(monitor *m, uint64_t deadline)
{
    return guard_wait(m->run.guard, deadline);
}

#endif
