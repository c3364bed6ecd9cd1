/* SPDX-License-Identifier: MIT */
/** Who has a port of the host that could not be published: HNS says neither which nor who. */
#ifndef WCOW_NETWORK_PORT_HOLDER_H
#define WCOW_NETWORK_PORT_HOLDER_H

#include "network/endpoint.h"

/** Adds hints to an error: of each port the container that has it published, or how to find the
 * process. */
void port_holders_tell(hcs_port *hcs, const hns_port *ports, size_t port_count, wcow_error *err);

#endif
