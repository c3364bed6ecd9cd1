/* SPDX-License-Identifier: MIT */
/**
 * All networks that there are: those of HNS, each with its note if wcow made it; nat networks that
 * wcow made and a restart of Windows has taken (from Server 2019 on HNS does not keep them: they
 * are made anew when they are used, as dockerd does at its start); and "none".
 */
#ifndef WCOW_ENGINE_NETWORK_KNOWN_NETWORKS_H
#define WCOW_ENGINE_NETWORK_KNOWN_NETWORKS_H

#include "engine/network/network_notes.h"
#include "network/endpoint.h"
#include "network/network.h"

/** One of them; borrowed from the list. */
typedef struct known_network {
    const char *id;
    const char *name;
    const char *driver;
    const hns_network *hns; /* NULL: HNS has none just now */
    network_note *note;     /* NULL: another program's */
} known_network;

typedef struct known_networks {
    known_network *items; /* by name */
    size_t count;
    hns_network *hns;
    size_t hns_count;
    network_notes notes;
} known_networks;

void known_networks_free(known_networks *networks);
DEFINE_CLEANUP_VALUE(known_networks, known_networks, known_networks_free)
#define cleanup_known_networks CLEANUP(known_networks)

/** `out` is zeroed or freed before. */
WCOW_CHECKED wcow_status known_networks_read(wcow_host *host, hcs_port *hcs, known_networks *out,
                                             wcow_error *err);

/** By id, name, or the first digits of an id; WCOW_NOT_FOUND, WCOW_CONFLICT. In Docker's words. */
WCOW_CHECKED wcow_status known_networks_find(const known_networks *networks, const char *reference,
                                             const known_network **out, wcow_error *err);

/** Whether an endpoint is one of this network's. */
bool known_network_has(const known_network *network, const hns_endpoint *endpoint);

/** Notes in events.log what happened to one, as Docker does: "create", "destroy", … */
void known_network_event(wcow_host *host, const char *action, const char *id, const char *name,
                         const char *driver);

/** A network that a container is about to use, and what its endpoint follows from besides. */
typedef struct network_use {
    hns_network network;
    char *name;          /* as users call it */
    string_list options; /* "com.docker.network.windowsshim.…=…"; none if it is not wcow's */
} network_use;

void network_use_free(network_use *use);
DEFINE_CLEANUP_VALUE(network_use, network_use, network_use_free)
#define cleanup_network_use CLEANUP(network_use)

/**
 * Finds a network to use. The default one is made if there is none, and one of wcow's that Windows
 * has forgotten is made anew.
 *
 * @param reference  NULL, "nat", "default": the default network
 * @return WCOW_NOT_FOUND ("network X not found"), WCOW_CONFLICT; WCOW_INVALID for "none"
 */
WCOW_CHECKED wcow_status network_use_find(wcow_host *host, hcs_port *hcs, const char *reference,
                                          network_use *out, wcow_error *err);

#endif
