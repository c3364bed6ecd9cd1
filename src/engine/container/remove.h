/* SPDX-License-Identifier: MIT */
/** Taking a container away, in an order that a crash at any instant leaves something removable. */
#ifndef WCOW_ENGINE_CONTAINER_REMOVE_H
#define WCOW_ENGINE_CONTAINER_REMOVE_H

#include "engine/container/reconcile.h"
#include "engine/host/store.h"

/**
 * Removes a container whose run is over. The caller owns it (`owner`, released by this, whatever
 * happens: its file goes, too). On failure it stays as "dead", with what could not be released
 * noted.
 *
 * @param ended    as in a container
 * @param volumes  with its anonymous volumes, but for those that others use
 */
WCOW_CHECKED wcow_status removal_carry_out(wcow_host *host, const char *id, const uint32_t *ended,
                                           bool volumes, store_lock *owner, wcow_error *err);

/**
 * Keeps the promise of --rm where the monitor has died that was to keep it.
 *
 * @param s  its state, after container_settle()
 * @return true if the container is gone
 */
bool removal_of_lost(wcow_container *container, const state *s);

/** Removes the folder of a container that has no container.json (any more). */
WCOW_CHECKED wcow_status removal_sweep(wcow_host *host, const char *id, wcow_error *err);

#endif
