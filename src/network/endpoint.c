/* SPDX-License-Identifier: MIT */
/* Endpoints of the Host Network Service. */
#include "network/endpoint.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "network/hns.h"

static const char name_prefix[] = "wcow";

const char *const hns_protocols[] = {[HNS_TCP] = "tcp", [HNS_UDP] = "udp", NULL};

void hns_endpoint_free(hns_endpoint *endpoint)
{
    free(endpoint->id);
    free(endpoint->name);
    free(endpoint->container);
    free(endpoint->network_id);
    free(endpoint->network_name);
    free(endpoint->ip_address);
    free(endpoint->gateway);
    free(endpoint->mac_address);
    free(endpoint->ports);
    *endpoint = (hns_endpoint)HNS_ENDPOINT_INIT;
}

void hns_endpoints_free(hns_endpoint *endpoints, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hns_endpoint_free(&endpoints[i]);
    free(endpoints);
}

/* ---- lists ---- */

void hns_endpoint_list_free(hns_endpoint_list *list)
{
    hns_endpoints_free(list->items, list->count);
    *list = (hns_endpoint_list){NULL, 0};
}

/* What nobody has told of is "", too. */
static char *copy_told(const char *value)
{
    return text_copy(value ? value : "");
}

static wcow_status copy_endpoint(const hns_endpoint *from, hns_endpoint *out)
{
    cleanup_endpoint hns_endpoint copy = {
        .id = copy_told(from->id),
        .name = copy_told(from->name),
        .container = text_copy(from->container),
        .network_id = copy_told(from->network_id),
        .network_name = copy_told(from->network_name),
        .ip_address = copy_told(from->ip_address),
        .gateway = copy_told(from->gateway),
        .mac_address = copy_told(from->mac_address),
        .prefix_length = from->prefix_length,
        .ports = calloc(from->port_count + 1, sizeof *copy.ports),
        .port_count = from->port_count,
    };

    if (!copy.id || !copy.name || !copy.network_id || !copy.network_name || !copy.ip_address ||
        !copy.gateway || !copy.mac_address || !copy.ports || (from->container && !copy.container))
        return WCOW_NO_MEMORY;
    for (size_t i = 0; i < from->port_count; i++)
        copy.ports[i] = from->ports[i];
    *out = copy;
    copy = (hns_endpoint)HNS_ENDPOINT_INIT;
    return WCOW_OK;
}

bool hns_endpoint_list_add(hns_endpoint_list *list, const hns_endpoint *endpoint)
{
    hns_endpoint *grown = realloc(list->items, (list->count + 1) * sizeof *grown);

    if (!grown)
        return false;
    list->items = grown;
    if (copy_endpoint(endpoint, &grown[list->count]))
        return false;
    list->count++;
    return true;
}

bool hns_endpoint_list_add_all(hns_endpoint_list *list, const hns_endpoint_list *more)
{
    for (size_t i = 0; i < more->count; i++) {
        if (!hns_endpoint_list_add(list, &more->items[i]))
            return false;
    }
    return true;
}

hns_endpoint *hns_endpoint_list_find(const hns_endpoint_list *list, const char *id)
{
    for (size_t i = 0; i < list->count; i++) {
        if (text_equal_ignore_case(list->items[i].id, id))
            return &list->items[i];
    }
    return NULL;
}

void hns_endpoint_list_remove(hns_endpoint_list *list, hns_endpoint *item)
{
    hns_endpoint_free(item);
    list->count--;
    memmove(item, item + 1, (size_t)(&list->items[list->count] - item) * sizeof *item);
}

/* ---- what HNS tells ---- */

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

/* A number of HNS's that is a port. */
static uint32_t read_port(const cJSON *policy, const char *member)
{
    const cJSON *number = cJSON_GetObjectItem(policy, member);

    return cJSON_IsNumber(number) && number->valueint > 0 && number->valueint <= UINT16_MAX
               ? (uint32_t)number->valueint
               : 0;
}

