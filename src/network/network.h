/* SPDX-License-Identifier: MIT */
/**
 * Networks of the Host Network Service (HNS), through version 1 of its interface: HNSCall of
 * vmcompute.dll, there on every Windows with containers. Source: hcsshim internal/hns.
 */
#ifndef WCOW_NETWORK_NETWORK_H
#define WCOW_NETWORK_NETWORK_H

#include <stddef.h>

#include <wcow/error.h>

#include "base/cleanup.h"
#include "port/hcs.h"

/** One network; strings are owned, "" where HNS tells nothing. Zero-initialise. */
typedef struct hns_network {
    char *id;
    char *name;
    char *type;    /* lower case: nat, transparent, l2bridge… */
    char *subnet;  /* of the first subnet, "172.20.0.0/20" */
    char *gateway; /* of the first subnet */
} hns_network;

#define HNS_NETWORK_INIT                                                                           \
    {                                                                                              \
        NULL, NULL, NULL, NULL, NULL                                                               \
    }

void hns_network_free(hns_network *network);
DEFINE_CLEANUP_VALUE(hns_network, hns_network, hns_network_free)
#define cleanup_network CLEANUP(hns_network)

/** All networks of the host, as one array to be freed with hns_networks_free(). */
WCOW_CHECKED wcow_status hns_networks(hcs_port *port, hns_network **out, size_t *count,
                                      wcow_error *err);
void hns_networks_free(hns_network *networks, size_t count);

/**
 * The default network: the one called "nat", else the first of type nat, else a new one that is
 * made as Docker's engine makes it ({"Name":"nat","Type":"nat"}; HNS chooses the subnet). It stays
 * when wcow is done: it belongs to the host.
 */
WCOW_CHECKED wcow_status hns_network_default(hcs_port *port, hns_network *out, wcow_error *err);

#endif
