/* SPDX-License-Identifier: MIT */
/* The networks of a container, as its record has them. */
#include "engine/container/attachment.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/ipv4.h"
#include "base/options.h"
#include "base/text.h"
#include "engine/network/known_networks.h"

static void attachment_free(attachment *a)
{
    free(a->network);
    string_list_free(&a->aliases);
    free(a->ip_address);
    free(a->mac_address);
    *a = (attachment){0};
}

DEFINE_CLEANUP_VALUE(attachment, attachment, attachment_free)

void attachment_list_free(attachment_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        attachment_free(&list->items[i]);
    free(list->items);
    *list = (attachment_list){NULL, 0};
}

const char *attachment_name(const attachment *a)
{
    return *a->network ? a->network : DEFAULT_NETWORK;
}

attachment *attachment_find(const attachment_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (text_equal_ignore_case(attachment_name(&list->items[i]), name))
            return &list->items[i];
    }
    return NULL;
}

bool attachments_have_names(const attachment_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (*list->items[i].network)
            return true;
    }
    return false;
}

void attachment_remove(attachment_list *list, attachment *item)
{
    attachment_free(item);
    list->count--;
    memmove(item, item + 1, (size_t)(&list->items[list->count] - item) * sizeof *item);
}

static bool append(attachment_list *list, attachment *item)
{
    attachment *grown = realloc(list->items, (list->count + 1) * sizeof *grown);

    if (!grown)
        return false;
    grown[list->count++] = *item;
    list->items = grown;
    *item = (attachment){0};
    return true;
}

static bool is_of_network(const attachment_list *list, const char *network)
{
    for (size_t i = 0; i < list->count; i++) {
        if (*list->items[i].network && text_equal_ignore_case(list->items[i].network, network))
            return true;
    }
    return false;
}

/* Of the default network's name HNS decides: what is no other one's is its. */
const hns_endpoint *attachment_endpoint(const attachment_list *list, const attachment *a,
                                        const hns_endpoint_list *endpoints)
{
    for (size_t i = 0; i < endpoints->count; i++) {
        const hns_endpoint *each = &endpoints->items[i];

        if (!*each->id) /* on its way, to whichever */
            continue;
        if (*a->network ? text_equal_ignore_case(a->network, each->network_name)
                        : !is_of_network(list, each->network_name))
            return each;
    }
    return NULL;
}

/* ---- what a caller wants ---- */

static bool is_default(const char *name)
{
    return !name || !*name || text_equal(name, "default") ||
           text_equal_ignore_case(name, DEFAULT_NETWORK);
}

/* "00:15:5d:aa:bb:cc", with colons or dashes; kept with colons and small letters. */
static wcow_status read_mac(const char *given, char **out, wcow_error *err)
{
    cleanup_free char *mac = text_copy(given);
    size_t at = 0;

    if (!mac)
        return error_no_memory(err);
    for (; mac[at]; at++) {
        const bool between = at % 3 == 2;

        mac[at] = mac[at] == '-' ? ':' : (char)tolower((unsigned char)mac[at]);
        if (between ? mac[at] != ':' : !isxdigit((unsigned char)mac[at]))
            break;
    }
    if (*mac && (mac[at] || at != strlen("00:15:5d:aa:bb:cc")))
        return error_set(err, WCOW_INVALID, "%s is not a valid mac address", given);
    *out = TAKE(mac);
    return WCOW_OK;
}

/* What stands in a hosts file: one word. */
static bool is_name(const char *name)
{
    return *name && strlen(name) <= 255 &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "-_.")] == '\0';
}

static wcow_status add_aliases(attachment *a, const char *const *aliases, wcow_error *err)
{
    if (aliases && *aliases && !*a->network)
        return error_set(err, WCOW_INVALID,
                         "network-scoped aliases are only supported for user-defined networks");
    for (; aliases && *aliases; aliases++) {
        if (!is_name(*aliases))
            return error_set(err, WCOW_INVALID,
                             "invalid network alias '%s': it is no name of DNS's", *aliases);
        if (!string_list_contains(&a->aliases, *aliases) && !string_list_add(&a->aliases, *aliases))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

static wcow_status read_spec(const wcow_endpoint_spec *spec, attachment *out, wcow_error *err)
{
    uint32_t address;
    wcow_status status;

    out->network = text_copy(is_default(spec->network) ? "" : spec->network);
    out->ip_address = text_copy(spec->ip_address ? spec->ip_address : "");
    if (!out->network || !out->ip_address)
        return error_no_memory(err);
    if (*out->ip_address && !ipv4_parse(out->ip_address, &address))
        return error_set(err, WCOW_INVALID, "invalid IPv4 address: %s", out->ip_address);
    status = read_mac(spec->mac_address ? spec->mac_address : "", &out->mac_address, err);
    return status ? status : add_aliases(out, spec->aliases, err);
}

wcow_status attachment_add(attachment_list *list, const wcow_endpoint_spec *given, wcow_error *err)
{
    wcow_endpoint_spec spec = WCOW_ENDPOINT_SPEC_INIT;
    CLEANUP(attachment) attachment a = {0};
    wcow_status status = options_copy(&spec, sizeof spec, given, "wcow_endpoint_spec", err);

    if (!status)
        status = read_spec(&spec, &a, err);
    if (status)
        return status;
    if (attachment_find(list, attachment_name(&a)))
        return error_set(err, WCOW_INVALID, "network \"%s\" is specified multiple times",
                         attachment_name(&a));
    return append(list, &a) ? WCOW_OK : error_no_memory(err);
}

bool attachment_add_default(attachment_list *list)
{
    return !attachment_add(list, NULL, NULL);
}

/* ---- what the network says to it ---- */

static bool has_address(const hns_network *network, const char *address)
{
    bool is_open = true; /* others give its addresses out, or HNS does not tell */
    uint32_t wanted = 0;

    (void)ipv4_parse(address, &wanted);
    for (size_t i = 0; i < network->subnet_count; i++) {
        ipv4_prefix prefix;

        if (!ipv4_parse_prefix(network->subnets[i].prefix, &prefix) || !prefix.length)
            continue;
        is_open = false;
        if (ipv4_contains(&prefix, wanted))
            return true;
    }
    return is_open;
}

wcow_status attachment_check(wcow_host *host, hcs_port *hcs, attachment *a, wcow_error *err)
{
    cleanup_network_use network_use use = {.network = HNS_NETWORK_INIT};
    const hns_network *network = &use.network;
    wcow_status status;

    if (!*a->network)
        return WCOW_OK;
    status = network_use_find(host, hcs, a->network, &use, err);
    if (status)
        return status;
    if (*a->ip_address && !has_address(network, a->ip_address))
        return error_set(
            err, WCOW_INVALID, "invalid IP address %s: it is in no subnet of the network %s (%s)",
            a->ip_address, use.name, network->subnet_count ? network->subnets[0].prefix : "");
    return text_replace(&a->network, use.name) ? WCOW_OK : error_no_memory(err);
}
