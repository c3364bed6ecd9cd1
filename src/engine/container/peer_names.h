/* SPDX-License-Identifier: MIT */
/** The names of containers in the hosts files of those that run on the same networks already. */
#ifndef WCOW_ENGINE_CONTAINER_PEER_NAMES_H
#define WCOW_ENGINE_CONTAINER_PEER_NAMES_H

#include "engine/container/record.h"
#include "engine/host/store.h"

/**
 * Brings the hosts files up to date of the container itself and of those that run with process
 * isolation on one of these networks, after one has come to it, gone from it, or got another name.
 * Those of utility VMs are not reached: create says so. What cannot be written stays as it is until
 * the next change; what takes long goes on without the caller.
 */
void peer_names_spread(wcow_host *host, const char *id, const attachment_list *networks);

/**
 * Before the container's drive is unmounted, and until it is noted that it has ended: nobody opens
 * its hosts file meanwhile. Who has it open is waited for, for a moment.
 */
void peer_names_keep_out(wcow_host *host, const char *id, store_lock *out);

#endif
