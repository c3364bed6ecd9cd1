/* SPDX-License-Identifier: MIT */
/* wcow rm: removes containers; with -f running ones, and one that is not there is no failure. */
#include "cli/all.h"

struct rm {
    bool force, volumes;
};

static const struct option options[] = {
    {'f', "force", OPTION_FLAG, offsetof(struct rm, force), NULL,
     "Force the removal of a running container"},
    {'v', "volumes", OPTION_FLAG, offsetof(struct rm, volumes), NULL,
     "Remove anonymous volumes associated with the container"},
    {0},
};

static wcow_status remove_one(wcow_host *host, const char *reference, const struct rm *rm,
                              wcow_error *err)
{
    wcow_container_remove_options how = WCOW_CONTAINER_REMOVE_OPTIONS_INIT;
    cleanup_container wcow_container *container = NULL;
    wcow_status status = wcow_container_open(host, reference, &container, err);

    how.force = rm->force;
    how.volumes = rm->volumes;
    return status ? status : wcow_container_remove_with(container, &how, err);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct rm *rm = values;
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    for (int i = 0; !status && i < session->count; i++) {
        wcow_error failure = WCOW_ERROR_INIT;
        wcow_status result = remove_one(host, session->arguments[i], rm, &failure);

        if (result == WCOW_NOT_FOUND && rm->force)
            session_tell(session, &failure); /* as Docker's CLI 28: no failure, and not silent */
        else if (result)
            session_report(session, &failure);
        else
            fprintf(session->out, "%s\n", session->arguments[i]);
        fflush(session->out); /* the next one may take its time */
    }
    return status;
}

const struct command cmd_rm = {
    .name = "rm",
    .also = {"container rm", "container remove"},
    .section = SECTION_OTHER,
    .summary = "Remove one or more containers",
    .arguments = "CONTAINER [CONTAINER...]",
    .options = options,
    .size = sizeof(struct rm),
    .minimum = 1,
    .maximum = -1,
    .run = run,
};
