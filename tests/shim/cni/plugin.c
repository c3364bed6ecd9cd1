/* SPDX-License-Identifier: MIT */
/* A CNI plug-in for tests of pods (CNI specification 1.0.0). */
#include "plugin.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "network/endpoint.h"
#include "network/namespace.h"
#include "network/network.h"

#define CNI_VERSION "1.0.0"

/* Codes of the specification. */
enum { CNI_INVALID_ENVIRONMENT = 4, CNI_DECODING_FAILURE = 6, CNI_TRY_AGAIN = 11, CNI_OTHER = 999 };

static char *print_error(int code, const char *message)
{
    cleanup_json cJSON *answer = cJSON_CreateObject();

    json_add_text(answer, "cniVersion", CNI_VERSION);
    json_add_integer(answer, "code", code);
    json_add_text(answer, "msg", message);
    return json_print(answer);
}

/* ---- the endpoint ---- */

static char *endpoint_name(const cni_call *call, const cJSON *configuration)
{
    return text_format("%s_%s", call->container, json_text(configuration, "name", ""));
}

static wcow_status find_endpoint(hcs_port *port, const char *name, hns_endpoint *out,
                                 wcow_error *err)
{
    hns_endpoint *all = NULL;
    size_t count = 0;
    wcow_status status = hns_endpoints(port, &all, &count, err);
    size_t found = count;

    if (status)
        return status;
    for (size_t i = 0; i < count; i++)
        if (text_equal_ignore_case(all[i].name, name))
            found = i;
    if (found < count) {
        *out = all[found];
        all[found] = (hns_endpoint)HNS_ENDPOINT_INIT;
    }
    hns_endpoints_free(all, count);
    return found < count ? WCOW_OK
                         : error_set(err, WCOW_NOT_FOUND, "there is no endpoint '%s'", name);
}

/* go-cni writes the members with capitals, others do not: cJSON finds either. */
static uint32_t port_in(const cJSON *mapping, const char *name)
{
    const cJSON *port = cJSON_GetObjectItem(mapping, name);

    return cJSON_IsNumber(port) ? (uint32_t)port->valuedouble : 0;
}

/* runtimeConfig.portMappings: what a pod wants published. */
static size_t read_ports(const cJSON *configuration, hns_port ports[16])
{
    const cJSON *item;
    size_t count = 0;

    cJSON_ArrayForEach (item, json_path(configuration, "runtimeConfig.portMappings")) {
        const char *protocol = cJSON_GetStringValue(cJSON_GetObjectItem(item, "protocol"));

        if (count == 16)
            break;
        ports[count].protocol =
            text_equal_ignore_case(protocol ? protocol : "tcp", "udp") ? HNS_UDP : HNS_TCP;
        ports[count].container = port_in(item, "containerPort");
        ports[count++].host = port_in(item, "hostPort");
    }
    return count;
}

/* runtimeConfig.dns: containerd writes its members with capitals. */
static wcow_status read_servers(const cJSON *configuration, string_list *out)
{
    const cJSON *item;

    cJSON_ArrayForEach (
        item, cJSON_GetObjectItem(json_path(configuration, "runtimeConfig.dns"), "servers")) {
        if (cJSON_IsString(item) && !string_list_add(out, item->valuestring))
            return WCOW_NO_MEMORY;
    }
    return WCOW_OK;
}

static wcow_status make_endpoint(hcs_port *port, const cJSON *configuration, const char *name,
                                 hns_endpoint *out, wcow_error *err)
{
    cleanup_network hns_network network = HNS_NETWORK_INIT;
    cleanup_strings string_list servers = STRING_LIST_INIT;
    hns_port ports[16];
    hns_endpoint_wish wish = {.name = name, .ports = ports};
    wcow_status status =
        hns_network_find(port, json_text(configuration, "name", ""), &network, err);

    if (!status && read_servers(configuration, &servers))
        status = error_no_memory(err);
    if (status)
        return status;
    wish.network_id = network.id;
    wish.port_count = read_ports(configuration, ports);
    wish.dns_servers = servers.count ? (const char *const *)servers.items : NULL;
    return hns_endpoint_create(port, &wish, out, err);
}

/* ---- commands ---- */

