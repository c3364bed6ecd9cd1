/* SPDX-License-Identifier: MIT */
/**
 * One process in a container, as task/ calls its handle: the first, which has the container
 * (container_run.h), or one that was added (container_exec.h). Here is what both have.
 *
 * A handle is held by the pod, until it releases it; by who watches the process; and by whatever
 * call to the service has not returned. The last one frees it. An added process holds its
 * container's first, and uses the container's guard from its start to its end: the system is not
 * closed before its processes are.
 */
#ifndef WCOW_SHIM_CONTAINER_CONTAINER_PROCESS_H
#define WCOW_SHIM_CONTAINER_CONTAINER_PROCESS_H

#include <stdatomic.h>

#include "runtime/guard.h"
#include "shim/container/container_backend.h"
#include "shim/container/watcher.h"
#include "shim/stdio/stdio.h"

/* How long the service may take, in milliseconds: hcsshim's, but for what containerd does not wait
 * for as long. */
#define SHUTDOWN_PATIENCE  30000u
#define TERMINATE_PATIENCE 30000u
#define SILENCE            1000u /* of descendants after a process's end: then they are cut off */
#define LAST_WORDS         6000u /* Delete waits for 8 s for what follows, see task/pod.h */
#define SINK_PATIENCE      (LAST_WORDS + 500u) /* for a log whose disk does not answer */
#define CLOSE_PATIENCE     2000u               /* for the logger of what was never started to end */
#define KILL_PATIENCE      5000u
#define SIGNAL_PATIENCE    250u /* Server Core returns when the process has ended: no news */
#define DISCARD_PATIENCE   4000u
#define EARLIER_PATIENCE   10000u
#define NAMESPACE_PATIENCE 2000u /* for HNS, within what a Delete waits */

/** Exit status of what has ended nobody knows how. */
#define EXIT_UNKNOWN 255u

/* Its containers hold it, too. */
struct container_backend {
    atomic_uint holders;
    container_host host;
    container_owner owner;
    task_backend table;
    watcher watcher;
};

container_backend *container_backend_hold(container_backend *backend);

typedef struct container_process {
    atomic_uint holders;
    container_backend *backend;
    task_process *task;              /* who is told of its life */
    struct container_process *first; /* NULL: it is the first */
    char *id;                        /* of the container */
    guard *guard;                    /* of the process; of a first one the run's */
    watched watched;                 /* from its start on */
    stdio *io;
    process_streams pipes;          /* that its client has */
    struct container_process *left; /* of those that are left behind, the one before */
} container_process;

/** Opens its streams at the client's side. */
WCOW_CHECKED wcow_status container_process_open(container_process *p, const task_wish *wish,
                                                uint32_t retry, wcow_error *err);
container_process *container_process_hold(container_process *p);
/** NULL is fine. */
void container_process_drop(container_process *p);
/** Somebody stands in a call for it, perhaps for ever: it stays as it is, with all that it holds,
 * for as long as the server lives. */
void container_process_leave_behind(container_process *p);
/** From now on `ended` is called when the process has ended, on a thread of its own, with `p`,
 * which is held for it. */
WCOW_CHECKED wcow_status container_process_watch(container_process *p, compute_process *process,
                                                 void *(*ended)(void *p), wcow_error *err);
/** Its client sends no more. */
void container_process_close_input(container_process *p);
/**
 * stdio_finish(), and away with it, unless somebody is in its sink still: then it goes with the
 * process's streams (streams_abandon()).
 *
 * @param left  the process's streams, if somebody is; NULL: nobody is
 * @return as there: false if somebody stands in the process's streams for ever
 */
bool container_process_finish(container_process *p, uint32_t milliseconds, streams **left);
/** Of what was never started: its client sees the end. Takes as long as its logger takes to end,
 * within CLOSE_PATIENCE. */
void container_process_close(container_process *p);
/** Tells the owner, who has a log. */
void container_process_problem(const container_process *p, const wcow_error *err);

#endif
