/* SPDX-License-Identifier: MIT */
/** The streams of an exec'ed process, tied to a session. */
#ifndef WCOW_RUNTIME_EXEC_IO_H
#define WCOW_RUNTIME_EXEC_IO_H

#include "client/session.h"
#include "hcs/process.h"

typedef struct exec_io exec_io;

/** One output stream being passed on. */
typedef struct exec_pump {
    exec_io *io;
    bool is_error;
    bool begun;
    bool done;
    bool busy; /* writing what it read: a slow reader of ours is no silence */
    pthread_t thread;
} exec_pump;

struct exec_io {
    hcs_process_io streams;
    compute_process *process;
    uint32_t drain; /* milliseconds of silence after which a dead process's pipes count as read */
    session *session;
    pthread_mutex_t lock;
    condition changed;
    uint64_t last_output;
    exec_pump pumps[2];
    bool begun;
    bool ready; /* the process is there, or will not be */
    bool input_open;
};

/** The session's other end. */
session_target exec_io_target(exec_io *io);
/** Before the process is made: what the session types waits for it. */
WCOW_CHECKED wcow_status exec_io_init(exec_io *io, session *s, wcow_error *err);
/** It is made (`io->process`, `io->streams`), or not (NULL): starts passing on in both directions.
 */
WCOW_CHECKED wcow_status exec_io_begin(exec_io *io, wcow_error *err);
/** Reads what is left of its output; with `abandon`, stops reading at once. */
void exec_io_drain(exec_io *io, bool abandon);
/** Closes streams and process. The session must have ended. */
void exec_io_close(exec_io *io);

#endif
