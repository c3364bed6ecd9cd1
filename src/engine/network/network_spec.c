/* SPDX-License-Identifier: MIT */
/*
 * A network's spec. Subnets, gateways and the like come as lists and belong together by where an
 * address lies, as in docker/cli (cli/command/network/create.go); what is wrong is told in its
 * words or in dockerd's (daemon/network.go), where those say what to do.
 */
#include "engine/network/network_spec.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/ipv4.h"
#include "base/number.h"
#include "base/text.h"

#define OPTION_PREFIX "com.docker.network.windowsshim."

/* ---- names and drivers ---- */

bool network_is_predefined(const char *name)
{
    static const char *const names[] = {"nat", "none", "default"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (text_equal_ignore_case(name, names[i]))
            return true;
    return false;
}

static bool is_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    return *name && strchr(letters, *name) && strlen(name) <= 128 &&
           name[strspn(
               name, "_.-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")] == '\0';
}

static wcow_status check_name(const char *name, wcow_error *err)
{
    if (!name || !is_name(name))
        return error_set(err, WCOW_INVALID,
                         "invalid network name '%s': it is made of letters, digits and _.-, and "
                         "begins with a letter or a digit",
                         name ? name : "");
    if (network_is_predefined(name))
        return error_set(err, WCOW_CONFLICT, "operation is not permitted on predefined %s network",
                         name);
    return WCOW_OK;
}

static wcow_status check_driver(const char *driver, wcow_error *err)
{
    static const char *const drivers[] = {"nat",      "transparent", "l2bridge", "l2tunnel",
                                          "internal", "private",     "ics"};

    for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
        if (text_equal(driver, drivers[i]))
            return WCOW_OK;
    if (text_equal(driver, "null"))
        return error_set(err, WCOW_CONFLICT, "only one instance of \"null\" network is allowed");
    if (text_equal(driver, "overlay"))
        return error_set(err, WCOW_UNSUPPORTED,
                         "an overlay network needs a swarm, which wcow has not: use nat, "
                         "transparent or l2bridge");
    return error_set(err, WCOW_UNSUPPORTED,
                     "Windows has no network driver '%s': it has nat, transparent, l2bridge, "
                     "l2tunnel, internal, private and ics",
                     driver);
}

/* ---- options ---- */

