/* SPDX-License-Identifier: MIT */
/* A network in Docker's shape. */
#include "docker/network_inspect.h"

#include "base/docker_type.h"
#include "base/fields.h"

#define AT(name) offsetof(network_facts, name)

static const field ipam_fields[] = {
    {"Driver", FIELD_TEXT, .at = AT(addresses)},
    FIELDS_END,
};

static const field network_fields[] = {
    {"Name", FIELD_TEXT, .at = AT(name)},
    {"Id", FIELD_TEXT, .at = AT(id)},
    {"Created", FIELD_TIME, .at = AT(created)},
    {"Scope", FIELD_FIXED, .text = "local"},
    {"Driver", FIELD_TEXT, .at = AT(driver)},
    {.name = "EnableIPv4", .kind = FIELD_TRUE},
    {"IPAM", FIELD_OBJECT, .members = ipam_fields},
    {"Internal", FIELD_BOOL, .at = AT(internal)},
    {"Attachable", FIELD_BOOL, .at = AT(attachable)},
    {"Options", FIELD_LABELS, .at = AT(options)},
    {"Labels", FIELD_LABELS, .at = AT(labels)},
    FIELDS_END,
};

#define AT_SUBNET(name) offsetof(subnet_facts, name)

static const field subnet_fields[] = {
    {"Subnet", FIELD_TEXT, .at = AT_SUBNET(subnet)},
    {"AuxiliaryAddresses", FIELD_SOME_LABELS, .at = AT_SUBNET(auxiliary)},
    FIELDS_END,
};

#define AT_ATTACHED(name) offsetof(attached_facts, name)

static const field attached_fields[] = {
    {"Name", FIELD_TEXT, .at = AT_ATTACHED(name)},
    {"EndpointID", FIELD_TEXT, .at = AT_ATTACHED(endpoint)},
    {"MacAddress", FIELD_TEXT, .at = AT_ATTACHED(mac_address)},
    {"IPv4Address", FIELD_TEXT, .at = AT_ATTACHED(ip_address)},
    FIELDS_END,
};

static bool add_subnets(const network_facts *facts, cJSON *network)
{
    cJSON *ipam = cJSON_GetObjectItemCaseSensitive(network, "IPAM");
    cJSON *config = cJSON_AddArrayToObject(ipam, "Config");

    for (size_t i = 0; config && i < facts->subnet_count; i++) {
        const subnet_facts *subnet = &facts->subnets[i];
        cleanup_json cJSON *json = fields_object(subnet_fields, subnet);

        if (!json || (*subnet->gateway && !json_add_text(json, "Gateway", subnet->gateway)) ||
            !json_append(config, TAKE(json)))
            return false;
    }
    return config && cJSON_AddObjectToObject(ipam, "Options");
}

static bool add_attached(const network_facts *facts, cJSON *network)
{
    cJSON *containers = cJSON_AddObjectToObject(network, "Containers");

    for (size_t i = 0; containers && i < facts->attached_count; i++) {
        const attached_facts *attached = &facts->attached[i];

        if (!json_add(containers, attached->container, fields_object(attached_fields, attached)))
            return false;
    }
    return containers != NULL;
}

char *network_inspect_print(const network_facts *facts)
{
    cleanup_json cJSON *json = fields_object(network_fields, facts);

    if (!json || !add_subnets(facts, json) || !add_attached(facts, json) ||
        !docker_complete(json, DOCKER_NETWORK))
        return NULL;
    return json_print_pretty(json);
}
