/* SPDX-License-Identifier: MIT */
/* Networks of the Host Network Service. */
#include "network/network.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "network/hns.h"

static const char nat[] = "nat";

void hns_network_free(hns_network *network)
{
    free(network->id);
    free(network->name);
    free(network->type);
    free(network->adapter);
    free(network->dns_servers);
    free(network->dns_suffix);
    for (size_t i = 0; i < network->subnet_count; i++) {
        free(network->subnets[i].prefix);
        free(network->subnets[i].gateway);
    }
    free(network->subnets);
    *network = (hns_network)HNS_NETWORK_INIT;
}

void hns_networks_free(hns_network *networks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hns_network_free(&networks[i]);
    free(networks);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void lower_case(char *string)
{
    for (; *string; string++)
        *string = lower(*string);
}

static bool read_subnets(const cJSON *list, hns_network *network)
{
    const cJSON *item;

    if (!cJSON_IsArray(list) || !list->child)
        return true;
    network->subnets = calloc((size_t)cJSON_GetArraySize(list), sizeof(*network->subnets));
    if (!network->subnets)
        return false;
    cJSON_ArrayForEach (item, list) {
        hns_subnet *subnet = &network->subnets[network->subnet_count++];

        subnet->prefix = hns_member_text(item, "AddressPrefix");
        subnet->gateway = hns_member_text(item, "GatewayAddress");
        if (!subnet->prefix || !subnet->gateway)
            return false;
    }
    return true;
}

/* {"Type":"VLAN","VLAN":11}: the number stands in a member called like the policy. */
static uint32_t read_policy(const cJSON *policies, const char *type)
{
    const cJSON *policy;

    cJSON_ArrayForEach (policy, policies) {
        const cJSON *number = cJSON_GetObjectItem(policy, type);
        const char *is = cJSON_GetStringValue(cJSON_GetObjectItem(policy, "Type"));

        if (is && text_equal_ignore_case(is, type) && cJSON_IsNumber(number) &&
            number->valuedouble > 0 && number->valuedouble <= UINT32_MAX)
            return (uint32_t)number->valuedouble;
    }
    return 0;
}

static wcow_status read_network(const cJSON *object, hns_network *out, wcow_error *err)
{
    const cJSON *policies = cJSON_GetObjectItem(object, "Policies");
    cleanup_network hns_network network = HNS_NETWORK_INIT;

    network.id = hns_member_text(object, "ID");
    network.name = hns_member_text(object, "Name");
    network.type = hns_member_text(object, "Type");
    network.adapter = hns_member_text(object, "NetworkAdapterName");
    network.dns_servers = hns_member_text(object, "DNSServerList");
    network.dns_suffix = hns_member_text(object, "DNSSuffix");
    if (!network.id || !network.name || !network.type || !network.adapter || !network.dns_servers ||
        !network.dns_suffix || !read_subnets(cJSON_GetObjectItem(object, "Subnets"), &network))
        return error_no_memory(err);
    if (*network.id == '\0')
        return error_set(err, WCOW_FAILED, "HNS tells of a network without an id");

    network.vlan = read_policy(policies, "VLAN");
    network.vsid = read_policy(policies, "VSID");
    lower_case(network.type);
    *out = network;
    network = (hns_network)HNS_NETWORK_INIT;
    return WCOW_OK;
}

wcow_status hns_networks(hcs_port *port, hns_network **out, size_t *count, wcow_error *err)
{
    cleanup_json cJSON *list = NULL;
    wcow_status status = hns_call(port, "GET", "/networks/", NULL, &list, err);
    hns_network *networks;
    const cJSON *item;
    size_t read = 0;

    if (status)
        return status;
    networks = calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof(*networks));
    if (!networks)
        return error_no_memory(err);
    cJSON_ArrayForEach (item, list) {
        status = read_network(item, &networks[read], err);
        if (status) {
            hns_networks_free(networks, read);
            return status;
        }
        read++;
    }
    *out = networks;
    *count = read;
    return WCOW_OK;
}

