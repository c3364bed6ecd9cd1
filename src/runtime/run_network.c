/* SPDX-License-Identifier: MIT */
/* A run's endpoints: of each network one, or another container's. */
#include "runtime/run_network.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "network/endpoint.h"
#include "network/namespace.h"
#include "network/network.h"
#include "network/port_holder.h"
#include "oci/runtime_spec.h"
#include "port/hash.h"

static wcow_status find_network(run *r, const char *reference, hns_network *out,
                                hns_endpoint_wish *wish, wcow_error *err)
{
    const run_networks *all = &r->what.networks;

    if (all->find)
        return all->find(all->context, r->what.hcs, reference, out, wish, err);
    return reference ? hns_network_find(r->what.hcs, reference, out, err)
                     : hns_network_default(r->what.hcs, out, err);
}

/* Ids of all endpoints, as the document wants them. NULL: out of memory. */
static const char **ids_of(const hns_endpoint_list *endpoints)
{
    const char **ids = calloc(endpoints->count + 1, sizeof *ids);

    for (size_t i = 0; ids && i < endpoints->count; i++)
        ids[i] = endpoints->items[i].id;
    return ids;
}

/* NULL: out of memory. */
static hns_port *copy_ports(const hns_endpoint_wish *wish)
{
    hns_port *ports = calloc(wish->port_count + 1, sizeof *ports);

    for (size_t i = 0; ports && i < wish->port_count; i++)
        ports[i] = wish->ports[i];
    return ports;
}

/* Whoever has one of them is found before HNS speaks of files in use. */
static wcow_status prepare_ports(const run *r, const char *type, hns_port *ports, size_t count,
                                 wcow_error *err)
{
    socket_owner_find_fn *owner = r->what.networks.port_owner;
    wcow_status status = WCOW_OK;

    if (count && !hns_chooses_ports(type))
        status = hns_ports_choose(r->what.hcs, owner, ports, count, err);
    if (status || !count || !owner || !hns_takes_host_ports(type))
        return status;
    return port_holders_check(r->what.hcs, owner, ports, count, err);
}

/* Names without a dot are looked up on nat networks only, as dockerd has it. */
static wcow_status take_endpoint(run *r, size_t which, bool *is_nat, wcow_error *err)
{
    const run_network *wanted = &r->what.networks.items[which];
    cleanup_network hns_network network = HNS_NETWORK_INIT;
    cleanup_endpoint hns_endpoint endpoint = HNS_ENDPOINT_INIT;
    cleanup_free char *name = hns_endpoint_name(r->what.id, which + 1);
    cleanup_free hns_port *ports = NULL;
    hns_endpoint_wish wish = wanted->endpoint;
    wcow_status status = name ? WCOW_OK : error_no_memory(err);

    if (!status)
        status = find_network(r, wanted->reference, &network, &wish, err);
    if (status)
        return status;
    wish.name = name;
    wish.network_id = network.id;
    ports = copy_ports(&wish);
    if (!ports)
        return error_no_memory(err);
    status = prepare_ports(r, network.type, ports, wish.port_count, err);
    wish.ports = ports;
    if (status)
        return status;
    status = hns_endpoint_create(r->what.hcs, &wish, &endpoint, err);
    if (status && wish.port_count)
        port_holders_tell(r->what.hcs, r->what.networks.port_owner, wish.ports, wish.port_count,
                          err);
    if (status)
        return status;
    /* By the name that was asked for: HNS may know it by another. */
    if (wanted->reference && !text_replace(&endpoint.network_name, wanted->reference))
        return error_no_memory(err);
    *is_nat = *is_nat || text_equal(network.type, "nat");
    return hns_endpoint_list_add(&r->taken.endpoints, &endpoint) ? WCOW_OK : error_no_memory(err);
}

/* What another container has is its own: it is named in the document, and noted nowhere. */
static wcow_status share_network(run *r, wcow_error *err)
{
    const run_networks *networks = &r->what.networks;
    cleanup_free const char **ids = ids_of(networks->endpoints);

    if (!ids)
        return error_no_memory(err);
    /* Who is in a namespace shares it by that alone, as the containers of a pod do. */
    return oci_config_set_network(r->what.config, ids, networks->space ? NULL : networks->container,
                                  false, err);
}

/* ---- namespaces ---- */

wcow_status run_choose_space(const run_request *what, char **out, wcow_error *err)
{
    const run_networks *networks = &what->networks;
    guid id;
    char printed[GUID_TEXT_SIZE];
    int32_t hr;

    if (what->schema != SCHEMA_V2 || networks->as_configured || networks->container)
        return WCOW_OK;
    hr = random_bytes(id.bytes, sizeof id.bytes);
    if (HR_FAILED(hr))
        return error_hresult(err, hr, "make a random id");
    hns_namespace_sign(what->id, &id);
    guid_print(&id, printed);
    *out = text_copy(printed);
    return *out ? WCOW_OK : error_no_memory(err);
}

const char *run_space(const run *r)
{
    return r->taken.space ? r->taken.space : r->what.networks.space;
}

/* A service that calls it otherwise than it was asked to is heard: then that is noted, as soon as
 * it runs. */
static wcow_status take_space(run *r, wcow_error *err)
{
    const hns_endpoint_list *endpoints = &r->taken.endpoints;
    char *made = NULL;
    wcow_status status;

    if (!r->taken.space)
        return WCOW_OK;
    r->step = "HcnCreateNamespace";
    status = hns_namespace_create(r->what.hcs, r->taken.space, &made, err);
    if (status)
        return status;
    free(r->taken.space);
    r->taken.space = made;
    for (size_t i = 0; i < endpoints->count && !status; i++)
        status = hns_namespace_add(r->what.hcs, made, endpoints->items[i].id, err);
    if (!status)
        step_done(r->what.steps, "the network namespace is there");
    return status;
}

wcow_status run_take_networks(run *r, wcow_error *err)
{
    cleanup_free const char **ids = NULL;
    bool is_nat = false;
    wcow_status status = WCOW_OK;

    if (r->what.networks.as_configured)
        return WCOW_OK;
    if (r->what.networks.container)
        return share_network(r, err);
    for (size_t i = 0; i < r->what.networks.count; i++) {
        r->step = "HNSCall";
        status = take_endpoint(r, i, &is_nat, err);
        if (status)
            return status;
        step_done(r->what.steps, "the endpoint is there");
    }
    status = take_space(r, err);
    if (status)
        return status;
    ids = ids_of(&r->taken.endpoints);
    return ids ? oci_config_set_network(r->what.config, ids, NULL, is_nat, err)
               : error_no_memory(err);
}
