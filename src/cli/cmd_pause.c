/* SPDX-License-Identifier: MIT */
/* wcow pause, wcow unpause. */
#include "cli/all.h"

static wcow_status pause_one(wcow_container *container, const void *values, wcow_error *err)
{
    (void)values;
    return wcow_container_pause(container, err);
}

static wcow_status unpause_one(wcow_container *container, const void *values, wcow_error *err)
{
    (void)values;
    return wcow_container_unpause(container, err);
}

static wcow_status run_pause(struct session *session, void *values, wcow_error *err)
{
    return session_each_container(session, pause_one, values, err);
}

static wcow_status run_unpause(struct session *session, void *values, wcow_error *err)
{
    return session_each_container(session, unpause_one, values, err);
}

const struct command cmd_pause = {
    .name = "pause",
    .also = {"container pause"},
    .section = SECTION_OTHER,
    .summary = "Pause all processes within one or more containers",
    .arguments = "CONTAINER [CONTAINER...]",
    .notes = "Only Hyper-V isolated containers can be paused.",
    .minimum = 1,
    .maximum = -1,
    .run = run_pause,
};

const struct command cmd_unpause = {
    .name = "unpause",
    .also = {"container unpause"},
    .section = SECTION_OTHER,
    .summary = "Unpause all processes within one or more containers",
    .arguments = "CONTAINER [CONTAINER...]",
    .minimum = 1,
    .maximum = -1,
    .run = run_unpause,
};
