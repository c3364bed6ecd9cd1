/* SPDX-License-Identifier: MIT */
/**
 * networks/namespaces.json: ids of network namespaces that were ours and that HNS would not delete,
 * because a container is in them or HNS believes so (runtime/release.h). Their containers go on
 * without them, or are gone; they are tried again whenever a run of schema 2 ends, which may have
 * been the last one inside, and by prune and doctor.
 */
#ifndef WCOW_ENGINE_NETWORK_LEFT_SPACES_H
#define WCOW_ENGINE_NETWORK_LEFT_SPACES_H

#include "engine/host/host.h"

/**
 * Takes over what a release has left in its note: NULL stands there when it is written down. What
 * cannot be written down stays noted where it was.
 */
void left_spaces_take(wcow_host *host, char **space);

/**
 * Tries each again. What HNS still does not delete stays, which is no failure. Where none is noted
 * nobody is asked.
 */
WCOW_CHECKED wcow_status left_spaces_retry(wcow_host *host, wcow_error *err);

#endif
