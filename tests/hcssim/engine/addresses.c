/* SPDX-License-Identifier: MIT */
/* What HNS chooses: prefixes, addresses, MACs, host ports; and who is attached (facts §7.2–7.4). */
#include "codes.h"
#include "hns.h"

#include <stdio.h>
#include <string.h>

#define STATE_CREATED          1u
#define STATE_ATTACHED         2u
#define STATE_ATTACHED_SHARING 3u
#define STATE_DETACHED         4u

#define FIRST_DYNAMIC_PORT 49152u

#define ANY_PREFIX "0.0.0.0/0" /* "choose one", from dockerd without a wish of the user's */
#define NO_ADDRESS "0.0.0.0"

#define CODE_INVALID_NETWORK_TYPE 0x803B000Bu
#define CODE_INVALID_NETWORK      0x803B000Au
#define CODE_INVALID_POLICY       0x803B000Du
#define CODE_NETWORK_EXISTS       0x803B0010u
#define CODE_PORT_EXISTS          0x803B0013u
#define CODE_INVALID_IP           0x803B001Eu
#define CODE_ADDRESS_RESERVED     0x803B002Fu
#define CODE_INVALID_PREFIX       0x803B0030u

typedef struct prefix {
    uint32_t address;
    unsigned length;
} prefix;

static bool address_parse(const char *printed, uint32_t *out)
{
    unsigned a, b, c, d;
    char rest;

    if (sscanf(printed, "%3u.%3u.%3u.%3u%c", &a, &b, &c, &d, &rest) != 4 || a > 255 || b > 255 ||
        c > 255 || d > 255)
        return false;
    *out = a << 24 | b << 16 | c << 8 | d;
    return true;
}

static void address_print(uint32_t address, char out[16])
{
    snprintf(out, 16, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255,
             address & 255);
}

static uint32_t mask_of(const prefix *p)
{
    return ~0u << (32 - p->length);
}

static bool prefix_parse(const char *printed, prefix *out)
{
    char address[20];
    unsigned length;
    char rest;

    if (sscanf(printed, "%19[0-9.]/%2u%c", address, &length, &rest) != 2 || length < 8 ||
        length > 30 || !address_parse(address, &out->address))
        return false;
    out->length = length;
    return (out->address & ~mask_of(out)) == 0;
}

static bool overlaps(const prefix *a, const prefix *b)
{
    uint32_t mask = mask_of(a->length < b->length ? a : b);

    return (a->address & mask) == (b->address & mask);
}

static const cJSON *first_subnet(const cJSON *network)
{
    return cJSON_GetArrayItem(cJSON_GetObjectItem(network, "Subnets"), 0);
}

static bool network_prefix(const cJSON *network, prefix *out)
{
    return prefix_parse(hns_text(first_subnet(network), "AddressPrefix", ""), out);
}

