/* SPDX-License-Identifier: MIT */
/* wcow kill: a signal, or the end. */
#include "cli/all.h"

struct kill {
    const char *signal;
};

static const struct kill defaults = {"KILL"};

static const struct option options[] = {
    {'s', "signal", OPTION_STRING, offsetof(struct kill, signal), "string",
     "Signal to send to the container (KILL)"},
    {0},
};

static wcow_status kill_one(wcow_container *container, const void *values, wcow_error *err)
{
    const struct kill *kill = values;

    return wcow_container_kill(container, kill->signal, err);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    return session_each_container(session, kill_one, values, err);
}

const struct command cmd_kill = {
    .name = "kill",
    .also = {"container kill"},
    .section = SECTION_OTHER,
    .summary = "Kill one or more running containers",
    .arguments = "CONTAINER [CONTAINER...]",
    .notes = "Signals: KILL, TERM, INT, BREAK, CLOSE, LOGOFF, SHUTDOWN, or a number.",
    .options = options,
    .size = sizeof(struct kill),
    .defaults = &defaults,
    .minimum = 1,
    .maximum = -1,
    .run = run,
};
