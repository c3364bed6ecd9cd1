/* SPDX-License-Identifier: MIT */
/* network inspect: what HNS tells, what is noted, and who is on it. */
#include <stdlib.h>

#include <wcow/network.h>

#include "base/error.h"
#include "base/text.h"
#include "docker/network_inspect.h"
#include "engine/container/catalog.h"
#include "engine/network/network_removal.h"

#define OPTION_PREFIX "com.docker.network.windowsshim."

/* What the facts are borrowed from. */
typedef struct sources {
    endpoint_list endpoints;
    catalog containers;
    string_list options;
    string_list made; /* texts that are put together here */
    subnet_facts *subnets;
    attached_facts *attached;
} sources;

static void sources_free(sources *s)
{
    endpoint_list_free(&s->endpoints);
    catalog_free(&s->containers);
    string_list_free(&s->options);
    string_list_free(&s->made);
    free(s->subnets);
    free(s->attached);
}

DEFINE_CLEANUP_VALUE(sources, sources, sources_free)

static const char *const *list_of(const string_list *list)
{
    return (const char *const *)list->items;
}

/* Those that the user set, and with them what dockerd adds: how HNS calls it. */
static wcow_status add_options(const known_network *network, sources *s, network_facts *facts,
                               wcow_error *err)
{
    const network_note *note = network->note;
    const char *name = network->hns ? network->hns->name : note ? note->hns_name : NULL;

    for (size_t i = 0; note && i < note->options.count; i++)
        if (!text_starts_with(note->options.items[i], OPTION_PREFIX "networkname=") &&
            !string_list_add(&s->options, note->options.items[i]))
            return error_no_memory(err);
    if (name &&
        (!string_list_own(&s->options, text_format(OPTION_PREFIX "hnsid=%s", network->id)) ||
         !string_list_own(&s->options, text_format(OPTION_PREFIX "networkname=%s", name))))
        return error_no_memory(err);
    string_list_sort(&s->options);
    facts->options = list_of(&s->options);
    return WCOW_OK;
}

/* A subnet's auxiliary addresses stand in the note only. */
static const char *const *auxiliary_of(const network_note *note, const char *prefix)
{
    for (size_t i = 0; note && i < note->subnets.count; i++) {
        const subnet_note *subnet = (const subnet_note *)note->subnets.items + i;

        if (text_equal(subnet->prefix, prefix))
            return list_of(&subnet->auxiliary);
    }
    return NULL;
}

static wcow_status add_subnets(const known_network *network, sources *s, network_facts *facts,
                               wcow_error *err)
{
    const subnet_note *noted = network->hns || !network->note ? NULL : network->note->subnets.items;
    const size_t count = network->hns ? network->hns->subnet_count
                         : noted      ? network->note->subnets.count
                                      : 0;

    s->subnets = calloc(count + 1, sizeof(*s->subnets));
    if (!s->subnets)
        return error_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        const hns_subnet *told = network->hns ? &network->hns->subnets[i] : NULL;

        if (!told && !noted)
            break; /* there are none */

        const char *prefix = told ? told->prefix : noted[i].prefix;

        s->subnets[i] = (subnet_facts){
            .subnet = prefix,
            .gateway = told ? told->gateway : noted[i].gateway,
            .auxiliary = auxiliary_of(network->note, prefix),
        };
    }
    facts->subnets = s->subnets;
    facts->subnet_count = count;
    return WCOW_OK;
}

static const record *container_of(const sources *s, const hns_endpoint *endpoint)
{
    const char *id = hns_endpoint_container(endpoint);

    for (size_t i = 0; id && i < s->containers.count; i++)
        if (text_equal(s->containers.items[i].record->id, id))
            return s->containers.items[i].record;
    return NULL;
}

/* Keeps a text that was made here; NULL: out of memory. */
static const char *keep(sources *s, char *made)
{
    return string_list_own(&s->made, made) ? made : NULL;
}

static bool attach(sources *s, const hns_endpoint *endpoint, attached_facts *out)
{
    const record *container = container_of(s, endpoint);

    *out = (attached_facts){
        .container = container ? container->id : keep(s, text_format("ep-%s", endpoint->id)),
        .name = container ? container->name : endpoint->name,
        .endpoint = endpoint->id,
        .mac_address = endpoint->mac_address,
        .ip_address = *endpoint->ip_address
                          ? keep(s, text_format("%s/%u", endpoint->ip_address,
                                                (unsigned)endpoint->prefix_length))
                          : "",
    };
    return out->container && out->ip_address;
}

static wcow_status add_attached(wcow_host *host, hcs_port *hcs, const known_network *network,
                                sources *s, network_facts *facts, wcow_error *err)
{
    wcow_status status = hns_endpoints(hcs, &s->endpoints.items, &s->endpoints.count, err);

    if (!status && network_in_use(network, &s->endpoints))
        status = catalog_read(host, &s->containers, err);
    if (status)
        return status;
    s->attached = calloc(s->endpoints.count + 1, sizeof(*s->attached));
    if (!s->attached)
        return error_no_memory(err);
    for (size_t i = 0; i < s->endpoints.count; i++)
        if (known_network_has(network, &s->endpoints.items[i]) &&
            !attach(s, &s->endpoints.items[i], &s->attached[facts->attached_count++]))
            return error_no_memory(err);
    facts->attached = s->attached;
    return WCOW_OK;
}

static wcow_status print(wcow_host *host, hcs_port *hcs, const known_network *network, char **json,
                         wcow_error *err)
{
    CLEANUP(sources) sources s = {.containers = CATALOG_INIT};
    const network_note *note = network->note;
    network_facts facts = {
        .name = network->name,
        .id = network->id,
        .driver = network->driver,
        .created = note ? note->created : 0,
        .internal = note && note->internal,
        .attachable = note && note->attachable,
        .labels = note ? list_of(&note->labels) : NULL,
        .addresses = network->hns || note ? "windows" : "default",
    };
    char *printed;
    wcow_status status = add_options(network, &s, &facts, err);

    if (!status)
        status = add_subnets(network, &s, &facts, err);
    if (!status)
        status = add_attached(host, hcs, network, &s, &facts, err);
    if (status)
        return status;
    printed = network_inspect_print(&facts);
    if (!printed)
        return error_no_memory(err);
    *json = printed;
    return WCOW_OK;
}

wcow_status wcow_network_inspect(wcow_host *host, const char *reference, char **json,
                                 wcow_error *err)
{
    cleanup_known_networks known_networks networks = {0};
    const known_network *found = NULL;
    hcs_port *hcs;
    wcow_status status = host_hcs(host, &hcs, err);

    if (!status)
        status = known_networks_read(host, hcs, &networks, err);
    if (status)
        return error_wrap(err, status, "cannot inspect the network '%s'", reference);
    status = known_networks_find(&networks, reference, &found, err);
    if (status)
        return status;
    status = print(host, hcs, found, json, err);
    return status ? error_wrap(err, status, "cannot inspect the network '%s'", reference) : WCOW_OK;
}
