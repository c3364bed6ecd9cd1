/* SPDX-License-Identifier: MIT */
/**
 * Compressing the files of a log that were put aside: container.log.1 becomes container.log.1.gz.
 * The new one is written under a temporary name, which a crash may leave for the next who comes
 * by, gets its own when it is whole, and only then the old one goes.
 */
#ifndef WCOW_ENGINE_CONTAINER_LOG_PACK_H
#define WCOW_ENGINE_CONTAINER_LOG_PACK_H

#include "engine/host/host.h"

/**
 * Compresses all that are not yet, up to a number, and sweeps what died at that. What fails is the
 * next one's: the lines are there all the same. By the log's writer alone, one at a time.
 */
void log_pack(wcow_host *host, const char *id, uint64_t newest);

#endif
