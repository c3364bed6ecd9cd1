/* SPDX-License-Identifier: MIT */
/** Ports of the host that another container of ours has already. */
#ifndef WCOW_ENGINE_CONTAINER_PORT_CONFLICT_H
#define WCOW_ENGINE_CONTAINER_PORT_CONFLICT_H

#include "engine/host/host.h"
#include "network/endpoint.h"

/**
 * Looks for a container that runs and publishes one of the ports; one whose monitor died is brought
 * to rest, which gives its ports back.
 *
 * @param id  of the container that is to have them
 * @return WCOW_CONFLICT, in words that name the other one
 */
WCOW_CHECKED wcow_status port_conflicts_check(wcow_host *host, const char *id,
                                              const hns_port *ports, size_t count, wcow_error *err);

#endif
