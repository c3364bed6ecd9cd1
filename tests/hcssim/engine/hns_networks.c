/* SPDX-License-Identifier: MIT */
/* Networks of the simulated Host Network Service (facts §7.2, §7.3). */
#include "hns.h"
#include "hns_address.h"

#include <stdio.h>
#include <string.h>

#define BUILD_OF_ONE_NAT 14393

const cJSON *hns_first_subnet(const cJSON *network)
{
    return cJSON_GetArrayItem(cJSON_GetObjectItem(network, "Subnets"), 0);
}

bool hns_network_prefix(const cJSON *network, prefix *out)
{
    return prefix_parse(hns_text(hns_first_subnet(network), "AddressPrefix", ""), out);
}

static bool prefix_taken(const sim *s, const prefix *wanted)
{
    const cJSON *network;
    prefix other;

    cJSON_ArrayForEach (network, s->networks)
        if (hns_network_prefix(network, &other) && prefix_overlaps(&other, wanted))
            return true;
    return false;
}

/* 172.16.0.0/16 is the documented default; the next ones when it is taken. */
static void choose_prefix(const sim *s, prefix *out)
{
    out->length = 16;
    for (uint32_t second = 16; second < 32; second++) {
        out->address = 172u << 24 | second << 16;
        if (!prefix_taken(s, out))
            return;
    }
}

/* ---- what a request may hold (facts §7.2) ---- */

static const char *const subnet_members[] = {"AddressPrefix", "GatewayAddress", "Policies", NULL};
static const char *const pool_members[] = {"StartMacAddress", "EndMacAddress", NULL};
static const char *const network_members[] = {"Name",      "Type",          "NetworkAdapterName",
                                              "SourceMac", "Policies",      "Subnets",
                                              "DNSSuffix", "DNSServerList", "DNSServerCompartment",
                                              "MacPools",  "ManagementIP",  "AutomaticDNS",
                                              NULL};

static bool is_among(const char *word, const char *const *words)
{
    while (*words && !text_equal_ignore_case(*words, word))
        words++;
    return *words != NULL;
}

static bool members_are(const cJSON *object, const char *const *members)
{
    const cJSON *member;

    cJSON_ArrayForEach (member, object)
        if (!is_among(member->string, members))
            return false;
    return cJSON_IsObject(object);
}

static bool items_are(const cJSON *list, const char *const *members)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, list)
        if (!members_are(item, members))
            return false;
    return !list || cJSON_IsArray(list);
}

/* Each says what it is, and has no more than a number called like it. */
static bool policies_are_known(const cJSON *list)
{
    static const char *const types[] = {"VLAN", "VSID", NULL};
    const cJSON *policy;

    cJSON_ArrayForEach (policy, list) {
        const char *type = hns_text(policy, "Type", "");
        const char *const members[] = {"Type", type, NULL};

        if (!is_among(type, types) || !members_are(policy, members) ||
            !cJSON_IsNumber(cJSON_GetObjectItem(policy, type)))
            return false;
    }
    return !list || cJSON_IsArray(list);
}

static bool is_mac(const char *printed)
{
    unsigned bytes[6];
    char rest;

    return strlen(printed) == 17 &&
           sscanf(printed, "%2x-%2x-%2x-%2x-%2x-%2x%c", &bytes[0], &bytes[1], &bytes[2], &bytes[3],
                  &bytes[4], &bytes[5], &rest) == 6;
}

static bool pools_are_sound(const cJSON *list)
{
    const cJSON *pool;

    cJSON_ArrayForEach (pool, list)
        if (!is_mac(hns_text(pool, "StartMacAddress", "")) ||
            !is_mac(hns_text(pool, "EndMacAddress", "")))
            return false;
    return true;
}

/* The host's real adapters; a switch can stand on these alone. */
static bool adapter_is_there(const cJSON *network)
{
    static const char *const adapters[] = {"", "Ethernet", "Ethernet 2", NULL};

    return is_among(hns_text(network, "NetworkAdapterName", ""), adapters);
}

