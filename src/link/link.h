/* SPDX-License-Identifier: MIT */
/** A client's side of the connection to a monitor. */
#ifndef WCOW_LINK_LINK_H
#define WCOW_LINK_LINK_H

#include "engine/container/container.h"
#include "link/protocol.h"

/** Connects to a running monitor; WCOW_NOT_FOUND if none listens within the time. */
WCOW_CHECKED wcow_status link_open(wcow_container *container, uint32_t milliseconds, stream **out,
                                   wcow_error *err);

/**
 * Starts the container's monitor and connects to it.
 *
 * @param[out] bound  a job that holds this process holds the monitor, too, and may end it
 */
WCOW_CHECKED wcow_status link_start(wcow_container *container, stream **out, bool *bound,
                                    wcow_error *err);

/** {"do":what}; NULL when out of memory. */
cJSON *link_request(const char *what);

/**
 * Asks a monitor for something and waits for the answer.
 *
 * @param request  owned by the call; NULL is out of memory
 * @param[out] answer  a frame of the type FRAME_DONE, _STARTED or _EXIT; FRAME_END if the monitor
 * hung up without an answer: then the truth is in state.json
 * @param[out] silent  the WCOW_TIMEOUT that is returned is not the monitor's word: it said nothing
 * @return the monitor's own error; WCOW_TIMEOUT if it does not answer in time
 */
WCOW_CHECKED wcow_status link_ask(stream *s, cJSON *request, uint32_t milliseconds, frame *answer,
                                  bool *silent, wcow_error *err);

/** What an attached session ended with. */
typedef enum link_end {
    LINK_EXITED,
    LINK_DETACHED,
    LINK_REFUSED, /* the monitor hung up before it said that the container runs */
    LINK_LOST     /* … and after that, without a last word */
} link_end;

/**
 * Sends a start or attach request and ties this process's streams to the container until it ends or
 * the user detaches. The outcome's exit code and warning are set with LINK_EXITED only.
 */
WCOW_CHECKED wcow_status link_attach(stream *s, const char *what, bool tty,
                                     const wcow_attach_options *options, wcow_outcome *outcome,
                                     link_end *end, wcow_error *err);

#endif
