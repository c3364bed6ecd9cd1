/* SPDX-License-Identifier: MIT */
/* wcow rmi: removes tags, and images with their last tag. */
#include "cli/all.h"

struct rmi {
    bool force, no_prune;
    const char *platform;
};

static const struct option options[] = {
    {'f', "force", OPTION_FLAG, offsetof(struct rmi, force), NULL, "Force removal of the image"},
    {0, "no-prune", OPTION_FLAG, offsetof(struct rmi, no_prune), NULL,
     "Taken for Docker's sake: no untagged parents are kept"},
    {0, "platform", OPTION_STRING, offsetof(struct rmi, platform), "string",
     "Remove only an image of this platform: windows[(BUILD)][/amd64]"},
    {0},
};

static void print_line(void *context, const char *line)
{
    struct session *session = context;

    fprintf(session->out, "%s\n", line);
    fflush(session->out);
}

/* With --force what is not there is told, too, but is no failure. */
static void report(struct session *session, const wcow_error *failure, bool force)
{
    const uint32_t before = session->exit_code;

    session_report(session, failure);
    if (force && failure->status == WCOW_NOT_FOUND)
        session->exit_code = before;
}

static wcow_status remove_one(struct session *session, const struct rmi *rmi, wcow_host *host,
                              const char *reference, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    if (rmi->platform && *rmi->platform)
        status = wcow_image_check_platform(host, reference, rmi->platform, err);
    return status ? status
                  : wcow_image_remove(host, reference, rmi->force, print_line, session, err);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct rmi *rmi = values;
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    for (int i = 0; !status && i < session->count; i++) {
        wcow_error failure = WCOW_ERROR_INIT;
        wcow_status result = remove_one(session, rmi, host, session->arguments[i], &failure);

        if (result)
            report(session, &failure, rmi->force);
    }
    return status;
}

const struct command cmd_rmi = {
    .name = "rmi",
    .also = {"image rm", "image remove"},
    .section = SECTION_OTHER,
    .summary = "Remove one or more images",
    .arguments = "IMAGE [IMAGE...]",
    .options = options,
    .size = sizeof(struct rmi),
    .minimum = 1,
    .maximum = -1,
    .run = run,
};
