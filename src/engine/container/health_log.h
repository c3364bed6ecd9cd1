/* SPDX-License-Identifier: MIT */
/**
 * health.json of a container: what its last probes said, for `inspect`. A file of its own, since
 * it is written after each probe, and read by nobody else; state.json has how the container is.
 */
#ifndef WCOW_ENGINE_CONTAINER_HEALTH_LOG_H
#define WCOW_ENGINE_CONTAINER_HEALTH_LOG_H

#include "docker/health_result.h"
#include "engine/host/host.h"

/** Probes that are kept, and bytes of each one's output. */
#define HEALTH_LOG_RESULTS 5
#define HEALTH_LOG_OUTPUT  ((size_t)4096)

/** The oldest first; items are health_result. Zero is empty. */
typedef field_items health_log;

void health_log_free(health_log *log);
DEFINE_CLEANUP_VALUE(health_log, health_log, health_log_free)
#define cleanup_health_log CLEANUP(health_log)

/** Of one that was never probed: empty. */
WCOW_CHECKED wcow_status health_log_read(wcow_host *host, const char *id, health_log *out,
                                         wcow_error *err);
WCOW_CHECKED wcow_status health_log_write(wcow_host *host, const char *id, const health_log *log,
                                          wcow_error *err);
/** Adds one, whose output is the log's from then on; the oldest goes. False: out of memory. */
bool health_log_add(health_log *log, health_result *result);

#endif
