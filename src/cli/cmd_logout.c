/* SPDX-License-Identifier: MIT */
/* wcow logout: forgets the credentials of a registry. */
#include <string.h>

#include "cli/all.h"

/* As Docker tells it: the host of "https://host/v1/", and for Docker Hub what its config.json has.
 */
static void print_server(FILE *out, const char *what, const char *server)
{
    const char *scheme = server ? strstr(server, "://") : NULL;
    const char *host = scheme ? scheme + 3 : server;

    if (host)
        fprintf(out, "%s %.*s\n", what, (int)strcspn(host, "/"), host);
    else
        fprintf(out, "%s https://index.docker.io/v1/\n", what);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const char *server = session->count ? session->arguments[0] : NULL;
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    (void)values;
    if (!status)
        status = wcow_registry_logout(host, server, err);
    if (status == WCOW_NOT_FOUND) {
        print_server(session->out, "Not logged in to", server);
        return WCOW_OK;
    }
    if (!status)
        print_server(session->out, "Removing login credentials for", server);
    return status;
}

const struct command cmd_logout = {
    .name = "logout",
    .section = SECTION_COMMON,
    .summary = "Log out from a registry",
    .arguments = "[SERVER]",
    .minimum = 0,
    .maximum = 1,
    .run = run,
};
