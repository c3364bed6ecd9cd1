/* SPDX-License-Identifier: MIT */
/*
 * Version 2 of networks, namespaces and endpoints, made of version 1 and the other way round.
 * Members: hcsshim hcn/hcn{network,namespace,endpoint,policy}.go.
 */
#include "hcn.h"

#include <string.h>

#include "hns_address.h"

#define TCP 6
#define UDP 17

static void add_version(cJSON *out)
{
    cJSON *version = cJSON_AddObjectToObject(out, "SchemaVersion");

    json_add_integer(version, "Major", 2);
    json_add_integer(version, "Minor", 0);
}

/* Version 1 lists names in one text, with commas. */
static void add_names(cJSON *out, const char *name, const char *list)
{
    cJSON *names = cJSON_CreateArray();

    while (*list) {
        size_t length = strcspn(list, ",");
        cleanup_free char *item = text_copy_bytes(list, length);

        if (length)
            json_append(names, cJSON_CreateString(item));
        list += length + (list[length] == ',');
    }
    if (cJSON_GetArraySize(names))
        json_add(out, name, names);
    else
        cJSON_Delete(names);
}

static void add_dns(cJSON *out, const cJSON *from)
{
    cJSON *dns = cJSON_AddObjectToObject(out, "Dns");

    add_names(dns, "Search", hns_text(from, "DNSSuffix", ""));
    add_names(dns, "ServerList", hns_text(from, "DNSServerList", ""));
}

static void add_route(cJSON *out, const char *gateway)
{
    cJSON *routes = cJSON_AddArrayToObject(out, "Routes");
    cJSON *route;

    if (!*gateway)
        return;
    route = cJSON_CreateObject();
    json_add_text(route, "NextHop", gateway);
    json_add_text(route, "DestinationPrefix", ANY_PREFIX);
    json_append(routes, route);
}

/* ---- networks ---- */

cJSON *hcn_show_network(const sim *s, const cJSON *network)
{
    cJSON *out = cJSON_CreateObject();
    cJSON *ipam = cJSON_CreateObject();
    cJSON *subnets = cJSON_CreateArray();
    const cJSON *subnet;

    (void)s;
    json_add_text(out, "ID", hns_text(network, "ID", ""));
    json_add_text(out, "Name", hns_text(network, "Name", ""));
    json_add_text(out, "Type", hns_text(network, "Type", ""));
    cJSON_AddArrayToObject(out, "Policies");
    cJSON_AddArrayToObject(cJSON_AddObjectToObject(out, "MacPool"), "Ranges");
    add_dns(out, network);
    cJSON_ArrayForEach (subnet, cJSON_GetObjectItem(network, "Subnets")) {
        cJSON *shown = cJSON_CreateObject();

        json_add_text(shown, "IpAddressPrefix", hns_text(subnet, "AddressPrefix", ""));
        cJSON_AddArrayToObject(shown, "Policies");
        add_route(shown, hns_text(subnet, "GatewayAddress", ""));
        json_append(subnets, shown);
    }
    json_add_text(ipam, "Type", "Static");
    json_add(ipam, "Subnets", subnets);
    json_append(cJSON_AddArrayToObject(out, "Ipams"), ipam);
    json_add_integer(out, "Flags", 0);
    add_version(out);
    return out;
}

static cJSON *wanted_subnets(const cJSON *settings)
{
    cJSON *subnets = cJSON_CreateArray();
    const cJSON *ipam;
    const cJSON *subnet;

    cJSON_ArrayForEach (ipam, cJSON_GetObjectItem(settings, "Ipams"))
        cJSON_ArrayForEach (subnet, cJSON_GetObjectItem(ipam, "Subnets")) {
            const cJSON *route = cJSON_GetArrayItem(cJSON_GetObjectItem(subnet, "Routes"), 0);
            cJSON *wanted = cJSON_CreateObject();

            json_add_text(wanted, "AddressPrefix", hns_text(subnet, "IpAddressPrefix", ""));
            json_add_text(wanted, "GatewayAddress", hns_text(route, "NextHop", ""));
            json_append(subnets, wanted);
        }
    return subnets;
}

cJSON *hcn_wanted_network(const cJSON *settings)
{
    cJSON *out = cJSON_CreateObject();
    cJSON *subnets = wanted_subnets(settings);
    const cJSON *policy;

    json_add_text(out, "Name", hns_text(settings, "Name", ""));
    json_add_text(out, "Type", hns_text(settings, "Type", ""));
    if (cJSON_GetArraySize(subnets))
        json_add(out, "Subnets", subnets);
    else
        cJSON_Delete(subnets);
    cJSON_ArrayForEach (policy, cJSON_GetObjectItem(settings, "Policies"))
        if (text_equal_ignore_case(hns_text(policy, "Type", ""), "NetAdapterName"))
            json_add_text(
                out, "NetworkAdapterName",
                hns_text(cJSON_GetObjectItem(policy, "Settings"), "NetworkAdapterName", ""));
    return out;
}

/* ---- namespaces ---- */

/* hcsshim declares that type; containers come after endpoints. */
static cJSON *show_resources(const cJSON *space)
{
    cJSON *all = cJSON_Duplicate(cJSON_GetObjectItem(space, "ResourceList"), true);
    const cJSON *container;

    cJSON_ArrayForEach (container, cJSON_GetObjectItem(space, "Containers")) {
        cJSON *item = cJSON_CreateObject();
        cJSON *data = cJSON_CreateObject();

        json_add_text(item, "Type", "Container");
        json_add_text(data, "Id", container->valuestring);
        json_add(item, "Data", data);
        json_append(all, item);
    }
    return all;
}

