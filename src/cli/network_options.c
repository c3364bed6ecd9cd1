/* SPDX-License-Identifier: MIT */
/* --network and what goes with it (docker/cli opts/network.go, container/opts.go). */
#include "cli/network_options.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

/* ---- Docker's long form ---- */

/* "name=nat" and not "a=", as its regular expression \w+=\w+ has it. */
static bool is_long_form(const char *given)
{
    const char *equals = strchr(given, '=');

    return equals && equals > given && (isalnum((unsigned char)equals[-1]) || equals[-1] == '_') &&
           (isalnum((unsigned char)equals[1]) || equals[1] == '_');
}

static wcow_status set_text(char **at, const char *key, const char *value, wcow_error *err)
{
    if (*at)
        return error_set(err, WCOW_INVALID, "invalid --network: '%s' is given twice", key);
    *at = text_copy(value);
    return *at ? WCOW_OK : error_no_memory(err);
}

static wcow_status read_field(struct network_item *item, const char *key, const char *value,
                              wcow_error *err)
{
    static const struct {
        const char *key, *reason;
    } refused[] = {
        {"ip6", "its container networks have no IPv6"},
        {"link-local-ip", "its container networks have none to give"},
        {"driver-opt", "an endpoint has no options there that can be given as text"},
        {"gw-priority", "it chooses the gateway itself"},
    };

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (text_equal(key, refused[i].key))
            return error_set(err, WCOW_INVALID,
                             "invalid --network: %s has no meaning on Windows: %s", key,
                             refused[i].reason);
    }
    if (text_equal(key, "name"))
        return set_text(&item->network, key, value, err);
    if (text_equal(key, "ip"))
        return set_text(&item->ip_address, key, value, err);
    if (text_equal(key, "mac-address"))
        return set_text(&item->mac_address, key, value, err);
    if (text_equal(key, "alias"))
        return string_list_add(&item->aliases, value) ? WCOW_OK : error_no_memory(err);
    return error_set(err, WCOW_INVALID, "invalid field key %s", key);
}

static wcow_status read_long_form(const char *given, struct network_item *item, wcow_error *err)
{
    cleanup_free char *words = text_copy(given);
    char *next = NULL;
    wcow_status status = words ? WCOW_OK : error_no_memory(err);

    for (char *word = words ? strtok_r(words, ",", &next) : NULL; word && !status;
         word = strtok_r(NULL, ",", &next)) {
        char *value = strchr(word, '=');

        if (!value)
            return error_set(err, WCOW_INVALID, "invalid field %s", word);
        *value++ = '\0';
        for (char *c = word; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        status = read_field(item, word, value, err);
    }
    if (!status && !item->network)
        status = error_set(err, WCOW_INVALID, "network name/id is not specified");
    return status;
}

static wcow_status read_item(const char *given, struct network_item *item, wcow_error *err)
{
    if (is_long_form(given))
        return read_long_form(given, item, err);
    item->network = text_copy(given);
    return item->network ? WCOW_OK : error_no_memory(err);
}

/* ---- the options beside it ---- */

static wcow_status merge_text(char **at, const char *given, const char *option, const char *what,
                              wcow_error *err)
{
    if (!given || !*given)
        return WCOW_OK;
    if (*at)
        return error_set(err, WCOW_INVALID,
                         "conflicting options: cannot specify both %s and per-network %s", option,
                         what);
    *at = text_copy(given);
    return *at ? WCOW_OK : error_no_memory(err);
}

static wcow_status merge_options(struct network_item *first, const struct network_options *options,
                                 wcow_error *err)
{
    wcow_status status =
        merge_text(&first->ip_address, options->ip_address, "--ip", "IPv4 address", err);

    if (!status)
        status = merge_text(&first->mac_address, options->mac_address, "--mac-address",
                            "MAC address", err);
    if (!status && first->aliases.count && options->aliases.count)
        status = error_set(err, WCOW_INVALID,
                           "conflicting options: cannot specify both --network-alias and "
                           "per-network alias");
    for (size_t i = 0; i < options->aliases.count && !status; i++) {
        if (!string_list_add(&first->aliases, options->aliases.items[i]))
            status = error_no_memory(err);
    }
    return status;
}

/* ---- the request ---- */

static bool is_special(const char *network)
{
    return text_equal(network, "none") || text_equal(network, "host") ||
           text_starts_with(network, "container:");
}

static bool is_plain(const struct network_item *item)
{
    return !item->ip_address && !item->mac_address && !item->aliases.count;
}

static wcow_status check_special(const struct network_request *request, wcow_error *err)
{
    for (size_t i = 0; i < request->count; i++) {
        const struct network_item *item = &request->items[i];

        if (!is_special(item->network))
            continue;
        if (request->count > 1)
            return error_set(err, WCOW_INVALID,
                             "conflicting options: cannot attach both user-defined and "
                             "non-user-defined network-modes");
        if (!is_plain(item))
            return error_set(err, WCOW_INVALID,
                             "conflicting options: addresses and aliases and the network mode '%s'",
                             item->network);
    }
    return WCOW_OK;
}

/* One network without more to say of it is named alone: the default one is none at all. */
static wcow_status finish(struct network_request *request, wcow_error *err)
{
    const bool alone = request->count == 1 && is_plain(&request->items[0]);

    if (alone) {
        request->mode = *request->items[0].network ? request->items[0].network : NULL;
        return WCOW_OK;
    }
    request->endpoints = calloc(request->count + 1, sizeof *request->endpoints);
    if (!request->endpoints)
        return error_no_memory(err);
    for (size_t i = 0; i < request->count; i++) {
        struct network_item *item = &request->items[i];

        item->spec = (wcow_endpoint_spec)WCOW_ENDPOINT_SPEC_INIT;
        item->spec.network = item->network;
        item->spec.ip_address = item->ip_address;
        item->spec.mac_address = item->mac_address;
        item->spec.aliases = (const char *const *)item->aliases.items;
        request->endpoints[i] = &item->spec;
    }
    return WCOW_OK;
}

wcow_status network_request_make(struct network_request *out, const struct network_options *options,
                                 wcow_error *err)
{
    const string_list *networks = &options->networks;
    wcow_status status = WCOW_OK;

    out->count = networks->count ? networks->count : 1;
    out->items = calloc(out->count, sizeof *out->items);
    if (!out->items)
        return error_no_memory(err);
    for (size_t i = 0; i < out->count && !status; i++)
        status = read_item(networks->count ? networks->items[i] : "", &out->items[i], err);
    for (size_t i = 1; i < out->count && !status; i++) {
        for (size_t k = 0; k < i && !status; k++) {
            if (text_equal(out->items[i].network, out->items[k].network))
                status = error_set(err, WCOW_INVALID, "network \"%s\" is specified multiple times",
                                   out->items[i].network);
        }
    }
    if (!status)
        status = merge_options(&out->items[0], options, err);
    if (!status)
        status = check_special(out, err);
    return status ? status : finish(out, err);
}

void network_request_free(struct network_request *request)
{
    for (size_t i = 0; request->items && i < request->count; i++) {
        struct network_item *item = &request->items[i];

        free(item->network);
        free(item->ip_address);
        free(item->mac_address);
        string_list_free(&item->aliases);
    }
    free(request->items);
    free((void *)request->endpoints);
    *request = (struct network_request){0};
}
