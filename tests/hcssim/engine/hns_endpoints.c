/* SPDX-License-Identifier: MIT */
/*
 * Endpoints of the simulated Host Network Service: their addresses, MACs and host ports, and who is
 * attached (facts §7.2–7.4).
 */
#include "codes.h"
#include "hns.h"
#include "hns_address.h"

#include <stdio.h>

#define STATE_CREATED          1u
#define STATE_ATTACHED         2u
#define STATE_ATTACHED_SHARING 3u
#define STATE_DETACHED         4u

#define FIRST_DYNAMIC_PORT 49152u

/* What users of Docker see when a process of the host has the port (peers.md 1). */
#define HNS_PORT_IN_USE 0x80070020u
#define HNS_TEXT_IN_USE                                                                            \
    "The process cannot access the file because it is being used by another process. "

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
    const char *gateway = hns_text(hns_first_subnet(network), "GatewayAddress", "");
    const char *wanted = hns_text(endpoint, "IPAddress", "");
    char printed[ADDRESS_TEXT_SIZE];
    uint32_t address;
    prefix p;

    if (!hns_network_prefix(network, &p)) {
        hns_set_text(endpoint, "GatewayAddress", *gateway ? gateway : NO_ADDRESS);
        return true;
    }
    hns_set_text(endpoint, "GatewayAddress", gateway);
    hns_set_whole(endpoint, "PrefixLength", p.length);
    if (*wanted) {
        if (!address_parse(wanted, &address) || (address & prefix_mask(&p)) != p.address)
            return hns_fail(r, HNS_INVALID_IP, "The IP address is invalid. ");
        if (text_equal(wanted, gateway) || value_taken(r->sim, "IPAddress", wanted))
            return hns_fail(r, HNS_ADDRESS_RESERVED,
                            "The address provided is invalid or reserved. ");
        return true;
    }
    for (address = p.address + 2; address < (p.address | ~prefix_mask(&p)); address++) {
        address_print(address, printed);
        if (!text_equal(printed, gateway) && !value_taken(r->sim, "IPAddress", printed)) {
            hns_set_text(endpoint, "IPAddress", printed);
            return true;
        }
    }
    return hns_fail(r, HNS_ADDRESS_RESERVED, "There is no free address. ");
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

/* ---- ports of the host ---- */

static bool is_udp(const cJSON *policy)
{
    return text_equal_ignore_case(hns_text(policy, "Protocol", ""), "udp");
}

static bool open_port(const sim *s, const cJSON *policy, uint32_t port)
{
    sim_machine *m = s->machine;

    return !m->port_open || HR_SUCCEEDED(m->port_open(m, is_udp(policy), (uint16_t)port,
                                                      (uint16_t)port_of(policy, "InternalPort")));
}

/* Those of the policies before one; NULL: of all. */
static void close_ports(const sim *s, const cJSON *policies, const cJSON *until)
{
    sim_machine *m = s->machine;

    for (const cJSON *policy = policies ? policies->child : NULL; policy && policy != until;
         policy = policy->next)
        if (is_nat(policy) && m->port_close)
            m->port_close(m, is_udp(policy), (uint16_t)port_of(policy, "ExternalPort"));
}

static bool fill_port(hns_request *r, cJSON *policies, cJSON *policy, const cJSON *self)
{
    const char *protocol = hns_text(policy, "Protocol", "");
    uint32_t port = port_of(policy, "ExternalPort");
    uint32_t internal = port_of(policy, "InternalPort");

    if ((!text_equal_ignore_case(protocol, "tcp") && !text_equal_ignore_case(protocol, "udp")) ||
        !internal || internal > 65535 || port > 65535)
        return hns_fail(r, HNS_INVALID_POLICY, "The policy is invalid. ");
    if (port && (port_taken(r->sim, self, protocol, port) ||
                 port_repeated(policies, policy, protocol, port)))
        return hns_fail(r, HNS_PORT_EXISTS, "The specified port already exists. ");
    if (port)
        return open_port(r->sim, policy, port) || hns_fail(r, HNS_PORT_IN_USE, HNS_TEXT_IN_USE);
    for (port = FIRST_DYNAMIC_PORT; port <= 65535; port++)
        if (!port_taken(r->sim, self, protocol, port) &&
            !port_repeated(policies, policy, protocol, port) && open_port(r->sim, policy, port)) {
            hns_set_whole(policy, "ExternalPort", port);
            return true;
        }
    return hns_fail(r, HNS_PORT_EXISTS, "The specified port already exists. ");
}

