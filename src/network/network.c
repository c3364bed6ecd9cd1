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
    free(network->subnet);
    free(network->gateway);
    *network = (hns_network)HNS_NETWORK_INIT;
}

void hns_networks_free(hns_network *networks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hns_network_free(&networks[i]);
    free(networks);
}

static void lower_case(char *string)
{
    for (; *string; string++) {
        if (*string >= 'A' && *string <= 'Z')
            *string = (char)(*string - 'A' + 'a');
    }
}

static wcow_status read_network(const cJSON *object, hns_network *out, wcow_error *err)
{
    const cJSON *subnets = cJSON_GetObjectItem(object, "Subnets");
    const cJSON *subnet = cJSON_IsArray(subnets) ? subnets->child : NULL;
    cleanup_network hns_network network = HNS_NETWORK_INIT;

    network.id = hns_member_text(object, "ID");
    network.name = hns_member_text(object, "Name");
    network.type = hns_member_text(object, "Type");
    network.subnet = hns_member_text(subnet, "AddressPrefix");
    network.gateway = hns_member_text(subnet, "GatewayAddress");
    if (!network.id || !network.name || !network.type || !network.subnet || !network.gateway)
        return error_no_memory(err);
    if (*network.id == '\0')
        return error_set(err, WCOW_FAILED, "HNS tells of a network without an id");

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

/* HNS chooses the subnet: each build has a range of its own, and addresses in use are left out. */
static wcow_status create_nat(hcs_port *port, hns_network *out, wcow_error *err)
{
    static const char request[] = "{\"Name\":\"nat\",\"Type\":\"nat\"}";
    cleanup_json cJSON *network = NULL;
    wcow_status status = hns_call(port, "POST", "/networks/", request, &network, err);

    if (!status)
        status = read_network(network, out, err);
    return status ? error_wrap(err, status, "cannot create the network 'nat'") : WCOW_OK;
}

static hns_network *find_nat(hns_network *networks, size_t count)
{
    hns_network *first = NULL;

    for (size_t i = 0; i < count; i++) {
        if (!text_equal(networks[i].type, nat))
            continue;
        if (text_equal_ignore_case(networks[i].name, nat))
            return &networks[i];
        if (!first)
            first = &networks[i];
    }
    return first;
}

/* Leaves `out` as it is when there is none. */
static wcow_status find_default(hcs_port *port, hns_network *out, wcow_error *err)
{
    hns_network *networks = NULL;
    hns_network *found;
    size_t count = 0;
    wcow_status status = hns_networks(port, &networks, &count, err);

    if (status)
        return error_wrap(err, status, "cannot find the network 'nat'");
    found = find_nat(networks, count);
    if (found) {
        *out = *found;
        *found = (hns_network)HNS_NETWORK_INIT;
    }
    hns_networks_free(networks, count);
    return WCOW_OK;
}

wcow_status hns_network_default(hcs_port *port, hns_network *out, wcow_error *err)
{
    cleanup_network hns_network network = HNS_NETWORK_INIT;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = find_default(port, &network, &problem);

    if (!status && !network.id) {
        status = create_nat(port, &network, &problem);
        /* Another container that starts at the same time may have been faster. */
        if (status && find_default(port, &network, NULL) == WCOW_OK && network.id)
            status = WCOW_OK;
    }
    if (status && err)
        *err = problem;
    if (status)
        return error_pass(err, status, &problem);
    *out = network;
    network = (hns_network)HNS_NETWORK_INIT;
    return WCOW_OK;
}
