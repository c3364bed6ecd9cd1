/* SPDX-License-Identifier: MIT */
/* wcow monitor: the process behind a running container. Internal, started by the library. */
#include "cli/all.h"

struct monitor {
    bool service;
};

static const struct option options[] = {
    {0, "service", OPTION_FLAG, offsetof(struct monitor, service), NULL,
     "Be a service of Windows, which has started this process"},
    {0},
};

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct monitor *monitor = values;
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    if (status)
        return status;
    return monitor->service ? wcow_monitor_serve(host, session->arguments[0], err)
                            : wcow_monitor_run(host, session->arguments[0], err);
}

const struct command cmd_monitor = {
    .name = "monitor",
    .section = SECTION_HIDDEN,
    .summary = "Own a container's compute system (internal)",
    .arguments = "ID",
    .options = options,
    .size = sizeof(struct monitor),
    .minimum = 1,
    .maximum = 1,
    .run = run,
};
