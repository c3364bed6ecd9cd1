/* SPDX-License-Identifier: MIT */
/**
 * Endpoints of the Host Network Service: a container's connection to a network. HCS attaches those
 * of the container's EndpointList when it starts; the endpoint itself stays until it is deleted.
 */
#ifndef WCOW_NETWORK_ENDPOINT_H
#define WCOW_NETWORK_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

#include "base/cleanup.h"
#include "base/strings.h"
#include "port/hcs.h"
#include "port/socket_owner.h"

/** A published port: what comes to the host's goes to the container's. */
typedef struct hns_port {
    enum { HNS_TCP, HNS_UDP } protocol;
    uint32_t container;
    uint32_t host; /* 0: HNS is to choose one */
} hns_port;

/** "tcp", "udp", NULL: how HNS and Docker write a protocol. */
extern const char *const hns_protocols[];

/** One endpoint; strings are owned, "" where HNS tells nothing. Zero-initialise. */
typedef struct hns_endpoint {
    char *id;
    char *name;
    char *container; /* that it was made for, by its name; NULL: it is others' */
    char *network_id;
    char *network_name;
    char *ip_address;
    char *gateway;
    char *mac_address; /* as Docker shows it: "00:15:5d:aa:bb:cc" */
    uint32_t prefix_length;
    hns_port *ports; /* NULL while there is none */
    size_t port_count;
} hns_endpoint;

#define HNS_ENDPOINT_INIT                                                                          \
    {                                                                                              \
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, 0                                 \
    }

void hns_endpoint_free(hns_endpoint *endpoint);
DEFINE_CLEANUP_VALUE(hns_endpoint, hns_endpoint, hns_endpoint_free)
#define cleanup_endpoint CLEANUP(hns_endpoint)

/** Endpoints that somebody keeps. Begins as field_items do. Zero-initialise. */
typedef struct hns_endpoint_list {
    hns_endpoint *items; /* NULL while empty */
    size_t count;
} hns_endpoint_list;

void hns_endpoint_list_free(hns_endpoint_list *list);
/** Adds a copy; false when out of memory (the list stays as it was). */
bool hns_endpoint_list_add(hns_endpoint_list *list, const hns_endpoint *endpoint);
/** Adds copies of all of another list. */
bool hns_endpoint_list_add_all(hns_endpoint_list *list, const hns_endpoint_list *more);
/** That of an id, whatever its case; NULL: none. */
hns_endpoint *hns_endpoint_list_find(const hns_endpoint_list *list, const char *id);
/** Takes one out, which is an item of the list. */
void hns_endpoint_list_remove(hns_endpoint_list *list, hns_endpoint *item);

/** What an endpoint is to be. All borrowed; NULL or "": HNS chooses. */
typedef struct hns_endpoint_wish {
    const char *network_id;
    const char *name; /* hns_endpoint_name() */
    const char *ip_address;
    const char *mac_address;        /* with colons or dashes */
    const char *const *dns_servers; /* ended by NULL; NULL: the network's own */
    const hns_port *ports;
    size_t port_count;
    bool outbound_nat;                      /* what goes out has the host's address … */
    const char *const *outbound_exceptions; /* … but to these subnets; ended by NULL, or NULL */
} hns_endpoint_wish;

/**
 * The name of the n-th endpoint of a container, from 1: "wcow-<id>", "wcow2-<id>". Docker leaves
 * names out, but an endpoint that a crash left behind before its id was written down could not be
 * told from others' then. Whatever characters an id has, it is all that follows the first dash.
 * NULL: out of memory.
 */
char *hns_endpoint_name(const char *container_id, size_t n);

/** Makes an endpoint on a network. What is chosen by HNS is in `out`: addresses and host ports. */
WCOW_CHECKED wcow_status hns_endpoint_create(hcs_port *port, const hns_endpoint_wish *wish,
                                             hns_endpoint *out, wcow_error *err);

/**
 * Whether HNS itself chooses host ports on a network of that type; on the others whoever makes the
 * endpoint has to, as dockerd does.
 */
bool hns_chooses_ports(const char *network_type);

/** Whether ports that are published on a network of that type are ports of the host. */
bool hns_takes_host_ports(const char *network_type);

/**
 * Gives ports without one a port of the host that no endpoint has, from 60000 on, and no process.
 *
 * @param owner  how processes are looked for; NULL: they are not
 */
WCOW_CHECKED wcow_status hns_ports_choose(hcs_port *port, socket_owner_find_fn *owner,
                                          hns_port *ports, size_t count, wcow_error *err);

/** WCOW_NOT_FOUND if there is none of that id. */
WCOW_CHECKED wcow_status hns_endpoint_get(hcs_port *port, const char *id, hns_endpoint *out,
                                          wcow_error *err);

/** Deletes it; one that is not there is a success. */
WCOW_CHECKED wcow_status hns_endpoint_delete(hcs_port *port, const char *id, wcow_error *err);

/** All endpoints of the host, as one array to be freed with hns_endpoints_free(). */
WCOW_CHECKED wcow_status hns_endpoints(hcs_port *port, hns_endpoint **out, size_t *count,
                                       wcow_error *err);
void hns_endpoints_free(hns_endpoint *endpoints, size_t count);

/** Ids of the endpoints that are attached to a compute system and to no other, whoever made them.
 */
WCOW_CHECKED wcow_status hns_endpoints_of(hcs_port *port, const char *system, string_list *out,
                                          wcow_error *err);

/** The container that an endpoint of wcow was made for (borrowed); NULL: it is others'. */
const char *hns_endpoint_container(const hns_endpoint *endpoint);

/** Whether it was made for that container. */
bool hns_endpoint_is_of(const hns_endpoint *endpoint, const char *container_id);

#endif
