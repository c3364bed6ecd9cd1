/* SPDX-License-Identifier: MIT */
/** The rules of volume prune. */
#ifndef WCOW_ENGINE_VOLUME_PRUNE_H
#define WCOW_ENGINE_VOLUME_PRUNE_H

#include <wcow/volume.h>

/**
 * wcow_volume_prune() for who has read its options, and for `system prune`.
 *
 * @param[in,out] reclaimed  bytes that went are added, also on failure
 */
WCOW_CHECKED wcow_status volumes_prune(wcow_host *host, const wcow_prune_options *options, bool all,
                                       uint64_t *reclaimed, wcow_error *err);

#endif
