/* SPDX-License-Identifier: MIT */
/** The names of containers in the hosts files of those that run on the same networks already. */
#ifndef WCOW_ENGINE_CONTAINER_PEER_NAMES_H
#define WCOW_ENGINE_CONTAINER_PEER_NAMES_H

#include "engine/container/record.h"

/**
 * Brings the hosts files up to date of the container itself and of those that run with process
 * isolation on one of these networks, after one has come to it, gone from it, or got another name.
 * Those of utility VMs are not reached: create says so. What cannot be written stays as it is until
 * the next change.
 */
void peer_names_spread(wcow_host *host, const char *id, const attachment_list *networks);

#endif