bool hns_id_begins(const char *id, const char *digits)
{
    if (!strpbrk(digits, "0123456789abcdefABCDEF"))
        return false;
    for (;; id++, digits++) {
        while (*id == '-')
            id++;
        while (*digits == '-')
            digits++;
        if (*digits == '\0')
            return true;
        if (lower(*id) != lower(*digits))
            return false;
    }
}

static bool has_id(const hns_network *network, const char *reference)
{
    return text_equal_ignore_case(network->id, reference);
}

static bool has_name(const hns_network *network, const char *reference)
{
    return text_equal_ignore_case(network->name, reference);
}

static bool has_prefix(const hns_network *network, const char *reference)
{
    return hns_id_begins(network->id, reference);
}

/* In Docker's words. */
static wcow_status choose(hns_network *networks, size_t count, const char *reference,
                          hns_network **out, wcow_error *err)
{
    static const struct {
        bool (*fits)(const hns_network *network, const char *reference);
        const char *what;
    } ways[] = {{has_id, "ID"}, {has_name, "name"}, {has_prefix, "ID prefix"}};

    for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
        size_t matches = 0;

        for (size_t i = 0; i < count; i++) {
            if (ways[way].fits(&networks[i], reference)) {
                *out = &networks[i];
                matches++;
            }
        }
        if (matches > 1)
            return error_set(err, WCOW_CONFLICT,
                             "network %s is ambiguous (%zu matches found on %s)", reference,
                             matches, ways[way].what);
        if (matches == 1)
            return WCOW_OK;
    }
    return error_set(err, WCOW_NOT_FOUND, "network %s not found", reference);
}

wcow_status hns_network_find(hcs_port *port, const char *reference, hns_network *out,
                             wcow_error *err)
{
    hns_network *networks = NULL;
    hns_network *found = NULL;
    size_t count = 0;
    wcow_status status = hns_networks(port, &networks, &count, err);

    if (status)
        return error_wrap(err, status, "cannot find the network '%s'", reference);
    status = choose(networks, count, reference, &found, err);
    if (!status) {
        *out = *found;
        *found = (hns_network)HNS_NETWORK_INIT;
    }
    hns_networks_free(networks, count);
    return status;
}

/* ---- making and deleting ---- */

static bool add_policy(cJSON *policies, const char *type, uint32_t number)
{
    cleanup_json cJSON *policy = NULL;

    if (!number)
        return true;
    policy = cJSON_CreateObject();
    return policy && json_add_text(policy, "Type", type) &&
           json_add_integer(policy, type, number) && json_append(policies, TAKE(policy));
}

static bool add_policies(cJSON *request, const hns_network_wish *wish)
{
    cJSON *policies;

    if (!wish->vlan && !wish->vsid)
        return true;
    policies = cJSON_AddArrayToObject(request, "Policies");
    return policies && add_policy(policies, "VLAN", wish->vlan) &&
           add_policy(policies, "VSID", wish->vsid);
}

static bool add_mac_pools(cJSON *request, const char *const *macs)
{
    cJSON *pools = macs && *macs ? cJSON_AddArrayToObject(request, "MacPools") : NULL;

    if (!macs || !*macs)
        return true;
    for (; pools && macs[0] && macs[1]; macs += 2) {
        cleanup_json cJSON *pool = cJSON_CreateObject();

        if (!pool || !json_add_text(pool, "StartMacAddress", macs[0]) ||
            !json_add_text(pool, "EndMacAddress", macs[1]) || !json_append(pools, TAKE(pool)))
            return false;
    }
    return pools != NULL;
}

static bool add_subnet(cJSON *subnets, const char *prefix, const char *gateway)
{
    cleanup_json cJSON *subnet = cJSON_CreateObject();

    return subnet && json_add_text(subnet, "AddressPrefix", prefix) &&
           (!gateway || !*gateway || json_add_text(subnet, "GatewayAddress", gateway)) &&
           json_append(subnets, TAKE(subnet));
}

