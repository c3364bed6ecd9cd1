/* SPDX-License-Identifier: MIT */
/** What process.c sees of a compute system. */
#ifndef WCOW_HCS_SYSTEM_INTERNAL_H
#define WCOW_HCS_SYSTEM_INTERNAL_H

#include "hcs/system.h"
#include "hcs/wait.h"

/** What can be notified of a system. */
enum notice {
    NOTICE_EXITED,
    NOTICE_CREATED,
    NOTICE_STARTED,
    NOTICE_PAUSED,
    NOTICE_RESUMED,
    NOTICE_COUNT
};

struct compute_system {
    hcs_port *port;
    char *id;
    compute_timeouts timeouts;
    hcs_system *handle;
    hcs_registration *registration;

    notice_board board; /* guards what follows, and the fates of its processes */
    struct {
        bool there;
        int32_t hr;
    } notices[NOTICE_COUNT];
    bool disconnected; /* the service went away: nothing will be notified any more */

    struct compute_process *abandoned; /* see process.c */
    compute_system *next_abandoned;
};

#endif