/* Policies of type NAT; false: out of memory. */
static bool read_ports(const cJSON *object, hns_endpoint *out)
{
    const cJSON *policies = cJSON_GetObjectItem(object, "Policies");
    const cJSON *policy;

    out->ports = calloc((size_t)cJSON_GetArraySize(policies) + 1, sizeof *out->ports);
    if (!out->ports)
        return false;
    cJSON_ArrayForEach (policy, policies) {
        const cJSON *protocol = cJSON_GetObjectItem(policy, "Protocol");
        const bool udp =
            text_equal_ignore_case(cJSON_GetStringValue(protocol), hns_protocols[HNS_UDP]);
        const hns_port port = {udp ? HNS_UDP : HNS_TCP, read_port(policy, "InternalPort"),
                               read_port(policy, "ExternalPort")};

        if (text_equal_ignore_case(cJSON_GetStringValue(cJSON_GetObjectItem(policy, "Type")),
                                   "NAT") &&
            port.container)
            out->ports[out->port_count++] = port;
    }
    return true;
}

/* What stands behind "wcow-" or "wcow<digits>-". False: out of memory. */
static bool read_container(hns_endpoint *endpoint)
{
    const char *rest = endpoint->name + sizeof(name_prefix) - 1;

    if (!text_starts_with(endpoint->name, name_prefix))
        return true;
    rest += strspn(rest, "0123456789");
    if (rest[0] != '-' || !rest[1])
        return true;
    endpoint->container = text_copy(rest + 1);
    return endpoint->container != NULL;
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
        !endpoint.ip_address || !endpoint.gateway || !endpoint.mac_address ||
        !read_container(&endpoint) || !read_ports(object, &endpoint))
        return error_no_memory(err);
    if (*endpoint.id == '\0')
        return error_set(err, WCOW_FAILED, "HNS tells of an endpoint without an id");

    plain_mac(endpoint.mac_address);
    *out = endpoint;
    endpoint = (hns_endpoint)HNS_ENDPOINT_INIT;
    return WCOW_OK;
}

/* ---- making one ---- */

char *hns_endpoint_name(const char *container_id, size_t n)
{
    return n > 1 ? text_format("%s%zu-%s", name_prefix, n, container_id)
                 : text_format("%s-%s", name_prefix, container_id);
}

static bool add_wished(cJSON *request, const char *name, const char *value)
{
    return !value || !*value || json_add_text(request, name, value);
}

static bool add_mac(cJSON *request, const char *mac)
{
    cleanup_free char *dashed = text_copy(mac ? mac : "");

    for (char *c = dashed; c && *c; c++)
        *c = *c == ':' ? '-' : *c;
    return dashed && add_wished(request, "MacAddress", dashed);
}

static bool add_dns_servers(cJSON *request, const char *const *servers)
{
    cleanup_text text joined = TEXT_INIT;

    for (const char *const *server = servers; server && *server; server++)
        text_addf(&joined, "%s%s", server == servers ? "" : ",", *server);
    return !joined.failed && add_wished(request, "DNSServerList", text_get(&joined));
}

/* As dockerd has them (libnetwork's windows driver); a host port that is left out HNS chooses. */
static bool add_ports(cJSON *policies, const hns_port *ports, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cJSON *policy = cJSON_CreateObject();

        if (!json_append(policies, policy) || !json_add_text(policy, "Type", "NAT") ||
            !json_add_text(policy, "Protocol", hns_protocols[ports[i].protocol]) ||
            !json_add_integer(policy, "InternalPort", ports[i].container) ||
            (ports[i].host && !json_add_integer(policy, "ExternalPort", ports[i].host)) ||
            !json_add_bool(policy, "ExternalPortReserved", true))
            return false;
    }
    return true;
}

static bool add_outbound_nat(cJSON *policies, const char *const *exceptions)
{
    cJSON *policy = cJSON_CreateObject();

    return json_append(policies, policy) && json_add_text(policy, "Type", "OutBoundNAT") &&
           (!exceptions || !*exceptions || json_add_strings(policy, "ExceptionList", exceptions));
}

