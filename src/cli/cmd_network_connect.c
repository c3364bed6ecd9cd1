/* SPDX-License-Identifier: MIT */
/* wcow network connect. */
#include <wcow/endpoint.h>

#include "base/error.h"
#include "cli/all.h"

struct connect {
    string_list aliases;
    const char *ip_address, *mac_address;
};

static const struct option options[] = {
    {0, "alias", OPTION_LIST, offsetof(struct connect, aliases), "strings",
     "Add network-scoped alias for the container"},
    {0, "ip", OPTION_STRING, offsetof(struct connect, ip_address), "string",
     "IPv4 address (e.g., \"172.30.100.104\")"},
    {0, "mac-address", OPTION_STRING, offsetof(struct connect, mac_address), "string",
     "MAC address (e.g., \"92:d0:c6:0a:29:33\")"},
    {0},
};

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct connect *connect = values;
    cleanup_container wcow_container *container = NULL;
    wcow_endpoint_spec spec = WCOW_ENDPOINT_SPEC_INIT;
    wcow_status status = session_container(session, session->arguments[1], &container, err);

    if (status)
        return status;
    spec.network = session->arguments[0];
    spec.aliases = (const char *const *)connect->aliases.items;
    spec.ip_address = connect->ip_address;
    spec.mac_address = connect->mac_address;
    return wcow_container_connect(container, &spec, err);
}

const struct command cmd_network_connect = {
    .name = "network connect",
    .section = SECTION_OTHER,
    .summary = "Connect a container to a network",
    .arguments = "NETWORK CONTAINER",
    .options = options,
    .size = sizeof(struct connect),
    .minimum = 2,
    .maximum = 2,
    .run = run,
};
