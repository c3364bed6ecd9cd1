/* SPDX-License-Identifier: MIT */
/**
 * Networks of the Host Network Service (HNS), through version 1 of its interface: HNSCall of
 * vmcompute.dll, there on every Windows with containers. Source: hcsshim internal/hns.
 */
#ifndef WCOW_NETWORK_NETWORK_H
#define WCOW_NETWORK_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

#include "base/cleanup.h"
#include "port/hcs.h"

/** Addresses of a network; "" where HNS tells nothing. */
typedef struct hns_subnet {
    char *prefix; /* "172.20.0.0/20" */
    char *gateway;
} hns_subnet;

/** One network; strings are owned, "" where HNS tells nothing. Zero-initialise. */
typedef struct hns_network {
    char *id;          /* as HNS writes it: a GUID, mostly in upper case */
    char *name;        /* its name in HNS; others' may be Docker's 64 digits */
    char *type;        /* lower case: nat, transparent, l2bridge… */
    char *adapter;     /* of the host, for the types that use one: "Ethernet" */
    char *dns_servers; /* with commas */
    char *dns_suffix;
    hns_subnet *subnets; /* NULL if there is none */
    size_t subnet_count;
    uint32_t vlan, vsid; /* of its policies; 0: none */
} hns_network;

#define HNS_NETWORK_INIT                                                                           \
    {                                                                                              \
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0                                          \
    }

void hns_network_free(hns_network *network);
DEFINE_CLEANUP_VALUE(hns_network, hns_network, hns_network_free)
#define cleanup_network CLEANUP(hns_network)

/** All networks of the host, as one array to be freed with hns_networks_free(). */
WCOW_CHECKED wcow_status hns_networks(hcs_port *port, hns_network **out, size_t *count,
                                      wcow_error *err);
void hns_networks_free(hns_network *networks, size_t count);

/**
 * The network that a user means: by its id, by its name, or by the first digits of its id, in this
 * order; case does not matter, nor do the dashes of an id.
 *
 * @return WCOW_NOT_FOUND ("network X not found"), WCOW_CONFLICT if several fit
 */
WCOW_CHECKED wcow_status hns_network_find(hcs_port *port, const char *reference, hns_network *out,
                                          wcow_error *err);

/** Whether an id begins with these digits, whatever the case and the dashes; with none it does not.
 */
bool hns_id_begins(const char *id, const char *digits);

/** What to make a network of. All borrowed; NULL or zero: HNS chooses, or there is none. */
typedef struct hns_network_wish {
    const char *name;
    const char *type;
    const char *adapter;
    const char *dns_servers; /* with commas */
    const char *dns_suffix;
    const hns_subnet *subnets; /* gateways may be NULL */
    size_t subnet_count;
    uint32_t vlan, vsid;
    const char *const *mac_pools; /* first and last address of each; ended by NULL */
} hns_network_wish;

/**
 * Makes a network. Its document is dockerd's: without a subnet it says 0.0.0.0/0, "choose one".
 *
 * @param[out] out  as HNS made it
 */
WCOW_CHECKED wcow_status hns_network_create(hcs_port *port, const hns_network_wish *wish,
                                            hns_network *out, wcow_error *err);

/** Deletes it; one that is not there is a success. */
WCOW_CHECKED wcow_status hns_network_delete(hcs_port *port, const char *id, wcow_error *err);

/**
 * The default network: the one of type nat that is called "nat", else a new one that is made as
 * Docker's engine makes it ({"Name":"nat","Type":"nat"}; HNS chooses the subnet), else, where the
 * host can have no other, the first of that type. It stays when wcow is done: it belongs to the
 * host.
 */
WCOW_CHECKED wcow_status hns_network_default(hcs_port *port, hns_network *out, wcow_error *err);

#endif
