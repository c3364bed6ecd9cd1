/* SPDX-License-Identifier: MIT */
/* network rm, which tells the containers that are in its way. */
#include <wcow/network.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/catalog.h"
#include "engine/network/network_removal.h"
#include "engine/network/network_spec.h"

/* As Docker's name:"web" id:"<12 digits>"; of what no container here has, the endpoint itself. */
static void add_user(wcow_host *host, const hns_endpoint *endpoint, text *users)
{
    const char *id = hns_endpoint_container(endpoint);
    CLEANUP(entry) entry e = {NULL, NULL, WCOW_OK};
    const bool found = id && !catalog_entry(host, id, &e, NULL);

    text_addf(users, "%sname:\"%s\" id:\"%.12s\"", users->length ? ", " : "",
              found ? e.record->name : endpoint->name, found ? e.record->id : endpoint->id);
}

static wcow_status refuse_used(wcow_host *host, const known_network *network,
                               const endpoint_list *endpoints, wcow_error *err)
{
    cleanup_text text users = TEXT_INIT;

    for (size_t i = 0; i < endpoints->count; i++)
        if (known_network_has(network, &endpoints->items[i]))
            add_user(host, &endpoints->items[i], &users);
    if (!users.length)
        return users.failed ? error_no_memory(err) : WCOW_OK;
    (void)error_set(err, WCOW_CONFLICT, "network %s has active endpoints (%s)", network->name,
                    text_get(&users));
    error_hint(err, "stop them first; what a crash left goes with: wcow system prune");
    return WCOW_CONFLICT;
}

static wcow_status check(const known_network *network, wcow_error *err)
{
    if (network_is_predefined(network->name))
        return error_set(err, WCOW_CONFLICT, "%s is a pre-defined network and cannot be removed",
                         network->name);
    if (network->note)
        return WCOW_OK;
    (void)error_set(err, WCOW_CONFLICT, "network %s is not wcow's: another program made it",
                    network->name);
    error_hint(err, "Get-HnsNetwork | Where-Object ID -eq %s | Remove-HnsNetwork", network->id);
    return WCOW_CONFLICT;
}

/* In Docker's words, as far as those go: what it is that cannot be removed stands in them. */
static wcow_status check_free(wcow_host *host, hcs_port *hcs, const known_network *network,
                              wcow_error *err)
{
    cleanup_endpoint_list endpoint_list endpoints = {NULL, 0};
    wcow_status status = check(network, err);

    if (!status) {
        status = hns_endpoints(hcs, &endpoints.items, &endpoints.count, err);
        if (status)
            return error_wrap(err, status, "cannot remove the network '%s'", network->name);
        status = refuse_used(host, network, &endpoints, err);
    }
    return status ? error_wrap(err, status, "error while removing network") : WCOW_OK;
}

static wcow_status remove_found(wcow_host *host, hcs_port *hcs, known_networks *networks,
                                const char *reference, wcow_error *err)
{
    const known_network *found = NULL;
    wcow_status status = known_networks_find(networks, reference, &found, err);

    if (!status)
        status = check_free(host, hcs, found, err);
    if (status)
        return status;
    status = network_discard(host, hcs, networks, found, err);
    return status ? error_wrap(err, status, "cannot remove the network '%s'", reference) : WCOW_OK;
}

wcow_status wcow_network_remove(wcow_host *host, const char *reference, wcow_error *err)
{
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    cleanup_known_networks known_networks networks = {0};
    hcs_port *hcs;
    wcow_status status = host_hcs(host, &hcs, err);

    if (!status)
        status = network_notes_lock(host, &lock, err);
    if (!status)
        status = known_networks_read(host, hcs, &networks, err);
    if (status)
        return error_wrap(err, status, "cannot remove the network '%s'", reference);
    return remove_found(host, hcs, &networks, reference, err);
}
