/* SPDX-License-Identifier: MIT */
/* What a run is to be connected to. */
#include "engine/container/run_wiring.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/catalog.h"
#include "engine/container/container.h"
#include "engine/container/id.h"
#include "engine/container/network_wish.h"
#include "engine/container/port_conflict.h"
#include "engine/container/reconcile.h"

void run_wiring_free(run_wiring *wiring)
{
    free(wiring->networks);
    port_list_free(&wiring->ports);
    hns_endpoint_list_free(&wiring->shared);
    free(wiring->shared_space);
    free(wiring->owner);
    string_list_free(&wiring->texts);
    free(wiring->names);
    network_use_free(&wiring->use);
    string_list_free(&wiring->nat_exceptions);
    *wiring = (run_wiring){0};
}

static bool is_published(const port_list *ports, const hns_port *port)
{
    for (size_t i = 0; i < ports->count; i++) {
        if (ports->items[i].container == port->container &&
            ports->items[i].protocol == port->protocol)
            return true;
    }
    return false;
}

static bool collect_ports(const record *what, port_list *out)
{
    for (size_t i = 0; i < what->ports.count; i++) {
        if (!port_list_add(out, what->ports.items[i]))
            return false;
    }
    for (size_t i = 0; what->publish_all && i < what->exposed.count; i++) {
        hns_port port;

        if (exposed_port_read(what->exposed.items[i], &port) && !is_published(out, &port) &&
            !port_list_add(out, port))
            return false;
    }
    port_list_sort(out);
    return true;
}

run_network run_wiring_of(const record *what, const attachment *a, const port_list *ports)
{
    return (run_network){
        .reference = *a->network ? a->network : NULL,
        .endpoint = {.ip_address = a->ip_address,
                     .mac_address = a->mac_address,
                     .dns_servers = (const char *const *)what->dns.items,
                     .ports = ports ? ports->items : NULL,
                     .port_count = ports ? ports->count : 0},
    };
}

static wcow_status look_at_running(wcow_host *host, const char *id, state **out, wcow_error *err)
{
    cleanup_container wcow_container *container = container_new(host, id, id);
    cleanup_state state *s = NULL;
    wcow_status status = container ? container_settle(container, &s, err) : error_no_memory(err);

    if (status)
        return status;
    if (!state_is_running(s))
        return error_set(err, WCOW_CONFLICT,
                         "cannot join network of a non running container: %.12s", id);
    *out = TAKE(s);
    return WCOW_OK;
}

/*
 * A start of the owner makes its network anew, and who shared the one before still has that:
 * whoever names him is not to get another than his. What he joined is told by the owner's start,
 * as he read it: whether it is that one, and not which came first, since a clock may be set back.
 */
static wcow_status check_shared(const record *sharer, int64_t joined, const char *owner,
                                const state *s, wcow_error *err)
{
    if (!joined || s->started == joined)
        return WCOW_OK;
    return error_set(err, WCOW_CONFLICT,
                     "cannot join network of container %s: it has the one that container %s had "
                     "before it was started anew: restart %s first",
                     sharer->name, owner, sharer->name);
}

/*
 * Who has the network that `id` has: one that shares a third one's has none of its own. There is no
 * circle: a container is made after the one that it names, by id.
 *
 * @param[out] name  its name
 */
static wcow_status find_owner(wcow_host *host, const char *id, char **out, char **name, state **of,
                              wcow_error *err)
{
    cleanup_state state *s = NULL;
    cleanup_record record *r = NULL;
    cleanup_free char *found = NULL;
    const char *next;
    wcow_status status = look_at_running(host, id, &s, err);

    if (!status)
        status = record_read(host, id, &r, err);
    if (status)
        return status;
    next = network_mode_container(r->network);
    if (next) {
        status = find_owner(host, next, out, name, of, err);
        return status ? status : check_shared(r, s->joined, *name, *of, err);
    }
    found = text_copy(id);
    if (!found || !text_replace(name, r->name))
        return error_no_memory(err);
    *out = TAKE(found);
    *of = TAKE(s);
    return WCOW_OK;
}

/* What it has of it at this moment: as with Docker, a start of the other one makes it anew. */
static wcow_status share(wcow_host *host, const char *id, run_wiring *out, run_networks *networks,
                         wcow_error *err)
{
    cleanup_state state *s = NULL;
    cleanup_free char *name = NULL;
    wcow_status status = find_owner(host, id, &out->owner, &name, &s, err);

    if (status)
        return status;
    if (!hns_endpoint_list_add_all(&out->shared, &s->endpoints) ||
        (s->space && !text_replace(&out->shared_space, s->space)))
        return error_no_memory(err);
    out->joined = s->started;
    *networks = (run_networks){
        .container = out->owner, .endpoints = &out->shared, .space = out->shared_space};
    return WCOW_OK;
}

/* ---- names ---- */

static bool add_name(run_wiring *out, const char *name, size_t length, const char *address)
{
    char *kept_name = text_copy_bytes(name, length);
    char *kept_address = text_copy(address);
    const bool first = string_list_own(&out->texts, kept_name);
    const bool second = string_list_own(&out->texts, kept_address);
    host_name *grown = realloc(out->names, (out->name_count + 1) * sizeof *grown);

    if (grown)
        out->names = grown;
    if (!grown || !first || !second)
        return false;
    out->names[out->name_count++] = (host_name){kept_name, kept_address};
    return true;
}

