/* SPDX-License-Identifier: MIT */
/**
 * One output of a process on its way into a pipe, whose reader may come and go.
 *
 * A client's pipe is known by its address. When its reader has gone – containerd is being restarted
 * – it is dialled again, with growing pauses, and what is being written goes on behind what the
 * last reader took. A logger's pipe is ours: it is listened on until the logger comes, once.
 *
 * What cannot be written any more, for whatever reason, is thrown away from then on: a process is
 * not stopped for ever by a reader who does not come back.
 */
#ifndef WCOW_SHIM_STDIO_OUTLET_H
#define WCOW_SHIM_STDIO_OUTLET_H

#include <stdbool.h>

#include "port/pipe.h"

typedef struct outlet outlet;

/**
 * Of a client's pipe.
 *
 * @param pipe   connected; the outlet's from then on, on success
 * @param retry  how many milliseconds without a reader are too many; 0: none are
 * @return NULL: there is no memory
 */
outlet *outlet_of_client(const char *address, stream *pipe, uint32_t retry);
/**
 * Of a pipe that a logger connects to.
 *
 * @param server  the outlet's from then on, on success
 * @param patience  how many milliseconds the first write waits for the logger
 */
outlet *outlet_of_logger(pipe_server *server, uint32_t patience);
/** Accepts the logger if it is there by now, or comes in time; whether it does. */
bool outlet_await(outlet *o, uint32_t milliseconds);

/** Writes all, or throws it away; one at a time. */
void outlet_write(outlet *o, const void *bytes, size_t size);
/** Pauses between two attempts to dial are short from now on. */
void outlet_hurry(outlet *o);
/** Ends a write that is under way; all that is written from now on is thrown away. */
void outlet_give_up(outlet *o);
/** The reader sees the end when he has read what is there. Nobody writes. NULL is fine. */
void outlet_free(outlet *o);

DEFINE_CLEANUP(outlet, outlet *, outlet_free)
#define cleanup_outlet CLEANUP(outlet)

#endif
