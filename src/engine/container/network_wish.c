/* SPDX-License-Identifier: MIT */
/* What a caller wants of networks for a new container. */
#include "engine/container/network_wish.h"
#include "engine/container/configuration.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/ipv4.h"
#include "base/text.h"
#include "engine/container/catalog.h"
#include "engine/host/host_stores.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"

#define CONTAINER_MODE "container:"

void network_wish_free(network_wish *wish)
{
    free(wish->mode);
    attachment_list_free(&wish->networks);
    port_list_free(&wish->ports);
    string_list_free(&wish->exposed);
    string_list_free(&wish->hosts);
    free(wish->hostname);
    *wish = (network_wish){0};
}

DEFINE_CLEANUP_VALUE(network_wish, network_wish, network_wish_free)

const char *network_mode_container(const char *mode)
{
    return text_starts_with(mode, CONTAINER_MODE) ? mode + strlen(CONTAINER_MODE) : NULL;
}

static bool is_none(const network_wish *wish)
{
    return text_equal(wish->mode, "none");
}

/* ---- networks ---- */

static wcow_status add_endpoints(const wcow_container_spec *spec, attachment_list *out,
                                 wcow_error *err)
{
    const struct wcow_endpoint_spec *const *each = spec->endpoints;
    wcow_endpoint_spec alone = WCOW_ENDPOINT_SPEC_INIT;
    wcow_status status = WCOW_OK;

    alone.network = spec->network;
    if (!each || !*each)
        return attachment_add(out, &alone, err);
    for (; *each && !status; each++)
        status = attachment_add(out, *each, err);
    return status;
}

static wcow_status read_networks(const wcow_container_spec *spec, network_wish *wish,
                                 wcow_error *err)
{
    const char *mode = spec->network ? spec->network : "";
    wcow_status status = WCOW_OK;

    if (text_equal(mode, "host"))
        return error_set(err, WCOW_INVALID,
                         "network host not found: on Windows a container cannot be in the host's "
                         "own network; publish its ports (-p)");
    if (network_mode_container(mode) && !*network_mode_container(mode))
        return error_set(err, WCOW_INVALID, "invalid container format container:<name|id>");
    if (!text_equal(mode, "none") && !network_mode_container(mode))
        status = add_endpoints(spec, &wish->networks, err);
    if (status)
        return status;
    wish->mode = text_copy(wish->networks.count ? attachment_name(&wish->networks.items[0]) : mode);
    return wish->mode ? WCOW_OK : error_no_memory(err);
}

/* ---- names and servers ---- */

/* As far as it can be told without a parser of IPv6. */
static bool is_address(const char *words)
{
    uint32_t address;

    return ipv4_parse(words, &address) ||
           (strchr(words, ':') && !words[strspn(words, "0123456789abcdefABCDEF:.")]);
}

static bool is_host_name(const char *name)
{
    return *name && strlen(name) <= 255 && !strpbrk(name, " \t\r\n#\"");
}

/* "name:address" or "name=address"; an address may stand in brackets (docker/cli
 * ValidateExtraHost). */
static wcow_status read_host(const char *given, string_list *out, wcow_error *err)
{
    const size_t length = strcspn(given, "=:");
    cleanup_free char *name = text_copy_bytes(given, length);
    const char *address = given[length] ? given + length + 1 : "";
    const size_t size = strlen(address);
    const bool bracketed = size > 1 && address[0] == '[' && address[size - 1] == ']';
    cleanup_free char *plain =
        bracketed ? text_copy_bytes(address + 1, size - 2) : text_copy(address);

    if (!name || !plain)
        return error_no_memory(err);
    if (!is_host_name(name) || !*plain)
        return error_set(err, WCOW_INVALID, "bad format for add-host: \"%s\"", given);
    if (!text_equal(plain, "host-gateway") && !is_address(plain))
        return error_set(err, WCOW_INVALID, "invalid IP address in add-host: \"%s\"", plain);
    return string_list_own(out, text_format("%s:%s", name, plain)) ? WCOW_OK : error_no_memory(err);
}

static wcow_status check_servers(const char *const *servers, wcow_error *err)
{
    for (; servers && *servers; servers++) {
        if (!is_address(*servers))
            return error_set(err, WCOW_INVALID, "%s is not an ip address", *servers);
    }
    return WCOW_OK;
}

/* ---- what goes with what ---- */

static bool has_any(const char *const *list)
{
    return list && *list;
}

/* In the words of moby's and the client's checks. */
static wcow_status check_shared(const wcow_container_spec *spec, wcow_error *err)
{
    const struct {
        bool given;
        const char *words;
    } conflicts[] = {
        {spec->hostname && *spec->hostname, "hostname and the network mode"},
        {has_any(spec->dns), "dns and the network mode"},
        {has_any(spec->hosts), "custom host-to-IP mapping and the network mode"},
        {has_any(spec->publish) || spec->publish_all,
         "port publishing and the container type network mode"},
        {has_any(spec->expose), "port exposing and the container type network mode"},
    };

    for (size_t i = 0; i < sizeof conflicts / sizeof conflicts[0]; i++) {
        if (conflicts[i].given)
            return error_set(err, WCOW_INVALID, "conflicting options: %s", conflicts[i].words);
    }
    return WCOW_OK;
}

static bool expose_published(network_wish *wish)
{
    for (size_t i = 0; i < wish->ports.count; i++) {
        const hns_port *port = &wish->ports.items[i];
        cleanup_free char *name =
            text_format("%u/%s", port->container, hns_protocols[port->protocol]);

        if (!name ||
            (!string_list_contains(&wish->exposed, name) && !string_list_add(&wish->exposed, name)))
            return false;
    }
    return true;
}

