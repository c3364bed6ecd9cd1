/* SPDX-License-Identifier: MIT */
/** Of which schema a container's documents are: what the user says, what the host says, what can
 * be. */
#ifndef WCOW_ENGINE_CONTAINER_SCHEMA_H
#define WCOW_ENGINE_CONTAINER_SCHEMA_H

#include "engine/container/spec.h"

/**
 * From the spec's number, else daemon.json's, to the wish's schema. What only daemon.json wants
 * gives way where it cannot be: to Hyper-V isolation, an old build, credentials, limits.
 *
 * @return WCOW_UNSUPPORTED if the user wants what cannot be, WCOW_INVALID
 */
WCOW_CHECKED wcow_status schema_settle(wcow_host *host, container_wish *wish,
                                       wcow_isolation isolation, wcow_error *err);

/**
 * Who shares another container's network speaks of it in the schema of that one, and is refused
 * what cannot be in that.
 */
WCOW_CHECKED wcow_status schema_follow(wcow_host *host, container_wish *wish,
                                       wcow_isolation isolation, wcow_error *err);

/** What daemon.json says; 1 if it says nothing. WCOW_CORRUPT, WCOW_INVALID if it is malformed. */
WCOW_CHECKED wcow_status schema_of_host(wcow_host *host, int *out, wcow_error *err);

/** Whether one like this could be of schema 2, too. */
bool schema_2_is_for(const wcow_host *host, const record *r);

/** Schema 2 takes one limit of processors, also of those that schema 1 takes together. */
WCOW_CHECKED wcow_status schema_check_limits(int schema, const wcow_container_spec *limits,
                                             wcow_error *err);

#endif