static bool is_flag(const char *value)
{
    static const char *const words[] = {"1", "t", "T", "true",  "TRUE",  "True",
                                        "0", "f", "F", "false", "FALSE", "False"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (text_equal(value, words[i]))
            return true;
    return false;
}

static bool is_number(const char *value)
{
    uint64_t number;

    return number_parse(value, UINT32_MAX, &number);
}

static bool is_pairs(const char *value)
{
    size_t commas = 0;

    for (; *value; value++)
        commas += *value == ',';
    return commas % 2 == 1;
}

static bool is_filled(const char *value)
{
    return *value != '\0';
}

static bool is_anything(const char *value)
{
    (void)value;
    return true;
}

/* By libnetwork's drivers/windows/labels.go; what dockerd reads and does nothing with, too. */
static const struct {
    const char *name;
    bool (*fits)(const char *value);
    const char *wanted;
} known_options[] = {
    {"disable_dns", is_flag, "true or false"},
    {"disable_gatewaydns", is_flag, "true or false"},
    {"disableicc", is_flag, "true or false"},
    {"dnsservers", is_anything, NULL},
    {"dnssuffix", is_anything, NULL},
    {"enable_outboundnat", is_flag, "true or false"},
    {"interface", is_anything, NULL},
    {"macpool", is_pairs, "FIRST,LAST: both ends of a range of MAC addresses"},
    {"networkname", is_filled, "a name"},
    {"outboundnat_exceptions", is_anything, NULL},
    {"routingdomain", is_anything, NULL},
    {"sourcemac", is_anything, NULL},
    {"vlanid", is_number, "a number"},
    {"vsid", is_number, "a number"},
};

static wcow_status check_shim_option(const char *option, wcow_error *err)
{
    const char *name = option + strlen(OPTION_PREFIX);
    const size_t length = strcspn(name, "=");
    const char *value = name[length] ? name + length + 1 : "";

    for (size_t i = 0; i < sizeof(known_options) / sizeof(known_options[0]); i++) {
        if (strlen(known_options[i].name) != length ||
            strncmp(known_options[i].name, name, length) != 0)
            continue;
        if (known_options[i].fits(value))
            return WCOW_OK;
        return error_set(err, WCOW_INVALID, "invalid option '%s': its value is %s", option,
                         known_options[i].wanted);
    }
    if (length == strlen("hnsid") && strncmp(name, "hnsid", length) == 0)
        return error_set(err, WCOW_UNSUPPORTED,
                         "a network that HNS has already needs no other: use it by its name or id "
                         "(wcow network ls)");
    return error_set(err, WCOW_INVALID,
                     "unknown option '%s': wcow network create --help tells those that there are",
                     option);
}

/* What does not begin so is noted and shown, as dockerd does. */
static wcow_status check_options(const char *const *options, string_list *out, wcow_error *err)
{
    for (; options && *options; options++) {
        wcow_status status = WCOW_OK;

        if (text_starts_with(*options, OPTION_PREFIX))
            status = check_shim_option(*options, err);
        if (!status && !string_list_add(out, *options))
            status = error_no_memory(err);
        if (status)
            return status;
    }
    return WCOW_OK;
}

/* ---- subnets ---- */

static subnet_note *subnet_at(const network_note *note, size_t i)
{
    return (subnet_note *)note->subnets.items + i;
}

static ipv4_prefix prefix_of(const subnet_note *subnet)
{
    ipv4_prefix prefix = {0, 32};

    (void)ipv4_parse_prefix(subnet->prefix, &prefix); /* it was, before it came into the note */
    return prefix;
}

static size_t count_of(const char *const *list)
{
    size_t count = 0;

    while (list && list[count])
        count++;
    return count;
}

static wcow_status check_prefix(const network_note *note, const char *printed, ipv4_prefix *out,
                                wcow_error *err)
{
    char masked[IPV4_TEXT_SIZE];
    ipv4_prefix plain;

    if (strchr(printed, ':'))
        return error_set(err, WCOW_UNSUPPORTED,
                         "subnet %s is of IPv6, which the container networks of Windows have not",
                         printed);
    if (!ipv4_parse_prefix(printed, out))
        return error_set(err, WCOW_INVALID,
                         "invalid subnet '%s': it is ADDRESS/LENGTH, as in 172.30.0.0/16", printed);
    plain = ipv4_masked(out);
    ipv4_print_prefix(&plain, masked);
    if (plain.address != out->address)
        return error_set(err, WCOW_INVALID,
                         "invalid network config: invalid subnet %s: it should be %s", printed,
                         masked);
    for (size_t i = 0; i < note->subnets.count; i++) {
        const ipv4_prefix other = prefix_of(subnet_at(note, i));

        if (ipv4_overlap(&other, out))
            return error_set(err, WCOW_INVALID,
                             "multiple overlapping subnet configuration is not supported");
    }
    return WCOW_OK;
}

static wcow_status add_subnets(const char *const *subnets, network_note *note, wcow_error *err)
{
    const size_t count = count_of(subnets);

    if (!count)
        return WCOW_OK;
    note->subnets.items = calloc(count, sizeof(subnet_note));
    if (!note->subnets.items)
        return error_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        ipv4_prefix prefix;
        wcow_status status = check_prefix(note, subnets[i], &prefix, err);
        subnet_note *subnet = subnet_at(note, i);

        if (status)
            return status;
        note->subnets.count++;
        subnet->prefix = text_copy(subnets[i]);
        subnet->gateway = text_copy("");
        if (!subnet->prefix || !subnet->gateway)
            return error_no_memory(err);
    }
    return WCOW_OK;
}

/* NULL: in none. */
static subnet_note *subnet_with(const network_note *note, const char *printed)
{
    uint32_t address;

    if (!ipv4_parse(printed, &address))
        return NULL;
    for (size_t i = 0; i < note->subnets.count; i++) {
        const ipv4_prefix prefix = prefix_of(subnet_at(note, i));

        if (ipv4_contains(&prefix, address))
            return subnet_at(note, i);
    }
    return NULL;
}

static wcow_status add_gateway(const char *gateway, network_note *note, wcow_error *err)
{
    subnet_note *subnet = subnet_with(note, gateway);

    if (!subnet)
        return error_set(err, WCOW_INVALID, "no matching subnet for gateway %s", gateway);
    if (*subnet->gateway)
        return error_set(err, WCOW_INVALID,
                         "cannot configure multiple gateways (%s, %s) for the same subnet (%s)",
                         gateway, subnet->gateway, subnet->prefix);
    return text_replace(&subnet->gateway, gateway) ? WCOW_OK : error_no_memory(err);
}

