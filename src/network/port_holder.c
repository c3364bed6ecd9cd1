/* SPDX-License-Identifier: MIT */
/* Who has a port of the host. */
#include "network/port_holder.h"

#include "base/error.h"

static const hns_endpoint *find_holder(const hns_endpoint *endpoints, size_t count,
                                       const hns_port *port)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < endpoints[i].port_count; k++) {
            if (endpoints[i].ports[k].host == port->host &&
                endpoints[i].ports[k].protocol == port->protocol)
                return &endpoints[i];
        }
    }
    return NULL;
}

void port_holders_tell(hcs_port *hcs, const hns_port *ports, size_t port_count, wcow_error *err)
{
    hns_endpoint *endpoints = NULL;
    size_t count = 0;

    if (!err || hns_endpoints(hcs, &endpoints, &count, NULL))
        return;
    for (size_t i = 0; i < port_count; i++) {
        const hns_port *port = &ports[i];
        const hns_endpoint *holder = port->host ? find_holder(endpoints, count, port) : NULL;
        const char *protocol = hns_protocols[port->protocol];

        if (holder && hns_endpoint_container(holder))
            error_hint(err, "the host's port %u/%s is published by container %.12s", port->host,
                       protocol, hns_endpoint_container(holder));
        else if (holder)
            error_hint(err, "the host's port %u/%s is published by another engine's container",
                       port->host, protocol);
        else if (port->host)
            error_hint(err, "netstat -ano tells which process has the host's port %u/%s",
                       port->host, protocol);
    }
    hns_endpoints_free(endpoints, count);
}
