/* SPDX-License-Identifier: MIT */
/* Who has a port of the host. */
#include "network/port_holder.h"

#include "base/error.h"
#include "base/text.h"

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

/* "container 0123456789ab publishes it". NULL: out of memory. */
static char *describe_endpoint(const hns_endpoint *holder)
{
    const char *container = hns_endpoint_container(holder);

    return container ? text_format("container %.12s publishes it", container)
                     : text_copy("another engine's container publishes it");
}

static char *describe_process(const socket_owner *owner)
{
    if (!owner->pid)
        return text_copy("another process has it");
    if (owner->pid == 4) /* its kernel: http.sys listens for all of them */
        return text_copy("Windows itself has it, as for IIS, WinRM and others that http.sys serves "
                         "(netsh http show servicestate)");
    return text_format("process %u%s%s%s has it", owner->pid, *owner->program ? " (" : "",
                       owner->program, *owner->program ? ")" : "");
}

static bool find_process(socket_owner_find_fn *find, const hns_port *port, socket_owner *out)
{
    return find && !find(port->protocol == HNS_UDP, (uint16_t)port->host, out);
}

static wcow_status refuse(const hns_port *port, char *who, wcow_error *err)
{
    cleanup_free char *holder = who;

    if (!holder)
        return error_no_memory(err);
    error_set(err, WCOW_CONFLICT, "port %u/%s of the host is already allocated: %s", port->host,
              hns_protocols[port->protocol], holder);
    error_hint(err,
               "publish another port of the host (-p), or leave it out and let HNS choose one");
    return WCOW_CONFLICT;
}

static wcow_status check(const hns_endpoint *endpoints, size_t count, socket_owner_find_fn *find,
                         const hns_port *port, wcow_error *err)
{
    const hns_endpoint *holder = port->host ? find_holder(endpoints, count, port) : NULL;
    socket_owner owner;

    if (holder)
        return refuse(port, describe_endpoint(holder), err);
    if (port->host && port->protocol == HNS_TCP && find_process(find, port, &owner) &&
        owner.everywhere)
        return refuse(port, describe_process(&owner), err);
    return WCOW_OK;
}

wcow_status port_holders_check(hcs_port *hcs, socket_owner_find_fn *owner, const hns_port *ports,
                               size_t count, wcow_error *err)
{
    hns_endpoint *endpoints = NULL;
    size_t endpoint_count = 0;
    wcow_status status = hns_endpoints(hcs, &endpoints, &endpoint_count, err);

    for (size_t i = 0; i < count && !status; i++)
        status = check(endpoints, endpoint_count, owner, &ports[i], err);
    hns_endpoints_free(endpoints, endpoint_count);
    return status;
}

static void tell(const hns_endpoint *endpoints, size_t count, socket_owner_find_fn *find,
                 const hns_port *port, wcow_error *err)
{
    const hns_endpoint *holder = find_holder(endpoints, count, port);
    const char *protocol = hns_protocols[port->protocol];
    cleanup_free char *who = NULL;
    socket_owner owner;

    if (holder)
        who = describe_endpoint(holder);
    else if (find_process(find, port, &owner))
        who = describe_process(&owner);
    if (who)
        error_hint(err, "port %u/%s of the host: %s", port->host, protocol, who);
    else
        error_hint(err,
                   "no process has port %u/%s of the host; Windows keeps whole ranges for itself: "
                   "netsh interface ipv4 show excludedportrange protocol=%s",
                   port->host, protocol, protocol);
}

void port_holders_tell(hcs_port *hcs, socket_owner_find_fn *owner, const hns_port *ports,
                       size_t count, wcow_error *err)
{
    hns_endpoint *endpoints = NULL;
    size_t endpoint_count = 0;

    if (!err || hns_endpoints(hcs, &endpoints, &endpoint_count, NULL))
        return;
    for (size_t i = 0; i < count; i++) {
        if (ports[i].host)
            tell(endpoints, endpoint_count, owner, &ports[i], err);
    }
    hns_endpoints_free(endpoints, endpoint_count);
}
