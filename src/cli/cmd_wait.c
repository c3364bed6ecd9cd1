/* SPDX-License-Identifier: MIT */
/* wcow wait: blocks until containers end, and prints their exit codes. */
#include <inttypes.h>

#include "cli/all.h"

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    (void)values;
    for (int i = 0; !status && i < session->count; i++) {
        cleanup_container wcow_container *container = NULL;
        wcow_error failure = WCOW_ERROR_INIT;
        uint32_t code = 0;
        wcow_status result = wcow_container_open(host, session->arguments[i], &container, &failure);

        if (!result)
            result = wcow_container_wait(container, &code, &failure);
        if (result)
            session_report(session, &failure);
        else
            fprintf(session->out, "%" PRIu32 "\n", code);
        fflush(session->out);
    }
    return status;
}

const struct command cmd_wait = {
    .name = "wait",
    .also = {"container wait"},
    .section = SECTION_OTHER,
    .summary = "Block until one or more containers stop, then print their exit codes",
    .arguments = "CONTAINER [CONTAINER...]",
    .minimum = 1,
    .maximum = -1,
    .run = run,
};
