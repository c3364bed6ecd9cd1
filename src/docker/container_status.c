/* SPDX-License-Identifier: MIT */
/* A container's status in words. */
#include "docker/container_status.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "docker/span.h"

void container_status_print(const container_status *facts, char words[STATUS_SIZE])
{
    const bool restarting = text_equal(facts->state, "restarting");
    const bool paused = text_equal(facts->state, "paused");
    char up[SPAN_SIZE];
    char ago[SPAN_SIZE];

    span_print(facts->now - facts->started, up);
    span_print(facts->now - facts->finished, ago);
    if (!paused && text_equal(facts->state, "running") && facts->health && *facts->health)
        snprintf(words, STATUS_SIZE, "Up %s (%s%s)", up,
                 text_equal(facts->health, "starting") ? "health: " : "", facts->health);
    else if (paused || text_equal(facts->state, "running"))
        snprintf(words, STATUS_SIZE, "Up %s%s", up, paused ? " (Paused)" : "");
    else if (restarting)
        snprintf(words, STATUS_SIZE, "Restarting (%" PRIu32 ") %s ago", facts->exit_code, ago);
    else if (text_equal(facts->state, "removing"))
        snprintf(words, STATUS_SIZE, "Removal In Progress");
    else if (text_equal(facts->state, "dead"))
        snprintf(words, STATUS_SIZE,
                 facts->unreadable ? "Dead (its files cannot be read)" : "Dead");
    else if (!facts->started)
        snprintf(words, STATUS_SIZE, "Created");
    else if (text_equal(facts->state, "exited"))
        snprintf(words, STATUS_SIZE, "Exited (%" PRIu32 ") %s ago", facts->exit_code, ago);
    else
        snprintf(words, STATUS_SIZE, "Starting");
}
