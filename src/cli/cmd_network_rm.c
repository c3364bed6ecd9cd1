/* SPDX-License-Identifier: MIT */
/* wcow network rm. */
#include <wcow/network.h>

#include "cli/all.h"

struct rm {
    bool force;
};

static const struct option options[] = {
    {'f', "force", OPTION_FLAG, offsetof(struct rm, force), NULL,
     "Do not error if the network does not exist"},
    {0},
};

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct rm *rm = values;
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    for (int i = 0; !status && i < session->count; i++) {
        wcow_error failure = WCOW_ERROR_INIT;
        wcow_status result = wcow_network_remove(host, session->arguments[i], &failure);

        if (!result)
            fprintf(session->out, "%s\n", session->arguments[i]);
        else if (!rm->force || result != WCOW_NOT_FOUND)
            session_report(session, &failure);
    }
    return status;
}

const struct command cmd_network_rm = {
    .name = "network rm",
    .also = {"network remove"},
    .section = SECTION_OTHER,
    .summary = "Remove one or more networks",
    .arguments = "NETWORK [NETWORK...]",
    .notes = "Networks that wcow made, and on which no container runs.",
    .options = options,
    .size = sizeof(struct rm),
    .minimum = 1,
    .maximum = -1,
    .run = run,
};