static bool policies_fill(hns_request *r, cJSON *policies, const cJSON *self)
{
    cJSON *policy;

    cJSON_ArrayForEach (policy, policies)
        if (is_nat(policy) && !fill_port(r, policies, policy, self)) {
            close_ports(r->sim, policies, policy);
            return false;
        }
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

static bool endpoint_fill(hns_request *r, cJSON *endpoint, const cJSON *network)
{
    char id[GUID_TEXT_SIZE];

    if (!cJSON_GetObjectItem(endpoint, "Policies"))
        cJSON_AddArrayToObject(endpoint, "Policies");
    if (!fill_address(r, endpoint, network) ||
        !policies_fill(r, cJSON_GetObjectItem(endpoint, "Policies"), NULL))
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

/* ---- requests ---- */

bool answer_endpoint_list(hns_request *r)
{
    return hns_put_out(r, r->sim->endpoints);
}

bool answer_endpoint_get(hns_request *r)
{
    cJSON *endpoint = hns_find(r->sim->endpoints, r->id);

    return endpoint ? hns_put_out(r, endpoint) : hns_fail(r, HNS_NO_ENDPOINT, HNS_TEXT_NO_OBJECT);
}

bool answer_endpoint_post(hns_request *r)
{
    cJSON *network = hns_find(r->sim->networks, hns_text(r->body, "VirtualNetwork", ""));
    cJSON *endpoint;

    if (!network)
        return hns_fail(r, HNS_NO_NETWORK, HNS_TEXT_NO_OBJECT);
    endpoint = cJSON_Duplicate(r->body, true);
    if (!endpoint_fill(r, endpoint, network)) {
        cJSON_Delete(endpoint);
        return false;
    }
    json_append(r->sim->endpoints, endpoint);
    return hns_put_out(r, endpoint);
}

/* Only the policies of an endpoint can be changed. */
bool answer_endpoint_update(hns_request *r)
{
    cJSON *endpoint = hns_find(r->sim->endpoints, r->id);
    cJSON *policies;

    if (!endpoint)
        return hns_fail(r, HNS_NO_ENDPOINT, HNS_TEXT_NO_OBJECT);
    policies = cJSON_Duplicate(cJSON_GetObjectItem(r->body, "Policies"), true);
    if (!policies)
        policies = cJSON_CreateArray();
    close_ports(r->sim, cJSON_GetObjectItem(endpoint, "Policies"), NULL);
    if (!policies_fill(r, policies, endpoint)) {
        const char *error = r->error;

        (void)policies_fill(r, cJSON_GetObjectItem(endpoint, "Policies"), endpoint);
        r->error = error;
        cJSON_Delete(policies);
        return false;
    }
    cJSON_DeleteItemFromObject(endpoint, "Policies");
    json_add(endpoint, "Policies", policies);
    return hns_put_out(r, endpoint);
}

bool answer_endpoint_delete(hns_request *r)
{
    cJSON *endpoint = hns_find(r->sim->endpoints, r->id);

    if (!endpoint)
        return hns_fail(r, HNS_NO_ENDPOINT, HNS_TEXT_NO_OBJECT);
    close_ports(r->sim, cJSON_GetObjectItem(endpoint, "Policies"), NULL);
    hns_namespaces_forget(r->sim, r->id);
    hns_remove(r->sim->endpoints, endpoint);
    return true;
}

bool answer_endpoint_attach(hns_request *r)
{
    refusal why = {0};

    if (!hns_find(r->sim->endpoints, r->id))
        return hns_fail(r, HNS_NO_ENDPOINT, HNS_TEXT_NO_OBJECT);
    if (HR_FAILED(hns_attach(r->sim, r->id, hns_text(r->body, "ContainerId", "host"), NULL, &why)))
        return hns_fail(r, (uint32_t)SIM_E_ENDPOINT_ATTACHED, "The endpoint is already attached. ");
    return true;
}

bool answer_endpoint_detach(hns_request *r)
{
    if (!hns_find(r->sim->endpoints, r->id))
        return hns_fail(r, HNS_NO_ENDPOINT, HNS_TEXT_NO_OBJECT);
    hns_detach(r->sim, r->id, hns_text(r->body, "ContainerId", "host"));
    return true;
}

bool answer_endpoint_statistics(hns_request *r)
{
    static const char *const counters[] = {"BytesReceived",          "BytesSent",
                                           "PacketsReceived",        "PacketsSent",
                                           "DroppedPacketsIncoming", "DroppedPacketsOutgoing"};

    if (!hns_find(r->sim->endpoints, r->id))
        return hns_fail(r, HNS_NO_ENDPOINT, HNS_TEXT_NO_OBJECT);
    r->output = cJSON_CreateObject();
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
        json_add_integer(r->output, counters[i], 0);
    json_add_text(r->output, "EndpointId", r->id);
    json_add_text(r->output, "InstanceId", r->id);
    return true;
}
