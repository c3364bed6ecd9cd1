/* SPDX-License-Identifier: MIT */
/** Removing networks, for rm and for prune. */
#ifndef WCOW_ENGINE_NETWORK_NETWORK_REMOVAL_H
#define WCOW_ENGINE_NETWORK_NETWORK_REMOVAL_H

#include "engine/network/known_networks.h"

/** All endpoints of the host. */
typedef struct endpoint_list {
    hns_endpoint *items;
    size_t count;
} endpoint_list;

void endpoint_list_free(endpoint_list *list);
DEFINE_CLEANUP_VALUE(endpoint_list, endpoint_list, endpoint_list_free)
#define cleanup_endpoint_list CLEANUP(endpoint_list)

/** Whether anything is attached to a network. */
bool network_in_use(const known_network *network, const endpoint_list *endpoints);

/** Under the notes' lock: the network in HNS, then its note, which must be there. */
WCOW_CHECKED wcow_status network_discard(wcow_host *host, hcs_port *hcs, known_networks *networks,
                                         const known_network *network, wcow_error *err);

#endif
