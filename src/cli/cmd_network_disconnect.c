/* SPDX-License-Identifier: MIT */
/* wcow network disconnect. */
#include <wcow/endpoint.h>

#include "cli/all.h"

struct disconnect {
    bool force;
};

static const struct option options[] = {
    {'f', "force", OPTION_FLAG, offsetof(struct disconnect, force), NULL,
     "Force the container to disconnect from a network"},
    {0},
};

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct disconnect *disconnect = values;
    cleanup_container wcow_container *container = NULL;
    wcow_status status = session_container(session, session->arguments[1], &container, err);

    if (status)
        return status;
    return wcow_container_disconnect(container, session->arguments[0], disconnect->force, err);
}

const struct command cmd_network_disconnect = {
    .name = "network disconnect",
    .section = SECTION_OTHER,
    .summary = "Disconnect a container from a network",
    .arguments = "NETWORK CONTAINER",
    .options = options,
    .size = sizeof(struct disconnect),
    .minimum = 2,
    .maximum = 2,
    .run = run,
};
