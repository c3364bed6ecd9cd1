/* SPDX-License-Identifier: MIT */
/* wcow monitor: the process behind a running container. Internal, started by the library. */
#include "cli/all.h"

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    (void)values;
    return status ? status : wcow_monitor_run(host, session->arguments[0], err);
}

const struct command cmd_monitor = {
    .name = "monitor",
    .section = SECTION_HIDDEN,
    .summary = "Own a container's compute system (internal)",
    .arguments = "ID",
    .minimum = 1,
    .maximum = 1,
    .run = run,
};
