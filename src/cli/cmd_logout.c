/* SPDX-License-Identifier: MIT */
/* wcow logout: forgets the credentials of a registry. */
#include "cli/all.h"

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const char *server = session->count ? session->arguments[0] : NULL;
    const char *name = server ? server : "https://index.docker.io/v1/";
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    (void)values;
    if (!status)
        status = wcow_registry_logout(host, server, err);
    if (status == WCOW_NOT_FOUND) {
        fprintf(session->out, "Not logged in to %s\n", name);
        return WCOW_OK;
    }
    if (!status)
        fprintf(session->out, "Removing login credentials for %s\n", name);
    return status;
}

const struct command cmd_logout = {
    .name = "logout",
    .section = SECTION_COMMON,
    .summary = "Log out from a registry",
    .arguments = "[SERVER]",
    .minimum = 0,
    .maximum = 1,
    .refusable = true,
    .run = run,
};