/* --add-host comes first: of two lines of a hosts file the first counts. */
static bool add_own(const record *what, run_wiring *out)
{
    for (size_t i = 0; i < what->hosts.count; i++) {
        const char *host = what->hosts.items[i];
        const size_t length = strcspn(host, ":");

        if (!add_name(out, host, length, host + length + 1))
            return false;
    }
    return true;
}

/* A container's name, aliases and short id, as Docker's resolver has them. */
static bool add_peer(const record *peer, const attachment *a, const char *address, run_wiring *out)
{
    if (!add_name(out, peer->name, strlen(peer->name), address) ||
        !add_name(out, peer->id, ID_SHORT_LENGTH, address))
        return false;
    for (size_t i = 0; i < a->aliases.count; i++) {
        if (!add_name(out, a->aliases.items[i], strlen(a->aliases.items[i]), address))
            return false;
    }
    return true;
}

static bool add_peers_of(const record *what, const entry *peer, run_wiring *out)
{
    for (size_t i = 0; i < what->networks.count; i++) {
        const char *network = what->networks.items[i].network;
        const attachment *a = *network ? attachment_find(&peer->record->networks, network) : NULL;
        const hns_endpoint *e =
            a ? attachment_endpoint(&peer->record->networks, a, &peer->state->endpoints) : NULL;

        if (e && *e->ip_address && !add_peer(peer->record, a, e->ip_address, out))
            return false;
    }
    return true;
}

/* Its state says that it runs, and says so for ever if its monitor was killed; HNS may give its
 * address to another one meanwhile. */
static bool is_lost(wcow_host *host, const entry *e)
{
    return !e->unreadable && state_is_running(e->state) &&
           attachments_have_names(&e->record->networks) && !container_watched(host, e->record->id);
}

wcow_status run_wiring_peers(wcow_host *host, catalog *out, wcow_error *err)
{
    wcow_status status = catalog_read(host, out, err);

    for (size_t i = 0; i < out->count && !status; i++) {
        if (is_lost(host, &out->items[i]))
            out->items[i].state->phase = PHASE_EXITED;
    }
    return status;
}

wcow_status run_wiring_names(const catalog *all, const record *what, run_wiring *out,
                             wcow_error *err)
{
    if (!add_own(what, out))
        return error_no_memory(err);
    for (size_t i = 0; i < all->count; i++) {
        const entry *peer = &all->items[i];

        if (!peer->unreadable && state_is_running(peer->state) &&
            !text_equal(peer->record->id, what->id) && !add_peers_of(what, peer, out))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

/* On the default network there are no names, as with Docker: then no others are looked at. */
static wcow_status add_names(wcow_host *host, const record *what, run_wiring *out, wcow_error *err)
{
    cleanup_catalog catalog all = CATALOG_INIT;
    wcow_status status = WCOW_OK;

    if (attachments_have_names(&what->networks))
        status = run_wiring_peers(host, &all, err);
    return status ? status : run_wiring_names(&all, what, out, err);
}

/* What dockerd's disable_gatewaydns leaves out of an endpoint ours never has. */
wcow_status run_wiring_find(void *context, hcs_port *hcs, const char *reference, hns_network *out,
                            hns_endpoint_wish *wish, wcow_error *err)
{
    run_wiring *wiring = context;
    network_use *use = &wiring->use;
    wcow_status status;

    network_use_free(use);
    string_list_free(&wiring->nat_exceptions);
    status = network_use_find(wiring->host, hcs, reference, use, err);
    if (status)
        return status;
    if (!network_option_items(&use->options, "outboundnat_exceptions", &wiring->nat_exceptions))
        return error_no_memory(err);
    if (wiring->id && wish->port_count && hns_takes_host_ports(use->network.type))
        status = port_conflicts_check(wiring->host, wiring->id, wish->ports, wish->port_count, err);
    if (status)
        return status;
    wish->outbound_nat = network_option_is_true(&use->options, "enable_outboundnat");
    wish->outbound_exceptions = (const char *const *)wiring->nat_exceptions.items;
    *out = use->network;
    use->network = (hns_network)HNS_NETWORK_INIT;
    return WCOW_OK;
}

wcow_status run_wiring_make(wcow_host *host, const record *what, run_wiring *out,
                            run_networks *networks, wcow_error *err)
{
    const attachment_list *all = &what->networks;
    const char *other = network_mode_container(what->network);
    wcow_status status;

    if (other)
        return share(host, other, out, networks, err);
    out->networks = calloc(all->count + 1, sizeof *out->networks);
    if (!out->networks || !collect_ports(what, &out->ports))
        return error_no_memory(err);
    for (size_t i = 0; i < all->count; i++)
        out->networks[i] = run_wiring_of(what, &all->items[i], i ? NULL : &out->ports);
    status = add_names(host, what, out, err);
    if (status)
        return status;
    out->host = host;
    *networks = (run_networks){.items = out->networks,
                               .count = all->count,
                               .find = run_wiring_find,
                               .context = out,
                               .names = out->names,
                               .name_count = out->name_count};
    return WCOW_OK;
}
