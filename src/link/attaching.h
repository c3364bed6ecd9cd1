/* SPDX-License-Identifier: MIT */
/** A session over a monitor's pipe: a user's streams, tied to those of the container. */
#ifndef WCOW_LINK_ATTACHING_H
#define WCOW_LINK_ATTACHING_H

#include "client/session.h"
#include "link/connection.h"

/** What a session ended with. */
typedef enum attach_end {
    ATTACH_EXITED,
    ATTACH_DETACHED,
    ATTACH_REFUSED, /* the monitor hung up before it said that the container runs */
    ATTACH_LOST     /* … and after that, without a last word */
} attach_end;

typedef struct attach_result {
    attach_end end;
    uint32_t exit_code; /* of ATTACH_EXITED only */
    wcow_error warning; /* of ATTACH_EXITED only: what went wrong after the end, or WCOW_OK */
} attach_result;

#define ATTACH_RESULT_INIT                                                                         \
    {                                                                                              \
        ATTACH_REFUSED, 0, WCOW_ERROR_INIT                                                         \
    }

/**
 * Sends a request ("start", "attach") and ties the streams of `options` to the container until it
 * ends or the user detaches.
 *
 * @return WCOW_CANCELLED if the user has had enough, or nobody reads the output any more; the
 *         monitor's own error; WCOW_EXIT_UNKNOWN
 */
WCOW_CHECKED wcow_status attach_to(const connection *c, const char *what,
                                   const session_options *options, attach_result *out,
                                   wcow_error *err);

#endif
