/* SPDX-License-Identifier: MIT */
/* Published ports: told one by one, and as `ps` shows them. */
#include "engine/container/ports.h"

#include <stdio.h>
#include <stdlib.h>

#include <wcow/endpoint.h>

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/container/port_spec.h"
#include "engine/container/reconcile.h"

static bool add_published(const hns_endpoint_list *endpoints, port_list *out)
{
    for (size_t i = 0; i < endpoints->count; i++) {
        const hns_endpoint *endpoint = &endpoints->items[i];

        for (size_t k = 0; k < endpoint->port_count; k++) {
            if (endpoint->ports[k].host && !port_list_add(out, endpoint->ports[k]))
                return false;
        }
    }
    return true;
}

static bool is_published(const port_list *ports, size_t count, const hns_port *port)
{
    for (size_t i = 0; i < count; i++) {
        if (ports->items[i].container == port->container &&
            ports->items[i].protocol == port->protocol)
            return true;
    }
    return false;
}

/* Those without a port of the host. What has another protocol than HNS's is shown nowhere. */
static bool add_exposed(const string_list *exposed, port_list *out)
{
    const size_t published = out->count;

    for (size_t i = 0; i < exposed->count; i++) {
        hns_port port;

        if (exposed_port_read(exposed->items[i], &port) && !is_published(out, published, &port) &&
            !port_list_add(out, port))
            return false;
    }
    return true;
}

/* ---- as docker/cli's DisplayablePorts() has them ---- */

#define ANY_HOST "0.0.0.0"

/* Ports in a row of one kind: published as themselves or exposed, of one protocol. */
typedef struct port_run {
    bool published;
    int protocol;
    uint32_t first, last;
} port_run;

#define KINDS 4

static void print_run(const port_run *row, text *out)
{
    const char *protocol = hns_protocols[row->protocol];
    char range[24];

    if (row->first == row->last)
        snprintf(range, sizeof range, "%u", row->first);
    else
        snprintf(range, sizeof range, "%u-%u", row->first, row->last);
    text_add(out, out->length ? ", " : "");
    if (row->published)
        text_addf(out, ANY_HOST ":%s->%s/%s", range, range, protocol);
    else
        text_addf(out, "%s/%s", range, protocol);
}

static port_run *find_run(port_run runs[KINDS], size_t count, const hns_port *port)
{
    for (size_t i = 0; i < count; i++) {
        if (runs[i].published == (port->host != 0) && runs[i].protocol == (int)port->protocol)
            return &runs[i];
    }
    return NULL;
}

/* In their order, but what a row goes on with is held back until it ends. */
static void print_rows(const port_list *ports, text *out)
{
    port_run runs[KINDS];
    size_t count = 0;

    for (size_t i = 0; i < ports->count; i++) {
        const hns_port *port = &ports->items[i];
        port_run *row = find_run(runs, count, port);
        const port_run begin = {port->host != 0, (int)port->protocol, port->container,
                                port->container};

        if (port->host && port->host != port->container)
            continue;
        if (!row) {
            runs[count++] = begin;
        } else if (port->container == row->last + 1) {
            row->last++;
        } else {
            print_run(row, out);
            *row = begin;
        }
    }
    for (size_t i = 0; i < count; i++)
        print_run(&runs[i], out);
}

static void print_mappings(const port_list *ports, text *out)
{
    for (size_t i = 0; i < ports->count; i++) {
        const hns_port *port = &ports->items[i];

        if (port->host && port->host != port->container)
            text_addf(out, "%s" ANY_HOST ":%u->%u/%s", out->length ? ", " : "", port->host,
                      port->container, hns_protocols[port->protocol]);
    }
}

void ports_print(const hns_endpoint_list *endpoints, const string_list *exposed, text *out)
{
    cleanup_ports port_list ports = {NULL, 0};

    if (!add_published(endpoints, &ports) || !add_exposed(exposed, &ports)) {
        out->failed = true;
        return;
    }
    port_list_sort(&ports);
    print_rows(&ports, out);
    print_mappings(&ports, out);
}

/* ---- one by one ---- */

wcow_status wcow_container_ports(wcow_container *container, wcow_port_info **out, size_t *count,
                                 wcow_error *err)
{
    cleanup_ports port_list ports = {NULL, 0};
    cleanup_state state *s = NULL;
    wcow_status status = container_settle(container, &s, err);
    wcow_port_info *all;

    if (status)
        return status;
    if (state_is_running(s) && !add_published(&s->endpoints, &ports))
        return error_no_memory(err);
    port_list_sort(&ports);
    all = calloc(ports.count + 1, sizeof *all);
    if (!all)
        return error_no_memory(err);
    for (size_t i = 0; i < ports.count; i++)
        all[i] = (wcow_port_info){.udp = ports.items[i].protocol == HNS_UDP,
                                  .container = (uint16_t)ports.items[i].container,
                                  .host = (uint16_t)ports.items[i].host};
    *out = all;
    *count = ports.count;
    return WCOW_OK;
}
