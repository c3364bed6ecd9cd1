/* SPDX-License-Identifier: MIT */
/* wcow volume rm: removes volumes that no container mounts; goes on over failures. */
#include "cli/all.h"

struct rm {
    bool force;
};

static const struct option options[] = {
    {'f', "force", OPTION_FLAG, offsetof(struct rm, force), NULL,
     "Force the removal of one or more volumes: one that is not there is no failure"},
    {0},
};

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct rm *rm = values;
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    for (int i = 0; !status && i < session->count; i++) {
        wcow_error failure = WCOW_ERROR_INIT;

        if (wcow_volume_remove(host, session->arguments[i], rm->force, &failure))
            session_report(session, &failure);
        else
            fprintf(session->out, "%s\n", session->arguments[i]);
        fflush(session->out); /* the next one may take its time */
    }
    return status;
}

const struct command cmd_volume_rm = {
    .name = "volume rm",
    .also = {"volume remove"},
    .section = SECTION_OTHER,
    .summary = "Remove one or more volumes",
    .arguments = "VOLUME [VOLUME...]",
    .notes = "One that a container mounts, running or not, stays: the message tells which.",
    .options = options,
    .size = sizeof(struct rm),
    .minimum = 1,
    .maximum = -1,
    .run = run,
};