/* Words that users have met: "An adapter was not found", "The parameter is incorrect". */
static bool network_check(hns_request *r, const cJSON *network)
{
    if (!members_are(network, network_members) ||
        !items_are(cJSON_GetObjectItem(network, "Subnets"), subnet_members) ||
        !items_are(cJSON_GetObjectItem(network, "MacPools"), pool_members) ||
        !policies_are_known(cJSON_GetObjectItem(network, "Policies")))
        return hns_fail(r, HNS_INVALID_JSON, "Invalid JSON document string. ");
    if (!pools_are_sound(cJSON_GetObjectItem(network, "MacPools")))
        return hns_fail(r, HNS_INVALID_PARAMETER, "The parameter is incorrect. ");
    if (!adapter_is_there(network))
        return hns_fail(r, HNS_NO_ADAPTER, "An adapter was not found. ");
    return true;
}

/* A gateway lies in its subnet, and is neither its first nor its last address. */
static bool gateway_fits(const cJSON *subnet)
{
    const char *gateway = hns_text(subnet, "GatewayAddress", "");
    uint32_t address;
    prefix p;

    if (!*gateway || !prefix_parse(hns_text(subnet, "AddressPrefix", ""), &p))
        return true;
    return address_parse(gateway, &address) && (address & prefix_mask(&p)) == p.address &&
           address != p.address && address != (p.address | ~prefix_mask(&p));
}

static bool gateways_fit(const cJSON *network)
{
    const cJSON *subnet;

    cJSON_ArrayForEach (subnet, cJSON_GetObjectItem(network, "Subnets"))
        if (!gateway_fits(subnet))
            return false;
    return true;
}

/* ---- what the service chooses ---- */

/*
 * Server 2016 has one prefix for all nat networks: another one is refused, and what lies within it
 * is not (moby issue 29207; docs, advanced.md). Later ones refuse what is taken (for-win 1384).
 */
static bool nat_fits(const hns_request *r, const prefix *wanted)
{
    const cJSON *network;
    prefix other;

    if (sim_build(r->sim) > BUILD_OF_ONE_NAT)
        return true;
    cJSON_ArrayForEach (network, r->sim->networks)
        if (text_equal_ignore_case(hns_text(network, "Type", ""), "nat") &&
            hns_network_prefix(network, &other))
            return prefix_overlaps(&other, wanted) && wanted->length > other.length;
    return true;
}

static bool fill_subnet(hns_request *r, cJSON *network)
{
    cJSON *subnets = cJSON_GetObjectItem(network, "Subnets");
    cJSON *subnet = cJSON_GetArrayItem(subnets, 0);
    char printed[ADDRESS_TEXT_SIZE];
    char whole[24];
    prefix p;

    if (!subnet || text_equal(hns_text(subnet, "AddressPrefix", ""), ANY_PREFIX)) {
        choose_prefix(r->sim, &p);
        cJSON_DeleteItemFromObject(network, "Subnets");
        subnets = cJSON_AddArrayToObject(network, "Subnets");
        subnet = cJSON_CreateObject();
        json_append(subnets, subnet);
        address_print(p.address, printed);
        snprintf(whole, sizeof(whole), "%s/%u", printed, p.length);
        json_add_text(subnet, "AddressPrefix", whole);
    }
    if (!prefix_parse(hns_text(subnet, "AddressPrefix", ""), &p))
        return hns_fail(r, HNS_INVALID_PREFIX, "The address prefix is invalid. ");
    if (!nat_fits(r, &p))
        return hns_fail(r, HNS_UNSPECIFIED, "Unspecified error ");
    if (sim_build(r->sim) > BUILD_OF_ONE_NAT && prefix_taken(r->sim, &p))
        return hns_fail(r, HNS_NETWORK_EXISTS, "The object already exists. ");
    if (!*hns_text(subnet, "GatewayAddress", "")) {
        address_print(p.address + 1, printed);
        hns_set_text(subnet, "GatewayAddress", printed);
    }
    return true;
}

/*
 * Of a network whose addresses somebody else gives out (DHCP). dockerd reads the gateway of each
 * subnet that comes back as an address (driver windows, CreateNetwork), so there is one.
 */
