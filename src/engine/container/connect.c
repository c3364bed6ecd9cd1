/* SPDX-License-Identifier: MIT */
/*
 * Joining and leaving networks. A record's list is what the next run has; one that runs has its
 * endpoint, or loses it, at once (live_endpoint.h). HNS and HCS may take long at that: no lock that
 * others need is held meanwhile, but network.lock of the container, which nobody else takes;
 * containers.lock only for the record, which is read again under it.
 */
#include <stdlib.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/text.h"
#include "engine/container/catalog.h"
#include "engine/container/container.h"
#include "engine/container/container_event.h"
#include "engine/container/live_endpoint.h"
#include "engine/container/network_wish.h"
#include "engine/container/peer_names.h"
#include "engine/container/reconcile.h"
#include "engine/host/paths.h"
#include "engine/network/known_networks.h"
#include "port/clock.h"

#define STARTING_PAUSE 20u

/* What is done with one container, whose network.lock is held. */
typedef struct change {
    wcow_container *container;
    store_lock lock;
    record *record; /* as it was read last */
    state *state;
} change;

static void change_end(change *c)
{
    store_lock_release(&c->lock);
    record_free(c->record);
    state_free(c->state);
}

DEFINE_CLEANUP_VALUE(change, change, change_end)

/* It is done: whoever is on the network learns of it. */
static void tell(const change *c, const char *action, const hns_endpoint *endpoint,
                 const char *network)
{
    attachment one = {.network = (char *)(uintptr_t)network};
    const attachment_list networks = {&one, 1};

    container_event_network(c->container->host, c->container->id, endpoint, network, action);
    peer_names_spread(c->container->host, c->container->id, &networks);
}

/* ---- its turn ---- */

static wcow_status take_lock(change *c, wcow_error *err)
{
    wcow_host *host = c->container->host;
    cleanup_free char *path = path_in_container(host, c->container->id, FILE_NETWORK_LOCK);
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    if (container_gone(c->container))
        return container_say_gone(c->container, err);
    status = path ? store_lock_take(host, path, host->limits.lock, &c->lock, &problem)
                  : error_no_memory(&problem);
    if (status && container_gone(c->container))
        return container_say_gone(c->container, err);
    if (status == WCOW_TIMEOUT)
        return error_set(err, status,
                         "another command is connecting container %s to a network, or "
                         "disconnecting it, and does not come to an end",
                         c->container->name);
    return error_pass(err, status, &problem);
}

/* One that starts has read its record, or will: which networks it took shows when it runs. */
static wcow_status look(change *c, wcow_error *err)
{
    const uint64_t give_up = ticks_after(c->container->host->limits.connect);
    wcow_status status;

    for (;;) {
        state_free(TAKE(c->state));
        status = container_settle(c->container, &c->state, err);
        if (status || c->state->phase != PHASE_STARTING)
            return status;
        if (ticks_now() >= give_up)
            return error_set(err, WCOW_CONFLICT, "container %s is starting: wait until it runs",
                             c->container->name);
        clock_sleep(STARTING_PAUSE);
    }
}

static wcow_status change_begin(change *c, wcow_error *err)
{
    wcow_status status = take_lock(c, err);

    if (!status)
        status = look(c, err);
    if (!status)
        status = container_record(c->container, &c->record, err);
    if (!status && state_is_running(c->state) &&
        live_endpoints_sweep(c->container->host, c->record, c->state))
        status = look(c, err);
    return status;
}

/* ---- the record ---- */

static wcow_status read_again(change *c, store_lock *lock, wcow_error *err)
{
    wcow_status status = catalog_lock(c->container->host, lock, err);

    record_free(TAKE(c->record));
    return status ? status : container_record(c->container, &c->record, err);
}

static bool take_all(attachment_list *from, attachment_list *to)
{
    attachment *grown = realloc(to->items, (to->count + from->count) * sizeof *grown);

    if (!grown)
        return false;
    to->items = grown;
    for (size_t i = 0; i < from->count; i++)
        to->items[to->count++] = from->items[i];
    free(from->items);
    *from = (attachment_list){NULL, 0};
    return true;
}

static wcow_status add_to_record(change *c, attachment_list *wanted, wcow_error *err)
{
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    wcow_status status = read_again(c, &lock, err);

    if (status)
        return status;
    return take_all(wanted, &c->record->networks) ? record_write(c->container->host, c->record, err)
                                                  : error_no_memory(err);
}

static wcow_status strike_from_record(change *c, const char *network, wcow_error *err)
{
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    wcow_status status = read_again(c, &lock, err);
    attachment *a = status ? NULL : attachment_find(&c->record->networks, network);

    if (status || !a)
        return status;
    attachment_remove(&c->record->networks, a);
    return record_write(c->container->host, c->record, err);
}

/* ---- joining ---- */

static wcow_status check_mode(const record *r, wcow_error *err)
{
    if (text_equal(r->network, "none"))
        return error_set(err, WCOW_CONFLICT,
                         "container cannot be connected to multiple networks with one of the "
                         "networks in private (none) mode");
    if (network_mode_container(r->network))
        return error_set(err, WCOW_CONFLICT,
                         "container sharing network namespace with another container or host "
                         "cannot be connected to any other network");
    return WCOW_OK;
}

