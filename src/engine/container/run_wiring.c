/* SPDX-License-Identifier: MIT */
/* What a run is to be connected to. */
#include "engine/container/run_wiring.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/container.h"
#include "engine/container/network_wish.h"
#include "engine/container/reconcile.h"

void run_wiring_free(run_wiring *wiring)
{
    free(wiring->networks);
    port_list_free(&wiring->ports);
    hns_endpoint_list_free(&wiring->shared);
    *wiring = (run_wiring){0};
}

static bool is_published(const port_list *ports, const hns_port *port)
{
    for (size_t i = 0; i < ports->count; i++) {
        if (ports->items[i].container == port->container &&
            ports->items[i].protocol == port->protocol)
            return true;
    }
    return false;
}

static bool collect_ports(const record *what, port_list *out)
{
    for (size_t i = 0; i < what->ports.count; i++) {
        if (!port_list_add(out, what->ports.items[i]))
            return false;
    }
    for (size_t i = 0; what->publish_all && i < what->exposed.count; i++) {
        hns_port port;

        if (exposed_port_read(what->exposed.items[i], &port) && !is_published(out, &port) &&
            !port_list_add(out, port))
            return false;
    }
    port_list_sort(out);
    return true;
}

run_network run_wiring_of(const record *what, const attachment *a, const port_list *ports)
{
    return (run_network){
        .reference = *a->network ? a->network : NULL,
        .endpoint = {.ip_address = a->ip_address,
                     .mac_address = a->mac_address,
                     .dns_servers = (const char *const *)what->dns.items,
                     .ports = ports ? ports->items : NULL,
                     .port_count = ports ? ports->count : 0},
    };
}

/* What it has of it at this moment: as with Docker, a start of the other one makes it anew. */
static wcow_status share(wcow_host *host, const char *id, run_wiring *out, run_networks *networks,
                         wcow_error *err)
{
    cleanup_container wcow_container *other = container_new(host, id, id);
    cleanup_state state *s = NULL;
    wcow_status status = other ? container_settle(other, &s, err) : error_no_memory(err);

    if (status)
        return status;
    if (!state_is_running(s))
        return error_set(err, WCOW_CONFLICT,
                         "cannot join network of a non running container: %.12s", id);
    if (!hns_endpoint_list_add_all(&out->shared, &s->endpoints))
        return error_no_memory(err);
    *networks = (run_networks){.container = id, .endpoints = &out->shared};
    return WCOW_OK;
}

wcow_status run_wiring_make(wcow_host *host, const record *what, run_wiring *out,
                            run_networks *networks, wcow_error *err)
{
    const attachment_list *all = &what->networks;
    const char *other = network_mode_container(what->network);

    if (other)
        return share(host, other, out, networks, err);
    out->networks = calloc(all->count + 1, sizeof *out->networks);
    if (!out->networks || !collect_ports(what, &out->ports))
        return error_no_memory(err);
    for (size_t i = 0; i < all->count; i++)
        out->networks[i] = run_wiring_of(what, &all->items[i], i ? NULL : &out->ports);
    *networks = (run_networks){.items = out->networks, .count = all->count};
    return WCOW_OK;
}
