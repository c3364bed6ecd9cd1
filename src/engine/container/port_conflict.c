/* SPDX-License-Identifier: MIT */
/* Ports of the host that another container of ours has already: as its state notes its endpoints.
 */
#include "engine/container/port_conflict.h"

#include "base/error.h"
#include "base/text.h"
#include "engine/container/catalog.h"
#include "engine/container/container.h"
#include "engine/container/reconcile.h"

static bool has_port(const hns_endpoint_list *endpoints, const hns_port *wanted)
{
    for (size_t i = 0; i < endpoints->count; i++) {
        const hns_endpoint *each = &endpoints->items[i];

        for (size_t k = 0; k < each->port_count; k++) {
            if (each->ports[k].host == wanted->host && each->ports[k].protocol == wanted->protocol)
                return true;
        }
    }
    return false;
}

static const hns_port *find_port(const state *s, const hns_port *ports, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (ports[i].host && state_is_active(s) && has_port(&s->endpoints, &ports[i]))
            return &ports[i];
    }
    return NULL;
}

/* A state may be that of a dead run. */
static bool still_has(wcow_host *host, const record *r, const hns_port *port)
{
    cleanup_container wcow_container *other = container_new(host, r->id, r->name);
    cleanup_state state *s = NULL;

    return other && !container_settle(other, &s, NULL) && find_port(s, port, 1);
}

wcow_status port_conflicts_check(wcow_host *host, const char *id, const hns_port *ports,
                                 size_t count, wcow_error *err)
{
    cleanup_catalog catalog all = CATALOG_INIT;
    wcow_status status = catalog_read(host, &all, err);

    for (size_t i = 0; i < all.count && !status; i++) {
        const entry *other = &all.items[i];
        const hns_port *port = other->unreadable || text_equal(other->record->id, id)
                                   ? NULL
                                   : find_port(other->state, ports, count);

        if (!port || !still_has(host, other->record, port))
            continue;
        status = error_set(err, WCOW_CONFLICT,
                           "port %u/%s of the host is already allocated: container %s (%.12s) "
                           "publishes it",
                           port->host, hns_protocols[port->protocol], other->record->name,
                           other->record->id);
        error_hint(err, "stop it (wcow stop %s), or publish another port of the host (-p)",
                   other->record->name);
    }
    return status;
}
