/* SPDX-License-Identifier: MIT */
/* wcow rename. */
#include "cli/all.h"

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    cleanup_container wcow_container *container = NULL;
    wcow_status status = session_container(session, session->arguments[0], &container, err);

    (void)values;
    return status ? status : wcow_container_rename(container, session->arguments[1], err);
}

const struct command cmd_rename = {
    .name = "rename",
    .also = {"container rename"},
    .section = SECTION_OTHER,
    .summary = "Rename a container",
    .arguments = "CONTAINER NEW_NAME",
    .minimum = 2,
    .maximum = 2,
    .run = run,
};
