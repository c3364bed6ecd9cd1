/* SPDX-License-Identifier: MIT */
/* Networks and ports in Docker's shape. */
#include "docker/container_network.h"

#include <stdlib.h>

#include "base/fields.h"
#include "base/text.h"

#define AT(name) offsetof(endpoint_facts, name)

static const field wish_fields[] = {
    {"IPv4Address", FIELD_TEXT, .at = AT(wished_address)},
    FIELDS_END,
};

static const field endpoint_fields[] = {
    {"IPAMConfig", FIELD_SOME_OBJECT, .members = wish_fields},
    {"Aliases", FIELD_SOME_LIST, .at = AT(aliases)},
    {"NetworkID", FIELD_TEXT, .at = AT(network_id)},
    {"EndpointID", FIELD_TEXT, .at = AT(id)},
    {"Gateway", FIELD_TEXT, .at = AT(gateway)},
    {"IPAddress", FIELD_TEXT, .at = AT(ip_address)},
    {"IPPrefixLen", FIELD_INT, .at = AT(prefix_length)},
    {"MacAddress", FIELD_TEXT, .at = AT(mac_address)},
    {"DNSNames", FIELD_SOME_LIST, .at = AT(aliases)},
    FIELDS_END,
};

/* By the networks' names. A container without a network is on one called "none". */
static cJSON *print_endpoints(const network_facts *facts)
{
    static const endpoint_facts nothing = {.network = "none"};
    const bool none = !facts->endpoint_count && text_equal(facts->mode, nothing.network);
    const endpoint_facts *endpoints = none ? &nothing : facts->endpoints;
    cleanup_json cJSON *networks = cJSON_CreateObject();

    for (size_t i = 0; networks && i < facts->endpoint_count + none; i++) {
        if (!json_add(networks, endpoints[i].network,
                      fields_object(endpoint_fields, &endpoints[i])))
            return NULL;
    }
    return TAKE(networks);
}

static char *name_of(const port_facts *port)
{
    return text_format("%u/%s", port->container, port->protocol);
}

static bool add_binding(cJSON *map, const port_facts *port, const char *address)
{
    cleanup_free char *name = name_of(port);
    cleanup_free char *host = port->host ? text_format("%u", port->host) : text_copy("");
    cJSON *list = name ? cJSON_GetObjectItemCaseSensitive(map, name) : NULL;
    cJSON *item = cJSON_CreateObject();

    if (name && !list)
        list = cJSON_AddArrayToObject(map, name);
    return json_append(list, item) && host && json_add_text(item, "HostIp", address) &&
           json_add_text(item, "HostPort", host);
}

static cJSON *print_bindings(const port_facts *ports, size_t count, const char *address)
{
    cleanup_json cJSON *map = cJSON_CreateObject();

    for (size_t i = 0; map && i < count; i++) {
        if (!add_binding(map, &ports[i], address))
            return NULL;
    }
    return TAKE(map);
}

/* While it runs, what is exposed and leads nowhere is shown, too: as null. */
static cJSON *print_ports(const network_facts *facts)
{
    cleanup_json cJSON *map =
        print_bindings(facts->ports, facts->running ? facts->port_count : 0, "0.0.0.0");

    for (const char *const *name = facts->exposed; facts->running && name && *name; name++) {
        if (!map || (!cJSON_GetObjectItemCaseSensitive(map, *name) &&
                     !json_add(map, *name, cJSON_CreateNull())))
            return NULL;
    }
    return TAKE(map);
}

/* A set is an object of empty objects. */
static bool add_exposed(const network_facts *facts, cJSON *config)
{
    cleanup_json cJSON *set = cJSON_CreateObject();
    const char *const *name = facts->exposed;

    if (!name || !*name)
        return set;
    for (; set && *name; name++) {
        if (!json_add(set, *name, cJSON_CreateObject()))
            return false;
    }
    return set && json_add(config, "ExposedPorts", TAKE(set));
}

bool container_network_add(const network_facts *facts, cJSON *container)
{
    cJSON *config = cJSON_GetObjectItemCaseSensitive(container, "Config");
    cJSON *host = cJSON_GetObjectItemCaseSensitive(container, "HostConfig");
    cJSON *settings = cJSON_GetObjectItemCaseSensitive(container, "NetworkSettings");

    return add_exposed(facts, config) && json_add_text(host, "NetworkMode", facts->mode) &&
           json_add(host, "PortBindings",
                    print_bindings(facts->bindings, facts->binding_count, "")) &&
           json_add_bool(host, "PublishAllPorts", facts->publish_all) &&
           json_add_strings(host, "Dns", facts->dns) &&
           (!facts->hosts || !*facts->hosts ||
            json_add_strings(host, "ExtraHosts", facts->hosts)) &&
           json_add(settings, "Ports", print_ports(facts)) &&
           json_add(settings, "Networks", print_endpoints(facts));
}