static bool prefix_taken(const sim *s, const prefix *wanted)
{
    const cJSON *network;
    prefix other;

    cJSON_ArrayForEach (network, s->networks)
        if (network_prefix(network, &other) && overlaps(&other, wanted))
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
    char printed[16];
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
        return hns_fail(r, CODE_INVALID_PREFIX, "The address prefix is invalid. ");
    if (prefix_taken(r->sim, &p))
        return hns_fail(r, CODE_INVALID_NETWORK, "The address prefix is in use. ");
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
        char printed[16];
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

bool hns_network_fill(hns_request *r, cJSON *network)
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
        return hns_fail(r, CODE_INVALID_NETWORK_TYPE, "The network type is invalid. ");
    cJSON_ArrayForEach (other, r->sim->networks)
        if (text_equal_ignore_case(hns_text(other, "Name", ""), hns_text(network, "Name", "?")))
            return hns_fail(r, CODE_NETWORK_EXISTS, "The network already exists. ");
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

static bool value_taken(const sim *s, const char *member, const char *value)
{
    const cJSON *endpoint;

    cJSON_ArrayForEach (endpoint, s->endpoints)
        if (text_equal_ignore_case(hns_text(endpoint, member, ""), value))
            return true;
    return false;
}

/* Network, gateway and broadcast address are nobody's. */
static bool fill_address(hns_request *r, cJSON *endpoint, const cJSON *network)
{
    const char *gateway = hns_text(first_subnet(network), "GatewayAddress", "");
    const char *wanted = hns_text(endpoint, "IPAddress", "");
    char printed[16];
    uint32_t address;
    prefix p;

    if (!network_prefix(network, &p)) {
        hns_set_text(endpoint, "GatewayAddress", *gateway ? gateway : NO_ADDRESS);
        return true;
    }
    hns_set_text(endpoint, "GatewayAddress", gateway);
    hns_set_whole(endpoint, "PrefixLength", p.length);
    if (*wanted) {
        if (!address_parse(wanted, &address) || (address & mask_of(&p)) != p.address)
            return hns_fail(r, CODE_INVALID_IP, "The IP address is invalid. ");
        if (text_equal(wanted, gateway) || value_taken(r->sim, "IPAddress", wanted))
            return hns_fail(r, CODE_ADDRESS_RESERVED,
                            "The address provided is invalid or reserved. ");
        return true;
    }
    for (address = p.address + 2; address < (p.address | ~mask_of(&p)); address++) {
        address_print(address, printed);
        if (!text_equal(printed, gateway) && !value_taken(r->sim, "IPAddress", printed)) {
            hns_set_text(endpoint, "IPAddress", printed);
            return true;
        }
    }
    return hns_fail(r, CODE_ADDRESS_RESERVED, "There is no free address. ");
}

static bool is_nat(const cJSON *policy)
{
    return text_equal_ignore_case(hns_text(policy, "Type", ""), "NAT");
}

static uint32_t port_of(const cJSON *policy, const char *member)
{
    const cJSON *port = cJSON_GetObjectItem(policy, member);

    if (!cJSON_IsNumber(port) || port->valuedouble < 0)
        return 0;
    return port->valuedouble > 65535 ? 65536 : (uint32_t)port->valuedouble;
}

static bool same_port(const cJSON *policy, const char *protocol, uint32_t port)
{
    return is_nat(policy) && port_of(policy, "ExternalPort") == port &&
           text_equal_ignore_case(hns_text(policy, "Protocol", ""), protocol);
}

static bool port_taken(const sim *s, const cJSON *self, const char *protocol, uint32_t port)
{
    const cJSON *endpoint;
    const cJSON *policy;

    cJSON_ArrayForEach (endpoint, s->endpoints) {
        if (endpoint == self)
            continue;
        cJSON_ArrayForEach (policy, cJSON_GetObjectItem(endpoint, "Policies"))
            if (same_port(policy, protocol, port))
                return true;
    }
    return false;
}

/* Among the policies that were looked at before, too. */
static bool port_repeated(const cJSON *policies, const cJSON *until, const char *protocol,
                          uint32_t port)
{
    for (const cJSON *policy = policies->child; policy && policy != until; policy = policy->next)
        if (same_port(policy, protocol, port))
            return true;
    return false;
}

static bool fill_port(hns_request *r, cJSON *policies, cJSON *policy, const cJSON *self)
{
    const char *protocol = hns_text(policy, "Protocol", "");
    uint32_t port = port_of(policy, "ExternalPort");
    uint32_t internal = port_of(policy, "InternalPort");

    if ((!text_equal_ignore_case(protocol, "tcp") && !text_equal_ignore_case(protocol, "udp")) ||
        !internal || internal > 65535 || port > 65535)
        return hns_fail(r, CODE_INVALID_POLICY, "The policy is invalid. ");
    if (port && (port_taken(r->sim, self, protocol, port) ||
                 port_repeated(policies, policy, protocol, port)))
        return hns_fail(r, CODE_PORT_EXISTS, "The specified port already exists. ");
    if (port)
        return true;
    port = FIRST_DYNAMIC_PORT;
    while (port_taken(r->sim, self, protocol, port) ||
           port_repeated(policies, policy, protocol, port))
        port++;
    hns_set_whole(policy, "ExternalPort", port);
    return true;
}

bool hns_policies_fill(hns_request *r, cJSON *policies, const cJSON *self)
{
    cJSON *policy;

    cJSON_ArrayForEach (policy, policies)
        if (is_nat(policy) && !fill_port(r, policies, policy, self))
            return false;
    return true;
}

static void fill_mac(const sim *s, cJSON *endpoint, unsigned *counter)
{
    char mac[32];

    if (*hns_text(endpoint, "MacAddress", ""))
        return;
    do {
        unsigned number = ++*counter & 0xfff;

        snprintf(mac, sizeof(mac), "00-15-5D-52-%02X-%02X", 0xC0 + (number >> 8), number & 255);
    } while (value_taken(s, "MacAddress", mac));
    hns_set_text(endpoint, "MacAddress", mac);
}

bool hns_endpoint_fill(hns_request *r, cJSON *endpoint, const cJSON *network)
{
    char id[GUID_TEXT_SIZE];

    if (!cJSON_GetObjectItem(endpoint, "Policies"))
        cJSON_AddArrayToObject(endpoint, "Policies");
    if (!fill_address(r, endpoint, network) ||
        !hns_policies_fill(r, cJSON_GetObjectItem(endpoint, "Policies"), NULL))
        return false;
    fill_mac(r->sim, endpoint, &r->sim->hns_counter);
    guid_make(id);
    hns_set_text(endpoint, "ID", id);
    hns_set_text(endpoint, "VirtualNetworkName", hns_text(network, "Name", ""));
    hns_set_whole(endpoint, "State", STATE_CREATED);
    cJSON_DeleteItemFromObject(endpoint, "SharedContainers");
    cJSON_AddArrayToObject(endpoint, "SharedContainers");
    return true;
}

/* ---- attachment ---- */

static cJSON *container_find(const cJSON *endpoint, const char *container)
{
    cJSON *item;

    cJSON_ArrayForEach (item, cJSON_GetObjectItem(endpoint, "SharedContainers"))
        if (text_equal(cJSON_GetStringValue(item), container))
            return item;
    return NULL;
}

int32_t hns_attach(sim *s, const char *id, const char *container, const char *shared, refusal *why)
{
    cJSON *endpoint = hns_find(s->endpoints, id);
    cJSON *containers = cJSON_GetObjectItem(endpoint, "SharedContainers");
    bool sharing;

    if (!endpoint)
        return refuse(why, HR_NOT_FOUND, "Element not found: there is no endpoint '%s'.", id);
    if (container_find(endpoint, container))
        return HR_OK;
    sharing = cJSON_GetArraySize(containers) > 0;
    if (sharing && (!shared || !container_find(endpoint, shared)))
        return refuse(why, SIM_E_ENDPOINT_ATTACHED, "Endpoint '%s' is attached already.", id);
    json_append(containers, cJSON_CreateString(container));
    hns_set_whole(endpoint, "State", sharing ? STATE_ATTACHED_SHARING : STATE_ATTACHED);
    return HR_OK;
}

void hns_detach(sim *s, const char *id, const char *container)
{
    cJSON *endpoint = hns_find(s->endpoints, id);
    cJSON *containers = cJSON_GetObjectItem(endpoint, "SharedContainers");
    cJSON *item = endpoint ? container_find(endpoint, container) : NULL;

    if (!item)
        return;
    hns_remove(containers, item);
    if (!cJSON_GetArraySize(containers))
        hns_set_whole(endpoint, "State", STATE_DETACHED);
}

bool hns_has_namespace(sim *s, const char *id)
{
    bool found;

    sim_lock(s);
    found = hns_find(s->namespaces, id) != NULL;
    sim_unlock(s);
    return found;
}
