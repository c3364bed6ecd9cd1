/* SPDX-License-Identifier: MIT */
/** What the public calls that attach make of their options: a session on the caller's own streams.
 */
#ifndef WCOW_ENGINE_CONTAINER_OWN_SESSION_H
#define WCOW_ENGINE_CONTAINER_OWN_SESSION_H

#include <wcow/container.h>

#include "client/session.h"

/** Stays where it is as long as the session lasts: the options point to the streams. */
typedef struct own_session {
    standard_streams streams;
    session_options options; /* whether there is a tty is for others to say */
} own_session;

/**
 * Reads the caller's options; their texts stay the caller's.
 *
 * @param given  NULL: the defaults
 */
WCOW_CHECKED wcow_status own_session_init(own_session *s, const wcow_attach_options *given,
                                          wcow_error *err);

#endif
