/* SPDX-License-Identifier: MIT */
/**
 * One run of a program in a container, for wcow's own sake: its output is a source, its input a
 * sink. It may be anybody's program: it is waited for while it moves, and ended when it is not
 * needed any more, or has not moved for as long as host_limits say.
 */
#ifndef WCOW_ENGINE_CONTAINER_GUEST_RUN_H
#define WCOW_ENGINE_CONTAINER_GUEST_RUN_H

#include <pthread.h>

#include "base/channel.h"
#include "base/text.h"
#include "engine/container/container.h"
#include "hcs/process.h"
#include "runtime/streams.h"

/** Must stay where it is. */
typedef struct guest_run {
    compute_system *system;
    compute_process *process;
    streams *streams;
    uint32_t patience; /* ms */
    channel output;    /* what it writes: WCOW_TIMEOUT when nothing comes */
    bool reading;      /* the end of its output is told to the channel, or was */
    channel input;     /* after guest_run_feed(): WCOW_TIMEOUT when it reads nothing… */
    pthread_t feeder;  /* …and who passes it on */
    bool feeding;
    text errors; /* what it says, as far as anybody wants to know */
} guest_run;

/**
 * Starts it as an administrator of the container, in C:\.
 *
 * @param arguments  the program's own path first, NULL last
 * @return WCOW_COMMAND_NOT_FOUND if there is no such program
 */
WCOW_CHECKED wcow_status guest_run_begin(wcow_container *container, const char *const *arguments,
                                         guest_run *g, wcow_error *err);
/** From now on g->input.sink leads to its input, and fails with WCOW_CANCELLED once it reads no
 * more. Its output is thrown away. */
WCOW_CHECKED wcow_status guest_run_feed(guest_run *g, wcow_error *err);
/** Ends its input. */
void guest_run_end_input(guest_run *g);
/**
 * Ends its input and waits for its end, so long as it moves; what it said is complete then.
 *
 * @return WCOW_TIMEOUT
 */
WCOW_CHECKED wcow_status guest_run_finish(guest_run *g, uint32_t *exit_code, wcow_error *err);
/** Ends it if it has not ended, and frees all. */
void guest_run_end(guest_run *g);

DEFINE_CLEANUP_VALUE(guest_run, guest_run, guest_run_end)
#define cleanup_guest_run CLEANUP(guest_run)

#endif