static bool add_subnets(cJSON *request, const hns_network_wish *wish)
{
    cJSON *subnets = cJSON_AddArrayToObject(request, "Subnets");

    if (!subnets || (!wish->subnet_count && !add_subnet(subnets, "0.0.0.0/0", NULL)))
        return false;
    for (size_t i = 0; i < wish->subnet_count; i++)
        if (!add_subnet(subnets, wish->subnets[i].prefix, wish->subnets[i].gateway))
            return false;
    return true;
}

/* In dockerd's order. */
static char *create_request(const hns_network_wish *wish)
{
    cleanup_json cJSON *request = cJSON_CreateObject();

    if (!request || !json_add_text(request, "Name", wish->name) ||
        !json_add_text(request, "Type", wish->type) ||
        !json_add_text(request, "NetworkAdapterName", wish->adapter) ||
        !add_policies(request, wish) || !add_mac_pools(request, wish->mac_pools) ||
        !add_subnets(request, wish) || !json_add_text(request, "DNSSuffix", wish->dns_suffix) ||
        !json_add_text(request, "DNSServerList", wish->dns_servers))
        return NULL;
    return json_print(request);
}

static wcow_status post(hcs_port *port, const char *request, hns_network *out, wcow_error *err)
{
    cleanup_json cJSON *network = NULL;
    wcow_status status = hns_call(port, "POST", "/networks/", request, &network, err);

    return status ? status : read_network(network, out, err);
}

wcow_status hns_network_create(hcs_port *port, const hns_network_wish *wish, hns_network *out,
                               wcow_error *err)
{
    cleanup_free char *request = create_request(wish);

    return request ? post(port, request, out, err) : error_no_memory(err);
}

wcow_status hns_network_delete(hcs_port *port, const char *id, wcow_error *err)
{
    cleanup_free char *path = text_format("/networks/%s", id);
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    status = hns_call(port, "DELETE", path, NULL, NULL, &problem);
    if (status == WCOW_NOT_FOUND)
        return WCOW_OK;
    return error_pass(err, status, &problem);
}

/* ---- the default network ---- */

/* HNS chooses the subnet: each build has a range of its own, and addresses in use are left out. */
static wcow_status create_nat(hcs_port *port, hns_network *out, wcow_error *err)
{
    static const char request[] = "{\"Name\":\"nat\",\"Type\":\"nat\"}";
    wcow_status status = post(port, request, out, err);

    return status ? error_wrap(err, status, "cannot create the network 'nat'") : WCOW_OK;
}

static hns_network *find_nat(hns_network *networks, size_t count, bool any_name)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal(networks[i].type, nat) &&
            (any_name || text_equal_ignore_case(networks[i].name, nat)))
            return &networks[i];
    }
    return NULL;
}

/* Leaves `out` as it is when there is none. */
static wcow_status find_default(hcs_port *port, bool any_name, hns_network *out, wcow_error *err)
{
    hns_network *networks = NULL;
    hns_network *found;
    size_t count = 0;
    wcow_status status = hns_networks(port, &networks, &count, err);

    if (status)
        return error_wrap(err, status, "cannot find the network 'nat'");
    found = find_nat(networks, count, any_name);
    if (found) {
        *out = *found;
        *found = (hns_network)HNS_NETWORK_INIT;
    }
    hns_networks_free(networks, count);
    return WCOW_OK;
}

/*
 * Another container that starts at the same time may have made it meanwhile. And Windows Server
 * 2016 has one NAT prefix only: there a network of another name that has it serves as well.
 */
static wcow_status find_instead(hcs_port *port, hns_network *out)
{
    wcow_status status = find_default(port, false, out, NULL);

    return status || out->id ? status : find_default(port, true, out, NULL);
}

wcow_status hns_network_default(hcs_port *port, hns_network *out, wcow_error *err)
{
    cleanup_network hns_network network = HNS_NETWORK_INIT;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = find_default(port, false, &network, &problem);

    if (!status && !network.id) {
        status = create_nat(port, &network, &problem);
        if (status && !find_instead(port, &network) && network.id)
            status = WCOW_OK;
    }
    if (status)
        return error_pass(err, status, &problem);
    *out = network;
    network = (hns_network)HNS_NETWORK_INIT;
    return WCOW_OK;
}