wcow_status network_wish_take(const wcow_container_spec *spec, network_wish *out, wcow_error *err)
{
    CLEANUP(network_wish) network_wish wish = {0};
    wcow_status status = read_networks(spec, &wish, err);

    if (!status && network_mode_container(wish.mode))
        status = check_shared(spec, err);
    if (!status)
        status = port_specs_parse(spec->publish, &wish.ports, err);
    if (!status)
        status = exposed_ports_add(spec->expose, "--expose", &wish.exposed, err);
    if (!status)
        status = check_servers(spec->dns, err);
    for (const char *const *host = spec->hosts; host && *host && !status; host++)
        status = read_host(*host, &wish.hosts, err);
    if (!status && !expose_published(&wish))
        status = error_no_memory(err);
    if (status)
        return status;
    *out = wish;
    wish = (network_wish){0};
    return WCOW_OK;
}

/* ---- what is there ---- */

/* Both are one computer in their network, and HCS is told one name of it. */
static wcow_status read_hostname(wcow_host *host, const char *id, char **out, wcow_error *err)
{
    cleanup_json cJSON *config = NULL;
    wcow_status status = configuration_load(host, id, &config, err);

    if (status)
        return status;
    *out = text_copy(json_text(config, "hostname", ""));
    return *out ? WCOW_OK : error_no_memory(err);
}

static wcow_status find_container(wcow_host *host, network_wish *wish, wcow_error *err)
{
    const char *other = network_mode_container(wish->mode);
    cleanup_free char *id = NULL;
    cleanup_free char *name = NULL;
    wcow_status status = catalog_find(host, other, &id, &name, err);
    char *mode;

    if (!status)
        status = read_hostname(host, id, &wish->hostname, err);
    if (status)
        return status;
    mode = text_format("%s%s", CONTAINER_MODE, id);
    if (!mode)
        return error_no_memory(err);
    free(wish->mode);
    wish->mode = mode;
    return WCOW_OK;
}

static wcow_status check_networks(wcow_host *host, network_wish *wish, wcow_error *err)
{
    hcs_port *hcs = NULL;
    wcow_status status = WCOW_OK;

    for (size_t i = 0; i < wish->networks.count && !status; i++) {
        attachment *a = &wish->networks.items[i];

        if (!*a->network)
            continue;
        status = hcs ? WCOW_OK : host_hcs(host, &hcs, err);
        if (!status)
            status = attachment_check(host, hcs, a, err);
        for (size_t k = 0; k < i && !status; k++) {
            if (text_equal_ignore_case(attachment_name(&wish->networks.items[k]), a->network))
                status = error_set(err, WCOW_INVALID, "network \"%s\" is specified multiple times",
                                   a->network);
        }
    }
    if (!status && wish->networks.count &&
        !text_replace(&wish->mode, attachment_name(&wish->networks.items[0])))
        status = error_no_memory(err);
    return status;
}

wcow_status network_wish_check(wcow_host *host, network_wish *wish, wcow_error *err)
{
    return network_mode_container(wish->mode) ? find_container(host, wish, err)
                                              : check_networks(host, wish, err);
}

/* ---- into the record ---- */

static bool is_on_own(const network_wish *wish)
{
    for (size_t i = 0; i < wish->networks.count; i++) {
        if (*wish->networks.items[i].network)
            return true;
    }
    return false;
}

static wcow_status check_all_forwarded(const record *r, wcow_error *err)
{
    for (size_t i = 0; r->publish_all && i < r->exposed.count; i++) {
        hns_port port;

        if (!exposed_port_read(r->exposed.items[i], &port))
            return error_set(err, WCOW_INVALID,
                             "port %s cannot be published (-P): Windows forwards tcp and udp",
                             r->exposed.items[i]);
    }
    return WCOW_OK;
}

wcow_status network_wish_record(network_wish *wish, const wcow_container_spec *spec,
                                const image_config *source, record *out, string_list *warnings,
                                wcow_error *err)
{
    wcow_status status;

    if (network_mode_container(wish->mode) && out->isolation == WCOW_ISOLATION_HYPERV)
        return error_set(err, WCOW_INVALID,
                         "invalid network-mode: using the network stack of another container is "
                         "not supported while using Hyper-V Containers");
    status = exposed_ports_add((const char *const *)source->exposed_ports.items,
                               "port that the image exposes", &wish->exposed, err);
    if (status)
        return status;
    for (const char *const *server = spec->dns; server && *server; server++) {
        if (!string_list_add(&out->dns, *server))
            return error_no_memory(err);
    }
    if (is_none(wish) && (wish->ports.count || spec->publish_all) &&
        !string_list_add(warnings, "Published ports are discarded when using none network mode"))
        return error_no_memory(err);
    if (is_on_own(wish) && out->isolation == WCOW_ISOLATION_HYPERV &&
        !string_list_add(warnings, "it finds by name the containers of its networks that run when "
                                   "it starts, and not those that start later: with Hyper-V "
                                   "isolation nobody can tell it of them"))
        return error_no_memory(err);
    out->network = TAKE(wish->mode);
    out->networks = wish->networks;
    out->ports = wish->ports;
    out->exposed = wish->exposed;
    out->hosts = wish->hosts;
    out->publish_all = spec->publish_all;
    *wish = (network_wish){.hostname = wish->hostname};
    return check_all_forwarded(out, err);
}