static void fill_open_subnets(cJSON *network)
{
    cJSON *subnets = cJSON_GetObjectItem(network, "Subnets");
    cJSON *subnet;

    if (!cJSON_GetArraySize(subnets)) {
        cJSON_DeleteItemFromObject(network, "Subnets");
        subnets = cJSON_AddArrayToObject(network, "Subnets");
        subnet = cJSON_CreateObject();
        json_append(subnets, subnet);
        json_add_text(subnet, "AddressPrefix", ANY_PREFIX);
    }
    cJSON_ArrayForEach (subnet, subnets) {
        char printed[ADDRESS_TEXT_SIZE];
        prefix p;

        if (*hns_text(subnet, "GatewayAddress", ""))
            continue;
        if (!prefix_parse(hns_text(subnet, "AddressPrefix", ""), &p)) {
            hns_set_text(subnet, "GatewayAddress", NO_ADDRESS);
        } else {
            address_print(p.address + 1, printed);
            hns_set_text(subnet, "GatewayAddress", printed);
        }
    }
}

static bool network_fill(hns_request *r, cJSON *network)
{
    static const char *const types[] = {"nat",      "transparent", "l2bridge",
                                        "l2tunnel", "overlay",     "internal",
                                        "private",  "ics",         NULL};
    const char *const *type = types;
    const cJSON *other;
    char id[GUID_TEXT_SIZE];

    while (*type && !text_equal_ignore_case(*type, hns_text(network, "Type", "")))
        type++;
    if (!*type)
        return hns_fail(r, HNS_INVALID_NETWORK_TYPE, "The network type is invalid. ");
    cJSON_ArrayForEach (other, r->sim->networks)
        if (text_equal_ignore_case(hns_text(other, "Name", ""), hns_text(network, "Name", "?")))
            return hns_fail(r, HNS_NETWORK_EXISTS, "The object already exists. ");
    if (!gateways_fit(network))
        return hns_fail(r, HNS_INVALID_IP, "The IP address is invalid. ");
    if (!text_equal(*type, "nat"))
        fill_open_subnets(network);
    else if (!fill_subnet(r, network))
        return false;
    guid_make(id);
    hns_set_text(network, "ID", id);
    if (!cJSON_GetObjectItem(network, "Policies"))
        cJSON_AddArrayToObject(network, "Policies");
    if (!cJSON_GetObjectItem(network, "MacPools")) {
        cJSON *pool = cJSON_CreateObject();

        json_add_text(pool, "StartMacAddress", "00-15-5D-52-C0-00");
        json_add_text(pool, "EndMacAddress", "00-15-5D-52-CF-FF");
        json_append(cJSON_AddArrayToObject(network, "MacPools"), pool);
    }
    return true;
}

/* ---- requests ---- */

bool answer_network_list(hns_request *r)
{
    return hns_put_out(r, r->sim->networks);
}

bool answer_network_get(hns_request *r)
{
    cJSON *network = hns_find(r->sim->networks, r->id);

    return network ? hns_put_out(r, network) : hns_fail(r, HNS_NO_NETWORK, HNS_TEXT_NO_OBJECT);
}

bool answer_network_post(hns_request *r)
{
    cJSON *network = cJSON_Duplicate(r->body, true);

    if (!network_check(r, network) || !network_fill(r, network)) {
        cJSON_Delete(network);
        return false;
    }
    json_append(r->sim->networks, network);
    return hns_put_out(r, network);
}

bool answer_network_delete(hns_request *r)
{
    cJSON *network = hns_find(r->sim->networks, r->id);
    const cJSON *endpoint;

    if (!network)
        return hns_fail(r, HNS_NO_NETWORK, HNS_TEXT_NO_OBJECT);
    cJSON_ArrayForEach (endpoint, r->sim->endpoints)
        if (text_equal_ignore_case(hns_text(endpoint, "VirtualNetwork", ""), r->id))
            return hns_fail(r, HNS_REFERENCES, "The network has endpoints. ");
    hns_remove(r->sim->networks, network);
    return true;
}
