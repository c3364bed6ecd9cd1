/* SPDX-License-Identifier: MIT */
/* Endpoints of the Host Network Service. */
#include "network/endpoint.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "network/hns.h"

static const char name_prefix[] = "wcow-";

void hns_endpoint_free(hns_endpoint *endpoint)
{
    free(endpoint->id);
    free(endpoint->name);
    free(endpoint->network_id);
    free(endpoint->network_name);
    free(endpoint->ip_address);
    free(endpoint->gateway);
    free(endpoint->mac_address);
    *endpoint = (hns_endpoint)HNS_ENDPOINT_INIT;
}

void hns_endpoints_free(hns_endpoint *endpoints, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hns_endpoint_free(&endpoints[i]);
    free(endpoints);
}

/* "00-15-5D-AA-BB-CC" → "00:15:5d:aa:bb:cc" */
static void plain_mac(char *mac)
{
    for (; *mac; mac++) {
        if (*mac == '-')
            *mac = ':';
        else if (*mac >= 'A' && *mac <= 'F')
            *mac = (char)(*mac - 'A' + 'a');
    }
}

static uint32_t read_prefix_length(const cJSON *object)
{
    const cJSON *member = cJSON_GetObjectItem(object, "PrefixLength");

    return cJSON_IsNumber(member) && member->valueint >= 0 && member->valueint <= 128
               ? (uint32_t)member->valueint
               : 0;
}

static wcow_status read_endpoint(const cJSON *object, hns_endpoint *out, wcow_error *err)
{
    cleanup_endpoint hns_endpoint endpoint = HNS_ENDPOINT_INIT;

    endpoint.id = hns_member_text(object, "ID");
    endpoint.name = hns_member_text(object, "Name");
    endpoint.network_id = hns_member_text(object, "VirtualNetwork");
    endpoint.network_name = hns_member_text(object, "VirtualNetworkName");
    endpoint.ip_address = hns_member_text(object, "IPAddress");
    endpoint.gateway = hns_member_text(object, "GatewayAddress");
    endpoint.mac_address = hns_member_text(object, "MacAddress");
    endpoint.prefix_length = read_prefix_length(object);
    if (!endpoint.id || !endpoint.name || !endpoint.network_id || !endpoint.network_name ||
        !endpoint.ip_address || !endpoint.gateway || !endpoint.mac_address)
        return error_no_memory(err);
    if (*endpoint.id == '\0')
        return error_set(err, WCOW_FAILED, "HNS tells of an endpoint without an id");

    plain_mac(endpoint.mac_address);
    *out = endpoint;
    endpoint = (hns_endpoint)HNS_ENDPOINT_INIT;
    return WCOW_OK;
}

/*
 * Without EnableInternalDNS: HNS then puts the gateway first in the container's list of DNS
 * servers, where dockerd's resolver listens; here nobody does, and each look-up would wait for it
 * in vain.
 */
static char *create_request(const char *network_id, const char *container_id)
{
    cleanup_json cJSON *request = cJSON_CreateObject();
    cleanup_free char *name = text_format("%s%s", name_prefix, container_id);

    if (!request || !name || !json_add_text(request, "Name", name) ||
        !json_add_text(request, "VirtualNetwork", network_id))
        return NULL;
    return json_print(request);
}

wcow_status hns_endpoint_create(hcs_port *port, const char *network_id, const char *container_id,
                                hns_endpoint *out, wcow_error *err)
{
    cleanup_free char *request = create_request(network_id, container_id);
    cleanup_json cJSON *endpoint = NULL;
    wcow_status status;

    if (!request)
        return error_no_memory(err);
    status = hns_call(port, "POST", "/endpoints/", request, &endpoint, err);
    if (!status)
        status = read_endpoint(endpoint, out, err);
    return status ? error_wrap(err, status, "cannot connect to the network") : WCOW_OK;
}

wcow_status hns_endpoint_get(hcs_port *port, const char *id, hns_endpoint *out, wcow_error *err)
{
    cleanup_free char *path = text_format("/endpoints/%s", id);
    cleanup_json cJSON *endpoint = NULL;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    status = hns_call(port, "GET", path, NULL, &endpoint, err);
    return status ? status : read_endpoint(endpoint, out, err);
}

wcow_status hns_endpoint_delete(hcs_port *port, const char *id, wcow_error *err)
{
    cleanup_free char *path = text_format("/endpoints/%s", id);
    wcow_error error = WCOW_ERROR_INIT;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    status = hns_call(port, "DELETE", path, NULL, NULL, &error);
    if (status == WCOW_OK || status == WCOW_NOT_FOUND)
        return WCOW_OK;
    if (err)
        *err = error;
    return error_wrap(err, status, "cannot delete the endpoint %s", id);
}

wcow_status hns_endpoints(hcs_port *port, hns_endpoint **out, size_t *count, wcow_error *err)
{
    cleanup_json cJSON *list = NULL;
    wcow_status status = hns_call(port, "GET", "/endpoints/", NULL, &list, err);
    hns_endpoint *endpoints;
    const cJSON *item;
    size_t read = 0;

    if (status)
        return status;
    endpoints = calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof(*endpoints));
    if (!endpoints)
        return error_no_memory(err);
    cJSON_ArrayForEach (item, list) {
        status = read_endpoint(item, &endpoints[read], err);
        if (status) {
            hns_endpoints_free(endpoints, read);
            return status;
        }
        read++;
    }
    *out = endpoints;
    *count = read;
    return WCOW_OK;
}

const char *hns_endpoint_container(const hns_endpoint *endpoint)
{
    const size_t length = sizeof(name_prefix) - 1;

    if (!endpoint->name || strncmp(endpoint->name, name_prefix, length) != 0 ||
        endpoint->name[length] == '\0')
        return NULL;
    return endpoint->name + length;
}

wcow_status hns_endpoints_of(hcs_port *port, const char *system, string_list *out, wcow_error *err)
{
    cleanup_json cJSON *list = NULL;
    wcow_status status = hns_call(port, "GET", "/endpoints/", NULL, &list, err);
    const cJSON *item;

    if (status)
        return status;
    cJSON_ArrayForEach (item, list) {
        const cJSON *containers = cJSON_GetObjectItem(item, "SharedContainers");
        const char *only = cJSON_GetStringValue(cJSON_GetArrayItem(containers, 0));

        if (cJSON_GetArraySize(containers) == 1 && only && text_equal_ignore_case(only, system) &&
            !string_list_own(out, hns_member_text(item, "ID")))
            return error_no_memory(err);
    }
    return WCOW_OK;
}