static char *print_result(const cni_call *call, const hns_endpoint *endpoint)
{
    cleanup_json cJSON *answer = cJSON_CreateObject();
    cleanup_free char *address =
        text_format("%s/%u", endpoint->ip_address, endpoint->prefix_length);
    cJSON *interface = cJSON_CreateObject();
    cJSON *ip = cJSON_CreateObject();

    json_add_text(answer, "cniVersion", CNI_VERSION);
    json_add_text(interface, "name", call->interface ? call->interface : "eth0");
    json_add_text(interface, "mac", endpoint->mac_address);
    json_add_text(interface, "sandbox", call->space);
    json_append(cJSON_AddArrayToObject(answer, "interfaces"), interface);
    json_add_text(ip, "address", address);
    json_add_text(ip, "gateway", endpoint->gateway);
    json_add_integer(ip, "interface", 0);
    json_append(cJSON_AddArrayToObject(answer, "ips"), ip);
    cJSON_AddObjectToObject(answer, "dns");
    return json_print(answer);
}

static wcow_status add(hcs_port *port, const cni_call *call, const cJSON *configuration, char **out,
                       wcow_error *err)
{
    cleanup_endpoint hns_endpoint endpoint = HNS_ENDPOINT_INIT;
    cleanup_free char *name = endpoint_name(call, configuration);
    wcow_status status;
    bool made;

    if (!name)
        return error_no_memory(err);
    status = find_endpoint(port, name, &endpoint, err);
    made = status == WCOW_NOT_FOUND;
    if (made)
        status = make_endpoint(port, configuration, name, &endpoint, err);
    if (status)
        return status;
    status = hns_namespace_add(port, call->space, endpoint.id, err);
    if (status && made)
        ignore(hns_endpoint_delete(port, endpoint.id, NULL));
    if (status)
        return status;
    *out = print_result(call, &endpoint);
    return WCOW_OK;
}

/* What is not there any more is no failure: containerd calls this twice. */
static wcow_status del(hcs_port *port, const cni_call *call, const cJSON *configuration,
                       wcow_error *err)
{
    cleanup_endpoint hns_endpoint endpoint = HNS_ENDPOINT_INIT;
    cleanup_free char *name = endpoint_name(call, configuration);
    wcow_status status;

    if (!name)
        return error_no_memory(err);
    status = find_endpoint(port, name, &endpoint, err);
    if (status == WCOW_NOT_FOUND)
        return WCOW_OK;
    if (!status && call->space && *call->space)
        status = hns_namespace_remove(port, call->space, endpoint.id, err);
    return status ? status : hns_endpoint_delete(port, endpoint.id, err);
}

static int carry_out(hcs_port *port, const cni_call *call, const cJSON *configuration, char **out)
{
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status;

    if (text_equal(call->command, "ADD"))
        status = add(port, call, configuration, out, &err);
    else
        status = del(port, call, configuration, &err);
    if (!status && !*out)
        *out = text_copy("");
    if (status)
        *out = print_error(status == WCOW_UNAVAILABLE ? CNI_TRY_AGAIN : CNI_OTHER, err.message);
    return status ? 1 : 0;
}

int cni_run(hcs_port *port, const cni_call *call, char **out)
{
    cleanup_json cJSON *configuration = call->input ? cJSON_Parse(call->input) : NULL;
    const bool adds = text_equal(call->command, "ADD");

    *out = NULL;
    if (text_equal(call->command, "VERSION")) {
        *out = text_copy("{\"cniVersion\":\"" CNI_VERSION
                         "\",\"supportedVersions\":[\"0.3.1\",\"0.4.0\",\"" CNI_VERSION "\"]}");
        return 0;
    }
    if (!adds && !text_equal(call->command, "DEL")) {
        *out = print_error(CNI_INVALID_ENVIRONMENT, "CNI_COMMAND is none of ADD, DEL and VERSION");
        return 1;
    }
    if (!call->container || (adds && (!call->space || !*call->space))) {
        *out = print_error(CNI_INVALID_ENVIRONMENT, "CNI_CONTAINERID or CNI_NETNS is not set");
        return 1;
    }
    if (!cJSON_IsObject(configuration)) {
        *out = print_error(CNI_DECODING_FAILURE, "the configuration is no JSON object");
        return 1;
    }
    return carry_out(port, call, configuration, out);
}
