/* SPDX-License-Identifier: MIT */
/**
 * The volumes of containers: making them with a container, letting them go with one, and who uses
 * which. All under containers.lock: then no container comes or goes meanwhile.
 */
#ifndef WCOW_ENGINE_CONTAINER_VOLUMES_H
#define WCOW_ENGINE_CONTAINER_VOLUMES_H

#include "engine/container/catalog.h"
#include "engine/host/volume_store.h"

/** Makes those of a new container that are not there; what another container is to share must be.
 */
WCOW_CHECKED wcow_status volumes_make(wcow_host *host, const record *r, wcow_error *err);

/** Refuses subpaths of volumes that lead through a link by now: other containers may have made one.
 */
WCOW_CHECKED wcow_status volumes_check(wcow_host *host, const record *r, wcow_error *err);

/**
 * Takes a container's anonymous volumes out of the way, but for those that other containers use.
 * What cannot be taken (a program has a file of it open) stays, without a user; the first failure
 * is told.
 */
WCOW_CHECKED wcow_status volumes_retire(wcow_host *host, const record *r, wcow_error *err);
/** The same of those that were made for a container which was never finished. */
WCOW_CHECKED wcow_status volumes_retire_unfinished(wcow_host *host, const char *id,
                                                   wcow_error *err);

/** Whether a container has it mounted, or may have: a newer wcow's. */
bool volume_is_used_by(const entry *container, const char *name);
/** Ids of the containers that do. */
WCOW_CHECKED wcow_status volume_users(const catalog *containers, const char *name, string_list *ids,
                                      wcow_error *err);

#endif
