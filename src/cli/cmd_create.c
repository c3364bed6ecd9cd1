/* SPDX-License-Identifier: MIT */
/* wcow create: a container that is not started. */
#include "cli/all.h"
#include "cli/container_options.h"

struct create {
    struct container_options options;
};

static const struct create defaults = {CONTAINER_OPTIONS_INIT};

static const struct option options[] = {
    CONTAINER_OPTIONS(struct create),
    {0},
};

static wcow_status create(struct session *session, void *values, wcow_error *err)
{
    const struct create *create = values;
    cleanup_request struct container_request request = {0};
    cleanup_container wcow_container *container = NULL;
    wcow_status status;

    session->stage = STAGE_FLAGS;
    status = container_request_make(&request, &create->options, session->arguments, err);
    if (status)
        return status;
    session->stage = STAGE_COMMAND;
    status = container_request_run(session, &request, &create->options, &container, err);
    if (!status && container)
        fprintf(session->out, "%s\n", wcow_container_id(container));
    return status;
}

const struct command cmd_create = {
    .name = "create",
    .also = {"container create"},
    .section = SECTION_OTHER,
    .summary = "Create a new container",
    .arguments = "IMAGE [COMMAND] [ARG...]",
    .options = options,
    .size = sizeof(struct create),
    .defaults = &defaults,
    .minimum = 1,
    .maximum = -1,
    .stops_at_word = true,
    .run = create,
};