static bool add_policies(cJSON *request, const hns_endpoint_wish *wish)
{
    cJSON *policies;

    if (!wish->port_count && !wish->outbound_nat)
        return true;
    policies = cJSON_AddArrayToObject(request, "Policies");
    return policies && add_ports(policies, wish->ports, wish->port_count) &&
           (!wish->outbound_nat || add_outbound_nat(policies, wish->outbound_exceptions));
}

/*
 * Without EnableInternalDNS: HNS then puts the gateway first in the container's list of DNS
 * servers, where dockerd's resolver listens; here nobody does, and each look-up would wait for it
 * in vain (README.md).
 */
static char *create_request(const hns_endpoint_wish *wish)
{
    cleanup_json cJSON *request = cJSON_CreateObject();

    if (!request || !json_add_text(request, "Name", wish->name) ||
        !json_add_text(request, "VirtualNetwork", wish->network_id) ||
        !add_policies(request, wish) || !add_wished(request, "IPAddress", wish->ip_address) ||
        !add_mac(request, wish->mac_address) || !add_dns_servers(request, wish->dns_servers))
        return NULL;
    return json_print(request);
}

wcow_status hns_endpoint_create(hcs_port *port, const hns_endpoint_wish *wish, hns_endpoint *out,
                                wcow_error *err)
{
    cleanup_free char *request = create_request(wish);
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

/* ---- host ports that HNS does not choose ---- */

/* Where dockerd begins (libnetwork's portallocator of Windows). */
#define FIRST_CHOSEN_PORT 60000u
#define LAST_CHOSEN_PORT  65000u

bool hns_chooses_ports(const char *network_type)
{
    return !text_equal(network_type, "l2bridge") && !text_equal(network_type, "l2tunnel");
}

bool hns_takes_host_ports(const char *network_type)
{
    return text_equal(network_type, "nat") || text_equal(network_type, "ics") ||
           !hns_chooses_ports(network_type);
}

static bool has_port(const hns_port *ports, size_t count, const hns_port *wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (ports[i].host == wanted->host && ports[i].protocol == wanted->protocol)
            return true;
    }
    return false;
}

static bool is_taken(const hns_endpoint *endpoints, size_t count, const hns_port *wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (has_port(endpoints[i].ports, endpoints[i].port_count, wanted))
            return true;
    }
    return false;
}

static bool has_process(socket_owner_find_fn *find, const hns_port *port)
{
    socket_owner owner;

    return find && !find(port->protocol == HNS_UDP, (uint16_t)port->host, &owner);
}

wcow_status hns_ports_choose(hcs_port *port, socket_owner_find_fn *owner, hns_port *ports,
                             size_t count, wcow_error *err)
{
    hns_endpoint *endpoints = NULL;
    size_t endpoint_count = 0;
    wcow_status status = hns_endpoints(port, &endpoints, &endpoint_count, err);

    for (size_t i = 0; i < count && !status; i++) {
        hns_port wanted = ports[i];

        if (wanted.host)
            continue;
        wanted.host = FIRST_CHOSEN_PORT;
        while (wanted.host <= LAST_CHOSEN_PORT &&
               (has_port(ports, count, &wanted) || is_taken(endpoints, endpoint_count, &wanted) ||
                has_process(owner, &wanted)))
            wanted.host++;
        if (wanted.host > LAST_CHOSEN_PORT)
            status = error_set(err, WCOW_CONFLICT, "all ports of the host from %u to %u are taken",
                               FIRST_CHOSEN_PORT, LAST_CHOSEN_PORT);
        ports[i].host = wanted.host;
    }
    hns_endpoints_free(endpoints, endpoint_count);
    return status;
}

/* ---- whose it is ---- */

const char *hns_endpoint_container(const hns_endpoint *endpoint)
{
    return endpoint->container;
}

bool hns_endpoint_is_of(const hns_endpoint *endpoint, const char *container_id)
{
    return endpoint->container && text_equal(endpoint->container, container_id);
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
