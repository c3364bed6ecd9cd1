/* SPDX-License-Identifier: MIT */
/**
 * The pipes of a process in a container: what it writes is read by one thread and handed to a
 * sink; what it reads is written here, by one at a time.
 *
 * Descendants of a process may hold its pipes open for as long as they live, so the end of its
 * output is either the end of the pipes or, after its own, a while of silence. A sink that is slow
 * is no silence: what it has in its hands is output.
 */
#ifndef WCOW_RUNTIME_STREAMS_H
#define WCOW_RUNTIME_STREAMS_H

#include "hcs/process.h"

typedef struct streams streams;

/** Where output goes. Called on the thread that reads, and without any lock. */
typedef struct streams_sink {
    void *context;
    /** May take its time: then the process waits. NULL: it is thrown away. */
    void (*output)(void *context, bool is_error, const void *bytes, size_t length);
    /** All pipes are read. It may free the streams. NULL: nobody asks. */
    void (*ended)(void *context);
} streams_sink;

/** Without a process yet. NULL: there is no memory. */
streams *streams_new(void);
/** The process's pipes are the streams' from then on; the process is borrowed. */
void streams_attach(streams *s, compute_process *process, const hcs_process_io *io);
/**
 * Starts reading. On failure nothing is read, and the sink is not called. `ended` may be called
 * before this returns.
 */
WCOW_CHECKED wcow_status streams_begin(streams *s, const streams_sink *sink, wcow_error *err);

/** Writes to its input; blocks while it does not read. False: it takes no more. */
bool streams_write(streams *s, const void *bytes, size_t length);
/** Ends its input: for the service first, the pipe second. Does nothing if that was done. */
void streams_close_input(streams *s);
/** Lets go of whoever writes to it. */
void streams_cancel_input(streams *s);

/**
 * Waits until all is read, or nothing has come for `silence` milliseconds, or until `give_up`.
 *
 * @return whether all is read
 */
bool streams_drain(streams *s, uint32_t silence, uint64_t give_up);
/** Lets go of what is not read yet: the pipes end here, now and for ever. */
void streams_cancel(streams *s);
/** The same, and waits until nobody reads any more. */
void streams_finish(streams *s);
/** The same until a deadline. False: somebody is in the sink still. */
bool streams_finish_within(streams *s, uint64_t deadline);
/**
 * Frees streams whose sink may never return, when it does: now, if nobody is in it. What they still
 * have to read, the sink does not get, nor is `ended` called.
 *
 * @param left  called then: nobody is in the sink any more; not NULL
 */
void streams_abandon(streams *s, void (*left)(void *context), void *context);
/** Closes the pipes. Nobody writes any more; nobody reads, or this is called by `ended`. NULL is
 * fine. */
void streams_free(streams *s);

DEFINE_CLEANUP(streams, streams *, streams_free)
#define cleanup_streams CLEANUP(streams)

#endif
