/* SPDX-License-Identifier: MIT */
/**
 * What a monitor has done and when, for peers who want to know (wcow --debug). A monitor does not
 * know in advance whether one will: it remembers its steps up to a number, tells whoever asks those
 * so far, and the others as they come. Under the monitor's lock.
 */
#ifndef WCOW_MONITOR_STEP_LOG_H
#define WCOW_MONITOR_STEP_LOG_H

#include <stddef.h>

#include "base/step.h"

#define STEP_LOG_SIZE 32

typedef struct step_log {
    struct {
        const char *what;
        uint64_t when;
    } items[STEP_LOG_SIZE];
    size_t count;
} step_log;

struct monitor;
struct peer;

/** Where the steps of a monitor and of its run go; each text must last for ever. */
step_sink step_log_sink(struct monitor *m);
/** From now on the peer is told, and what was done before at once. Lock held. */
void step_log_tell(struct peer *p);

#endif
