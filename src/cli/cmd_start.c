/* SPDX-License-Identifier: MIT */
/* wcow start: several in the background, or one attached. */
#include "base/error.h"
#include "cli/all.h"

struct start {
    bool attach, interactive;
    const char *detach_keys;
};

static const struct option options[] = {
    {'a', "attach", OPTION_FLAG, offsetof(struct start, attach), NULL,
     "Attach STDOUT/STDERR and forward signals"},
    {0, "detach-keys", OPTION_STRING, offsetof(struct start, detach_keys), "string",
     "Override the key sequence for detaching a container (ctrl-p,ctrl-q)"},
    {'i', "interactive", OPTION_FLAG, offsetof(struct start, interactive), NULL,
     "Attach container's STDIN"},
    {0},
};

static wcow_status start_one(wcow_container *container, const void *values, wcow_error *err)
{
    struct session *const *session = values;
    wcow_outcome outcome = WCOW_OUTCOME_INIT;
    wcow_status status = wcow_container_start(container, NULL, &outcome, err);

    if (!status)
        session_warn(*session, &outcome);
    return status;
}

static wcow_status start_attached(struct session *session, const struct start *start,
                                  wcow_error *err)
{
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    cleanup_container wcow_container *container = NULL;
    wcow_outcome outcome = WCOW_OUTCOME_INIT;
    wcow_status status;

    if (session->count > 1)
        return error_set(err, WCOW_INVALID,
                         "you cannot start and attach multiple containers at once");
    status = session_container(session, session->arguments[0], &container, err);
    if (status)
        return status;
    attach.standard_input = start->interactive;
    attach.detach_keys = start->detach_keys;
    status = wcow_container_start(container, &attach, &outcome, err);
    if (!status)
        session_outcome(session, &outcome);
    return status;
}

static wcow_status start(struct session *session, void *values, wcow_error *err)
{
    struct start *start = values;
    cleanup_wcow char *keys = NULL;
    wcow_status status = session_detach_keys(session, &start->detach_keys, &keys, err);

    if (status)
        return status;
    if (start->attach || start->interactive)
        return start_attached(session, start, err);
    return session_each_container(session, start_one, &session, err);
}

const struct command cmd_start = {
    .name = "start",
    .also = {"container start"},
    .section = SECTION_OTHER,
    .summary = "Start one or more stopped containers",
    .arguments = "CONTAINER [CONTAINER...]",
    .options = options,
    .size = sizeof(struct start),
    .minimum = 1,
    .maximum = -1,
    .run = start,
};
