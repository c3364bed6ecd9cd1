/* SPDX-License-Identifier: MIT */
/*
 * The endpoints of a container that runs: noted by its name, made, noted with its id, and given to
 * the system. So who dies at it leaves a note that the run's end, or whoever releases the
 * container, goes by.
 */
#include "engine/container/live_endpoint.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/run_wiring.h"
#include "hcs/system.h"
#include "network/namespace.h"
#include "network/network.h"

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

/* ---- the service ---- */

static wcow_status modify_system(hcs_port *hcs, const char *id, const char *endpoint,
                                 const char *type, wcow_error *err)
{
    cleanup_free char *request =
        text_format("{\"ResourceType\":\"Network\",\"Settings\":\"%s\",\"RequestType\":\"%s\"}",
                    endpoint, type);
    cleanup_system compute_system *system = NULL;
    wcow_status status =
        request ? compute_system_open(hcs, id, NULL, &system, err) : error_no_memory(err);

    return status ? status : compute_system_modify(system, request, err);
}

/* Of a container of schema 2 its namespace is changed, and the system is not asked. */
static wcow_status modify(wcow_host *host, hcs_port *hcs, const char *id, const char *endpoint,
                          bool add, wcow_error *err)
{
    cleanup_state state *s = NULL;
    wcow_status status = state_read(host, id, &s, err);

    if (status)
        return status;
    if (!s->space || !*s->space)
        return modify_system(hcs, id, endpoint, add ? "Add" : "Remove", err);
    return (add ? hns_namespace_add : hns_namespace_remove)(hcs, s->space, endpoint, err);
}

wcow_status live_endpoint_leave(wcow_host *host, const char *id, const hns_endpoint *endpoint,
                                bool force, wcow_error *err)
{
    hns_endpoint named = {.name = endpoint->name};
    change c = {id, &named};
    wcow_error problem = WCOW_ERROR_INIT;
    hcs_port *hcs;
    wcow_status status = host_hcs(host, &hcs, err);

    if (status)
        return status;
    status = modify(host, hcs, id, endpoint->id, false, &problem);
    if (status && status != WCOW_NOT_FOUND && !force)
        return error_pass(err, status, &problem);
    status = hns_endpoint_delete(hcs, endpoint->id, err);
    return status ? status : state_change(host, id, forget, &c, err);
}

/* ---- what failed, or died ---- */

/* Nobody learnt its id, or HNS never made it: only its name tells. */
static wcow_status delete_named(hcs_port *hcs, const char *name)
{
    hns_endpoint *endpoints = NULL;
    size_t count = 0;
    wcow_status status = hns_endpoints(hcs, &endpoints, &count, NULL);

    for (size_t i = 0; i < count && !status; i++) {
        if (text_equal(endpoints[i].name, name))
            status = hns_endpoint_delete(hcs, endpoints[i].id, NULL);
    }
    hns_endpoints_free(endpoints, count);
    return status;
}

static wcow_status take_back(wcow_host *host, const char *id, const hns_endpoint *endpoint)
{
    hns_endpoint named = {.name = endpoint->name};
    change c = {id, &named};
    hcs_port *hcs;
    wcow_status status;

    if (endpoint->id && *endpoint->id)
        return live_endpoint_leave(host, id, endpoint, true, NULL);
    status = host_hcs(host, &hcs, NULL);
    if (!status)
        status = delete_named(hcs, endpoint->name);
    return status ? status : state_change(host, id, forget, &c, NULL);
}

static bool is_wanted(const record *r, const state *s, const hns_endpoint *endpoint)
{
    for (size_t i = 0; i < r->networks.count; i++) {
        if (attachment_endpoint(&r->networks, &r->networks.items[i], &s->endpoints) == endpoint)
            return true;
    }
    return false;
}

bool live_endpoints_sweep(wcow_host *host, const record *r, const state *s)
{
    bool changed = false;

    for (size_t i = 0; i < s->endpoints.count; i++) {
        const hns_endpoint *endpoint = &s->endpoints.items[i];

        if (!is_wanted(r, s, endpoint) && !take_back(host, r->id, endpoint))
            changed = true;
    }
    return changed;
}

/* ---- joining ---- */

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

wcow_status live_endpoint_join(wcow_host *host, const record *r, const attachment *a,
                               hns_endpoint *out, wcow_error *err)
{
    cleanup_endpoint hns_endpoint endpoint = HNS_ENDPOINT_INIT;
    change c = {r->id, &endpoint};
    wcow_error problem = WCOW_ERROR_INIT;
    hcs_port *hcs;
    wcow_status status = host_hcs(host, &hcs, err);

    if (!status)
        status = state_change(host, r->id, announce, &c, err);
    if (status)
        return status;
    status = make_endpoint(host, hcs, r, a, &endpoint, &problem);
    if (!status)
        status = state_change(host, r->id, complete, &c, &problem);
    if (!status)
        status = modify(host, hcs, r->id, endpoint.id, true, &problem);
    if (!status) {
        *out = endpoint;
        endpoint = (hns_endpoint)HNS_ENDPOINT_INIT;
        return WCOW_OK;
    }
    ignore(take_back(host, r->id, &endpoint)); /* else it stays noted */
    return error_pass(err, status, &problem);
}
