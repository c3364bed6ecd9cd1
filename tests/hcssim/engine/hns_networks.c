/* SPDX-License-Identifier: MIT */
/* Networks of the simulated Host Network Service (facts §7.2, §7.3). */
#include "hns.h"
#include "hns_address.h"

#include <stdio.h>

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
    if (prefix_taken(r->sim, &p))
        return hns_fail(r, HNS_INVALID_NETWORK, "The address prefix is in use. ");
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
            return hns_fail(r, HNS_NETWORK_EXISTS, "The network already exists. ");
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

    if (!network_fill(r, network)) {
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
