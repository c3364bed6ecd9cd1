/* SPDX-License-Identifier: MIT */
/*
 * Joining and leaving networks. A record's list is what the next run has; one that runs has its
 * endpoint at once: noted by its name, made, noted with its id, and given to the system. So who
 * dies at it leaves a note that the run's end, or whoever releases the container, goes by.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/catalog.h"
#include "engine/container/container.h"
#include "engine/container/network_wish.h"
#include "engine/container/reconcile.h"
#include "engine/container/run_wiring.h"
#include "engine/host/event_log.h"
#include "hcs/system.h"
#include "network/network.h"

static void note_event(wcow_host *host, const char *action, const char *id,
                       const hns_endpoint *endpoint, const char *network)
{
    const event_attribute attributes[] = {{"container", id}, {"name", network}};

    event_note(host, "network", action,
               endpoint && endpoint->network_id ? endpoint->network_id : network, attributes,
               sizeof attributes / sizeof attributes[0]);
}

/* ---- the note ---- */

typedef struct change {
    const char *id;         /* of the container */
    hns_endpoint *endpoint; /* by its name */
} change;

static bool has_name(const hns_endpoint_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (text_equal(list->items[i].name, name))
            return true;
    }
    return false;
}

/* The first number that no other one has. NULL: out of memory. */
static char *free_name(const state *s, const char *id)
{
    for (size_t n = 1;; n++) {
        char *name = hns_endpoint_name(id, n);

        if (!name || !has_name(&s->endpoints, name))
            return name;
        free(name);
    }
}

/* In the pause before a restart its monitor is about to note the endpoints of another run. */
static bool may_change(const change *c, const state *s, wcow_error *err)
{
    if (!state_is_running(s))
        error_set(err, WCOW_CONFLICT, "container %.12s is not running", c->id);
    else if (s->restarting)
        error_set(err, WCOW_CONFLICT,
                  "Container %s is restarting, wait until the container is running", c->id);
    return state_is_running(s) && !s->restarting;
}

static wcow_status announce(void *context, state *s, wcow_error *err)
{
    change *c = context;

    if (!may_change(c, s, err))
        return WCOW_CONFLICT;
    c->endpoint->name = free_name(s, c->id);
    if (!c->endpoint->name || !hns_endpoint_list_add(&s->endpoints, c->endpoint))
        return error_no_memory(err);
    s->networked = true;
    return WCOW_OK;
}

static void drop_name(state *s, const char *name)
{
    for (size_t i = 0; i < s->endpoints.count; i++) {
        if (text_equal(s->endpoints.items[i].name, name)) {
            hns_endpoint_list_remove(&s->endpoints, &s->endpoints.items[i]);
            return;
        }
    }
}

static wcow_status complete(void *context, state *s, wcow_error *err)
{
    const change *c = context;

    if (!may_change(c, s, err))
        return WCOW_CONFLICT;
    drop_name(s, c->endpoint->name);
    return hns_endpoint_list_add(&s->endpoints, c->endpoint) ? WCOW_OK : error_no_memory(err);
}

static wcow_status forget(void *context, state *s, wcow_error *err)
{
    const change *c = context;

    (void)err;
    drop_name(s, c->endpoint->name);
    return WCOW_OK;
}

/* ---- a running one ---- */

static wcow_status modify(hcs_port *hcs, const char *id, const char *endpoint, const char *type,
                          wcow_error *err)
{
    cleanup_free char *request =
        text_format("{\"ResourceType\":\"Network\",\"Settings\":\"%s\",\"RequestType\":\"%s\"}",
                    endpoint, type);
    cleanup_system compute_system *system = NULL;
    wcow_status status =
        request ? compute_system_open(hcs, id, NULL, &system, err) : error_no_memory(err);

    return status ? status : compute_system_modify(system, request, err);
}

/* Noted already, by its name. */
static wcow_status make_endpoint(wcow_host *host, hcs_port *hcs, const record *r,
                                 const attachment *a, hns_endpoint *endpoint, wcow_error *err)
{
    const char *reference = *a->network ? a->network : NULL;
    cleanup_wiring run_wiring wiring = {.host = host};
    cleanup_network hns_network network = HNS_NETWORK_INIT;
    hns_endpoint_wish wish = run_wiring_of(r, a, NULL).endpoint;
    hns_endpoint made = HNS_ENDPOINT_INIT;
    wcow_status status = run_wiring_find(&wiring, hcs, reference, &network, &wish, err);

    if (status)
        return status;
    wish.name = endpoint->name;
    wish.network_id = network.id;
    status = hns_endpoint_create(hcs, &wish, &made, err);
    if (status)
        return status;
    free(TAKE(made.name));
    made.name = TAKE(endpoint->name);
    hns_endpoint_free(endpoint);
    *endpoint = made;
    return !reference || text_replace(&endpoint->network_name, reference) ? WCOW_OK
                                                                          : error_no_memory(err);
}

