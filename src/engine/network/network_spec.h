/* SPDX-License-Identifier: MIT */
/** What a network is to be: a caller's spec, checked as docker/cli and dockerd check theirs. */
#ifndef WCOW_ENGINE_NETWORK_NETWORK_SPEC_H
#define WCOW_ENGINE_NETWORK_NETWORK_SPEC_H

#include <wcow/network.h>

#include "engine/network/network_notes.h"
#include "network/network.h"

/** nat, none, default and the like: what is no name of a user's own network. */
bool network_is_predefined(const char *name);

/** Checks a spec. `out` is a note of it, without an id and a time. */
WCOW_CHECKED wcow_status network_spec_check(const wcow_network_spec *spec, network_note *out,
                                            wcow_error *err);

/** What HNS is asked for by a note, which it borrows from. */
typedef struct network_order {
    hns_network_wish wish;
    hns_subnet *subnets;
    string_list mac_pools;
} network_order;

void network_order_free(network_order *order);
DEFINE_CLEANUP_VALUE(network_order, network_order, network_order_free)
#define cleanup_network_order CLEANUP(network_order)

WCOW_CHECKED wcow_status network_order_of(const network_note *note, network_order *out,
                                          wcow_error *err);

#endif