/* NULL: it does not run, or has none of it. */
static const hns_endpoint *find_endpoint(const change *c, const attachment *a)
{
    return state_is_running(c->state)
               ? attachment_endpoint(&c->record->networks, a, &c->state->endpoints)
               : NULL;
}

static wcow_status join(change *c, const attachment *a, hns_endpoint *out, wcow_error *err)
{
    return live_endpoint_join(c->container->host, c->record, a, out, err);
}

/* One that runs has the endpoint first: what cannot be made is not written down. */
static wcow_status join_running(change *c, attachment_list *wanted, const char *network,
                                wcow_error *err)
{
    wcow_host *host = c->container->host;
    cleanup_endpoint hns_endpoint made = HNS_ENDPOINT_INIT;
    wcow_status status = join(c, &wanted->items[0], &made, err);

    if (status)
        return status;
    status = add_to_record(c, wanted, err);
    if (status)
        ignore(live_endpoint_leave(host, c->container->id, &made, true, NULL));
    else
        tell(c, "connect", &made, network);
    return status;
}

/* One that was started as its record was written had read it already, or not. */
static wcow_status join_resting(change *c, attachment_list *wanted, const char *network,
                                wcow_error *err)
{
    cleanup_endpoint hns_endpoint made = HNS_ENDPOINT_INIT;
    const attachment *a;
    wcow_status status = add_to_record(c, wanted, err);

    if (!status)
        status = look(c, err);
    a = status ? NULL : attachment_find(&c->record->networks, network);
    if (!a || !state_is_running(c->state) || find_endpoint(c, a))
        return status;
    status = join(c, a, &made, err);
    if (status)
        ignore(strike_from_record(c, network, NULL));
    else
        tell(c, "connect", &made, network);
    return status;
}

static wcow_status connect_to(wcow_container *container, attachment_list *wanted, wcow_error *err)
{
    CLEANUP(change) change c = {.container = container};
    cleanup_free char *network = text_copy(attachment_name(&wanted->items[0]));
    wcow_status status = network ? change_begin(&c, err) : error_no_memory(err);

    if (!status)
        status = check_mode(c.record, err);
    if (status)
        return status;
    if (attachment_find(&c.record->networks, network))
        return error_set(err, WCOW_CONFLICT, "endpoint with name %s already exists in network %s",
                         c.record->name, network);
    return state_is_running(c.state) ? join_running(&c, wanted, network, err)
                                     : join_resting(&c, wanted, network, err);
}

wcow_status wcow_container_connect(wcow_container *container, const wcow_endpoint_spec *spec,
                                   wcow_error *err)
{
    cleanup_attachments attachment_list wanted = {NULL, 0};
    hcs_port *hcs = NULL;
    wcow_status status = attachment_add(&wanted, spec, err);

    if (!status && *wanted.items[0].network)
        status = host_hcs(container->host, &hcs, err);
    if (!status)
        status = attachment_check(container->host, hcs, &wanted.items[0], err);
    return status ? status : connect_to(container, &wanted, err);
}

/* ---- leaving ---- */

/* By what the record calls it, or by what HNS knows under these words. */
static attachment *find_attachment(wcow_host *host, const record *r, const char *network)
{
    cleanup_network_use network_use found = {.network = HNS_NETWORK_INIT};
    attachment *a = attachment_find(&r->networks, network);
    hcs_port *hcs;

    if (a || host_hcs(host, &hcs, NULL) || network_use_find(host, hcs, network, &found, NULL))
        return a;
    return attachment_find(&r->networks, found.name);
}

/* Its endpoint goes first: what cannot be taken from it stays in the record. */
static wcow_status leave_running(change *c, const attachment *a, bool force, wcow_error *err)
{
    const hns_endpoint *endpoint = find_endpoint(c, a);
    wcow_container *container = c->container;
    wcow_status status = WCOW_OK;

    if (endpoint)
        status = live_endpoint_leave(container->host, container->id, endpoint, force, err);
    if (!status)
        status = strike_from_record(c, attachment_name(a), err);
    if (!status && endpoint)
        tell(c, "disconnect", endpoint, attachment_name(a));
    return status;
}

/* As with joining: what was started as its record was written may have it all the same. */
static wcow_status leave_resting(change *c, const attachment *a, bool force, wcow_error *err)
{
    wcow_status status = strike_from_record(c, attachment_name(a), err);

    if (!status)
        status = look(c, err);
    return status || !find_endpoint(c, a) ? status : leave_running(c, a, force, err);
}

wcow_status wcow_container_disconnect(wcow_container *container, const char *network, bool force,
                                      wcow_error *err)
{
    CLEANUP(change) change c = {.container = container};
    cleanup_free char *name = NULL;
    attachment left = {0};
    const attachment *a;
    wcow_status status = change_begin(&c, err);

    if (status)
        return status;
    a = find_attachment(container->host, c.record, network);
    if (!a)
        return error_set(err, WCOW_NOT_FOUND, "container %s is not connected to network %s",
                         c.record->name, network);
    name = text_copy(a->network); /* the record is read again */
    if (!name)
        return error_no_memory(err);
    left.network = name;
    return state_is_running(c.state) ? leave_running(&c, &left, force, err)
                                     : leave_resting(&c, &left, force, err);
}
