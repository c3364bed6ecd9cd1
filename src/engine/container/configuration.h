/* SPDX-License-Identifier: MIT */
/**
 * A container's config.json, and its limits. Two files tell of the limits: container.json as the
 * user gave them, config.json in OCI's words. Both are written by create. An update writes
 * container.json alone in one step, which says from then on that its limits are those that count;
 * then config.json after it. So whoever dies between the two has changed everything, and whoever
 * reads config.json here gets the limits that count.
 */
#ifndef WCOW_ENGINE_CONTAINER_CONFIGURATION_H
#define WCOW_ENGINE_CONTAINER_CONFIGURATION_H

#include "base/json.h"
#include "engine/container/record.h"

/** Reads it as it was created; WCOW_CORRUPT if a container that is there has none. */
WCOW_CHECKED wcow_status configuration_load(wcow_host *host, const char *id, cJSON **out,
                                            wcow_error *err);
/** Reads it, with the limits of the record if those were changed. */
WCOW_CHECKED wcow_status configuration_read(wcow_host *host, const record *r, cJSON **out,
                                            wcow_error *err);
/** Writes it, with the limits of a record that was changed. */
WCOW_CHECKED wcow_status configuration_rewrite(wcow_host *host, const record *r, wcow_error *err);

/** A record's limits, those that settle and convert. The rest of the spec is empty. */
wcow_container_spec configuration_limits(const record *r);

#endif