static wcow_status join(wcow_host *host, hcs_port *hcs, const record *r, const attachment *a,
                        wcow_error *err)
{
    cleanup_endpoint hns_endpoint endpoint = HNS_ENDPOINT_INIT;
    change c = {r->id, &endpoint};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = state_change(host, r->id, announce, &c, err);

    if (status)
        return status;
    status = make_endpoint(host, hcs, r, a, &endpoint, &problem);
    if (!status)
        status = state_change(host, r->id, complete, &c, &problem);
    if (!status)
        status = modify(hcs, r->id, endpoint.id, "Add", &problem);
    if (!status) {
        note_event(host, "connect", r->id, &endpoint, attachment_name(a));
        return WCOW_OK;
    }
    if (endpoint.id && hns_endpoint_delete(hcs, endpoint.id, NULL))
        return error_pass(err, status, &problem); /* it stays noted */
    ignore(state_change(host, r->id, forget, &c, NULL));
    return error_pass(err, status, &problem);
}

static wcow_status leave(wcow_host *host, hcs_port *hcs, const record *r,
                         const hns_endpoint *endpoint, bool force, wcow_error *err)
{
    hns_endpoint named = {.name = endpoint->name};
    change c = {r->id, &named};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = modify(hcs, r->id, endpoint->id, "Remove", &problem);

    if (status && status != WCOW_NOT_FOUND && !force)
        return error_pass(err, status, &problem);
    status = hns_endpoint_delete(hcs, endpoint->id, err);
    return status ? status : state_change(host, r->id, forget, &c, err);
}

/* ---- both ---- */

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

/* Its record to be changed, which only one may do at a time. */
static wcow_status open_record(wcow_container *container, store_lock *lock, state **s, record **r,
                               wcow_error *err)
{
    wcow_status status = container_settle(container, s, err);

    if (!status)
        status = catalog_lock(container->host, lock, err);
    return status ? status : container_record(container, r, err);
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

static wcow_status connect_to(wcow_container *container, attachment_list *wanted, wcow_error *err)
{
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    cleanup_record record *r = NULL;
    cleanup_state state *s = NULL;
    const char *network = attachment_name(&wanted->items[0]);
    hcs_port *hcs;
    wcow_status status = open_record(container, &lock, &s, &r, err);

    if (!status)
        status = check_mode(r, err);
    if (!status && attachment_find(&r->networks, network))
        status = error_set(err, WCOW_CONFLICT, "endpoint with name %s already exists in network %s",
                           r->name, network);
    if (!status && state_is_running(s)) {
        status = host_hcs(container->host, &hcs, err);
        if (!status)
            status = join(container->host, hcs, r, &wanted->items[0], err);
    }
    if (status)
        return status;
    return take_all(wanted, &r->networks) ? record_write(container->host, r, err)
                                          : error_no_memory(err);
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

wcow_status wcow_container_disconnect(wcow_container *container, const char *network, bool force,
                                      wcow_error *err)
{
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    cleanup_record record *r = NULL;
    cleanup_state state *s = NULL;
    hcs_port *hcs;
    wcow_status status = open_record(container, &lock, &s, &r, err);
    attachment *a = status ? NULL : find_attachment(container->host, r, network);
    const hns_endpoint *endpoint =
        a && state_is_running(s) ? attachment_endpoint(&r->networks, a, &s->endpoints) : NULL;

    if (status)
        return status;
    if (!a)
        return error_set(err, WCOW_NOT_FOUND, "container %s is not connected to network %s",
                         r->name, network);
    if (endpoint) {
        status = host_hcs(container->host, &hcs, err);
        if (!status)
            status = leave(container->host, hcs, r, endpoint, force, err);
    }
    if (status)
        return status;
    if (endpoint)
        note_event(container->host, "disconnect", r->id, endpoint, attachment_name(a));
    attachment_remove(&r->networks, a);
    return record_write(container->host, r, err);
}
