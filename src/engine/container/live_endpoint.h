/* SPDX-License-Identifier: MIT */
/** Endpoints that a container is given, or loses, while it runs. */
#ifndef WCOW_ENGINE_CONTAINER_LIVE_ENDPOINT_H
#define WCOW_ENGINE_CONTAINER_LIVE_ENDPOINT_H

#include "engine/container/record.h"
#include "engine/container/state.h"

/**
 * Makes an endpoint and gives it to the container's system. On failure it is taken back, or stays
 * noted. No lock of the store is held while the service works.
 */
WCOW_CHECKED wcow_status live_endpoint_join(wcow_host *host, const record *r, const attachment *a,
                                            hns_endpoint *out, wcow_error *err);

/**
 * Takes one from the system, and deletes it.
 *
 * @param force  it is deleted even if the system does not give it back
 */
WCOW_CHECKED wcow_status live_endpoint_leave(wcow_host *host, const char *id,
                                             const hns_endpoint *endpoint, bool force,
                                             wcow_error *err);

/**
 * Takes back what commands noted that died at it: endpoints that never got an id, or that are of
 * none of the container's networks. The caller holds its network.lock; what cannot be taken back
 * stays noted.
 *
 * @return whether the state has changed
 */
bool live_endpoints_sweep(wcow_host *host, const record *r, const state *s);

#endif