static wcow_status add_auxiliary(const char *pair, network_note *note, wcow_error *err)
{
    const char *address = strchr(pair, '=');
    subnet_note *subnet = address ? subnet_with(note, address + 1) : NULL;

    if (!address)
        return error_set(err, WCOW_INVALID, "invalid auxiliary address '%s': it is NAME=ADDRESS",
                         pair);
    if (!subnet)
        return error_set(err, WCOW_INVALID, "no matching subnet for aux-address %s", address + 1);
    return string_list_add(&subnet->auxiliary, pair) ? WCOW_OK : error_no_memory(err);
}

static wcow_status add_addresses(const wcow_network_spec *spec, network_note *note, wcow_error *err)
{
    const char *const *each;
    wcow_status status;

    if (spec->ip_ranges && *spec->ip_ranges)
        return error_set(err, WCOW_UNSUPPORTED,
                         "Windows gives out addresses of the whole subnet: make the subnet the "
                         "range (%s)",
                         *spec->ip_ranges);
    if (count_of(spec->subnets) < count_of(spec->gateways))
        return error_set(err, WCOW_INVALID,
                         "every ip-range or gateway must have a corresponding subnet");
    status = add_subnets(spec->subnets, note, err);
    for (each = spec->gateways; !status && each && *each; each++)
        status = add_gateway(*each, note, err);
    for (each = spec->auxiliary; !status && each && *each; each++)
        status = add_auxiliary(*each, note, err);
    return status;
}

/* ---- all of it ---- */

static bool copy_list(const char *const *from, string_list *to)
{
    for (; from && *from; from++)
        if (!string_list_add(to, *from))
            return false;
    return true;
}

static wcow_status fill(const wcow_network_spec *spec, network_note *note, wcow_error *err)
{
    const char *name;
    wcow_status status = check_options(spec->options, &note->options, err);

    if (!status)
        status = add_addresses(spec, note, err);
    if (status)
        return status;
    name = network_option(&note->options, "networkname");
    note->name = text_copy(spec->name);
    note->id = text_copy("");
    note->hns_name = text_copy(name ? name : spec->name);
    note->driver = text_copy(spec->driver ? spec->driver : "nat");
    note->internal = spec->internal;
    note->attachable = spec->attachable;
    if (!note->name || !note->id || !note->hns_name || !note->driver ||
        !copy_list(spec->labels, &note->labels))
        return error_no_memory(err);
    return WCOW_OK;
}

wcow_status network_spec_check(const wcow_network_spec *spec, network_note *out, wcow_error *err)
{
    cleanup_network_note network_note note = {0};
    wcow_status status = check_name(spec->name, err);

    if (!status)
        status = check_driver(spec->driver ? spec->driver : "nat", err);
    if (!status)
        status = fill(spec, &note, err);
    if (status)
        return status;
    *out = note;
    note = (network_note){0};
    return WCOW_OK;
}

/* ---- for HNS ---- */

void network_order_free(network_order *order)
{
    free(order->subnets);
    string_list_free(&order->mac_pools);
    *order = (network_order){0};
}

static uint32_t number_of(const network_note *note, const char *option)
{
    const char *value = network_option(&note->options, option);
    uint64_t number = 0;

    return value && number_parse(value, UINT32_MAX, &number) ? (uint32_t)number : 0;
}

/* Empty is not there at all, as in Go's JSON. */
static const char *text_option(const network_note *note, const char *option)
{
    const char *value = network_option(&note->options, option);

    return value && *value ? value : NULL;
}

wcow_status network_order_of(const network_note *note, network_order *out, wcow_error *err)
{
    cleanup_network_order network_order order = {0};

    order.subnets = calloc(note->subnets.count + 1, sizeof(*order.subnets));
    if (!order.subnets || !network_option_items(&note->options, "macpool", &order.mac_pools))
        return error_no_memory(err);
    for (size_t i = 0; i < note->subnets.count; i++)
        order.subnets[i] = (hns_subnet){subnet_at(note, i)->prefix, subnet_at(note, i)->gateway};
    order.wish = (hns_network_wish){
        .name = note->hns_name,
        .type = note->driver,
        .adapter = text_option(note, "interface"),
        .dns_servers = text_option(note, "dnsservers"),
        .dns_suffix = text_option(note, "dnssuffix"),
        .subnets = order.subnets,
        .subnet_count = note->subnets.count,
        .vlan = number_of(note, "vlanid"),
        .vsid = number_of(note, "vsid"),
        .mac_pools = (const char *const *)order.mac_pools.items,
    };
    *out = order;
    order = (network_order){0};
    return WCOW_OK;
}