cJSON *hcn_show_namespace(const sim *s, const cJSON *space)
{
    cJSON *out = cJSON_CreateObject();

    (void)s;
    json_add_text(out, "ID", hns_text(space, "ID", ""));
    json_add_integer(out, "NamespaceId", json_integer(space, "CompartmentId", 0));
    json_add_text(out, "NamespaceGuid", hns_text(space, "ID", ""));
    json_add_text(out, "Type", "Host");
    json_add(out, "Resources", show_resources(space));
    add_version(out);
    return out;
}

/* ---- endpoints ---- */

/* Published ports are told by number here; other policies are as they were given. */
static cJSON *show_policy(const cJSON *policy)
{
    cJSON *out;
    cJSON *settings;

    if (!text_equal_ignore_case(hns_text(policy, "Type", ""), "NAT"))
        return cJSON_Duplicate(policy, true);
    out = cJSON_CreateObject();
    json_add_text(out, "Type", "PortMapping");
    settings = cJSON_AddObjectToObject(out, "Settings");
    json_add_integer(settings, "Protocol",
                     text_equal_ignore_case(hns_text(policy, "Protocol", ""), "udp") ? UDP : TCP);
    json_add_integer(settings, "InternalPort", json_integer(policy, "InternalPort", 0));
    json_add_integer(settings, "ExternalPort", json_integer(policy, "ExternalPort", 0));
    return out;
}

static cJSON *wanted_policy(const cJSON *policy)
{
    const cJSON *settings = cJSON_GetObjectItem(policy, "Settings");
    cJSON *out;

    if (!text_equal_ignore_case(hns_text(policy, "Type", ""), "PortMapping"))
        return cJSON_Duplicate(policy, true);
    out = cJSON_CreateObject();
    json_add_text(out, "Type", "NAT");
    json_add_text(out, "Protocol", json_integer(settings, "Protocol", 0) == UDP ? "UDP" : "TCP");
    json_add_integer(out, "InternalPort", json_integer(settings, "InternalPort", 0));
    json_add_integer(out, "ExternalPort", json_integer(settings, "ExternalPort", 0));
    return out;
}

cJSON *hcn_show_endpoint(const sim *s, const cJSON *endpoint)
{
    const cJSON *space = hns_namespace_of(s, hns_text(endpoint, "ID", ""));
    cJSON *out = cJSON_CreateObject();
    cJSON *policies;
    cJSON *address;
    const cJSON *policy;

    json_add_text(out, "ID", hns_text(endpoint, "ID", ""));
    json_add_text(out, "Name", hns_text(endpoint, "Name", ""));
    json_add_text(out, "HostComputeNetwork", hns_text(endpoint, "VirtualNetwork", ""));
    json_add_text(out, "HostComputeNamespace", space ? hns_text(space, "ID", "") : "");
    policies = cJSON_AddArrayToObject(out, "Policies");
    cJSON_ArrayForEach (policy, cJSON_GetObjectItem(endpoint, "Policies"))
        json_append(policies, show_policy(policy));
    address = cJSON_CreateObject();
    json_add_text(address, "IpAddress", hns_text(endpoint, "IPAddress", ""));
    json_add_integer(address, "PrefixLength", json_integer(endpoint, "PrefixLength", 0));
    json_append(cJSON_AddArrayToObject(out, "IpConfigurations"), address);
    add_dns(out, endpoint);
    add_route(out, hns_text(endpoint, "GatewayAddress", ""));
    json_add_text(out, "MacAddress", hns_text(endpoint, "MacAddress", ""));
    json_add_integer(out, "Flags", 0);
    add_version(out);
    return out;
}

/* What hcsshim's lists become: words with commas between them. */
static void add_joined(cJSON *out, const char *name, const cJSON *list)
{
    cleanup_text text joined = TEXT_INIT;
    const cJSON *item;

    cJSON_ArrayForEach (item, list) {
        if (joined.length)
            text_add_char(&joined, ',');
        text_add(&joined, cJSON_IsString(item) ? item->valuestring : "");
    }
    if (joined.length)
        json_add_text(out, name, text_get(&joined));
}

cJSON *hcn_wanted_endpoint(const cJSON *settings, const char *network)
{
    const cJSON *address = cJSON_GetArrayItem(cJSON_GetObjectItem(settings, "IpConfigurations"), 0);
    const cJSON *dns = cJSON_GetObjectItem(settings, "Dns");
    cJSON *out = cJSON_CreateObject();
    cJSON *policies = cJSON_AddArrayToObject(out, "Policies");
    const cJSON *policy;

    json_add_text(out, "VirtualNetwork", network);
    json_add_text(out, "Name", hns_text(settings, "Name", ""));
    if (*hns_text(address, "IpAddress", ""))
        json_add_text(out, "IPAddress", hns_text(address, "IpAddress", ""));
    if (*hns_text(settings, "MacAddress", ""))
        json_add_text(out, "MacAddress", hns_text(settings, "MacAddress", ""));
    add_joined(out, "DNSSuffix", cJSON_GetObjectItem(dns, "Search"));
    add_joined(out, "DNSServerList", cJSON_GetObjectItem(dns, "ServerList"));
    cJSON_ArrayForEach (policy, cJSON_GetObjectItem(settings, "Policies"))
        json_append(policies, wanted_policy(policy));
    return out;
}
