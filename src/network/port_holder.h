/* SPDX-License-Identifier: MIT */
/**
 * Who has a port of the host that is to be published. HNS says neither which nor who, and of a
 * process "The process cannot access the file because it is being used by another process".
 */
#ifndef WCOW_NETWORK_PORT_HOLDER_H
#define WCOW_NETWORK_PORT_HOLDER_H

#include "network/endpoint.h"
#include "port/socket_owner.h"

/**
 * Before HNS is asked: whether an endpoint publishes one of the ports, or a process listens at it.
 * Only what HNS refuses is refused: a TCP socket that listens at every address. One at some
 * address, and any of UDP, which may be shared (SO_REUSEADDR), HNS decides about.
 *
 * @param owner  how processes are looked for; NULL: they are not
 * @return WCOW_CONFLICT, in words that name who has it
 */
WCOW_CHECKED wcow_status port_holders_check(hcs_port *hcs, socket_owner_find_fn *owner,
                                            const hns_port *ports, size_t count, wcow_error *err);

/** After HNS refused: hints who has each port, or what to look at if nobody seems to. */
void port_holders_tell(hcs_port *hcs, socket_owner_find_fn *owner, const hns_port *ports,
                       size_t count, wcow_error *err);

#endif
